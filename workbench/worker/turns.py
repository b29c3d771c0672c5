"""Whose turn it is: a batch is computed with one set of adapters, so answers with different ones take turns.

Changing the adapters has llama.cpp plan its buffers anew, which takes it several milliseconds; so a turn is many
steps long, and short enough that nobody who reads an answer sees it pause.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from workbench.worker.adapters import NONE, Applied, apply
from workbench.worker.sequence import Sequence

_TURN_SECONDS = 0.15


class Turns:
    """The turns on one context."""

    def __init__(self, context: int) -> None:
        self._context = context
        self._current = NONE
        self._began = 0.0
        self._ended: dict[Applied, float] = {}
        """When each set of adapters last had its turn, of those that wait for one."""

    def next(self, active: list[Sequence]) -> list[Sequence]:
        """Those of the sequences at work that are decoded now, in their order."""
        wanted = {sequence.adapters for sequence in active}
        if len(wanted) == 1:
            self._change(*wanted)
            return active
        if self._current not in wanted or time.monotonic() - self._began > _TURN_SECONDS:
            self._change(self._longest_without(wanted))
        return [sequence for sequence in active if sequence.adapters == self._current]

    def end(self) -> None:
        """End the turn: nobody who has it can go on."""
        self._began = 0.0

    def _longest_without(self, wanted: Iterable[Applied]) -> Applied:
        others = [adapters for adapters in wanted if adapters != self._current]
        return min(others, key=lambda adapters: self._ended.get(adapters, 0.0))

    def _change(self, adapters: Applied) -> None:
        if adapters != self._current:
            self._ended[self._current] = time.monotonic()
            self._ended.pop(adapters, None)
            self._current = adapters
            apply(self._context, adapters)
        self._began = time.monotonic()
