"""The next pairs of a blind comparison with their texts, as the store's reader makes them ready."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from random import Random

from workbench.core import rendering
from workbench.core.blind import BlindVote, Match, deal, open_matches
from workbench.core.experiment import CellRecord, Experiment
from workbench.store import Store

AHEAD = 4
"""Pairs that are made ready at a time, so that the next one is there as soon as a vote is given."""

_LOOKED_AT = 40
"""Pairs that one question to the store looks at, however many of them are alike: others want to ask too."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A match with its two answers."""

    match: Match
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Dealt:
    """What a question for pairs found."""

    shown: tuple[Shown, ...]
    equal: frozenset[frozenset[str]]
    """Pairs of runs that were found to say the same."""
    left: int
    """Pairs without a vote, these included."""
    looked: int
    """Pairs that were looked at; fewer than `left` when there may be more to show."""


def look(
    store: Store,
    experiment: Experiment,
    records: tuple[CellRecord, ...],
    votes: tuple[BlindVote, ...],
    settled: Set[frozenset[str]],
) -> Dealt:
    """The next pairs that differ, in a fair order."""
    open_ = open_matches(experiment, records, votes, settled)
    shown: list[Shown] = []
    equal: set[frozenset[str]] = set()
    looked = 0
    for match in deal(open_, votes, Random()):  # noqa: S311 - no secret
        looked += 1
        first, second = _answer(store, match.first_run), _answer(store, match.second_run)
        if first.strip() == second.strip():
            equal.add(match.runs)
        else:
            shown.append(Shown(match, first, second))
        if len(shown) == AHEAD or looked == _LOOKED_AT:
            break
    return Dealt(tuple(shown), frozenset(equal), sum(map(len, open_.values())) - len(equal), looked)


def _answer(store: Store, run_id: str) -> str:
    """The answer parted from what was thought before it: the length of that would tell the columns apart."""
    run = store.run(run_id).run
    return rendering.part(run.prompt.chain_of_thought, run.text).answer
