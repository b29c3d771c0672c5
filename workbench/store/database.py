"""One connection to a workspace file: transactions that wait their turn, and errors a person can read.

Writing begins with `BEGIN IMMEDIATE`, always. SQLite's own way, reading first and asking for the write lock
later, fails at once when another process wrote in between, whatever the busy timeout says; a window and a
command line on one file make that certain to happen.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from workbench.store.faults import readable_errors
from workbench.store.records import Changed, ChangeKind

BUSY_SECONDS = 20.0
"""How long a write waits for another process to finish its own."""


class _Tables(SqliteUtils):
    """A connection as sqlite-utils sees it, that reads a script only once.

    Inside a transaction sqlite-utils looks at all that it has read of a statement again after each character: most
    of the time that a new workspace took was that.
    """

    def executescript(self, sql: str) -> sqlite3.Cursor:
        """Run the statements one by one; `sqlite3`'s own `executescript` would commit first."""
        cursor = self.conn.cursor()
        for statement in statements(sql):
            cursor.execute(statement)
        return cursor


class Database:
    """A connection; it belongs to the thread that made it."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.connection = connect(path, read_only=read_only)
        """For what is no question to the tables: checking and copying the file."""
        self.connection.row_factory = sqlite3.Row
        self.tables = _Tables(self.connection, execute_plugins=False)
        """The same connection as sqlite-utils sees it, for migrations."""
        self._changes: list[Changed] = []
        self._committed: list[Changed] = []

    def close(self) -> None:
        """Let go of the file; the last one to do so writes the log back into it."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on the disk when it ends; inside another one a part that can fail on its own."""
        before = len(self._changes)
        inner = self.connection.in_transaction
        try:
            with self.tables.atomic() if inner else self._immediate():
                yield
        except BaseException:
            del self._changes[before:]
            raise
        if not inner:
            self._committed += self._changes
            self._changes.clear()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment."""
        if self.connection.in_transaction:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    @contextmanager
    def _immediate(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self.connection.rollback()  # does nothing where SQLite has already done it, as on a full disk
            raise

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """Run one statement. Raises StoreError."""
        with readable_errors(self.path):
            return self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a question. Raises StoreError."""
        with readable_errors(self.path):
            return self.connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """The first row of a question, if there is one. Raises StoreError."""
        with readable_errors(self.path):
            found: sqlite3.Row | None = self.connection.execute(sql, parameters).fetchone()
            return found

    def one(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row:
        """The row of a question that has one, or the program is wrong. Raises StoreError."""
        if (found := self.row(sql, parameters)) is None:
            raise LookupError(f"no row for {sql}")
        return found

    def changed(self, kind: ChangeKind, identifier: str) -> None:
        """Note what the running transaction changes; it counts when it is committed."""
        self._changes.append(Changed(kind, identifier))

    def take_changes(self) -> tuple[Changed, ...]:
        """What was committed since the last call, each thing once, in order."""
        taken = tuple(dict.fromkeys(self._committed))
        self._committed.clear()
        return taken


def statements(script: str) -> Iterator[str]:
    """Each statement of a script; a semicolon within a text, a comment or a trigger ends none."""
    begun = ""
    for part in re.split("(?<=;)", script):
        begun += part
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""
    if begun:
        yield begun  # it may do without its semicolon; if it lacks more, SQLite says so


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection with the workspace's settings, in no transaction."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if not read_only:
            connection.execute("PRAGMA synchronous = FULL")  # an acknowledged write survives a power cut
    except BaseException:
        connection.close()
        raise
    return connection
