"""Runs: written as they come, finished once, listed a page at a time.

An answer that is being written lies in `unfinished_runs` with the process that writes it, its text flushed
every few seconds; finishing moves it to `runs` and into the full-text index in one transaction. What a dead
process left there becomes a run that says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from workbench.core.run import RatedRun, Run
from workbench.errors import NotFound
from workbench.store.database import Database
from workbench.store.owner import Owner, is_alive, this_process
from workbench.store.prompts import SHORTEST_PREFIX
from workbench.store.records import RunFilter, RunSummary
from workbench.store.run_rows import (
    COLUMNS,
    FULL,
    NAMED_COLUMNS,
    PLACEHOLDERS,
    moment,
    rating_from,
    row_of,
    run_from,
    searched_text,
    searched_text_of,
    summary_from,
)
from workbench.store.search import expression, folded, has_all, is_short, terms
from workbench.store.text import stored

LOST = "The program ended in the middle of this answer; the text up to its last seconds is kept."

_BATCH = 200
"""Runs read at once; long enough to be fast, short enough to hold no lock for long."""

_READ = 600
"""Runs read one by one before the index is asked."""
_READ_CHARACTERS = 2_000_000
"""Of these runs at most, or a little more; long answers take as long to read as many."""

_FILTERS: dict[RunFilter, str] = {
    "all": "",
    "good": """AND {key} IN (SELECT run FROM ratings
                             WHERE verdict = 'good' OR (verdict IS NULL AND score >= 4))""",
    "bad": """AND {key} IN (SELECT run FROM ratings
                            WHERE verdict = 'bad' OR (verdict IS NULL AND score <= 2))""",
    "golden": "AND {key} IN (SELECT run FROM ratings WHERE golden IS NOT NULL)",
    "failed": "AND r.error IS NOT NULL",
}

_SUMMARY = """
    SELECT r.id, r.created_at, r.prompt_id, r.prompt_name, r.model, r.excerpt, r.stop_reason, r.error,
           r.total_ms, r.prompt_tokens, r.completion_tokens, r.cached_tokens, r.reasoning_tokens,
           t.verdict, t.score, t.golden IS NOT NULL AS has_golden
"""


def begin(database: Database, run: Run) -> None:
    """Note an answer that this process begins to write."""
    owner = this_process()
    database.execute(
        f"""INSERT INTO unfinished_runs(owner_pid, owner_started, owner_boot, {NAMED_COLUMNS})
            VALUES (?, ?, ?, {PLACEHOLDERS})""",  # noqa: S608 - constants
        [owner.pid, owner.started, owner.boot, *row_of(database, run)],
    )


def flush(database: Database, run_id: str, text: str, reasoning: str) -> None:
    """Keep what has come of an answer so far."""
    sql = "UPDATE unfinished_runs SET text = ?, reasoning = ? WHERE id = ?"
    database.execute(sql, [stored(text), stored(reasoning), run_id])


def finish(database: Database, run: Run) -> None:
    """Insert a run and make it findable; a run that is there already stays as it is.

    One exception: a run that was taken for lost although its process lived (another machine, a container)
    is replaced by what that process says about it.
    """
    database.execute("DELETE FROM unfinished_runs WHERE id = ?", [run.id])
    old = database.row(f"SELECT {FULL.format(table='runs')} WHERE r.id = ?", [run.id])
    if old is None:
        key = _free_key(database, run.id)
    elif json.loads(old["details"]).get("recovered"):
        key = old["key"]
        _unindex(database, key, run_from(database, old, {}))
    else:
        return
    columns = ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS)
    database.execute(
        f"""INSERT INTO runs(key, {NAMED_COLUMNS}) VALUES (?, {PLACEHOLDERS})
            ON CONFLICT (key) DO UPDATE SET {columns}""",  # noqa: S608 - constants
        [key, *row_of(database, run)],
    )
    database.execute("INSERT INTO run_index(rowid, body) VALUES (?, ?)", [key, searched_text(run)])
    database.changed("run", run.id)


def lost(database: Database) -> tuple[str, ...]:
    """Ids of unfinished answers whose process is dead."""
    rows = database.rows("SELECT id, owner_pid, owner_started, owner_boot FROM unfinished_runs")
    living = {owner for owner in {_owner(row) for row in rows} if is_alive(owner)}
    return tuple(row["id"] for row in rows if _owner(row) not in living)


def recover(database: Database) -> tuple[str, ...]:
    """Turn what dead processes left unfinished into runs; their ids."""
    found = lost(database)
    for run_id in found:
        row = database.one(f"SELECT {FULL.format(table='unfinished_runs')} WHERE r.id = ?", [run_id])
        run = run_from(database, row, {})
        details = {**run.details, "recovered": True}
        finish(database, replace(run, stop_reason="truncated", error=LOST, details=details))
    return found


def find(database: Database, run_id: str) -> RatedRun:
    """The run of an id or of the first digits of one, with its rating. Raises NotFound."""
    row = database.one(f"SELECT {FULL.format(table='runs')} WHERE r.key = ?", [key_of(database, run_id)])
    return _rated(database, row, {})


def key_of(database: Database, run_id: str) -> int:
    """The key of the run of an id or of the first digits of one. Raises NotFound."""
    prefix = run_id.lower()
    enough = len(prefix) >= SHORTEST_PREFIX and prefix.isalnum()
    sql = "SELECT key FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT 2"
    rows = database.rows(sql, [prefix, prefix + "~"]) if enough else []
    if not rows:
        raise NotFound(f"There is no run {run_id!r}.", advice="See the history for the ids.")
    if len(rows) > 1:
        raise NotFound(f"More than one run begins with {run_id!r}.", advice="Give more digits of the id.")
    return int(rows[0]["key"])


def page(
    database: Database, *, before: str | None, limit: int, prompt_id: str | None, query: str, only: RunFilter
) -> tuple[RunSummary, ...]:
    """A page of the history, newest first, of the runs made before the one named `before`."""
    asked = _Asked(_before(database, before), limit, prompt_id, only)
    wanted = terms(query)
    if not wanted:
        return tuple(map(summary_from, _newest(database, asked)))
    if prompt_id or only != "all" or any(map(is_short, wanted)):
        found, rest = _read_through(database, asked, tuple(map(folded, wanted)))
        return (*found, *(_sought(database, rest, query) if rest else ()))
    return _sought(database, asked, query)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which runs of the history."""

    before: int
    limit: int
    prompt_id: str | None
    only: RunFilter

    @property
    def parameters(self) -> dict[str, Any]:
        return {"before": self.before, "limit": self.limit, "prompt_id": self.prompt_id}

    def conditions(self, key: str) -> str:
        return f"{'AND r.prompt_id = :prompt_id' if self.prompt_id else ''} {_FILTERS[self.only].format(key=key)}"


