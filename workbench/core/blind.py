"""Blind comparison: which answers are put side by side, and what the votes come to.

Which: each pair of columns gets its turn when it has the fewest votes, its cases in random order, the sides by a
coin, so that neither a person's tiredness nor a liking for the left side favours a column. Two answers of one run
cannot differ and are never shown.

What: with two columns the sign test, which knows only who won (W. J. Dixon and A. M. Mood, JASA 41 (1946) 557-566;
equal votes say nothing and are left out), with the exact interval that belongs to it (C. J. Clopper and E. S.
Pearson, Biometrika 26 (1934) 404-413): the p-value is below 0.05 exactly when the interval leaves out one half.
With more columns the model of Bradley and Terry (see `ranking`), an equal vote being half a win for each. Votes
are taken for independent, which those on repetitions of one case are not quite.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from random import Random
from typing import Literal

from workbench.core import ranking
from workbench.core.comparison import MOST_CASES, SIGNIFICANCE, cases_needed
from workbench.core.experiment import CellRecord, Experiment
from workbench.core.statistics import CONFIDENCE, Estimate, PairCounts, holm, mcnemar

Winner = Literal["first", "second", "tie"]
Pair = tuple[str, str]
"""Ids of two variants, in the experiment's order."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two answers to one case, side by side."""

    case: str
    repetition: int
    first: str
    """The id of the variant at the left."""
    second: str
    first_run: str
    second_run: str

    @property
    def runs(self) -> frozenset[str]:
        """The two answers, whichever side they stand on."""
        return frozenset((self.first_run, self.second_run))


@dataclass(frozen=True, slots=True)
class BlindVote:
    """Which of the two a person found better without knowing whose they are."""

    match: Match
    winner: Winner
    voted_at: datetime
    """UTC."""


def open_matches(
    experiment: Experiment,
    records: Iterable[CellRecord],
    votes: Iterable[BlindVote],
    settled: Set[frozenset[str]] = frozenset(),
) -> dict[Pair, list[Match]]:
    """What could be voted on, by pair of columns.

    `settled` names answers that need no vote: skipped, or found equal. What was voted on is left out too.
    """
    done = settled | {vote.match.runs for vote in votes}
    answers: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for record in records:
        if record.state == "done" and record.run_id is not None:
            answers[record.cell.case, record.cell.repetition][record.cell.variant] = record.run_id
    names = [variant.id for variant in experiment.variants]
    found: dict[Pair, list[Match]] = defaultdict(list)
    for (case, repetition), runs in answers.items():
        for first, second in combinations([name for name in names if name in runs], 2):
            match = Match(case, repetition, first, second, runs[first], runs[second])
            if len(match.runs) == 2 and match.runs not in done:
                found[first, second].append(match)
    return found


def deal(open_: Mapping[Pair, Sequence[Match]], votes: Iterable[BlindVote], chance: Random) -> Iterator[Match]:
    """The matches in a fair order: always one of the pair of columns that has the fewest votes."""
    met = Counter(frozenset((vote.match.first, vote.match.second)) for vote in votes)
    stacks = {pair: chance.sample(matches, len(matches)) for pair, matches in open_.items() if matches}
    waiting = [(met[frozenset(pair)], chance.random(), pair) for pair in stacks]
    heapq.heapify(waiting)
    while waiting:
        met_before, _, pair = heapq.heappop(waiting)
        match = stacks[pair].pop()
        if stacks[pair]:
            heapq.heappush(waiting, (met_before + 1, chance.random(), pair))
        yield _turned(match) if chance.random() < 0.5 else match


def _pair(match: Match, order: Mapping[str, int]) -> Pair:
    return (match.first, match.second) if order[match.first] < order[match.second] else (match.second, match.first)


def _turned(match: Match) -> Match:
    return replace(
        match,
        first=match.second, second=match.first, first_run=match.second_run, second_run=match.first_run,
    )  # fmt: skip


# What the votes come to


@dataclass(frozen=True, slots=True)
class Place:
    """What the votes say of one column."""

    variant: str
    won: int
    lost: int
    equal: int
    rate: Estimate
    """Its chance to win: of two, among votes with a winner; of more, against one of the others."""


@dataclass(frozen=True, slots=True)
class Duel:
    """What the votes say of two columns."""

    first: str
    second: str
    first_won: int
    second_won: int
    equal: int
    p: float
    """Of the sign test, corrected for the number of duels (Holm)."""
    more_votes: int | None
    """About how many more would decide it; None when none would."""

    @property
    def votes(self) -> int:
        """All of them."""
        return self.first_won + self.second_won + self.equal


@dataclass(frozen=True, slots=True)
class Standing:
    """What all votes come to."""

    votes: int
    places: tuple[Place, ...]
    """The best first; only columns with votes."""
    duels: tuple[Duel, ...]
    """Every two columns that met, in the experiment's order."""
    left: Estimate | None
    """How often the left side won among votes with a winner; far from one half it says something of the voter."""


def standing(experiment: Experiment, votes: Iterable[BlindVote]) -> Standing:
    """Sum the votes up."""
    names = [variant.id for variant in experiment.variants]
    kept = [vote for vote in votes if vote.match.first in names and vote.match.second in names]
    duels = _duels(names, kept)
    left = sum(vote.winner == "first" for vote in kept)
    decided = left + sum(vote.winner == "second" for vote in kept)
    return Standing(
        votes=len(kept),
        places=_two(duels[0]) if len(duels) == 1 else _many(kept),
        duels=duels,
        left=exact_share(left, decided) if decided else None,
    )


