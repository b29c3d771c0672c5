"""Two texts laid out beside each other: what stands on each side, so that equal lines stand level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from workbench.core.difference import Operation, Piece
from workbench.desktop.plain_text import LineBreaker, shown

Mark = Literal["same", "removed", "added", "filler"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one side; a filler is that many empty lines that stand for lines of the other side."""

    mark: Mark
    text: str
    change: int | None = None
    """Number of the change it belongs to, counted from 0."""


@dataclass(slots=True)
class _Side:
    """One side while it grows."""

    stretches: list[Stretch] = field(default_factory=list)
    breaker: LineBreaker = field(default_factory=LineBreaker)
    lines: int = 0

    def add(self, mark: Mark, text: str, change: int | None = None) -> None:
        if not text:
            return
        broken = self.breaker.take(text)
        self.lines += broken.count("\n")
        self.stretches.append(Stretch(mark, broken, change))

    def fill(self, lines: int) -> None:
        if lines > 0:
            self.lines += lines
            self.stretches.append(Stretch("filler", "\n" * lines))


def inline(pieces: Iterable[Piece]) -> list[Stretch]:
    """Both texts in one, in reading order."""
    side = _Side()
    for change, piece in _numbered(pieces):
        side.add(piece.operation, _visible(piece), change)
    return side.stretches


def beside(pieces: Iterable[Piece]) -> tuple[list[Stretch], list[Stretch]]:
    """Each text on its own side; after every change the sides are made level again."""
    left, right = _Side(), _Side()
    for change, piece in _numbered(pieces):
        match piece.operation:
            case "removed":
                left.add("removed", _visible(piece), change)
            case "added":
                right.add("added", _visible(piece), change)
            case _:
                _add_same(left, right, shown(piece.text))
    return left.stretches, right.stretches


def _add_same(left: _Side, right: _Side, text: str) -> None:
    """Ends the line that both are in, makes them level, and goes on."""
    head = "" if left.breaker.column == right.breaker.column == 0 else text[: text.find("\n") + 1 or len(text)]
    for side in (left, right):
        side.add("same", head)
    if head != text or head.endswith("\n"):
        left.fill(right.lines - left.lines)
        right.fill(left.lines - right.lines)
    for side in (left, right):
        side.add("same", text[len(head) :])


def _numbered(pieces: Iterable[Piece]) -> Iterator[tuple[int | None, Piece]]:
    """Each piece with the number of its change; neighbours that changed are one change."""
    change, last = -1, "same"
    for piece in pieces:
        if piece.operation == "same":
            yield None, piece
        else:
            change += last == "same"
            yield change, piece
        last = piece.operation


def _visible(piece: Piece) -> str:
    """Changed text; where only blanks or line ends changed, they are drawn."""
    text = shown(piece.text)
    if text.strip():
        return text
    return text.replace(" ", "·").replace("\t", "→").replace("\n", "↵\n")


def count(stretches: Iterable[Stretch]) -> int:
    """How many changes the stretches show."""
    return 1 + max((s.change for s in stretches if s.change is not None), default=-1)


__all__ = ["Mark", "Operation", "Stretch", "beside", "count", "inline"]
