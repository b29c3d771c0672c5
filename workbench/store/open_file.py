"""An open workspace file: its transactions, and what changed in it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from workbench.store.database import Database
from workbench.store.records import Changed


class OpenFile:
    """The file that a `Store` asks; it belongs to the thread that opened it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def path(self) -> Path:
        """The workspace file."""
        return self._database.path

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Several writes as one: all of them, or none when anything is raised inside."""
        return self._database.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Several questions about one moment, whatever is written meanwhile."""
        return self._database.snapshot()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite ends one by itself when the disk is full."""
        return self._database.connection.in_transaction

    def take_changes(self) -> tuple[Changed, ...]:
        """What was committed since the last call, each thing once."""
        return self._database.take_changes()

    def data_version(self) -> int:
        """A number that differs from the last answer when another connection wrote to the file meanwhile."""
        # Within a snapshot the number is as old as the last read, so read something.
        self._database.row("SELECT 1 FROM sqlite_schema")
        return int(self._database.one("PRAGMA data_version")[0])
