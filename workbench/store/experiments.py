"""Experiments and their cells.

A cell is a row from the moment its run has an id, which is before the request is sent. So whatever becomes of
the program, its next start finds the answers that were finished: those whose run is there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from workbench.core import experiment as core
from workbench.core.check import Judgement, verdict_data, verdict_from
from workbench.core.completion import Usage
from workbench.core.experiment import Cell, CellRecord, CellState, Experiment, Variant
from workbench.errors import NotFound, UserError
from workbench.store.clock import moment_restored, moment_stored
from workbench.store.contents import (
    checks_restored,
    checks_stored,
    config_restored,
    config_stored,
    content_key,
    prompt_from,
    text_key,
    text_of,
)
from workbench.store.database import Database
from workbench.store.owner import Owner, is_alive, this_process
from workbench.store.prompts import SHORTEST_PREFIX
from workbench.store.records import ExperimentSummary
from workbench.store.test_sets import case_from
from workbench.store.text import json_stored, optional_back, restored, stored

# What a run says of its cell. A cancelled or lost one is asked for again; a broken one is a failure.
_DONE = "r.stop_reason IN ('stop', 'length', 'content_filter')"
_FAILED = (
    "(r.stop_reason = 'error' OR (r.stop_reason = 'truncated' AND json_extract(r.details, '$.recovered') IS NULL))"
)
_STATE = f"CASE WHEN {_DONE} THEN 'done' WHEN {_FAILED} THEN 'failed' ELSE 'waiting' END"


def save(database: Database, experiment: Experiment, *, plan_id: str | None) -> None:
    """Insert an experiment with its variants and cases."""
    core.checked(experiment)
    sql = """INSERT INTO experiments(id, name, created_at, source, repeat, checks, plan_id)
             VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key"""
    said = [
        experiment.id,
        stored(experiment.name),
        moment_stored(experiment.created_at),
        stored(experiment.source),
    ]
    row = database.one(sql, [*said, experiment.repeat, checks_stored(experiment.checks), plan_id])
    for position, variant in enumerate(experiment.variants):
        _insert_variant(database, row["key"], position, variant)
    for position, case in enumerate(experiment.cases):
        database.execute(
            """INSERT INTO experiment_cases(experiment, position, id, name, "values", expected, checks, pass_score,
                                            part, generated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                row["key"], position, stored(case.id), stored(case.name),
                text_key(database, json_stored(dict(case.values))), stored(case.expected),
                checks_stored(case.checks), case.pass_score, case.part, case.generated,
            ],
        )  # fmt: skip
    database.changed("experiment", experiment.id)


def _insert_variant(database: Database, key: int, position: int, variant: Variant) -> None:
    database.execute(
        "INSERT INTO experiment_variants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            key, position, stored(variant.id), stored(variant.label), variant.prompt_id,
            stored(variant.prompt_name), stored(variant.model), content_key(database, variant.prompt),
            config_stored(variant.config),
        ],
    )  # fmt: skip


def summaries(database: Database) -> tuple[ExperimentSummary, ...]:
    """All experiments, newest first."""
    return _summaries(database, "SELECT key FROM experiments", [])


def of_plan(database: Database, plan_id: str) -> tuple[ExperimentSummary, ...]:
    """The runs of a plan, newest first."""
    return _summaries(database, "SELECT key FROM experiments WHERE plan_id = ?", [plan_id])


def newest_of_plans(database: Database) -> dict[str, tuple[int, ExperimentSummary]]:
    """Of each plan that was run: how often, and its newest run."""
    keys = """SELECT plan_id, count(*) AS runs, max(key) AS key FROM experiments
              WHERE plan_id IS NOT NULL GROUP BY plan_id"""
    counts = {row["plan_id"]: int(row["runs"]) for row in database.rows(keys)}
    newest = _summaries(database, f"SELECT key FROM ({keys})", [])  # noqa: S608 - a constant
    return {one.plan_id: (counts[one.plan_id], one) for one in newest if one.plan_id}


def without_plan(database: Database, *, limit: int) -> tuple[ExperimentSummary, ...]:
    """The newest runs of suites that belong to no plan."""
    keys = "SELECT key FROM experiments WHERE plan_id IS NULL ORDER BY key DESC LIMIT ?"
    return _summaries(database, keys, [limit])


