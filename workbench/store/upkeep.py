"""Looking after a workspace file: is it sound, and is there a copy of today.

A copy is made only of a file that was found sound, so that a damaged one never pushes the good copies out.
Checking and copying read the whole file. For a file up to `SMALL` bytes that is a fraction of a second and
happens whenever it is opened. Opening a larger one must not wait for that: `StoreThread` does it beside the
work, once a day, and where it finds damage it leaves a mark, so that the next opening checks before anything
else and sets the file aside. A program that was killed is no reason to check: SQLite's log makes commits
whole or not at all.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

SMALL = 64 * 1024 * 1024
KEPT_COPIES = 7

_STEP_PAGES = 2_000
_CHECK_STEPS = 100_000  # instructions of SQLite's machine between two looks at `stop`


class Stopped(Exception):
    """The program wants to end; checking and copying can be done another day."""


def is_damage(error: BaseException) -> bool:
    """Whether an error of SQLite says that the file's content is broken."""
    family = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return family in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_small(path: Path) -> bool:
    """Whether checking and copying are quick enough to be done while opening."""
    return path.stat().st_size <= SMALL


def problem(connection: sqlite3.Connection, stop: Callable[[], bool] = lambda: False) -> str:
    """What is wrong with the file's structure; empty when it is sound. Raises Stopped."""
    connection.set_progress_handler(lambda: int(stop()), _CHECK_STEPS)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise Stopped from error
        if is_damage(error):  # broken so badly that the check itself gives up
            return str(error)
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return "" if found == ["ok"] else "\n".join(found)


def copies(path: Path) -> tuple[Path, ...]:
    """The backup copies of a workspace, oldest first."""
    shape = re.compile(
        rf"{re.escape(path.stem)}-\d{{4}}-\d\d-\d\dT\d{{6}}(-before-upgrade)?{re.escape(path.suffix)}"
    )
    folder = _folder(path)
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(copy for copy in found if shape.fullmatch(copy.name)))


def is_copy_due(path: Path) -> bool:
    """Whether there is no copy of today."""
    today = f"{path.stem}-{_now():%Y-%m-%d}T"
    return not any(copy.name.startswith(today) for copy in copies(path))


def copy(
    source: sqlite3.Connection,
    path: Path,
    *,
    before_upgrade: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Make a backup copy of the workspace and drop the oldest beyond `KEPT_COPIES`. Raises Stopped."""
    why = "-before-upgrade" if before_upgrade else ""
    final = _folder(path) / f"{path.stem}-{_now():%Y-%m-%dT%H%M%S}{why}{path.suffix}"
    final.parent.mkdir(exist_ok=True)
    part = final.with_name(f"{final.name}.{os.getpid()}.part")
    try:
        _copy_pages(source, part, stop)
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    for old in copies(path)[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
    return final


def mark_damaged(path: Path) -> None:
    """Have the next opening check the file before anything else."""
    _mark(path).touch()


def is_marked(path: Path) -> bool:
    """Whether damage was found while the file was in use."""
    return _mark(path).exists()


def unmark(path: Path) -> None:
    """The file has been checked again, or set aside."""
    _mark(path).unlink(missing_ok=True)


def _copy_pages(source: sqlite3.Connection, target: Path, stop: Callable[[], bool]) -> None:
    def look(_status: int, _remaining: int, _total: int) -> None:
        if stop():
            raise Stopped

    # Inside of one read transaction the copy is of one moment, and others' writes do not start it again.
    source.execute("BEGIN")
    try:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target)) as copied:
            source.backup(copied, pages=_STEP_PAGES, progress=look, sleep=0)
    finally:
        source.rollback()


def _folder(path: Path) -> Path:
    return path.parent / "backups"


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".damage-found")


def _now() -> datetime:
    return datetime.now().astimezone()
