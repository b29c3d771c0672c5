"""A text and the way it stands in an editor's document: one source, one layout, places in both.

The document shows signs for characters that would harm (see `plain_text.shown`) and breaks lines after
`plain_text.LINE_LIMIT` characters, because one long line would freeze its layout. Neither may change the text.
So the text is kept here, and what happens in the document is applied to it as a splice. Places are counted in
UTF-16 units, as Qt does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from workbench.desktop.plain_text import LineBreaker, shown, units

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Splice:
    """At a place of the text, this was taken away and that was put in its stead."""

    at: int
    """UTF-16 units from the start of the text."""
    removed: str
    inserted: str

    def inverse(self) -> Splice:
        """The splice that undoes this one."""
        return Splice(self.at, self.inserted, self.removed)

    @property
    def end(self) -> int:
        """The place after what was put in."""
        return self.at + units(self.inserted)


class Source:
    """The exact text behind an editor's document."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._breaks: list[int] = []

    def load(self, text: str) -> str:
        """Take another text; returns what the document shall show."""
        self.text = text
        breaker = LineBreaker()
        layout = breaker.take(shown(text))
        self._breaks = breaker.breaks
        return layout

    def place(self, position: int) -> int:
        """The place in the text of a position in the document."""
        return position - bisect_left(self._breaks, position)

    def position(self, place: int) -> int:
        """The position in the document of a place in the text."""
        low, high = 0, len(self._breaks)
        while low < high:
            middle = (low + high) // 2
            if self._breaks[middle] - middle <= place - 1:
                low = middle + 1
            else:
                high = middle
        return place + low

    def between(self, start: int, end: int) -> str:
        """The text between two places."""
        return self.text[self._index(start) : self._index(end)]

    def length(self) -> int:
        """Units that the document has when it agrees with the text."""
        return units(self.text) + len(self._breaks)

    def took(self, position: int, removed: int, layout: str) -> Splice | None:
        """Apply what a person did in the document; None when the text is as it was.

        `layout` is what now stands there; parts of it that already stood there are no change.
        """
        before = self._layout(position, position + removed)
        head = _common_start(before, layout)
        tail = _common_start(before[head:][::-1], layout[head:][::-1])
        position += units(before[:head])
        removed, come = units(before[head : len(before) - tail]), layout[head : len(layout) - tail]
        start, end = self.place(position), self.place(position + removed)
        gone = self.between(start, end)
        self._shift(position, removed, units(come), [])
        return None if gone == come else self._replace(Splice(start, gone, come))

    def put(self, splice: Splice) -> tuple[int, int, str]:
        """Apply a splice of the text; returns (position, units to remove, layout to insert) for the document."""
        position = self.position(splice.at)
        removed = self.position(splice.at + units(splice.removed)) - position
        breaker = LineBreaker()
        layout = breaker.take(shown(splice.inserted))
        self._shift(position, removed, units(layout), [position + at for at in breaker.breaks])
        self._replace(splice)
        return position, removed, layout

    def layout(self) -> str:
        """All that the document has to show."""
        return self._layout(0, self.length())

    def _layout(self, first: int, last: int) -> str:
        """What the document shows between two positions."""
        breaks = self._breaks[bisect_left(self._breaks, first) : bisect_left(self._breaks, last)]
        start, pieces = first, []
        for at in breaks:
            pieces += [self._shown(start, at), "\n"]
            start = at + 1
        return "".join([*pieces, self._shown(start, last)])

    def _shown(self, first: int, last: int) -> str:
        return shown(self.between(self.place(first), self.place(last)))

    def _shift(self, position: int, removed: int, added: int, new: list[int]) -> None:
        """Move the breaks after a change of the document."""
        first, last = bisect_left(self._breaks, position), bisect_left(self._breaks, position + removed)
        moved = [at + added - removed for at in self._breaks[last:]]
        self._breaks = [*self._breaks[:first], *new, *moved]

    def _replace(self, splice: Splice) -> Splice:
        text = self.text
        start = self._index(splice.at)
        self.text = f"{text[:start]}{splice.inserted}{text[start + len(splice.removed) :]}"
        return splice

    def _index(self, place: int) -> int:
        """Python's index of a place: the same unless characters beyond the first plane stand before it."""
        before = self.text[:place]
        if units(before) == len(before):
            return place
        for count, match in enumerate(_ASTRAL.finditer(self.text)):
            if match.start() + count >= place:
                return place - count
        return place - len(_ASTRAL.findall(self.text))


def _common_start(one: str, other: str) -> int:
    """How many characters both begin with."""
    limit = min(len(one), len(other))
    return next((at for at in range(limit) if one[at] != other[at]), limit)
