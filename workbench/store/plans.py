"""Plans: what a person wants to compare. The experiments made of a plan go with it; their runs stay."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from statistics import fmean

from workbench.core.plan import Plan, checked, plan_data, plan_from
from workbench.errors import NotFound
from workbench.store import experiments
from workbench.store.clock import moment_restored, now
from workbench.store.database import Database
from workbench.store.records import PlanSummary, UsualAnswer
from workbench.store.text import json_stored, restored, stored

_USUAL_OF = 50
"""So many of a model's last answers say what is usual."""

_UNDER_WAY = 64
"""Answers that were asked for before and may still have been under way when the oldest of those began."""

_LOOKED_AT = 5_000
"""Looked for among so many of the last runs, so that a full history is not read through."""


def save(database: Database, plan: Plan) -> None:
    """Keep a plan, and let its experiments follow in what may change: their name and the columns' labels."""
    checked(plan)
    name = stored(plan.name.strip())
    database.execute(
        """INSERT INTO plans(id, name, saved_at, body) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, saved_at = excluded.saved_at,
                                          body = excluded.body""",
        [plan.id, name, now(), json_stored(plan_data(plan))],
    )
    database.changed("plan", plan.id)
    follow = "WHERE plan_id = ? AND name <> ? RETURNING id"
    for row in database.rows(f"UPDATE experiments SET name = ? {follow}", [name, plan.id, name]):  # noqa: S608
        database.changed("experiment", row["id"])
    for column in plan.columns:
        label = stored(column.label)
        database.execute(
            """UPDATE experiment_variants SET label = ? WHERE id = ? AND label <> ?
               AND experiment IN (SELECT key FROM experiments WHERE plan_id = ?)""",
            [label, stored(column.id), label, plan.id],
        )


def summaries(database: Database) -> tuple[PlanSummary, ...]:
    """All plans, by name."""
    newest = experiments.newest_of_plans(database)
    found = [
        PlanSummary(row["id"], restored(row["name"]), *newest.get(row["id"], (0, None)))
        for row in database.rows("SELECT id, name FROM plans")
    ]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))


def find(database: Database, name_or_id: str) -> Plan:
    """The plan of an id, or the last saved one of a name. Raises NotFound."""
    sql = "SELECT * FROM plans WHERE id = ? OR name = ? ORDER BY id = ? DESC, saved_at DESC, id DESC LIMIT 1"
    row = database.row(sql, [name_or_id, stored(name_or_id), name_or_id])
    if row is None:
        raise NotFound(f"There is no experiment {name_or_id!r}.", advice="It may have been deleted.")
    return _loaded(row)


def free_name(database: Database, wanted: str) -> str:
    """The wanted name, with a number behind it when it is taken."""
    taken = {restored(row["name"]).casefold() for row in database.rows("SELECT name FROM plans")}
    name, number = wanted.strip(), 2
    while name.casefold() in taken:
        name, number = f"{wanted.strip()} {number}", number + 1
    return name


def adopt(database: Database, experiment_id: str, plan_id: str) -> None:
    """Make an experiment that belongs to no plan a run of this one."""
    sql = "UPDATE experiments SET plan_id = ? WHERE id = ? AND plan_id IS NULL"
    database.execute(sql, [plan_id, experiment_id])
    database.changed("experiment", experiment_id)


def delete(database: Database, plan_id: str) -> None:
    """Forget a plan with its experiments and what they say of their cells; the runs stay."""
    for row in database.rows("SELECT id FROM experiments WHERE plan_id = ?", [plan_id]):
        database.changed("experiment", row["id"])
    database.execute("DELETE FROM plans WHERE id = ?", [plan_id])
    database.changed("plan", plan_id)


def usual_answers(database: Database, models: Iterable[str]) -> dict[str, UsualAnswer]:
    """How long the last answers of these models were, and how long they took."""
    sql = """SELECT * FROM (
               SELECT key, model, created_at, prompt_tokens, cached_tokens, completion_tokens, total_ms,
                      stop_reason, details
               FROM runs ORDER BY key DESC LIMIT ?)
             WHERE model = ? AND stop_reason IN ('stop', 'length') AND total_ms IS NOT NULL
             ORDER BY key DESC LIMIT ?"""
    asked = {one: [_LOOKED_AT, stored(one), _USUAL_OF + _UNDER_WAY] for one in set(models)}
    found = {model: database.rows(sql, parameters) for model, parameters in asked.items()}
    return {model: _usual(rows) for model, rows in found.items() if rows}


def _usual(rows: list[sqlite3.Row]) -> UsualAnswer:
    """What the youngest of these runs say; older ones tell what was under way when those began."""
    spans = []
    for row in rows:
        waited = json.loads(row["details"] or "{}").get("waited_ms", 0.0)
        began = moment_restored(row["created_at"]) + timedelta(milliseconds=waited)
        spans.append((began + timedelta(milliseconds=row["total_ms"]), began, row))
    spans.sort(key=lambda span: span[0])
    busy = {}
    before = spans[0][1]
    for ended, began, row in spans:
        busy[row["key"]] = (ended - max(before, began)) / timedelta(milliseconds=1)
        before = ended
    last = rows[:_USUAL_OF]
    counted = [row for row in last if row["prompt_tokens"] is not None]
    return UsualAnswer(
        completion_tokens=fmean(row["completion_tokens"] for row in counted) if counted else 0.0,
        total_ms=fmean(row["total_ms"] for row in last),
        busy_ms=fmean(busy[row["key"]] for row in last),
        fresh_tokens=fmean(row["prompt_tokens"] - row["cached_tokens"] for row in counted) if counted else 0.0,
    )


def _loaded(row: sqlite3.Row) -> Plan:
    return plan_from(row["id"], restored(row["name"]), json.loads(row["body"]))
