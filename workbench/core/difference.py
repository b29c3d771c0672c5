"""What changed between two texts, word by word.

Lines are compared first and words only inside changed lines. `SequenceMatcher` gives the matches that people
find natural, but its time grows with the square of its input, so only small stretches are left to it: a long
one is first cut at the tokens that stand exactly once on both sides and in the same order (patience diff,
n log n). A long stretch without any such token is marked as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Operation = Literal["same", "removed", "added"]

_SMALL = 250_000
"""Most pairs of tokens that the square matcher is given: a quarter of a second at the very worst."""
_DEPTH = 8
"""How often a stretch between anchors is searched for anchors of its own."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same in both, only in the first, or only in the second."""

    operation: Operation
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    """`size` tokens that are the same from `before` on and from `after` on."""

    before: int
    after: int
    size: int


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Pieces in reading order; the same and removed ones join to `before`, the same and added ones to `after`."""
    if before == after:
        return (Piece("same", before),) if before else ()
    pieces = _by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True))
    grouped = groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.operation)
    return tuple(Piece(operation, "".join(piece.text for piece in group)) for operation, group in grouped)


def _by_lines(before: list[str], after: list[str]) -> Iterator[Piece]:
    for same, old, new in _stretches(before, after):
        if same or not (old and new):
            yield from _plain(same, old, new)
            continue
        old_words, new_words = _WORDS.findall("".join(old)), _WORDS.findall("".join(new))
        for same_words, old_part, new_part in _stretches(old_words, new_words):
            yield from _plain(same_words, old_part, new_part)


def _plain(same: bool, old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if same:
        yield Piece("same", "".join(old))
    else:
        yield Piece("removed", "".join(old))
        yield Piece("added", "".join(new))


def _stretches(before: list[str], after: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Both token lists from end to end: same stretches, and what lies between them on either side."""
    i = j = 0
    end = _Block(len(before), len(after), 0)
    for block in (*_matches(before, after, _DEPTH), end):
        if block.before > i or block.after > j:
            yield False, before[i : block.before], after[j : block.after]
        i, j = block.before + block.size, block.after + block.size
        if block.size:
            yield True, before[block.before : i], after[block.after : j]


def _matches(before: list[str], after: list[str], depth: int) -> Iterator[_Block]:
    """Blocks of equal tokens, in order."""
    shorter = min(len(before), len(after))
    head = _common(before, after, shorter)
    tail = _common(before[::-1], after[::-1], shorter - head)
    if head:
        yield _Block(0, 0, head)
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    for block in _inner_matches(*middle, depth):
        yield _Block(block.before + head, block.after + head, block.size)
    if tail:
        yield _Block(len(before) - tail, len(after) - tail, tail)


def _common(before: list[str], after: list[str], most: int) -> int:
    """How many tokens the beginnings share."""
    return next((index for index in range(most) if before[index] != after[index]), most)


def _inner_matches(before: list[str], after: list[str], depth: int) -> Iterator[_Block]:
    if len(before) * len(after) <= _SMALL:
        # White space is junk: it never anchors a match, it only rides along with one.
        found = SequenceMatcher(str.isspace, before, after, autojunk=False).get_matching_blocks()
        yield from (_Block(match.a, match.b, match.size) for match in found if match.size)
        return
    anchors = _anchors(before, after) if depth else []
    if not anchors:
        return
    i = j = 0
    for a, b in [*anchors, (len(before), len(after))]:
        for block in _matches(before[i:a], after[j:b], depth - 1):
            yield _Block(block.before + i, block.after + j, block.size)
        if a < len(before):
            yield _Block(a, b, 1)
        i, j = a + 1, b + 1


def _anchors(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """Places of the tokens that stand once on each side: the longest run that keeps its order."""
    once = {token for token, times in Counter(before).items() if times == 1}
    place = {token: index for index, token in enumerate(before) if token in once}
    times = Counter(after)
    shared = [(place[token], index) for index, token in enumerate(after) if times[token] == 1 and token in place]
    return _longest_rising(shared)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose first numbers rise (patience sorting); the second ones rise already."""
    tops: list[int] = []
    """The smallest first number that ends a run of each length."""
    ends: list[int] = []
    """Index of the pair with that number."""
    previous: list[int | None] = []
    for index, (a, _) in enumerate(pairs):
        length = bisect_left(tops, a)
        previous.append(ends[length - 1] if length else None)
        tops[length : length + 1], ends[length : length + 1] = [a], [index]
    run: list[tuple[int, int]] = []
    at = ends[-1] if ends else None
    while at is not None:
        run.append(pairs[at])
        at = previous[at]
    return run[::-1]
