"""What models are called whose files have no name of their own, such as Ollama's blobs.

This is the one thing that the whole process shares and that changes: wherever a reference is shown, also by the
pure functions of this floor, its name is asked for, and a file has one name whatever the workspace. Any thread may
ask: what changes is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_names: Mapping[str, str] = {}


def take(names: Mapping[str, str]) -> None:
    """Call the files at these paths so from now on."""
    global _names  # noqa: PLW0603 - see above
    _names = {**_names, **names}


def name_of(path: str) -> str:
    """What the model in a file is called; empty when its file's own name will do."""
    return _names.get(path, "")


def shown(path: Path) -> str:
    """What a person reads where a file is spoken of."""
    return name_of(str(path)) or path.name
