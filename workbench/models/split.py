"""Models in several files: `NAME-00001-of-00003.gguf` and so on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadFile

_SPLIT = re.compile(r"(?P<prefix>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf")
_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Split:
    """What a file's name says about the set that it belongs to."""

    prefix: str
    """The name without numbers and ending; with folders where it had them."""
    number: int
    """From 1."""
    count: int


def split_name(name: str) -> Split | None:
    """The set that a file of this name belongs to; None when it stands alone."""
    match = _SPLIT.fullmatch(name)
    if not match or not 1 <= int(match["count"]) <= _MOST_PARTS:
        return None
    return Split(match["prefix"], int(match["number"]), int(match["count"]))


def split_parts(path: Path) -> tuple[Path, ...]:
    """All files of the model that this file belongs to; itself alone when it is not split.

    Raises BadFile when some of them are missing.
    """
    split = split_name(path.name)
    if not split:
        return (path,)
    parts = tuple(
        path.with_name(f"{split.prefix}-{number:05}-of-{split.count:05}.gguf")
        for number in range(1, split.count + 1)
    )
    if missing := [part.name for part in parts if not part.is_file()]:
        raise BadFile(
            f"{path.name} is one of {split.count} files, and {', '.join(missing[:3])} is missing.",
            advice="Put all of them into one folder.",
        )
    return parts
