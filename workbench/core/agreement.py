"""How far two raters agree: the share of equal ratings, and Cohen's kappa, which takes chance agreement off.

Two raters who both say "good" nine times out of ten agree on 82% by chance alone. Kappa is 0 for that and 1 for
complete agreement; below 0 they agree less than chance would have it.

Sources
- kappa: J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46; with weights Psychological Bulletin
  70 (1968) 213-220.
- its standard error for large samples: J. L. Fleiss, J. Cohen, B. S. Everitt, Psychological Bulletin 72 (1969)
  323-327, the non-null case.
- the words for its size: J. R. Landis, G. G. Koch, Biometrics 33 (1977) 159-174; a habit, not a law.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from workbench.core.statistics import CONFIDENCE, Estimate, pass_rate, quantile

_WORDS = (
    (0.2, "slight"),
    (0.4, "fair"),
    (0.6, "moderate"),
    (0.8, "substantial"),
    (math.inf, "nearly complete"),
)
FEWEST = 20
"""Ratings below which the interval of kappa, an approximation for large samples, is not to be relied on."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters on the same things."""

    count: int
    """Things that both have rated."""
    share: Estimate
    """Of equal ratings, with Wilson's interval."""
    kappa: Estimate | None
    """None where it is not defined: nothing was rated, or both always said the same one thing."""
    table: tuple[tuple[int, ...], ...]
    """Counts: a row for each rating of the first rater, a column for each of the second."""
    ratings: tuple[Hashable, ...]
    """What rows and columns stand for."""


def agreement(
    pairs: Iterable[tuple[Hashable, Hashable]],
    ratings: Sequence[Hashable],
    *,
    ordered: bool = False,
    confidence: float = CONFIDENCE,
) -> Agreement:
    """How far two raters agree on things that both rated with one of `ratings`.

    With `ordered`, ratings that lie near each other agree in part: weights fall with the square of the distance.
    """
    places = {rating: place for place, rating in enumerate(ratings)}
    counts = [[0] * len(places) for _ in places]
    for first, second in pairs:
        counts[places[first]][places[second]] += 1
    total = sum(map(sum, counts))
    equal = sum(counts[place][place] for place in range(len(counts)))
    return Agreement(
        count=total,
        share=pass_rate(equal, total, confidence=confidence),
        kappa=kappa(counts, ordered=ordered, confidence=confidence),
        table=tuple(map(tuple, counts)),
        ratings=tuple(ratings),
    )


def kappa(
    counts: Sequence[Sequence[int]], *, ordered: bool = False, confidence: float = CONFIDENCE
) -> Estimate | None:
    """Cohen's kappa of a square table of counts with its interval; None where it is not defined.

    κ = (pₒ − pₑ) / (1 − pₑ), pₒ = Σ wᵢⱼ pᵢⱼ, pₑ = Σ wᵢⱼ pᵢ. p.ⱼ, with wᵢⱼ = 1 on the diagonal and 0 elsewhere, or
    1 − (i − j)² / (k − 1)² for ordered ratings. Its variance is

        (Σ pᵢⱼ (wᵢⱼ − (w̄ᵢ. + w̄.ⱼ)(1 − κ))² − (κ − pₑ(1 − κ))²) / (n (1 − pₑ)²)

    with w̄ᵢ. = Σⱼ p.ⱼ wᵢⱼ and w̄.ⱼ = Σᵢ pᵢ. wᵢⱼ. The interval is κ ± z times its root, kept within −1 and 1.
    """
    size, total = len(counts), sum(map(sum, counts))
    if not total:
        return None
    places = range(size)
    weights = [[_weight(i, j, size, ordered=ordered) for j in places] for i in places]
    shares = [[count / total for count in row] for row in counts]
    rows, columns = [sum(row) for row in shares], [sum(row[j] for row in shares) for j in places]
    observed = sum(weights[i][j] * shares[i][j] for i in places for j in places)
    chance = sum(weights[i][j] * rows[i] * columns[j] for i in places for j in places)
    if math.isclose(chance, 1.0):
        return None
    value = (observed - chance) / (1 - chance)
    of_row = [sum(columns[j] * weights[i][j] for j in places) for i in places]
    of_column = [sum(rows[i] * weights[i][j] for i in places) for j in places]
    spread = sum(
        shares[i][j] * (weights[i][j] - (of_row[i] + of_column[j]) * (1 - value)) ** 2
        for i in places
        for j in places
    )
    variance = max(0.0, spread - (value - chance * (1 - value)) ** 2) / (total * (1 - chance) ** 2)
    half = quantile((1 + confidence) / 2) * math.sqrt(variance)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))


def _weight(row: int, column: int, size: int, *, ordered: bool) -> float:
    if not ordered:
        return float(row == column)
    return 1 - (row - column) ** 2 / (size - 1) ** 2 if size > 1 else 1.0


def word(value: float) -> str:
    """Landis and Koch's word for a kappa."""
    return "poor" if value < 0 else next(word for most, word in _WORDS if value <= most)


def sentence(found: Agreement, first: str = "the judge", second: str = "you") -> str:
    """What the agreement comes to, for people who have never heard of kappa."""
    if not found.count:
        return f"Nothing says yet how far {first} agrees with {second}: no answer has both verdicts."
    equal = sum(found.table[place][place] for place in range(len(found.table)))
    share = found.share
    said = (
        f"{first[0].upper()}{first[1:]} agrees with {second} on {equal} of {found.count} answers "
        f"({share.value:.0%}, between {share.low:.0%} and {share.high:.0%})"
    )
    if found.kappa is None:
        return f"{said}. What chance would give is not known, since both said the same of all of them."
    kappa = found.kappa
    said += f"; beyond chance the agreement is {word(kappa.value)} (kappa {kappa.value:.2f}"
    if found.count < FEWEST:
        return f"{said}, from too few answers to rely on)."
    return f"{said}, between {kappa.low:.2f} and {kappa.high:.2f})."
