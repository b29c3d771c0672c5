"""This machine's models one after the other: the next one may need all the memory.

Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

AT_ONCE = 64
"""Requests handed to a local model at a time; its engine decodes as many at once as fit."""


class LocalTurns:
    """Lets those in who ask the model that is in memory; the others wait until nobody asks it any more."""

    def __init__(self, unload: Callable[[str], Awaitable[None]], loaded: str = "") -> None:
        self._unload = unload
        self._model = loaded
        self._users = 0
        self._changed = asyncio.Condition()
        self._slots = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def of(self, model: str) -> AsyncIterator[None]:
        """A turn of this model."""
        await self._enter(model)
        try:
            async with self._slots:
                yield
        finally:
            async with self._changed:
                self._users -= 1
                self._changed.notify_all()

    async def _enter(self, model: str) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: model == self._model or not self._users)
            if self._model not in ("", model):
                await self._unload(self._model)
            self._model = model
            self._users += 1
