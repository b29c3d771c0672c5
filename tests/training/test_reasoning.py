"""What a recipe does with reasoning, in the answer and in what is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.training.runs import BAD, golden, rated
from workbench.core.completion import Message
from workbench.core.prompt import AnswerParting, ChainOfThought, Example, Prompt
from workbench.core.run import RatedRun
from workbench.training import Recipe, Row, rows

PROMPT = Prompt(
    system="Solve it.",
    examples=(Example("1 + 1", "2", reasoning="One and one."),),
    chain_of_thought=ChainOfThought(mode="examples"),
    user="{{sum}}",
)
ASKED = (
    "Solve it.\n\nThink step by step before you answer. "
    "Then write the final answer after “Answer:” on a line of its own."
)
TEXT = "Two threes.\n\nAnswer: 6"


def row(run: RatedRun, recipe: Recipe) -> Row:
    made = rows([run], recipe=recipe)
    assert [one for one in made.refused if one.kind == "completion"] == []
    return made.rows[0]


def refusal(run: RatedRun, recipe: Recipe) -> str:
    made = rows([run], recipe=recipe)
    assert made.rows == ()
    return next(one.reason for one in made.refused if one.kind == "completion")


def solved(text: str = TEXT, **more: object) -> RatedRun:
    return rated(text, prompt=PROMPT, sum="2 * 3", **more)  # type: ignore[arg-type]


ANSWERS = [
    (Recipe(), Message("assistant", "6")),
    (Recipe(reasoning="in_content"), Message("assistant", TEXT)),
    (Recipe(reasoning="think_tags"), Message("assistant", "<think>\nTwo threes.\n</think>\n\n6")),
    (Recipe(reasoning="reasoning_content"), Message("assistant", "6", "Two threes.")),
]


@pytest.mark.parametrize(("recipe", "answer"), ANSWERS)
def test_reasoning_in_the_text(recipe: Recipe, answer: Message) -> None:
    assert row(solved(), recipe).answer == answer


@pytest.mark.parametrize(("recipe", "answer"), ANSWERS)
def test_the_models_own_reasoning(recipe: Recipe, answer: Message) -> None:
    prompt = Prompt(user="{{sum}}", chain_of_thought=ChainOfThought(mode="model"))
    made = row(rated("6", prompt=prompt, reasoning="Two threes.", sum="2 * 3"), recipe).answer
    if recipe.reasoning == "in_content":
        assert made == Message("assistant", "Two threes.\n\n6")
    else:
        assert made == answer


def test_think_tags_that_a_local_model_wrote_are_reasoning() -> None:
    run = rated("<think>Two threes.</think>\n6", prompt=Prompt(user="{{sum}}"), sum="2 * 3")
    assert row(run, Recipe()).answer == Message("assistant", "6")
    assert row(run, Recipe(reasoning="reasoning_content")).answer == Message("assistant", "6", "Two threes.")
    assert row(run, Recipe(reasoning="in_content")).answer == Message("assistant", run.run.text)


@pytest.mark.parametrize("reasoning", ["answer_only", "think_tags", "reasoning_content"])
def test_steps_are_not_asked_for_where_the_answer_does_not_write_them(reasoning: str) -> None:
    assert row(solved(), Recipe(reasoning=reasoning)).input[0] == Message("system", "Solve it.")  # type: ignore[arg-type]


def test_steps_are_asked_for_where_the_answer_writes_them() -> None:
    assert row(solved(), Recipe(reasoning="in_content")).input[0] == Message("system", ASKED)


def test_a_system_message_of_nothing_but_the_request_for_steps_goes_whole() -> None:
    run = rated(TEXT, prompt=replace(PROMPT, system=""), sum="2 * 3")
    assert row(run, Recipe()).input == (Message("user", "2 * 3"),)


def test_steps_stay_asked_for_when_nothing_parts_the_answer_from_them() -> None:
    parting: AnswerParting = "none"
    prompt = replace(PROMPT, chain_of_thought=ChainOfThought(mode="instruction", parting=parting))
    made = row(rated("Two threes: 6", prompt=prompt, sum="2 * 3"), Recipe())
    assert made.input[0].content == "Solve it.\n\nThink step by step before you answer."
    assert made.answer.content == "Two threes: 6"


def test_kept_examples_answer_in_the_form_of_the_row() -> None:
    short = row(solved(), Recipe(few_shot="keep"))
    assert short.input[1:] == (Message("user", "1 + 1"), Message("assistant", "2"), Message("user", "2 * 3"))
    whole = row(solved(), Recipe(few_shot="keep", reasoning="in_content"))
    assert whole.input[2] == Message("assistant", "One and one.\n\nAnswer: 2")


def test_an_answer_that_cannot_be_told_from_the_reasoning_is_refused() -> None:
    assert "it has no “Answer:”" in refusal(solved("Two threes are 6."), Recipe())
    tags = replace(PROMPT, chain_of_thought=ChainOfThought(mode="instruction", parting="tags"))
    assert "no <answer> tags" in refusal(rated("6", prompt=tags, sum="2 * 3"), Recipe())
    assert row(solved("Two threes are 6."), Recipe(reasoning="in_content")).answer.content == "Two threes are 6."


def test_a_golden_answer_may_be_the_bare_result() -> None:
    assert row(solved("Hm.\nAnswer: 5", rating=golden("6")), Recipe()).answer.content == "6"
    assert row(solved("Hm.\nAnswer: 5", rating=golden("So.\nAnswer: 6")), Recipe()).answer.content == "6"


@pytest.mark.parametrize("reasoning", ["in_content", "think_tags", "reasoning_content"])
def test_reasoning_that_led_elsewhere_is_not_taught_with_a_golden_result(reasoning: str) -> None:
    run = solved("Two fives.\nAnswer: 10", rating=golden("6"))
    assert "another answer" in refusal(run, Recipe(reasoning=reasoning))  # type: ignore[arg-type]


def test_a_golden_answer_brings_its_own_reasoning() -> None:
    run = solved("Two fives.\nAnswer: 10", rating=golden(TEXT))
    for recipe, answer in ANSWERS:
        assert row(run, recipe).answer == answer


def test_a_golden_result_that_is_the_same_keeps_the_runs_reasoning() -> None:
    run = solved(TEXT + "\n", rating=golden("6"))
    for recipe, answer in ANSWERS:
        assert row(run, recipe).answer == answer


def test_a_pair_has_both_answers_in_one_form() -> None:
    made = rows(
        [solved(), solved("Two fives.\nAnswer: 10", rating=BAD)], recipe=Recipe(reasoning="reasoning_content")
    )
    (pair,) = made.pairs
    assert (pair.chosen, pair.rejected) == (
        Message("assistant", "6", "Two threes."),
        Message("assistant", "10", "Two fives."),
    )
