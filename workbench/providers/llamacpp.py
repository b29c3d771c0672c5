"""Local models: one child process for each loaded model, which owns llama.cpp and may die alone.

The child is started at the first request, and again at the next one after it has died. It answers requests in the
order in which they come. All methods are called on one asyncio loop.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

from workbench.core.completion import (
    Delta,
    Event,
    Finished,
    ModelInfo,
    Notice,
    ReasoningDelta,
    Request,
    Timings,
    TokenCount,
)
from workbench.core.model_reference import adapters_of
from workbench.errors import ModelError, WorkbenchError
from workbench.providers.embedder import Embedder
from workbench.providers.file_hash import file_hash
from workbench.providers.worker_process import WorkerProcess
from workbench.worker.options import LoadOptions, beginnings_folder
from workbench.worker.protocol import (
    Complete,
    Count,
    Counted,
    Done,
    LoadedModel,
    Piece,
    Progress,
    Rehearse,
    Spare,
    Spared,
)

__all__ = ["LlamaCpp", "LoadOptions", "LoadedModel", "beginnings_folder"]

_EFFORT_NAMES = ("enable_thinking", "thinking", "reasoning_effort")
"""Variables by which a chat template learns how hard the model should think."""


_NOTICE_SECONDS = 0.5
"""How often somebody who waits for a model to be started is told why."""

_HASH_PATIENCE = 0.5
"""Seconds that the end of an answer, with all its text shown, waits for the file's hash."""


