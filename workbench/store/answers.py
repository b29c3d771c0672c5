"""Which run answered a request: what is asked again need not be sent again."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.run import Run
from workbench.store import runs
from workbench.store.database import Database

_AT_ONCE = 500
"""Requests in one question; SQLite takes at most some thousand values."""


def find(database: Database, request: bytes) -> Run | None:
    """The run that answered the request of this hash."""
    row = database.row(
        "SELECT r.id FROM answers a JOIN runs r ON r.id = a.run_id WHERE a.request = ?",
        [request],
    )
    return None if row is None else runs.find(database, row["id"]).run


def keep(database: Database, request: bytes, run_id: str) -> None:
    """Remember the run, in place of one before."""
    sql = "INSERT OR REPLACE INTO answers(request, run_id) VALUES (?, ?)"
    database.execute(sql, [request, run_id])


def answered(database: Database, requests: Iterable[bytes]) -> frozenset[bytes]:
    """Those of these requests that have been answered."""
    asked, found = list(requests), set[bytes]()
    for first in range(0, len(asked), _AT_ONCE):
        some = asked[first : first + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = database.rows(f"SELECT request FROM answers WHERE request IN ({marks})", some)  # noqa: S608
        found.update(row["request"] for row in rows)
    return frozenset(found)
