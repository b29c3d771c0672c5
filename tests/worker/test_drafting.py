"""Guesses at the next tokens: made where the answer follows what is known, given up where it does not."""

from __future__ import annotations

import random

from workbench.worker.drafting import MOST, Drafting, price


def answered(drafting: Drafting, answer: list[int], *, together: int = 1) -> tuple[int, int, int]:
    """Let an answer be chosen as the engine does; steps, right guesses, wrong ones."""
    tokens: list[int] = []
    steps = right = wrong = 0
    while len(tokens) < len(answer):
        guesses = drafting.guesses(len(answer) - len(tokens) - 1, together=together) if tokens else []
        accepted = 0
        for guess in [*guesses, None]:
            tokens.append(answer[len(tokens)])
            drafting.follow(tokens)
            if guess != tokens[-1]:
                break
            accepted += 1
        drafting.verified(len(guesses), accepted)
        steps, right, wrong = steps + 1, right + accepted, wrong + len(guesses) - accepted
    assert tokens == answer
    return steps, right, wrong


def numbers(seed: int, count: int = 200) -> list[int]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [chance.randrange(30_000) for _ in range(count)]


def test_the_same_answer_again_takes_few_steps() -> None:
    draft = numbers(1)
    steps, right, wrong = answered(Drafting(draft, numbers(2)), draft)
    assert steps < 25
    assert right + steps == 200
    assert wrong == 0


def test_it_is_taken_up_again_after_a_changed_passage() -> None:
    draft = numbers(1)
    answer = [*draft[:60], *numbers(3, 5), *draft[70:]]
    steps, right, wrong = answered(Drafting(draft, []), answer)
    assert steps < 50
    assert right > 140
    assert wrong <= MOST


def test_what_is_copied_from_the_prompt_is_guessed_too() -> None:
    prompt = numbers(2, 400)
    steps, _, wrong = answered(Drafting([], prompt), [*numbers(4, 10), *prompt[100:200]])
    assert steps < 40
    assert wrong == 0


def test_a_draft_of_something_else_costs_nearly_nothing() -> None:
    _, right, wrong = answered(Drafting(numbers(1), numbers(2)), numbers(3))
    assert right == 0
    assert wrong <= 6


def test_a_misleading_draft_never_costs_more_than_the_account_allows() -> None:
    draft = numbers(1, 1000)
    # Five tokens right, then one wrong: the worst that can be said to somebody who waits for four right ones.
    answer = [token if at % 6 else -at for at, token in enumerate(draft)]
    steps, right, wrong = answered(Drafting(draft, []), answer)
    assert steps + 0.55 * (right + wrong) <= 1.03 * len(answer)


def test_the_more_answer_together_the_less_is_guessed() -> None:
    draft = numbers(1)
    steps = [answered(Drafting(draft, []), draft, together=count)[0] for count in (1, 2, 4, 16)]
    assert steps == sorted(steps)
    assert steps[0] < 25
    assert steps[-1] == 200  # nothing is guessed in a full batch, where nothing is won


def test_a_token_more_costs_at_most_what_it_saves() -> None:
    prices = [price(together) for together in (1, 2, 4, 16, 64)]
    assert prices == sorted(prices)
    assert prices[0] < 0.6
    assert 0.95 < prices[-1] < 1
