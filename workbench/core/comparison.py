"""What the numbers of two columns mean, in a sentence: better, undecided, and how many more cases would tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Literal

from workbench.core import statistics
from workbench.core.statistics import Estimate, PairCounts, quantile

SIGNIFICANCE = 0.05
POWER = 0.8
"""How sure the number of further cases makes it that a difference as large as the one seen is found."""

MOST_CASES = 100_000
"""Beyond so many cases, a difference is called none."""

Measure = Literal["passes", "shares", "scores"]
"""Cases that pass · the share of each case's repetitions that pass · scores of any kind."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two columns on the same cases."""

    measure: Measure
    cases: int
    difference: Estimate
    """How much more the second column has: a share of cases, or points of the score."""
    p: float
    """How likely a difference at least as large would be if both were equally good; see `correct`."""
    more_cases: int | None
    """About how many more cases would decide it, if the difference is what was seen; None when none would."""
    columns: int = 1
    """Among how many comparisons `p` was corrected for."""

    @property
    def decided(self) -> bool:
        """Whether one column is better beyond chance."""
        return self.p < SIGNIFICANCE


def compare_passes(first: Sequence[bool], second: Sequence[bool], *, among: int = 1) -> Comparison:
    """Two columns of passes and failures, case by case.

    `among` so many comparisons that are made together the forecast of cases expects the strictest correction.
    """
    pairs = statistics.count_pairs(first, second)
    needed = cases_needed(pairs, significance=SIGNIFICANCE / among)
    return Comparison(
        measure="passes",
        cases=pairs.total,
        difference=statistics.paired_difference(pairs),
        p=statistics.mcnemar(pairs),
        more_cases=_more(needed, pairs.total),
    )


def compare_scores(
    first: Sequence[float], second: Sequence[float], *, measure: Measure = "scores", among: int = 1
) -> Comparison:
    """Two columns of scores, case by case; also of the shares of repetitions that passed. `among` as above."""
    differences = [b - a for a, b in zip(first, second, strict=True)]
    return Comparison(
        measure=measure,
        cases=len(differences),
        difference=statistics.mean_difference(differences),
        p=statistics.permutation_test(differences),
        more_cases=_more(
            cases_needed_for_scores(differences, significance=SIGNIFICANCE / among), len(differences)
        ),
    )


def correct(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The same comparisons, their p-values corrected for being many (Holm)."""
    adjusted = statistics.holm([comparison.p for comparison in comparisons])
    return tuple(
        replace(comparison, p=p, columns=len(comparisons))
        for comparison, p in zip(comparisons, adjusted, strict=True)
    )


def cases_needed(pairs: PairCounts, *, significance: float = SIGNIFICANCE, power: float = POWER) -> int | None:
    """How many cases in all find a difference as large as the one seen; None when no number would.

    n = (z₁ √ψ + z₂ √(ψ-δ²))² / δ², with ψ the share of differing cases and δ the difference of the shares:
    R. J. Connor, Biometrics 43 (1987) 207-211.
    """
    if pairs.total == 0 or pairs.only_first == pairs.only_second:
        return None
    differing = pairs.differing / pairs.total
    difference = (pairs.only_second - pairs.only_first) / pairs.total
    spread = quantile(1 - significance / 2) * math.sqrt(differing)
    spread += quantile(power) * math.sqrt(max(0.0, differing - difference**2))
    # The exact test cannot be significant below so many differing cases, whatever the formula hopes for.
    return max(math.ceil(spread**2 / difference**2), math.ceil(_fewest_differing(significance) / differing))


def cases_needed_for_scores(
    differences: Sequence[float], *, significance: float = SIGNIFICANCE, power: float = POWER
) -> int | None:
    """As `cases_needed`, for paired scores: n = ((z₁ + z₂) σ / δ)² + z₁²/2, the last term for not knowing σ.

    W. C. Guenther, The American Statistician 35 (1981) 243-244.
    """
    if len(differences) < 2:
        return None
    mean, spread = fmean(differences), stdev(differences)
    if mean == 0:
        return None
    z = quantile(1 - significance / 2)
    size = ((z + quantile(power)) * spread / mean) ** 2
    return max(math.ceil(min(size + z * z / 2, 1e12)), _fewest_differing(significance))


def _fewest_differing(significance: float) -> int:
    """So many cases must differ before even a clean sweep of them is significant: six for 2 · 0.5⁶ = 0.031."""
    return math.ceil(math.log2(2 / significance))


def _more(needed: int | None, tried: int) -> int | None:
    """At least one: a test that has not decided wants more, whatever the plan said."""
    if needed is None or needed > MOST_CASES:
        return None
    return max(needed - tried, 1)


def sentence(comparison: Comparison, first: str, second: str) -> str:
    """What a person should take from it."""
    if comparison.cases == 0:
        return f"{first} and {second} have no case in common."
    if comparison.decided:
        better, worse = (second, first) if comparison.difference.value > 0 else (first, second)
        return f"{better} is better than {worse}: {_size(comparison)} ({_p(comparison)})."
    if comparison.more_cases is None:
        return f"No difference between {first} and {second} was seen in {_cases(comparison.cases)}."
    more = _rounded(comparison.more_cases)
    return f"Undecided between {first} and {second} ({_p(comparison)}): about {_cases(more)} more would tell."


def _size(comparison: Comparison) -> str:
    """The difference with its interval, seen from the better column."""
    difference = comparison.difference
    value, low, high = abs(difference.value), difference.low, difference.high
    if difference.value < 0:
        low, high = -high, -low
    if comparison.measure != "scores":
        what = "cases pass" if comparison.measure == "passes" else "answers pass"
        return f"{100 * value:.0f} more of 100 {what}, between {100 * low:.0f} and {100 * high:.0f}"
    return f"{value:.3g} more on average, between {low:.3g} and {high:.3g}"


def _p(comparison: Comparison) -> str:
    shown = "p < 0.001" if comparison.p < 0.001 else f"p = {comparison.p:.3f}".rstrip("0").rstrip(".")
    return f"{shown}, corrected for {comparison.columns} comparisons" if comparison.columns > 1 else shown


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count:,} cases"


def _rounded(count: int) -> int:
    """Two digits are all that such a forecast is worth."""
    step = int("1".ljust(len(str(count)) - 1, "0"))
    return math.ceil(count / step) * step
