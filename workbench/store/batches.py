"""Batches at providers: noted before anything is sent, so that the next start finds them again."""

from __future__ import annotations

import sqlite3

from workbench.core.batch import Batch, BatchState
from workbench.core.experiment import Cell
from workbench.store.database import Database
from workbench.store.text import restored, stored


def begin(database: Database, batch: Batch) -> None:
    """Insert a batch with its cells."""
    database.execute(
        """INSERT INTO batches(id, experiment, profile, state, input_file, remote_id)
           SELECT ?, key, ?, ?, ?, ? FROM experiments WHERE id = ?""",
        [batch.id, stored(batch.profile), batch.state, batch.input_file, batch.remote_id, batch.experiment_id],
    )
    for run_id, cell in batch.cells:
        database.execute(
            "INSERT INTO batch_cells VALUES (?, ?, ?, ?, ?)",
            [batch.id, run_id, stored(cell.variant), stored(cell.case), cell.repetition],
        )
    database.changed("experiment", batch.experiment_id)


def note(database: Database, batch_id: str, *, state: BatchState, input_file: str, remote_id: str) -> None:
    """Keep how far a batch is."""
    sql = "UPDATE batches SET state = ?, input_file = ?, remote_id = ? WHERE id = ?"
    database.execute(sql, [state, stored(input_file), stored(remote_id), batch_id])
    row = database.one(
        "SELECT e.id FROM experiments e JOIN batches b ON b.experiment = e.key WHERE b.id = ?", [batch_id]
    )
    database.changed("experiment", row["id"])


def open_ones(database: Database, experiment_id: str) -> tuple[Batch, ...]:
    """The batches of an experiment whose answers are not in the store yet, oldest first."""
    rows = database.rows(
        """SELECT b.* FROM batches b JOIN experiments e ON e.key = b.experiment
           WHERE e.id = ? AND b.state IN ('begun', 'sent') ORDER BY b.id""",
        [experiment_id],
    )
    return tuple(_batch(database, row, experiment_id) for row in rows)


def _batch(database: Database, row: sqlite3.Row, experiment_id: str) -> Batch:
    cells = database.rows("SELECT * FROM batch_cells WHERE batch = ? ORDER BY run_id", [row["id"]])
    return Batch(
        id=row["id"],
        experiment_id=experiment_id,
        profile=restored(row["profile"]),
        cells=tuple((one["run_id"], _cell(one)) for one in cells),
        state=row["state"],
        input_file=restored(row["input_file"]),
        remote_id=restored(row["remote_id"]),
    )


def _cell(row: sqlite3.Row) -> Cell:
    return Cell(restored(row["variant"]), restored(row["case"]), row["repetition"])
