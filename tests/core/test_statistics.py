"""Our formulas against scipy and statsmodels on random data, and the intervals' coverage by simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from statistics import fmean

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from tests.chance import seeded
from workbench.core.statistics import (
    Estimate,
    PairCounts,
    count_pairs,
    holm,
    mcnemar,
    mean_difference,
    paired_difference,
    pass_rate,
    permutation_test,
)

CHANCE = seeded(11)


def random_pairs(most: int) -> PairCounts:
    return PairCounts(*(CHANCE.randint(0, most) for _ in range(4)))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_statsmodels(confidence: float) -> None:
    for _ in range(200):
        total = CHANCE.randint(1, 400)
        passed = CHANCE.randint(0, total)
        ours = pass_rate(passed, total, confidence=confidence)
        low, high = proportion_confint(passed, total, alpha=1 - confidence, method="wilson")
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)
        assert 0 <= ours.low <= ours.value <= ours.high <= 1


def test_nothing_tried_says_nothing() -> None:
    assert pass_rate(0, 0) == Estimate(0.0, 0.0, 1.0)
    assert paired_difference(PairCounts(0, 0, 0, 0)) == Estimate(0.0, -1.0, 1.0)
    assert mcnemar(PairCounts(5, 0, 0, 5)) == 1.0
    assert permutation_test([]) == 1.0
    assert mean_difference([0.5]).high == math.inf
    assert holm([]) == ()


def test_mcnemar_agrees_with_statsmodels_and_scipy() -> None:
    for _ in range(200):
        pairs = random_pairs(60)
        table = [[pairs.both, pairs.only_first], [pairs.only_second, pairs.neither]]
        assert mcnemar(pairs) == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue, abs=1e-12)
    many = PairCounts(0, 5_000, 5_300, 0)
    assert mcnemar(many) == pytest.approx(stats.binomtest(5_000, 10_300).pvalue, rel=1e-9)


def test_newcombe_agrees_with_statsmodels_where_the_columns_are_uncorrelated() -> None:
    """Without correlation, the paired interval is the one of independent shares."""
    for both, only_first, only_second, neither in [(12, 6, 8, 4), (10, 0, 10, 0), (3, 9, 5, 15), (7, 0, 0, 0)]:
        pairs = PairCounts(both, only_first, only_second, neither)
        ours, total = paired_difference(pairs), pairs.total
        low, high = confint_proportions_2indep(
            both + only_second, total, both + only_first, total, method="newcomb", compare="diff"
        )
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)


def test_agreement_of_the_columns_narrows_the_interval_of_their_difference() -> None:
    def width(pairs: PairCounts) -> float:
        return paired_difference(pairs).high - paired_difference(pairs).low

    alike, chance, opposed = PairCounts(45, 5, 5, 45), PairCounts(25, 25, 25, 25), PairCounts(5, 45, 45, 5)
    assert width(alike) < width(chance) < width(opposed)


def test_the_two_columns_change_places_and_only_the_sign_changes() -> None:
    for _ in range(100):
        pairs = random_pairs(30)
        turned = PairCounts(pairs.both, pairs.only_second, pairs.only_first, pairs.neither)
        one, other = paired_difference(pairs), paired_difference(turned)
        assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
        assert mcnemar(pairs) == mcnemar(turned)


def _mean(sample: np.ndarray, axis: int) -> np.ndarray:
    return np.mean(sample, axis=axis)


@pytest.mark.parametrize("count", [3, 9, 14])
def test_few_pairs_are_permuted_exactly_as_scipy_does(count: int) -> None:
    for _ in range(10):
        differences = [round(CHANCE.gauss(0.3, 1), 1) for _ in range(count)]
        theirs = stats.permutation_test(
            (np.array(differences),), _mean, permutation_type="samples", n_resamples=np.inf
        )
        assert permutation_test(differences) == pytest.approx(theirs.pvalue, abs=1e-9)


@pytest.mark.parametrize("count", [40, 333])
def test_many_pairs_are_permuted_close_to_scipy(count: int) -> None:
    for shift in (0.0, 1.5 / math.sqrt(count), 3 / math.sqrt(count)):
        differences = [CHANCE.gauss(shift, 1) for _ in range(count)]
        theirs = stats.permutation_test(
            (np.array(differences),), _mean, permutation_type="samples", n_resamples=9_999, rng=3
        )
        assert permutation_test(differences) == pytest.approx(theirs.pvalue, abs=0.02)


def test_the_same_scores_give_the_same_figures() -> None:
    differences = [CHANCE.gauss(0.1, 1) for _ in range(50)]
    assert permutation_test(differences) == permutation_test(differences)
    assert mean_difference(differences) == mean_difference(differences)


def test_the_bootstrap_agrees_with_scipy() -> None:
    for _ in range(5):
        differences = [CHANCE.expovariate(1) - 0.8 for _ in range(80)]
        theirs = stats.bootstrap((differences,), np.mean, n_resamples=5_000, method="percentile", rng=5)
        ours = mean_difference(differences)
        assert ours.value == pytest.approx(fmean(differences))
        low, high = theirs.confidence_interval
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.04)


def test_holm_agrees_with_statsmodels() -> None:
    for _ in range(15):
        p_values = [CHANCE.random() ** 3 for _ in range(CHANCE.randint(1, 12))]
        theirs = multipletests(p_values, method="holm")[1]
        assert holm(p_values) == pytest.approx(tuple(theirs))


def coverage(truth: float, draw: Callable[[random.Random], Estimate], rounds: int) -> float:
    """How often the interval of a drawn sample holds the truth."""
    chance = seeded(23)
    estimates = (draw(chance) for _ in range(rounds))
    return fmean(estimate.low <= truth <= estimate.high for estimate in estimates)


@pytest.mark.parametrize(("rate", "cases"), [(0.5, 30), (0.8, 20), (0.9, 100)])
def test_the_interval_of_a_pass_rate_holds_the_truth_as_often_as_it_says(rate: float, cases: int) -> None:
    def draw(chance: random.Random) -> Estimate:
        return pass_rate(sum(chance.random() < rate for _ in range(cases)), cases)

    assert 0.93 <= coverage(rate, draw, 3_000) <= 0.98


@pytest.mark.parametrize(("agreeing", "cases"), [(0.0, 40), (0.7, 40), (0.9, 100)])
def test_the_interval_of_a_paired_difference_does_too(agreeing: float, cases: int) -> None:
    """The second column says what the first did with some probability, else something of its own."""

    def pair(chance: random.Random) -> tuple[bool, bool]:
        first = chance.random() < 0.6
        return first, first if chance.random() < agreeing else chance.random() < 0.75

    def draw(chance: random.Random) -> Estimate:
        drawn = [pair(chance) for _ in range(cases)]
        return paired_difference(count_pairs([a for a, _ in drawn], [b for _, b in drawn]))

    assert 0.93 <= coverage((1 - agreeing) * 0.15, draw, 2_000) <= 0.99


def test_the_bootstrap_interval_does_nearly() -> None:
    def draw(chance: random.Random) -> Estimate:
        return mean_difference([chance.expovariate(1) for _ in range(40)], rounds=400)

    assert 0.90 <= coverage(1.0, draw, 400) <= 0.97


def test_chance_is_called_a_difference_as_seldom_as_it_says() -> None:
    chance = seeded(29)
    false = 0
    for _ in range(1_000):
        first, second = ([chance.random() < 0.6 for _ in range(50)] for _ in range(2))
        false += mcnemar(count_pairs(first, second)) < 0.05
    assert false / 1_000 <= 0.05
