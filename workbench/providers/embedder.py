"""Vectors of texts by a local model: a child process of its own beside the one that answers.

The child is started at the first request, and again at the next one after it has died. All methods are called on
one asyncio loop.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing
from pathlib import Path

from workbench.errors import ModelError
from workbench.providers.worker_process import WorkerProcess
from workbench.worker.options import LoadOptions
from workbench.worker.protocol import Embed, Embedded


class Embedder:
    """A GGUF file that makes vectors; one that can only do this will do."""

    def __init__(self, path: Path, options: LoadOptions) -> None:
        self._path = path
        self._options = options
        self._ids = itertools.count(1)
        self._worker: WorkerProcess | None = None
        self._starting = asyncio.Lock()  # one child at a time, however many requests come at once

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """A vector of length 1 for each text, after loading the model if need be. Raises ModelError."""
        worker = await self._running()
        async with aclosing(worker.ask(Embed(next(self._ids), texts))) as answers:
            async for answer in answers:
                if isinstance(answer, Embedded):
                    return answer.vectors
        raise ModelError("The local model's process gave no vectors.")

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory, for this."""
        worker = self._worker
        if worker is None or not worker.alive:
            return False
        return worker.loaded.done() and worker.loaded.exception() is None

    def memory(self) -> int:
        """Resident bytes of the child process; 0 when there is none."""
        return (self._worker.memory() or 0) if self._worker else 0

    async def close(self) -> None:
        """End the child process; the next request starts another one."""
        async with self._starting:
            worker, self._worker = self._worker, None
            if worker:
                await worker.end()

    async def _running(self) -> WorkerProcess:
        async with self._starting:
            if self._worker and not self._worker.alive:
                await self._worker.end()
                self._worker = None
            if self._worker is None:
                self._worker = await WorkerProcess.start(self._path, self._options, embeds=True)
            return self._worker