def _duels(names: Sequence[str], votes: Sequence[BlindVote]) -> tuple[Duel, ...]:
    order = {name: place for place, name in enumerate(names)}
    won: dict[Pair, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        won[_pair(vote.match, order)][_winner(vote)] += 1
    pairs = sorted(won, key=lambda pair: (order[pair[0]], order[pair[1]]))
    counts = [PairCounts(won[pair][""], won[pair][pair[0]], won[pair][pair[1]], 0) for pair in pairs]
    corrected = holm([mcnemar(count) for count in counts])
    return tuple(
        Duel(*pair, count.only_first, count.only_second, count.both, p, _more(count, len(pairs)))
        for pair, count, p in zip(pairs, counts, corrected, strict=True)
    )


def _winner(vote: BlindVote) -> str:
    """The id of the winner; empty for an equal vote."""
    return {"first": vote.match.first, "second": vote.match.second, "tie": ""}[vote.winner]


def _more(counts: PairCounts, duels: int) -> int | None:
    """Votes that would decide it; expected is the strictest correction, as in `comparison`."""
    needed = cases_needed(counts, significance=SIGNIFICANCE / duels)
    return None if needed is None or needed > MOST_CASES else max(needed - counts.total, 1)


def _two(duel: Duel) -> tuple[Place, ...]:
    decided = duel.first_won + duel.second_won
    sides = ((duel.first, duel.first_won), (duel.second, duel.second_won))
    places = [Place(name, won, decided - won, duel.equal, exact_share(won, decided)) for name, won in sides]
    return tuple(sorted(places, key=lambda place: -place.won))


def _many(votes: Sequence[BlindVote]) -> tuple[Place, ...]:
    ranked = ranking.rank(
        ranking.Vote(vote.match.first, vote.match.second, {"first": 1.0, "second": 0.0, "tie": 0.5}[vote.winner])
        for vote in votes
    )
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        for name in (vote.match.first, vote.match.second):
            tally[name]["equal" if vote.winner == "tie" else "won" if _winner(vote) == name else "lost"] += 1
    return tuple(
        Place(
            one.name, tally[one.name]["won"], tally[one.name]["lost"], tally[one.name]["equal"], _rate(one, ranked)
        )
        for one in ranked
    )


def _rate(one: ranking.Ranked, ranked: Sequence[ranking.Ranked]) -> Estimate:
    """The win rate, its interval that of the strength.

    The strengths of all k add up to 0, so one's distance from the mean of the others is θ k/(k-1): a strength at
    the end of its interval moves all those distances by that much.
    """
    others = [other.strength.value for other in ranked if other is not one]
    stretch = len(ranked) / max(1, len(ranked) - 1)

    def chance(strength: float) -> float:
        own = one.strength.value + (strength - one.strength.value) * stretch
        return math.fsum(1 / (1 + math.exp(other - own)) for other in others) / len(others)

    return Estimate(one.win_rate, chance(one.strength.low), chance(one.strength.high))


def exact_share(won: int, total: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """A share with the exact interval of Clopper and Pearson; nothing tried gives 0 to 1."""
    if total == 0:
        return Estimate(0.5, 0.0, 1.0)
    tail = (1 - confidence) / 2
    low = 0.0 if won == 0 else _bisected(lambda p: 1 - _at_most(won - 1, total, p) < tail)
    high = 1.0 if won == total else _bisected(lambda p: _at_most(won, total, p) > tail)
    return Estimate(won / total, low, high)


def _bisected(is_below: Callable[[float], bool]) -> float:
    """The share up to which the question is answered with yes."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2


def _at_most(won: int, total: int, share: float) -> float:
    """The chance of so many wins or fewer."""
    whole = math.lgamma(total + 1)
    return math.fsum(
        math.exp(
            whole - math.lgamma(k + 1) - math.lgamma(total - k + 1)
            + k * math.log(share) + (total - k) * math.log1p(-share)
        )
        for k in range(won + 1)
    )  # fmt: skip


def sentence(duel: Duel, first: str, second: str) -> str:
    """What a person should take from the votes on two columns."""
    ahead, behind = (first, second) if duel.first_won >= duel.second_won else (second, first)
    most, decided = max(duel.first_won, duel.second_won), duel.first_won + duel.second_won
    equal = f", {duel.equal} equal" if duel.equal else ""
    if not decided:
        return f"{first} and {second} were found equal every time ({_votes(duel.votes)})."
    said = f"won {most} of {_votes(decided)}{equal} ({_p(duel.p)})"
    if duel.p < SIGNIFICANCE:
        return f"{ahead} is preferred to {behind}: it {said}."
    if duel.more_votes is None:
        won = f"{duel.first_won} and {duel.second_won}"
        return f"No preference was seen: {first} and {second} won {won} times{equal}."
    return (
        f"Undecided between {first} and {second}: {ahead} {said}; about {_votes(duel.more_votes)} more would tell."
    )


def _votes(count: int) -> str:
    return "1 vote" if count == 1 else f"{count:,} votes"


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}".rstrip("0").rstrip(".")
