"""What was spent: sums over stored runs, in US dollars."""

from __future__ import annotations

from datetime import datetime

from workbench.core.experiment import Cell
from workbench.store.clock import moment_stored
from workbench.store.database import Database
from workbench.store.text import stored


def since(database: Database, moment: datetime) -> float:
    """What all runs since then cost; those of unknown price count nothing."""
    sql = "SELECT coalesce(sum(cost), 0.0) AS spent FROM runs WHERE created_at >= ? AND cost > 0"
    return float(database.one(sql, [moment_stored(moment)])["spent"])


def of_experiment(database: Database, experiment_id: str) -> tuple[float, int]:
    """What an experiment had to pay for, and how many answers of it have no known price.

    These are its cells' own answers, replaced ones too, and what its judges said.
    """
    row = database.one(
        """WITH paid(run_id) AS (
               SELECT z.run_id FROM experiment_cells z JOIN experiments e ON e.key = z.experiment
               WHERE e.id = :id AND NOT z.cached
               UNION SELECT a.run_id FROM experiment_asked a JOIN experiments e ON e.key = a.experiment
               WHERE e.id = :id)
           SELECT (SELECT replaced_cost FROM experiments WHERE id = :id) + coalesce(sum(r.cost), 0.0) AS spent,
                  coalesce(sum(r.cost IS NULL AND r.stop_reason IN ('stop', 'length', 'content_filter')), 0)
                  AS unknown
           FROM paid JOIN runs r ON r.id = paid.run_id""",
        {"id": experiment_id},
    )
    return float(row["spent"]), int(row["unknown"])


def note_asked(database: Database, experiment_id: str, run_id: str) -> None:
    """Remember a run that an experiment asks for beside its cells."""
    sql = "INSERT OR IGNORE INTO experiment_asked SELECT key, ? FROM experiments WHERE id = ?"
    database.execute(sql, [run_id, experiment_id])


def keep_replaced(database: Database, experiment_id: str, cell: Cell) -> None:
    """Remember what the answer of a cell cost, before another one takes its place."""
    place = [stored(cell.variant), stored(cell.case), cell.repetition, experiment_id]
    row = database.row(
        """SELECT r.cost FROM experiments e
           JOIN experiment_variants v ON v.experiment = e.key AND v.id = ?
           JOIN experiment_cases c ON c.experiment = e.key AND c.id = ?
           JOIN experiment_cells z ON z.experiment = e.key AND z.variant = v.position
                AND z."case" = c.position AND z.repetition = ?
           JOIN runs r ON r.id = z.run_id WHERE e.id = ? AND NOT z.cached AND r.cost > 0""",
        place,
    )
    if row:
        sql = "UPDATE experiments SET replaced_cost = replaced_cost + ? WHERE id = ?"
        database.execute(sql, [row["cost"], experiment_id])
