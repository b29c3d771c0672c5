"""Our own prompt file: one prompt with its values, parameters and test cases, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from workbench.core.starter import StarterPrompt, as_data, read_starter
from workbench.interchange.whole_file import write_whole


def read(path: Path) -> StarterPrompt:
    """The prompt of a file. Raises BadFile, with the file's name and what is wrong in it."""
    return read_starter(path)


def write(prompt: StarterPrompt, path: Path) -> None:
    """Write a prompt file whole, or leave what was there. Raises UserError.

    Everything but ASCII is escaped where it could not be stored otherwise: any text survives.
    """
    content = _text(prompt).encode()
    with write_whole(path) as file:
        file.write(content)


def _text(prompt: StarterPrompt) -> str:
    """Readable Unicode, or pure ASCII when a lone surrogate has no UTF-8."""
    text = json.dumps(as_data(prompt), ensure_ascii=False, indent=2) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(as_data(prompt), ensure_ascii=True, indent=2) + "\n"
    return text
