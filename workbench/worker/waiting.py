"""Sequences that wait to begin, in an order that lets prompts with a common beginning follow each other.

First come, first served, but by the window: within one, prompts are sorted by their tokens, which puts those that
begin alike side by side. Who comes later than a window waits for all of it, so nobody waits for ever. Those whose
answer somebody waits for go before the windows, which are one of many each.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.worker.sequence import Sequence

_WINDOW = 64


class Waiting:
    """The sequences that wait."""

    def __init__(self) -> None:
        self._first: list[Sequence] = []
        """Those that had begun and had to make room."""
        self._alone: list[Sequence] = []
        self._window: list[Sequence] = []
        self._later: list[Sequence] = []

    def __len__(self) -> int:
        return len(self._first) + len(self._alone) + len(self._window) + len(self._later)

    def __iter__(self) -> Iterator[Sequence]:
        return iter([*self._first, *self._alone, *self._window, *self._later])

    def add(self, sequence: Sequence) -> None:
        """Let a new one wait."""
        (self._later if sequence.one_of_many else self._alone).append(sequence)

    def put_first(self, sequence: Sequence) -> None:
        """Let one that had begun wait before all that had not."""
        self._first.insert(0, sequence)

    def remove(self, sequence: Sequence) -> None:
        """Let one wait no longer; it is in here."""
        for queue in (self._first, self._alone, self._window, self._later):
            if sequence in queue:
                queue.remove(sequence)

    def next(self) -> list[Sequence]:
        """Those that may begin now, the next one first."""
        if not self._window:
            self._window, self._later = self._later[:_WINDOW], self._later[_WINDOW:]
            self._window.sort(key=lambda sequence: sequence.tokens)
        return [*self._first, *self._alone, *self._window]
