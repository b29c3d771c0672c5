"""How many threads compute: all that are useful, fewer while other programs want the same cores.

The threads of a batch wait for each other about a thousand times a token. As soon as one of them loses its core to
another program, all wait for it: on two cores beside a busy program, two threads made 5 tokens a second where one
made 110, and 190 alone. So every step is measured: threads that got much less of the processor than they could use
are too many. After a while all of them are tried again, less often each time that was in vain; a while without
work counts too, so that who comes back to a quiet machine does not begin with one thread.
"""

from __future__ import annotations

_CROWDED = 0.7
"""Share of its cores' time below which a batch was held up by others; undisturbed it is 0.95 and more."""

_WINDOW_SECONDS = 0.05
"""A hiccup within this is no reason."""

_SHORTEST, _LONGEST = 0.5, 16.0
"""Seconds until all threads are tried again, whether something was decoded meanwhile or not."""


class Pace:
    """The number of threads, and whether to change it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.threads = most
        """With which the next batch is computed."""
        self._wall = self._cpu = 0.0
        self._changed = 0.0
        self._patience = _SHORTEST

    def tries_again(self, now: float) -> bool:
        """Whether it is time for all threads again; `threads` has changed then. Asked before every batch.

        `now` is a time in seconds, on any clock that always is the same.
        """
        due = self.threads < self._most and now - self._changed >= self._patience
        return due and self._change(self._most, now)

    def observe(self, wall: float, cpu: float, now: float) -> bool:
        """Take in the seconds that a batch took and the processor's seconds that it got, when it has ended.

        Returns whether they were too few, so that `threads` has changed.
        """
        self._wall += wall
        self._cpu += cpu
        if self._most == 1 or self._wall < _WINDOW_SECONDS:
            return False
        wall, cpu = self._wall, self._cpu
        self._wall = self._cpu = 0.0
        if self.threads == 1 or cpu >= _CROWDED * wall * self.threads:
            return False
        in_vain = now - wall - self._changed < self._patience
        self._patience = min(_LONGEST, self._patience * 2) if in_vain else _SHORTEST
        # As many as there were cores for us.
        return self._change(max(1, min(self.threads - 1, int(cpu / wall))), now)

    def _change(self, threads: int, now: float) -> bool:
        self.threads, self._changed = threads, now
        return True
