"""The growing file of a download: locked by one process, hashed as it grows, renamed only when it is right.

Its methods block; they are called in threads, one at a time.
"""

from __future__ import annotations

import hashlib
import os
from io import FileIO
from pathlib import Path

from workbench.errors import BadFile, UserError
from workbench.models.ticket import DAMAGED, sync_folder

_READ_BYTES = 1 << 20


class PartFile:
    """A file that grows at `path` until it becomes `target`."""

    def __init__(self, path: Path, target: Path) -> None:
        self._path = path
        self._target = target
        self._hash = hashlib.sha256()
        self._file = _open(path)
        try:
            _lock(self._file, target)
        except BaseException:
            self._file.close()
            raise
        self.found = os.fstat(self._file.fileno()).st_size
        """Bytes that an earlier download left."""
        self.length = 0
        """Bytes that are hashed and stand in the file."""

    def take_up(self, most: int) -> None:
        """Go on with what an earlier download left, of a file that has `most` bytes."""
        self._file.seek(0)
        while chunk := self._file.read(_READ_BYTES):
            self._hash.update(chunk)
            self.length += len(chunk)
        if self.length > most:
            self.start_over()

    def start_over(self) -> None:
        """Drop what has come."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.length = 0

    def append(self, data: bytes) -> None:
        """Write what came. Raises UserError when the disk does not take it."""
        rest = memoryview(data)
        try:
            while rest:
                count = self._file.write(rest)
                self._hash.update(rest[:count])
                self.length += count
                rest = rest[count:]
        except OSError as error:
            raise UserError(
                f"{self._target.name} cannot be written: {error.strerror or error}.",
                advice="Free some space, then resume; what has come is kept.",
            ) from error

    def finish(self, sha256: str | None) -> None:
        """Check the content and give it its name. Raises BadFile, and then it is set aside."""
        os.fsync(self._file.fileno())
        self.close()
        if sha256 and self._hash.hexdigest() != sha256:
            aside = set_aside(self._path, self._target)
            raise BadFile(
                f"{self._target.name} is not what the hub promised: its SHA-256 is wrong. "
                f"It was set aside as {aside.name}.",
                advice="Download it again; if that stays so, the file on the hub is damaged.",
                details=f"expected {sha256}\nreceived {self._hash.hexdigest()}",
            )
        self._path.replace(self._target)
        sync_folder(self._target.parent)

    def close(self) -> None:
        """Let the file go; what has come stays."""
        self._file.close()


def set_aside(path: Path, target: Path) -> Path:
    """Rename a file that is not what it should be; no list shows it."""
    return path.replace(target.with_name(target.name + DAMAGED))


def _open(path: Path) -> FileIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Neither "r+" (must exist) nor "a+" (truncating and writing elsewhere than at the end) will do.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        return os.fdopen(handle, "r+b", buffering=0)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error


def _lock(file: FileIO, target: Path) -> None:
    """Keep other processes out until the file is closed, however this one ends. Raises UserError."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            # A byte far behind the end: locked bytes cannot be read by others, and these nobody reads.
            file.seek(1 << 60)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            file.seek(0)
    except OSError as error:
        raise UserError(
            f"{target.name} is being downloaded already.", advice="Wait for it, or stop it in the other program."
        ) from error
