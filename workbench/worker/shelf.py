"""Beginnings put aside as bytes, out of the sight of those at work.

Attention looks at every cell of the cache in use, also at those that it then masks: a thousand of them cost a
small model a tenth of its speed. What rests is therefore taken out of the cache, and put back when a prompt begins
like it, which is much quicker than decoding it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.worker.adapters import Applied


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """A prompt, or the beginning of one."""

    tokens: list[int]
    adapters: Applied
    state: bytearray
    """What llama.cpp holds of it."""


class Shelf:
    """What is put aside, the least recently used first to go."""

    def __init__(self, tokens: int) -> None:
        """`tokens` is what all together may have."""
        self._most = tokens
        self._asides: list[Aside] = []

    def __iter__(self) -> Iterator[Aside]:
        return iter(self._asides)

    def takes(self, length: int) -> bool:
        """Whether so many tokens are not more than it may hold."""
        return length <= self._most

    def put(self, aside: Aside) -> None:
        """Keep one, in place of what it begins with and of what was used longest ago."""
        length = len(aside.tokens)
        self._asides = [
            one
            for one in self._asides
            if one.adapters != aside.adapters or one.tokens != aside.tokens[: len(one.tokens)]
        ]
        while sum(len(one.tokens) for one in self._asides) + length > self._most:
            del self._asides[0]
        self._asides.append(aside)

    def take(self, aside: Aside) -> None:
        """It is back in the cache."""
        self._asides.remove(aside)
