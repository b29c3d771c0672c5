"""Intervals and tests for comparing columns of an experiment on the same cases. Standard library only.

Which method for what, and why
- A share of passes: Wilson's interval, which stays inside 0 and 1 and holds its level for few cases.
- Two columns on the same cases: the cases are pairs, so only those that came out differently tell anything
  (McNemar), and the interval of the difference takes their agreement into account (Newcombe).
- Scores of any shape: the signs of the paired differences are exchanged (permutation), the cases drawn again
  (bootstrap). Both are seeded, so that the same answers always give the same figures.
- Many columns: Holm's correction, which is never weaker than Bonferroni's and needs no assumption.

Repetitions of a case are no further cases: fold them into the case's mean first.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import getitem
from statistics import NormalDist, fmean

CONFIDENCE = 0.95
PERMUTATIONS = 10_000
RESAMPLES = 2_000
SEED = 20_240_501

_EXACT = 16
"""Up to so many pairs that differ, all exchanges of signs are tried instead of a sample of them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the interval that its true value lies in, at the asked-for confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How the same cases came out in two columns."""

    both: int
    """Passed in both."""
    only_first: int
    only_second: int
    neither: int

    @property
    def total(self) -> int:
        """All cases."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def differing(self) -> int:
        """Cases that came out differently; all that a paired test goes by."""
        return self.only_first + self.only_second


def quantile(probability: float) -> float:
    """The value of a standard normal variable that is not exceeded with this probability."""
    return NormalDist().inv_cdf(probability)