def _newest(database: Database, asked: _Asked, *, columns: str = "", source: str = "") -> list[sqlite3.Row]:
    sql = f"""{_SUMMARY} {columns} FROM runs r LEFT JOIN ratings t ON t.run = r.key {source}
              WHERE r.key < :before {asked.conditions("r.key")} ORDER BY r.key DESC LIMIT :limit"""
    return database.rows(sql, asked.parameters)


def _sought(database: Database, asked: _Asked, query: str) -> tuple[RunSummary, ...]:
    """The runs that the index finds."""
    matching = expression(database, "run", query)
    if matching is None:
        return ()
    # CROSS JOIN keeps the index outermost: it yields newest first, so that the page is full early.
    # The plus: each key found is looked up in a filter's set, not the set in the index.
    sql = f"""{_SUMMARY} FROM run_index i CROSS JOIN runs r ON r.key = i.rowid
              LEFT JOIN ratings t ON t.run = r.key
              WHERE run_index MATCH :query AND i.rowid < :before {asked.conditions("+i.rowid")}
              ORDER BY i.rowid DESC LIMIT :limit"""
    return tuple(map(summary_from, database.rows(sql, {**asked.parameters, "query": matching})))


def _read_through(
    database: Database, asked: _Asked, wanted: tuple[str, ...]
) -> tuple[tuple[RunSummary, ...], _Asked | None]:
    """The newest runs read one by one, and what the index is still to be asked for.

    The index knows neither prompts nor ratings, and of one letter nearly all its pieces: where few runs are in
    question, or nearly each is found, reading them is faster. Where neither is so, little time is lost.
    """
    found: list[RunSummary] = []
    characters, before = 0, asked.before
    for _ in range(_READ // _BATCH):
        rows = _newest(
            database,
            replace(asked, before=before, limit=_BATCH),
            columns=", r.key, r.text, r.reasoning, v.body AS said_values",
            source='JOIN texts v ON v.key = r."values"',
        )
        for row in rows:
            text = searched_text_of(row)
            characters += len(text)
            if has_all(text, wanted):
                found.append(summary_from(row))
                if len(found) == asked.limit:
                    return tuple(found), None
        if len(rows) < _BATCH:
            return tuple(found), None
        before = rows[-1]["key"]
        if characters > _READ_CHARACTERS:
            break
    return tuple(found), replace(asked, before=before, limit=asked.limit - len(found))


def rated(database: Database, *, prompt_id: str | None) -> Iterator[RatedRun]:
    """Runs with a rating or in a preference, oldest first; their keys at once, what they say in batches."""
    condition = "WHERE prompt_id = ?" if prompt_id else ""
    sql = f"""SELECT key FROM (SELECT run AS key FROM ratings UNION SELECT better FROM preferences
                               UNION SELECT worse FROM preferences)
              JOIN runs USING (key) {condition} ORDER BY key"""  # noqa: S608 - constants
    keys = [row["key"] for row in database.rows(sql, [prompt_id] if prompt_id else [])]
    known: dict[int, Any] = {}
    for at in range(0, len(keys), _BATCH):
        batch = keys[at : at + _BATCH]
        sql = f"SELECT {FULL.format(table='runs')} WHERE r.key IN ({', '.join('?' * len(batch))}) ORDER BY r.key"
        yield from (_rated(database, row, known) for row in database.rows(sql, batch))


def _rated(database: Database, row: sqlite3.Row, known: dict[int, Any]) -> RatedRun:
    rating = database.row("SELECT * FROM ratings WHERE run = ?", [row["key"]])
    return RatedRun(run_from(database, row, known), rating_from(rating))


def _before(database: Database, run_id: str | None) -> int:
    if run_id is None:
        return 2**63 - 1
    row = database.row("SELECT key FROM runs WHERE id = ?", [run_id])
    return moment(run_id) if row is None else int(row["key"])


def _free_key(database: Database, run_id: str) -> int:
    key = moment(run_id)
    while database.row("SELECT 1 FROM runs WHERE key = ?", [key]):
        key += 1  # two processes in the same quarter of a microsecond
    return key


def _unindex(database: Database, key: int, run: Run) -> None:
    sql = "INSERT INTO run_index(run_index, rowid, body) VALUES ('delete', ?, ?)"
    database.execute(sql, [key, searched_text(run)])


def _owner(row: sqlite3.Row) -> Owner:
    return Owner(row["owner_pid"], row["owner_started"], row["owner_boot"])
