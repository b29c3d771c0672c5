"""The sentence, and the forecast of how many more cases would tell."""

from __future__ import annotations

import pytest
from statsmodels.stats.power import TTestPower

from tests.chance import seeded
from workbench.core.comparison import (
    cases_needed,
    cases_needed_for_scores,
    compare_passes,
    compare_scores,
    correct,
    sentence,
)
from workbench.core.statistics import PairCounts, mcnemar


def test_a_clear_winner_is_named_with_its_lead() -> None:
    first = [True] * 10 + [False] * 30
    second = [True] * 30 + [False] * 10
    said = sentence(compare_passes(first, second), "A", "B")
    assert said.startswith("B is better than A: 50 more of 100 cases pass, between ")
    assert said.endswith("(p < 0.001).")
    assert sentence(compare_passes(second, first), "A", "B").startswith("A is better than B: 50 more")


def test_an_undecided_comparison_says_how_many_more_cases_would_tell() -> None:
    comparison = compare_passes([True] * 5 + [False] * 15, [True] * 8 + [False] * 12)
    assert not comparison.decided
    assert comparison.more_cases is not None
    said = sentence(comparison, "A", "B")
    assert said == "Undecided between A and B (p = 0.25): about 30 cases more would tell."


def test_among_many_comparisons_more_cases_are_needed() -> None:
    few, many = ([True] * 5 + [False] * 15, [True] * 8 + [False] * 12)
    alone, among = compare_passes(few, many), compare_passes(few, many, among=10)
    assert alone.more_cases
    assert among.more_cases
    assert among.more_cases > 1.5 * alone.more_cases
    clean_sweep = compare_passes([False] * 5, [True] * 5, among=10)
    assert clean_sweep.more_cases == 9 - 5  # 2 · 0.5⁹ is the first below 0.05 / 10


def test_no_difference_and_no_case() -> None:
    same = [True, False] * 5
    assert sentence(compare_passes(same, same), "A", "B") == "No difference between A and B was seen in 10 cases."
    assert sentence(compare_passes([], []), "A", "B") == "A and B have no case in common."
    assert sentence(compare_scores([], []), "A", "B") == "A and B have no case in common."


def test_many_columns_are_corrected_and_the_sentence_says_so() -> None:
    comparison = compare_passes([False] * 8, [True] * 8)
    alone, *_ = correct([comparison])
    assert alone == comparison
    many = correct([comparison] * 10)
    assert not many[0].decided
    assert "corrected for 10 comparisons" in sentence(many[0], "A", "B")


def test_scores_are_compared_case_by_case() -> None:
    chance = seeded(5)
    first = [chance.random() for _ in range(30)]
    second = [score + chance.gauss(0.2, 0.1) for score in first]
    said = sentence(compare_scores(first, second), "A", "B")
    assert said.startswith("B is better than A: 0.2")
    assert "more on average" in said


@pytest.mark.parametrize(("lost", "won", "total"), [(2, 6, 40), (10, 18, 100), (0, 3, 60)])
def test_so_many_cases_find_the_difference_four_times_in_five(lost: int, won: int, total: int) -> None:
    needed = cases_needed(PairCounts(total - lost - won, lost, won, 0))
    assert needed is not None
    chance, found, rounds = seeded(31), 0, 1_500
    weights = [lost, won, total - lost - won]
    for _ in range(rounds):
        drawn = chance.choices(("lost", "won", "same"), weights, k=needed)
        pairs = PairCounts(drawn.count("same"), drawn.count("lost"), drawn.count("won"), 0)
        found += mcnemar(pairs) < 0.05
    # The exact test is on the safe side, so it finds somewhat less often than the formula promises.
    assert 0.60 <= found / rounds <= 0.88


def test_the_forecast_for_scores_agrees_with_the_power_of_the_paired_t_test() -> None:
    chance = seeded(37)
    for shift in (0.2, 0.5, 0.9):
        differences = [chance.gauss(shift, 1) for _ in range(200)]
        needed = cases_needed_for_scores(differences)
        assert needed is not None
        mean = sum(differences) / 200
        spread = (sum((d - mean) ** 2 for d in differences) / 199) ** 0.5
        theirs = TTestPower().solve_power(mean / spread, alpha=0.05, power=0.8)
        assert needed == pytest.approx(theirs, abs=1.5)


def test_no_number_of_cases_finds_what_is_not_there() -> None:
    assert cases_needed(PairCounts(10, 3, 3, 4)) is None
    assert cases_needed_for_scores([0.0, 0.0]) is None
    assert cases_needed_for_scores([1.0]) is None
    assert compare_passes([True] * 100_000 + [False], [True] * 100_000 + [True]).more_cases is None
