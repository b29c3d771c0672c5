"""What the program claims of experiments and votes holds when the truth is known: intervals hold it, chance is
seldom called a difference, also among many columns.

The intervals of single figures are simulated beside their formulas: `test_statistics`, `test_ranking`,
`test_agreement`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from statistics import fmean

import pytest
from scipy import stats

from tests.chance import seeded
from workbench.core import blind, ranking
from workbench.core.comparison import SIGNIFICANCE, Comparison, compare_passes, compare_scores, correct
from workbench.core.statistics import Estimate, permutation_test


def holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high


@pytest.mark.parametrize(("share", "votes"), [(0.5, 10), (0.7, 25), (0.95, 40)])
def test_the_interval_of_a_share_of_votes_holds_the_truth_at_least_as_often_as_it_says(
    share: float, votes: int
) -> None:
    chance = seeded(31)
    held = fmean(
        holds(blind.exact_share(sum(chance.random() < share for _ in range(votes)), votes), share)
        for _ in range(1_500)
    )
    assert held >= 0.94  # exact intervals hold it in 95% or more; the rest is the simulation's own chance


def test_the_interval_of_a_share_of_votes_agrees_with_scipy() -> None:
    for total in (1, 2, 7, 30, 200):
        for won in {0, 1, total // 2, total - 1, total}:
            theirs = stats.binomtest(won, total).proportion_ci(method="exact")
            ours = blind.exact_share(won, total)
            assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_the_win_rate_of_one_among_many_holds_the_truth() -> None:
    """Its true value is the mean of its chances against each of the others."""
    strengths = {"a": 0.5, "b": 0.1, "c": 0.0, "d": -0.6}
    chance = seeded(37)
    held = []
    for _ in range(120):
        votes = [vote(chance, strengths, pair) for pair in combinations(strengths, 2) for _ in range(30)]
        ranked = ranking.rank(votes)
        for one in ranked:
            others = [other for other in strengths if other != one.name]
            truth = fmean(stats.logistic.cdf(strengths[one.name] - strengths[other]) for other in others)
            held.append(holds(blind._rate(one, ranked), truth))
    assert 0.92 <= fmean(held) <= 0.995


def vote(chance: random.Random, strengths: dict[str, float], pair: tuple[str, str]) -> ranking.Vote:
    first, second = pair
    wins = stats.logistic.cdf(strengths[first] - strengths[second])
    return ranking.Vote(first, second, 1.0 if chance.random() < wins else 0.0)


def test_the_permutation_test_calls_chance_a_difference_as_seldom_as_it_says() -> None:
    chance = seeded(43)
    found = fmean(
        permutation_test([chance.gauss(0, 1) for _ in range(25)], rounds=300) < SIGNIFICANCE for _ in range(600)
    )
    assert found <= 0.075


def passes(chance: random.Random) -> list[bool]:
    return [chance.random() < 0.7 for _ in range(60)]


def scores(chance: random.Random) -> list[float]:
    return [round(chance.betavariate(5, 2), 1) for _ in range(14)]


@pytest.mark.parametrize(
    ("draw", "compare", "rounds"), [(passes, compare_passes, 300), (scores, compare_scores, 60)]
)
def test_among_five_columns_that_are_alike_a_winner_is_seldom_named(
    draw: Callable[[random.Random], list[float]],
    compare: Callable[[list[float], list[float]], Comparison],
    rounds: int,
) -> None:
    """Ten comparisons at 0.05 each would name one in a third of all experiments; corrected, in one of twenty."""
    chance = seeded(47)
    named = 0
    for _ in range(rounds):
        columns = [draw(chance) for _ in range(5)]
        compared = correct([compare(first, second) for first, second in combinations(columns, 2)])
        named += any(one.decided for one in compared)
    assert named / rounds <= 0.09