def pass_rate(passed: float, total: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """The share of passes with Wilson's score interval.

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), E. B. Wilson, JASA 22 (1927) 209-212. `passed` may be a
    sum of shares, such as of cases that were repeated; with the number of cases for `total` the interval is
    then rather too wide than too narrow. Nothing tried gives 0 to 1.
    """
    if total == 0:
        return Estimate(0.0, 0.0, 1.0)
    z = quantile((1 + confidence) / 2)
    rate = passed / total
    shrunk = 1 + z * z / total
    centre = (rate + z * z / (2 * total)) / shrunk
    half = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / shrunk
    low = 0.0 if rate == 0 else max(0.0, centre - half)
    high = 1.0 if rate == 1 else min(1.0, centre + half)
    return Estimate(rate, low, high)


def count_pairs(first: Sequence[bool], second: Sequence[bool]) -> PairCounts:
    """Count how the same cases, in the same order, came out twice."""
    pairs = list(zip(first, second, strict=True))
    return PairCounts(
        both=sum(a and b for a, b in pairs),
        only_first=sum(a and not b for a, b in pairs),
        only_second=sum(b and not a for a, b in pairs),
        neither=sum(not a and not b for a, b in pairs),
    )


def paired_difference(pairs: PairCounts, *, confidence: float = CONFIDENCE) -> Estimate:
    """By how much the second column passes more often, with Newcombe's interval for paired shares.

    Method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650: the Wilson intervals of both
    columns, squared and added, less what the correlation φ of the pairs accounts for; φ is corrected for
    continuity where it is positive.
    """
    if pairs.total == 0:
        return Estimate(0.0, -1.0, 1.0)
    first = pass_rate(pairs.both + pairs.only_first, pairs.total, confidence=confidence)
    second = pass_rate(pairs.both + pairs.only_second, pairs.total, confidence=confidence)
    phi = _correlation(pairs)
    down = _added(second.value - second.low, first.high - first.value, phi)
    up = _added(second.high - second.value, first.value - first.low, phi)
    difference = second.value - first.value
    return Estimate(difference, max(-1.0, difference - down), min(1.0, difference + up))


def _added(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlation(pairs: PairCounts) -> float:
    """Newcombe's φ; 0 where a column has only passes or only failures."""
    first = pairs.both + pairs.only_first
    second = pairs.both + pairs.only_second
    scale = math.sqrt(first * (pairs.total - first) * second * (pairs.total - second))
    if scale == 0:
        return 0.0
    product = pairs.both * pairs.neither - pairs.only_first * pairs.only_second
    return (max(product - pairs.total / 2, 0.0) if product > 0 else product) / scale


def mcnemar(pairs: PairCounts) -> float:
    """The two-sided p-value of McNemar's exact test: do both columns pass equally often?

    Of the cases that came out differently, each column should win half: a binomial test of 1/2.
    Q. McNemar, Psychometrika 12 (1947) 153-157. Without a differing case it is 1.
    """
    tries = pairs.differing
    ways, term = 0, 1
    for won in range(min(pairs.only_first, pairs.only_second) + 1):
        ways += term
        term = term * (tries - won) // (won + 1)
    return min(1.0, 2 * ways / (1 << tries))


def permutation_test(differences: Sequence[float], *, rounds: int = PERMUTATIONS, seed: int = SEED) -> float:
    """The two-sided p-value that paired differences are around 0: were their signs mere chance?

    R. A. Fisher, The Design of Experiments (1935) § 21. All exchanges of signs for up to 16 differences that are
    not 0, else so many random ones, the observed one counted among them (Phipson and Smyth, Stat. Appl. Genet.
    Mol. Biol. 9 (2010) 39), so that the p-value is never 0.
    """
    moved = [difference for difference in differences if difference != 0]
    if not moved:
        return 1.0
    # Sums that are equal on paper differ in their last bits.
    bound = abs(math.fsum(moved)) - 1e-9 * math.fsum(map(abs, moved))
    if len(moved) <= _EXACT:
        sums = _all_sums(moved)
        return sum(abs(one) >= bound for one in sums) / len(sums)
    hits = sum(abs(one) >= bound for one in _random_sums(moved, rounds, random.Random(seed)))  # noqa: S311
    return (hits + 1) / (rounds + 1)


def _all_sums(numbers: Sequence[float]) -> list[float]:
    """The sums of the numbers under every choice of their signs."""
    sums = [0.0]
    for number in numbers:
        sums = [one + number for one in sums] + [one - number for one in sums]
    return sums


def _random_sums(numbers: Sequence[float], rounds: int, chance: random.Random) -> Iterator[float]:
    """Sums under random signs. Eight numbers at a time share a table of their 256 sums, a random byte each."""
    tables = [_all_sums(numbers[at : at + 8]) for at in range(0, len(numbers), 8)]
    last = len(tables[-1]) - 1
    for _ in range(rounds):
        signs = bytearray(chance.randbytes(len(tables)))
        signs[-1] &= last
        yield sum(map(getitem, tables, signs))


def mean_difference(
    differences: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    rounds: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate:
    """The mean of paired differences with a bootstrap interval over the cases.

    Percentiles of the means of resampled cases (B. Efron, Annals of Statistics 7 (1979) 1-26), widened around
    the mean by √(n/(n-1)), because a resample varies by n where the sample varies by n-1 (T. Hesterberg, The
    American Statistician 69 (2015) 371-386). One case or none says nothing: the interval is without bounds.
    """
    count = len(differences)
    if count < 2:
        return Estimate(fmean(differences) if count else 0.0, -math.inf, math.inf)
    chance = random.Random(seed)  # noqa: S311 - drawn for statistics, not for secrets
    mean = fmean(differences)
    means = sorted(fmean(chance.choices(differences, k=count)) for _ in range(rounds))
    wider = math.sqrt(count / (count - 1))
    tail = (1 - confidence) / 2
    low, high = (_percentile(means, share) for share in (tail, 1 - tail))
    return Estimate(mean, mean + wider * (low - mean), mean + wider * (high - mean))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest values, as much as the share lies between their places."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values corrected for being many, in their order: S. Holm, Scand. J. Statistics 6 (1979) 65-70."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return tuple(adjusted)
