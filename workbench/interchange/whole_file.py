"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.errors import UserError


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file and put it in its place at the end; what was there stays when that fails.

    Raises UserError when the place cannot be written.
    """
    try:
        handle, growing = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(growing).chmod(0o644)  # mkstemp makes it private
            Path(growing).replace(path)
        finally:
            Path(growing).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}.", advice="Choose another place."
        ) from error
