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
    """What an experiment's own answers cost, replaced ones too, and how many of them have no known price."""
    row = database.one(
        """SELECT e.replaced_cost + coalesce(sum(CASE WHEN z.cached THEN 0 ELSE r.cost END), 0.0) AS spent,
                  coalesce(sum(r.id IS NOT NULL AND NOT z.cached AND r.cost IS NULL
                               AND r.stop_reason IN ('stop', 'length', 'content_filter')), 0) AS unknown
           FROM experiments e LEFT JOIN experiment_cells z ON z.experiment = e.key
           LEFT JOIN runs r ON r.id = z.run_id WHERE e.id = ? GROUP BY e.key""",
        [experiment_id],
    )
    return float(row["spent"]), int(row["unknown"])


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
