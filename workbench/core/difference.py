"""What changed between two texts, word by word.

Lines are compared first and words only inside changed lines, so that two long outputs are compared in a
moment. Texts beyond `WORD_LIMIT` words in one changed block are compared by lines only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Operation = Literal["same", "removed", "added"]

WORD_LIMIT = 4_000
"""More words than this in one changed block are marked as a whole: the matcher is quadratic."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same in both, only in the first, or only in the second."""

    operation: Operation
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Pieces in reading order; the same and removed ones join to `before`, the same and added ones to `after`."""
    if before == after:
        return (Piece("same", before),) if before else ()
    return tuple(_joined(_by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True))))


def _by_lines(before: list[str], after: list[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[a:b]), "".join(after[c:d])
        if tag == "equal":
            yield Piece("same", old)
        else:
            yield from _by_words(old, new)


def _by_words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > WORD_LIMIT:
        yield Piece("removed", before)
        yield Piece("added", after)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        yield Piece("removed", "".join(old[a:b]))
        yield Piece("added", "".join(new[c:d]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of the same kind as one; none empty."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if last is not None and last.operation == piece.operation:
            last = Piece(last.operation, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