def _summaries(database: Database, keys: str, named: list[Any]) -> tuple[ExperimentSummary, ...]:
    rows = database.rows(
        f"""
        SELECT e.id, e.name, e.created_at, e.source, e.plan_id,
               (SELECT count(*) FROM experiment_variants v WHERE v.experiment = e.key) AS variants,
               (SELECT count(*) FROM experiment_cases c WHERE c.experiment = e.key) * e.repeat AS answers,
               coalesce(sum({_DONE}), 0) AS done, coalesce(sum({_FAILED}), 0) AS failed,
               coalesce(sum({_DONE} AND z.passed), 0) AS passed
        FROM experiments e LEFT JOIN experiment_cells z ON z.experiment = e.key
        LEFT JOIN runs r ON r.id = z.run_id
        WHERE e.key IN ({keys}) GROUP BY e.key ORDER BY e.created_at DESC, e.key DESC
        """,  # noqa: S608 - constants
        named,
    )
    return tuple(
        ExperimentSummary(
            id=row["id"],
            name=restored(row["name"]),
            created_at=moment_restored(row["created_at"]),
            source=restored(row["source"]),
            variants=row["variants"],
            cells=row["variants"] * row["answers"],
            done=row["done"],
            failed=row["failed"],
            passed=row["passed"],
            plan_id=row["plan_id"],
        )
        for row in rows
    )


def find(database: Database, name_or_id: str) -> Experiment:
    """The experiment of an id, of the first digits of one, or the newest of a name. Raises NotFound."""
    return _loaded(database, database.one("SELECT * FROM experiments WHERE key = ?", [_key(database, name_or_id)]))


def _key(database: Database, name_or_id: str) -> int:
    order = "ORDER BY created_at DESC, key DESC LIMIT 1"
    if row := database.row("SELECT key FROM experiments WHERE id = ?", [name_or_id]):
        return int(row["key"])
    if row := database.row(f"SELECT key FROM experiments WHERE name = ? {order}", [stored(name_or_id)]):  # noqa: S608
        return int(row["key"])
    prefix = name_or_id.lower()
    enough = len(prefix) >= SHORTEST_PREFIX and prefix.isalnum()
    rows = database.rows("SELECT key FROM experiments WHERE id LIKE ? || '%' LIMIT 2", [prefix]) if enough else []
    if len(rows) != 1:
        wrong = "More than one experiment begins with" if rows else "There is no experiment"
        raise NotFound(f"{wrong} {name_or_id!r}.", advice="See them all: workbench experiment list.")
    return int(rows[0]["key"])


def cells(database: Database, experiment_id: str) -> tuple[CellRecord, ...]:
    """All cells of an experiment in their order, those that wait too."""
    experiment = find(database, experiment_id)
    rows = database.rows(
        f"""SELECT z.*, {_STATE} AS state, r.stop_reason, r.error, r.total_ms, r.cost,
                   r.prompt_tokens, r.completion_tokens, r.cached_tokens, r.reasoning_tokens
            FROM experiment_cells z LEFT JOIN runs r ON r.id = z.run_id WHERE z.experiment = ?""",  # noqa: S608
        [_key(database, experiment.id)],
    )
    begun = {}
    for row in rows:
        variant, case = experiment.variants[row["variant"]], experiment.cases[row["case"]]
        cell = Cell(variant.id, case.id, row["repetition"])
        begun[cell] = _record(cell, row)
    return tuple(begun.get(cell) or CellRecord(cell) for cell in core.expand(experiment))


