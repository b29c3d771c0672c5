"""Votes of blind comparisons. Each is also a preference between two runs, which training data is made of."""

from __future__ import annotations

import sqlite3
from typing import Any

from workbench.core.blind import BlindVote, Match, Winner
from workbench.errors import NotFound
from workbench.store import ratings
from workbench.store.clock import moment_restored, moment_stored, now
from workbench.store.database import Database
from workbench.store.text import restored, stored

_PAIR = """FROM blind_votes WHERE experiment = :experiment AND "case" = :case AND repetition = :repetition
           AND min(first, second) = min(:first, :second) AND max(first, second) = max(:first, :second)"""


def vote(database: Database, experiment_id: str, match: Match, winner: Winner) -> BlindVote:
    """Keep a vote, in place of one before on the two cells, and prefer the winner's run; a tie prefers none."""
    place = _place(database, experiment_id, match)
    moment = moment_restored(now())
    before = ratings.preferred(database, match.first_run, match.second_run)
    database.execute(f"DELETE {_PAIR}", place)
    database.execute(
        """INSERT INTO blind_votes(experiment, "case", repetition, first, second, first_run, second_run, winner,
                                   preferred_before, voted_at)
           VALUES (:experiment, :case, :repetition, :first, :second, :first_run, :second_run, :winner,
                   :before, :moment)""",
        {
            **place,
            "first_run": match.first_run,
            "second_run": match.second_run,
            "winner": winner,
            "before": before,
            "moment": moment_stored(moment),
        },
    )
    chosen = {"first": match.first_run, "second": match.second_run, "tie": None}[winner]
    _set_preference(database, match, chosen)
    database.changed("vote", experiment_id)
    return BlindVote(match, winner, moment)


def take_back(database: Database, experiment_id: str, match: Match) -> None:
    """Take a vote back; the two runs are preferred again as they were before it. No such vote: nothing happens."""
    place = _place(database, experiment_id, match)
    row = database.row(f"SELECT preferred_before {_PAIR}", place)
    if row is None:
        return
    database.execute(f"DELETE {_PAIR}", place)
    _set_preference(database, match, row["preferred_before"])
    database.changed("vote", experiment_id)


def votes(database: Database, experiment_id: str) -> tuple[BlindVote, ...]:
    """All votes on an experiment, oldest first."""
    rows = database.rows(
        """SELECT b.*, c.id AS case_id, v.id AS first_id, w.id AS second_id FROM blind_votes b
           JOIN experiment_cases c ON c.experiment = b.experiment AND c.position = b."case"
           JOIN experiment_variants v ON v.experiment = b.experiment AND v.position = b.first
           JOIN experiment_variants w ON w.experiment = b.experiment AND w.position = b.second
           JOIN experiments e ON e.key = b.experiment WHERE e.id = ? ORDER BY b.voted_at, b.rowid""",
        [experiment_id],
    )
    return tuple(_vote(row) for row in rows)


def _vote(row: sqlite3.Row) -> BlindVote:
    match = Match(
        case=restored(row["case_id"]),
        repetition=row["repetition"],
        first=restored(row["first_id"]),
        second=restored(row["second_id"]),
        first_run=row["first_run"],
        second_run=row["second_run"],
    )
    return BlindVote(match, row["winner"], moment_restored(row["voted_at"]))


def _place(database: Database, experiment_id: str, match: Match) -> dict[str, Any]:
    row = database.row(
        """SELECT e.key AS experiment, c.position AS "case", v.position AS first, w.position AS second
           FROM experiments e JOIN experiment_cases c ON c.experiment = e.key AND c.id = ?
           JOIN experiment_variants v ON v.experiment = e.key AND v.id = ?
           JOIN experiment_variants w ON w.experiment = e.key AND w.id = ? WHERE e.id = ?""",
        [stored(match.case), stored(match.first), stored(match.second), experiment_id],
    )
    if row is None:
        raise NotFound(f"The experiment {experiment_id[:12]} has no such two answers to the case {match.case!r}.")
    return {**dict(row), "repetition": match.repetition}


def _set_preference(database: Database, match: Match, chosen: str | None) -> None:
    other = match.first_run if chosen == match.second_run else match.second_run
    if chosen is None:
        ratings.forget_preference(database, match.first_run, match.second_run)
    else:
        ratings.prefer(database, chosen, other)
