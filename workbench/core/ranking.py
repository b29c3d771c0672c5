"""Who is best of many, from votes between two at a time: the Bradley-Terry model.

P(i beats j) = 1 / (1 + exp(θⱼ - θᵢ)): R. A. Bradley and M. E. Terry, Biometrika 39 (1952) 324-345, fitted by
the MM algorithm of D. R. Hunter, Annals of Statistics 32 (2004) 384-406. A tie is half a win for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.core.statistics import CONFIDENCE, Estimate, quantile

PRIOR = 0.5
"""Wins and losses against an imagined average opponent that everybody is given: without them, one who has won
every vote would be infinitely strong. It counts little as soon as there are ten votes."""

_MOST_ROUNDS = 10_000
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Vote:
    """One comparison of two."""

    first: str
    second: str
    first_share: float
    """1 when the first won, 0 when the second did, 0.5 for a tie."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of the compared, with its strength."""

    name: str
    votes: int
    strength: Estimate
    """θ, in log-odds; the strengths of all add up to 0."""
    win_rate: float
    """The chance to win against one of the others, each as likely to be met."""


def rank(votes: Iterable[Vote], *, prior: float = PRIOR, confidence: float = CONFIDENCE) -> tuple[Ranked, ...]:
    """All that were compared, the strongest first.

    The intervals are Wald's, from the observed information of the strengths under their sum of 0.
    """
    kept = tuple(votes)
    names = tuple(dict.fromkeys(name for vote in kept for name in (vote.first, vote.second)))
    place = {name: index for index, name in enumerate(names)}
    wins = [[0.0] * len(names) for _ in names]
    for vote in kept:
        i, j = place[vote.first], place[vote.second]
        wins[i][j] += vote.first_share
        wins[j][i] += 1 - vote.first_share
    strengths = _fitted(wins, prior)
    centre = math.fsum(strengths) / len(strengths) if strengths else 0.0
    errors = _errors(wins, strengths, prior)
    z = quantile((1 + confidence) / 2)
    ranked = [
        Ranked(
            name=name,
            votes=sum(name in (vote.first, vote.second) for vote in kept),
            strength=Estimate(strength - centre, strength - centre - z * error, strength - centre + z * error),
            win_rate=_win_rate(index, strengths),
        )
        for index, (name, strength, error) in enumerate(zip(names, strengths, errors, strict=True))
    ]
    return tuple(sorted(ranked, key=lambda one: -one.strength.value))


def _fitted(wins: Sequence[Sequence[float]], prior: float) -> list[float]:
    """The likeliest strengths: γᵢ ← Wᵢ / Σⱼ nᵢⱼ / (γᵢ + γⱼ) until nothing moves.

    The imagined opponent has a γ of 1; without it nothing fixes their common factor, and each round does.
    """
    count = len(wins)
    games = [[wins[i][j] + wins[j][i] for j in range(count)] for i in range(count)]
    won = [sum(row) + prior for row in wins]
    powers = [1.0] * count
    for _ in range(_MOST_ROUNDS):
        before = powers
        powers = [won[i] / _met(i, games[i], before, prior) for i in range(count)]
        if not prior:
            mean = math.exp(math.fsum(map(math.log, powers)) / count)
            powers = [power / mean for power in powers]
        if all(abs(new - old) <= _TOLERANCE * old for new, old in zip(powers, before, strict=True)):
            break
    return [math.log(power) for power in powers]


def _met(index: int, games: Sequence[float], powers: Sequence[float], prior: float) -> float:
    """Whom one has met, each the less the stronger both are."""
    own = powers[index]
    met = (count / (own + other) for count, other in zip(games, powers, strict=True) if count)
    return math.fsum(met) + 2 * prior / (own + 1)


def _errors(wins: Sequence[Sequence[float]], strengths: Sequence[float], prior: float) -> list[float]:
    """Standard errors of the strengths less their mean: from the inverse C of the observed information.

    Without a prior the information is singular along a shift of all strengths; adding 1/k to every entry mends
    that, and taking the mean out removes it again: cᵢᵢ - 2 · mean(cᵢ.) + mean(c..).
    """
    count = len(strengths)
    information = [[0.0 if prior else 1.0 / count] * count for _ in range(count)]
    for i in range(count):
        information[i][i] += 2 * prior * _variance(strengths[i], 0.0)
        for j in range(count):
            if i != j:
                weight = (wins[i][j] + wins[j][i]) * _variance(strengths[i], strengths[j])
                information[i][i] += weight
                information[i][j] -= weight
    inverse = _inverse(information)
    means = [math.fsum(row) / count for row in inverse]
    overall = math.fsum(means) / count if count else 0.0
    return [math.sqrt(max(0.0, inverse[i][i] - 2 * means[i] + overall)) for i in range(count)]


def _variance(one: float, other: float) -> float:
    return _chance(one, other) * _chance(other, one)


def _chance(one: float, other: float) -> float:
    return 1 / (1 + math.exp(other - one))


def _win_rate(index: int, strengths: Sequence[float]) -> float:
    others = [_chance(strengths[index], other) for place, other in enumerate(strengths) if place != index]
    return math.fsum(others) / len(others) if others else 0.5


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Gauss-Jordan elimination with the largest pivot; a column that has none leaves infinity."""
    count = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(count))] for i, row in enumerate(matrix)]
    for column in range(count):
        pivot = max(range(column, count), key=lambda row: abs(rows[row][column]))
        if rows[pivot][column] == 0:
            return [[math.inf] * count for _ in range(count)]
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for row in range(count):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[count:] for row in rows]