def _record(cell: Cell, row: sqlite3.Row) -> CellRecord:
    state: CellState = row["state"]
    if state == "waiting":
        return CellRecord(cell)
    tokens = [row[name] for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")]
    judged = state == "done" and row["passed"] is not None
    return CellRecord(
        cell=cell,
        run_id=row["run_id"],
        cached=bool(row["cached"]),
        state=state,
        judgement=_judgement(row) if judged else None,
        stop_reason=row["stop_reason"],
        error=optional_back(row["error"]),
        total_ms=row["total_ms"],
        usage=None if tokens[0] is None else Usage(*tokens),
        cost=row["cost"],
    )


def _judgement(row: sqlite3.Row) -> Judgement:
    return Judgement(bool(row["passed"]), row["score"], tuple(map(verdict_from, json.loads(row["verdicts"]))))


def take(database: Database, experiment_id: str) -> None:
    """Note that this process runs the experiment, unless another living one does."""
    row = database.one("SELECT * FROM experiments WHERE key = ?", [_key(database, experiment_id)])
    me = this_process()
    if row["runner_pid"] is not None:
        runner = Owner(row["runner_pid"], row["runner_started"], row["runner_boot"])
        if runner != me and is_alive(runner):
            raise UserError(
                f"Another program (process {runner.pid}) is running the experiment {restored(row['name'])!r}.",
                advice="Wait until it has ended, or stop it there.",
            )
    _note_runner(database, row["key"], [me.pid, me.started, me.boot])


def leave(database: Database, experiment_id: str) -> None:
    """Note that nobody runs it any more."""
    _note_runner(database, _key(database, experiment_id), [None, None, None])


def _note_runner(database: Database, key: int, runner: list[Any]) -> None:
    sql = "UPDATE experiments SET runner_pid = ?, runner_started = ?, runner_boot = ? WHERE key = ?"
    database.execute(sql, [*runner, key])


def begin_cell(database: Database, experiment_id: str, cell: Cell, run_id: str, *, cached: bool) -> None:
    """Note which run is a cell's answer; what was found in the one before is gone."""
    database.execute(
        f"INSERT OR REPLACE INTO experiment_cells({_PLACE_NAMES}, run_id, cached) {_PLACE.format(more=', ?, ?')}",
        [cell.repetition, run_id, cached, *_names(experiment_id, cell)],
    )
    database.changed("experiment", experiment_id)


def judge_cell(database: Database, experiment_id: str, cell: Cell, judgement: Judgement) -> None:
    """Keep what was found in its answer."""
    verdicts = json_stored([verdict_data(verdict) for verdict in judgement.verdicts])
    database.execute(
        f"""UPDATE experiment_cells SET passed = ?, score = ?, verdicts = ?
            WHERE ({_PLACE_NAMES}) = ({_PLACE.format(more="")})""",  # noqa: S608 - constants
        [judgement.passed, judgement.score, verdicts, cell.repetition, *_names(experiment_id, cell)],
    )
    database.changed("experiment", experiment_id)


_PLACE_NAMES = 'experiment, variant, "case", repetition'
_PLACE = """SELECT e.key, v.position, c.position, ?{more} FROM experiments e
            JOIN experiment_variants v ON v.experiment = e.key AND v.id = ?
            JOIN experiment_cases c ON c.experiment = e.key AND c.id = ? WHERE e.id = ?"""


def _names(experiment_id: str, cell: Cell) -> list[Any]:
    return [stored(cell.variant), stored(cell.case), experiment_id]


def _loaded(database: Database, row: sqlite3.Row) -> Experiment:
    key = [row["key"]]
    variants = database.rows(
        """SELECT v.*, c.body AS prompt FROM experiment_variants v JOIN contents c ON c.key = v.content
           WHERE v.experiment = ? ORDER BY v.position""",
        key,
    )
    cases = database.rows("SELECT * FROM experiment_cases WHERE experiment = ? ORDER BY position", key)
    return Experiment(
        id=row["id"],
        name=restored(row["name"]),
        variants=tuple(_variant(variant) for variant in variants),
        cases=tuple(case_from(case, _values(database, case["values"])) for case in cases),
        checks=checks_restored(row["checks"]),
        repeat=row["repeat"],
        created_at=moment_restored(row["created_at"]),
        source=restored(row["source"]),
    )


def _variant(row: sqlite3.Row) -> Variant:
    return Variant(
        id=restored(row["id"]),
        prompt=prompt_from(row["prompt"]),
        model=restored(row["model"]),
        config=config_restored(row["config"]),
        label=restored(row["label"]),
        prompt_id=row["prompt_id"],
        prompt_name=restored(row["prompt_name"]),
    )


def _values(database: Database, key: int) -> Mapping[str, str]:
    values: dict[str, str] = json.loads(text_of(database, key))
    return values
