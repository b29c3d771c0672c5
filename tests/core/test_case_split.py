"""Splitting: the share is kept in every answer, and the same seed splits alike."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.case import Case
from workbench.core.case_split import split
from workbench.errors import UserError


def cases(*answers: str) -> tuple[Case, ...]:
    return tuple(Case(f"case {number}", {"n": str(number)}, answer) for number, answer in enumerate(answers))


def held_out(split_cases: tuple[Case, ...]) -> set[str]:
    return {case.id for case in split_cases if case.part == "held_out"}


@given(
    st.lists(st.sampled_from("abc"), max_size=60),
    st.floats(0, 1, allow_nan=False),
    st.integers(0, 9),
    st.booleans(),
)
def test_the_share_is_kept_over_all_and_in_each_answer(
    answers: list[str], share: float, seed: int, stratified: bool
) -> None:
    kept = cases(*answers)
    done = split(kept, share, seed=seed, stratified=stratified)
    assert [case.id for case in done] == [case.id for case in kept]
    out = [case for case in done if case.part == "held_out"]
    assert abs(len(out) - share * len(kept)) <= 0.5 + 1e-9
    if stratified:
        for answer, count in Counter(answers).items():
            assert abs(sum(case.expected == answer for case in out) - share * count) < 1


@given(st.permutations(cases(*"aaaabbbbccdd")), st.integers(0, 5))
def test_the_order_of_the_cases_does_not_matter(shuffled: list[Case], seed: int) -> None:
    assert held_out(split(shuffled, 0.25, seed=seed)) == held_out(split(cases(*"aaaabbbbccdd"), 0.25, seed=seed))


def test_another_seed_is_another_split() -> None:
    kept = cases(*"ab" * 50)
    assert len({frozenset(held_out(split(kept, 0.3, seed=seed))) for seed in range(10)}) == 10


def test_a_case_more_moves_few_others() -> None:
    kept = cases(*"ab" * 50)
    before, after = held_out(split(kept[:-2], 0.3)), held_out(split(kept, 0.3))
    assert len(before - after) <= 2


def test_answers_that_all_differ_are_split_by_chance() -> None:
    kept = cases(*(f"answer {number}" for number in range(10)))
    assert len(held_out(split(kept, 0.3))) == 3


def test_what_was_held_out_before_does_not_matter() -> None:
    once = split(cases(*"aabb"), 1)
    assert held_out(split(once, 0)) == set()


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UserError, match="lies between"):
        split(cases("a"), share)
