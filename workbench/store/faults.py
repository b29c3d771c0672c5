"""From SQLite's errors to a sentence for the person; what is left is a bug."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workbench.errors import StoreError
from workbench.store.upkeep import is_damage, mark_damaged

_FULL = 1024 * 1024
"""Less room than this on the disk, in bytes, and a failed write means that it is full."""

_PRIMARY = 0xFF  # the low byte of an extended result code is its family

_BUSY = ("is in use by another program that does not let go of it", "Close that program or try again.")
_CLOSED = ("cannot be opened for writing", "Check the folder and its permissions.")
_WORDS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("cannot be written: the disk is full", "Make room and try again."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Start the program again; it sets a damaged file aside."),
    sqlite3.SQLITE_NOTADB: ("is damaged", "Start the program again; it sets a damaged file aside."),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_AUTH: _CLOSED,
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check the disk: full, unplugged or failing."),
    sqlite3.SQLITE_TOOBIG: ("cannot take a text of more than one billion bytes", "Shorten it."),
}
_MAYBE_FULL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
"""A full disk hides behind these too: IOERR_WRITE, IOERR_SHMSIZE, a log that cannot be made."""


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError | None:
    """The error as the person can understand it, or None when it is a bug of ours."""
    if isinstance(error, OSError):
        family = sqlite3.SQLITE_FULL if error.errno == errno.ENOSPC else sqlite3.SQLITE_CANTOPEN
    else:
        family = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if family in _MAYBE_FULL and _is_full(path):
        family = sqlite3.SQLITE_FULL
    if family not in _WORDS:
        return None
    what, advice = _WORDS[family]
    return StoreError(f"The workspace {path} {what}.", advice=advice, details=str(error))


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """Let SQLite's errors out as StoreError where a person can mend the cause; damage is marked for next time."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if (known := store_error(error, path)) is None:
            raise
        if is_damage(error):
            with suppress(OSError):
                mark_damaged(path)
        raise known from error


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _FULL
    except OSError:
        return False
