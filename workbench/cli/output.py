"""What the command line prints: results on standard output, everything about them on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def prepare_streams() -> None:
    """UTF-8 everywhere, whatever the locale; what UTF-8 cannot hold is escaped (in JSON, as JSON escapes it)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def printable(text: str) -> str:
    """Text as a terminal may see it: a model's output cannot move the cursor or recolour the screen."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text) if sys.stdout.isatty() else text


def print_text(text: str, *, end: str = "\n") -> None:
    """A piece of a result, at once."""
    sys.stdout.write(printable(text) + end)
    sys.stdout.flush()


def print_json(data: Any) -> None:
    """One JSON value on a line of its own."""
    print(json.dumps(data, ensure_ascii=False), flush=True)


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the last one runs to the end of its text."""
    lines = [titles, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print(printable("  ".join(cells).rstrip()))


def note(text: str) -> None:
    """Something a person should know, on standard error."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A line on standard error that rewrites itself; on anything but a terminal it is silent."""

    def __init__(self) -> None:
        self.visible = sys.stderr.isatty()
        self._length = 0

    def show(self, text: str) -> None:
        """Put this in the line's place."""
        if self.visible:
            sys.stderr.write("\r" + text.ljust(self._length))
            sys.stderr.flush()
            self._length = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._length:
            sys.stderr.write("\r" + " " * self._length + "\r")
            sys.stderr.flush()
            self._length = 0


def when(moment: datetime) -> str:
    """A moment in local time, for lists."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
