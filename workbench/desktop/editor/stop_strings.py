"""Stop strings as a person writes them: one on each line, a line end inside of one as `\\n`."""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MEANT = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
_ESCAPED = re.compile(r"\\[\\ntr]")


def to_lines(stop: tuple[str, ...]) -> str:
    """The stop strings, one on each line."""
    return "\n".join("".join(_ESCAPES.get(char, char) for char in text) for text in stop)


def from_lines(lines: str) -> tuple[str, ...]:
    """The inverse of `to_lines`; empty lines are no stop strings."""
    return tuple(_ESCAPED.sub(lambda m: _MEANT[m[0]], line) for line in lines.split("\n") if line)
