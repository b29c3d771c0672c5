"""Opening a workspace file: is it ours, is it sound, is it of our time; then bring it up to date.

Nothing that a person has is ever overwritten. A file of a newer program and a file that is no workspace are
left where they are; a damaged workspace is moved aside under another name, with the sentence that says so.
"""

from __future__ import annotations

import itertools
import logging
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from sqlite_utils import Database as SqliteUtils

from workbench.errors import StoreError
from workbench.store import upkeep
from workbench.store.database import BUSY_SECONDS, Database, connect
from workbench.store.faults import readable_errors
from workbench.store.migrations import APPLICATION_ID, migrations

_log = logging.getLogger(__name__)

_DATABASE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3"})


def open_database(path: Path, *, read_only: bool) -> Database:
    """The workspace, ready to use. Raises StoreError."""
    path = path.expanduser().absolute()
    with readable_errors(path):
        if read_only and not path.exists():
            raise StoreError(f"There is no workspace {path}.", advice="Open it once to make it.")
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_what_is_no_database(path, may_move=not read_only)
        try:
            return _prepared(path, read_only=read_only)
        except sqlite3.DatabaseError as error:
            if read_only or not upkeep.is_damage(error):
                raise
            _set_aside(path, str(error))


def _prepared(path: Path, *, read_only: bool) -> Database:
    database = Database(path, read_only=read_only)
    try:
        _refuse_what_is_not_ours(database)
        if not read_only:
            _check(database)
            _upgrade(database)
            _copy_if_due(database)
    except BaseException:
        database.close()
        raise
    return database


def _refuse_what_is_no_database(path: Path, *, may_move: bool) -> None:
    if not path.exists():
        return
    was_ours = bool(upkeep.copies(path))
    empty = path.stat().st_size == 0
    if (empty and not was_ours) or (not empty and _is_sqlite(path)):
        return
    if may_move and (was_ours or path.suffix in _DATABASE_SUFFIXES):
        _set_aside(path, "It is empty." if empty else "It does not begin as an SQLite file does.")
    raise StoreError(f"{path} is not a workspace: it is no SQLite file.", advice="Choose another file.")


def _is_sqlite(path: Path) -> bool:
    """Whether SQLite takes the file for one of its own.

    SQLite is asked, instead of looking at the first bytes: closing a file that this process opened by itself drops
    the locks of all its SQLite connections to that file (POSIX advisory locks belong to the process). Another
    program that leaves then takes itself for the last one and removes the log that is still being written.
    """
    try:
        with closing(connect(path, read_only=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_NOTADB
    return True


def _refuse_what_is_not_ours(database: Database) -> None:
    connection = database.connection
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        advice = "Choose another file."
        raise StoreError(f"{database.path} is a database of another program, not a workspace.", advice=advice)
    applied = {step.name for step in migrations.applied(database.tables)}
    if newer := sorted(applied - _known_steps()):
        raise StoreError(
            f"The workspace {database.path} was written by a newer Prompt Workbench (it has {newer[-1]}).",
            advice="Install the newer program, or start this one on another file: workbench --workspace FILE.",
        )


def _known_steps() -> set[str]:
    """The names of all steps: those that an empty database would need."""
    with closing(sqlite3.connect(":memory:")) as nothing:
        return {step.name for step in migrations.pending(SqliteUtils(nothing, execute_plugins=False))}


def _check(database: Database) -> None:
    """Look for damage where that is quick, or where it was seen before."""
    if not upkeep.is_small(database.path) and not upkeep.is_marked(database.path):
        return
    if found := upkeep.problem(database.connection):
        damage = sqlite3.DatabaseError(found)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    upkeep.unmark(database.path)


def _upgrade(database: Database) -> None:
    """Bring the tables up to date, all steps or none, with a copy of what was before."""
    if not migrations.pending(database.tables):
        return
    if migrations.applied(database.tables):
        upkeep.copy(database.connection, database.path, before_upgrade=True)
    _keep_a_log(database.connection)
    with database.transaction():  # another process may have done it while we waited for our turn
        migrations.apply(database.tables)


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; a switch does not wait its turn by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _copy_if_due(database: Database) -> None:
    """Make today's copy of a small file; that it cannot be made is no reason not to work."""
    if not upkeep.is_small(database.path) or not upkeep.is_copy_due(database.path):
        return
    try:
        upkeep.copy(database.connection, database.path)
    except (sqlite3.Error, OSError) as error:
        _log.warning("No backup copy of %s: %s", database.path, error)


def _set_aside(path: Path, reason: str) -> NoReturn:
    """Rename a damaged workspace, together with its log, and say so."""
    aside = _free_name(path)
    for ending in ("-wal", "-shm", ""):  # the log belongs to the file: together they may be mended
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    upkeep.unmark(path)
    copies = upkeep.copies(path)
    advice = "Open it again to begin with an empty one"
    advice += f", or copy {copies[-1]} to {path} before." if copies else "."
    raise StoreError(
        f"The workspace {path} is damaged. It was set aside as {aside.name}.", advice=advice, details=reason
    )


def _free_name(path: Path) -> Path:
    wanted = f"{path.name}.damaged-{datetime.now().astimezone():%Y-%m-%d}"
    names = (wanted if n == 1 else f"{wanted}-{n}" for n in itertools.count(1))
    return next(aside for aside in map(path.with_name, names) if not aside.exists())
