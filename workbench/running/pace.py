"""How many requests may be in flight to one server: as many as it takes, and fewer when it says so.

Additive increase, multiplicative decrease, as congestion is met on the Internet (V. Jacobson, SIGCOMM 1988): a
refusal with status 429 halves the number, an answer raises it by its inverse, so that a whole round of answers
raises it by one. Requests that were under way when the number was halved say nothing new and do not halve it
again. While the server asks to wait, nothing is sent. Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workbench.errors import ServerError
from workbench.running.backoff import LONGEST_WAIT_ASKED, is_limit


class Pace:
    """Turns at one server."""

    def __init__(self, at_once: int, *, most: int) -> None:
        """`at_once` requests to begin with, `most` at best."""
        self._allowed = float(at_once)
        self._most = most
        self._busy = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._halved_at = 0.0
        self._silent_until = 0.0

    @property
    def allowed(self) -> int:
        """How many requests may be in flight now."""
        return int(self._allowed)

    def set_most(self, most: int) -> None:
        """Begin anew with this many at once, and never more."""
        self._most = most
        self._allowed = float(most)
        self._wake()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and learn from how it ends."""
        await self._taken()
        began = asyncio.get_running_loop().time()
        try:
            yield
        except ServerError as error:
            if is_limit(error) and error.retryable:
                self._slow_down(began, error.retry_after or 0.0)
            raise
        else:
            self._allowed = min(self._allowed + 1 / self._allowed, float(self._most))
        finally:
            self._busy -= 1
            self._wake()

    async def _taken(self) -> None:
        """Return when it is one's turn; first come, first served."""
        if self._is_free() and not self._waiting:
            self._busy += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # given and not wanted any more
                self._busy -= 1
                self._wake()
            raise

    def _is_free(self) -> bool:
        return self._busy < int(self._allowed) and asyncio.get_running_loop().time() >= self._silent_until

    def _wake(self) -> None:
        while self._waiting and self._is_free():
            turn = self._waiting.popleft()
            if not turn.done():
                self._busy += 1
                turn.set_result(None)

    def _slow_down(self, began: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if began >= self._halved_at:
            self._allowed = max(1.0, self._allowed / 2)
            self._halved_at = loop.time()
        until = loop.time() + min(seconds, LONGEST_WAIT_ASKED)
        if until > self._silent_until:
            self._silent_until = until
            loop.call_at(until, self._wake)