class LlamaCpp:
    """A GGUF file as a provider."""

    def __init__(self, path: Path, *, options: LoadOptions | None = None) -> None:
        self.path = path
        self.options = options or LoadOptions()
        self.before_loading: Callable[[], Awaitable[None]] | None = None
        """Awaited before a child is started: whoever loads several models makes room for it."""
        self.waits_for = ""
        """Why that takes long, in words; empty when it does not."""
        self._ids = itertools.count(1)
        self._worker: WorkerProcess | None = None
        self._hash: asyncio.Future[str | None] | None = None
        self._hashing_ends = threading.Event()
        self._starting = asyncio.Lock()  # one child at a time, however many requests come at once
        self._embedder = Embedder(path, self.options)

    async def complete(self, request: Request) -> AsyncGenerator[Event, None]:
        """Stream the answer, after loading the model if need be. Raises ModelError or UserError."""
        began = time.monotonic()
        first: float | None = None
        starting = asyncio.ensure_future(self._running())
        try:
            while not starting.done():
                await asyncio.wait([starting], timeout=_NOTICE_SECONDS)
                if not starting.done() and self.waits_for:
                    yield Notice(self.waits_for)
            worker = starting.result()
        finally:
            starting.cancel()
        sent = time.monotonic()
        asked = Complete(next(self._ids), request, adapters_of(request.model))
        async with aclosing(worker.ask(asked)) as answers:
            async for answer in answers:
                match answer:
                    case Piece():
                        first = first or time.monotonic()
                        yield ReasoningDelta(answer.text) if answer.reasoning else Delta(answer.text)
                    case Progress():
                        yield Notice(answer.text, answer.fraction)
                    case Done():
                        finished = _finished(answer, began, max(sent, worker.loaded_at), first)
                        details = {**finished.details, **await self._identity()}
                        yield replace(finished, details=details)

    async def count(self, request: Request) -> TokenCount:
        """Exact tokens of a request, also while an answer is under way. Raises ModelError or UserError."""
        worker = await self._running()
        async with aclosing(worker.ask(Count(next(self._ids), request))) as answers:
            async for answer in answers:
                if isinstance(answer, Counted):
                    return answer.count
        raise ModelError("The local model's process gave no count.")

    async def rehearse(self, prompt_tokens: int, answer_tokens: int) -> Done:
        """Have so many tokens read and so many written, whatever they are. Raises ModelError."""
        worker = await self._running()
        async with aclosing(worker.ask(Rehearse(next(self._ids), prompt_tokens, answer_tokens))) as answers:
            async for answer in answers:
                if isinstance(answer, Done):
                    return answer
        raise ModelError("The local model's process gave no answer.")

    async def gpu_spare(self) -> int | None:
        """Bytes that the GPUs have left for models; None when this one is not loaded or has no layer there."""
        facts, worker = self._facts, self._worker
        if facts is None or worker is None or not facts.gpu_layers:
            return None
        with suppress(WorkbenchError):  # it died just now, and what it had there is free
            async with aclosing(worker.ask(Spare(next(self._ids)))) as answers:
                async for answer in answers:
                    if isinstance(answer, Spared):
                        return answer.gpu_bytes
        return None

    async def embed(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """A vector of length 1 for each text; also by a file that cannot write. Raises ModelError."""
        return await self._embedder.vectors(texts)

    async def load(self) -> LoadedModel:
        """Load the model now, if it is not; returns the facts about it. Raises ModelLoadError."""
        worker = await self._running()
        return await asyncio.shield(worker.loaded)

    async def models(self) -> tuple[ModelInfo, ...]:
        """The one model of this file; its context is known once it is loaded."""
        facts = self._facts
        return (ModelInfo(str(self.path), facts.context if facts else None),)

    def unsupported(self) -> frozenset[str]:
        """`effort`, when the loaded model's template does not know of it; everything else is taken."""
        facts = self._facts
        if facts is None or any(name in facts.template_names for name in _EFFORT_NAMES):
            return frozenset()
        return frozenset({"effort"})

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._facts is not None or self._embedder.loaded

    @property
    def starting(self) -> bool:
        """Whether its process is about to begin, or to end."""
        return self._starting.locked()

    def memory(self) -> int | None:
        """Resident bytes of the child processes; None when there is none."""
        answering = self._worker.memory() if self._worker else None
        embedding = self._embedder.memory()
        return (answering or 0) + embedding if embedding else answering

    def own_memory(self) -> int | None:
        """Those of the answering process that are no part of a file; None when there is none."""
        return self._worker.memory(own=True) if self._worker else None

    async def unload(self) -> None:
        """Give the memory back; the next request loads the model again."""
        self._hashing_ends.set()
        async with self._starting:
            worker, self._worker = self._worker, None
            if worker:
                await worker.end()
        await self._embedder.close()

    async def close(self) -> None:
        """End the child process."""
        await self.unload()

    @property
    def _facts(self) -> LoadedModel | None:
        worker = self._worker
        if worker is None or not worker.alive or not worker.loaded.done():
            return None
        return worker.loaded.result()

    async def _running(self) -> WorkerProcess:
        async with self._starting:
            if self._worker and not self._worker.alive:
                await self._worker.end()
                self._worker = None
            if self._worker is None:
                if self.before_loading:
                    await self.before_loading()
                self._worker = await WorkerProcess.start(self.path, self.options)
                # Beside the loading, which reads the same file; a thread, because it is native code all along.
                self._hashing_ends = threading.Event()
                self._hash = asyncio.ensure_future(asyncio.to_thread(file_hash, self.path, self._hashing_ends))
            return self._worker

    async def _identity(self) -> dict[str, str]:
        """The model file's hash for the record; not yet there for the first answers of a large file."""
        if self._hash is None:
            return {}
        await asyncio.wait([self._hash], timeout=_HASH_PATIENCE)
        known = self._hash.result() if self._hash.done() else None
        return {"model_sha256": known} if known else {}


def _finished(done: Done, began: float, loaded: float, first: float | None) -> Finished:
    """The end with its times, which begin when the model began to read."""
    waited = (loaded - began) * 1000 + done.details.get("waited_ms", 0.0)
    timings = Timings(
        ttft_ms=max(0.0, (first - began) * 1000 - waited) if first else None,
        total_ms=max(0.0, (time.monotonic() - began) * 1000 - waited),
        tokens_per_second=done.tokens_per_second,
    )
    return Finished(done.stop_reason, done.usage, timings, {**done.details, "waited_ms": round(waited, 1)})
