"""Our own prompt file: one prompt with its values, parameters and test cases, as JSON."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from workbench.core.starter import StarterPrompt, as_data, read_starter
from workbench.errors import UserError


def read(path: Path) -> StarterPrompt:
    """The prompt of a file. Raises BadFile, with the file's name and what is wrong in it."""
    return read_starter(path)


def write(prompt: StarterPrompt, path: Path) -> None:
    """Write a prompt file whole, or leave what was there. Raises UserError.

    Everything but ASCII is escaped where it could not be stored otherwise: any text survives.
    """
    content = _text(prompt).encode()
    try:
        handle, growing = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
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


def _text(prompt: StarterPrompt) -> str:
    """Readable Unicode, or pure ASCII when a lone surrogate has no UTF-8."""
    text = json.dumps(as_data(prompt), ensure_ascii=False, indent=2) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(as_data(prompt), ensure_ascii=True, indent=2) + "\n"
    return text
