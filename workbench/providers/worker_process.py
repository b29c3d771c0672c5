"""The parent's end of a worker: starts the child process, gives every request its answers, knows how it died.

All methods are called on one asyncio loop.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import psutil

from workbench.core.model_names import name_of, shown
from workbench.errors import ModelError, ModelLoadError, WorkbenchError, WorkerDied
from workbench.own_program import command, environment
from workbench.worker.options import LoadOptions
from workbench.worker.protocol import (
    Answered,
    Asked,
    Cancel,
    Complete,
    Count,
    Counted,
    Done,
    Embed,
    Embedded,
    Failed,
    Load,
    Loaded,
    LoadedModel,
    Rehearse,
    Spare,
    Spared,
    as_error,
    decode_answered,
    encode,
)

_log = logging.getLogger("workbench.worker")

_LOAD_ID = 0
_LOG_LINES = 40
_LONGEST_LINE = 256 * 1024 * 1024
"""Bytes of a message: a counted prompt comes back as text, and a prompt may have megabytes."""

_PATIENCE_SECONDS = 2.0
"""How long a child that was asked to end may take, before it is killed."""

SPINS = "3000"
"""How often a thread of llama.cpp looks for its neighbours' work before it sleeps (GNU OpenMP's default: 300,000).

Long enough for the 0.15 ms between two tokens, after which waking it would cost a hundredth of the speed; short
enough that it does not hold the core that its neighbour waits for when other programs want it; `worker.pace` does
the rest.
"""


class WorkerProcess:
    """A child process with one model."""

    def __init__(self, process: asyncio.subprocess.Process, path: Path) -> None:
        self._process = process
        self._path = path
        self.loaded: asyncio.Future[LoadedModel] = asyncio.get_running_loop().create_future()
        """Done when the model is; carries the ModelLoadError when it cannot be."""
        self.loaded_at = 0.0
        """When that was, on the monotonic clock."""
        self._queues: dict[int, asyncio.Queue[Answered | WorkbenchError]] = {}
        self._failure: WorkbenchError | None = None
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._draining = asyncio.create_task(self._drain())
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, path: Path, options: LoadOptions, *, embeds: bool = False) -> WorkerProcess:
        """Start a child and have it load a model file, to answer or to embed; does not wait for the model."""
        process = await asyncio.create_subprocess_exec(
            *command("worker", "-m", "workbench.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={"GOMP_SPINCOUNT": SPINS} | environment(),
        )
        worker = cls(process, path)
        worker._send(Load(_LOAD_ID, str(path), options, name_of(str(path)), embeds))
        return worker

    @property
    def alive(self) -> bool:
        """Whether it takes requests; false once it died, was ended, or could not load its model."""
        return self._failure is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    async def ask(self, message: Complete | Rehearse | Count | Spare | Embed) -> AsyncGenerator[Answered]:
        """Send a request and yield its answers to the last one; leaving early cancels it.

        Raises what went wrong with the request, or with the process.
        """
        if self._failure:
            raise self._failure
        queue = self._queues[message.id] = asyncio.Queue()
        ended = False
        try:
            self._send(message)
            while not ended:
                answer = await queue.get()
                ended = isinstance(answer, Done | Counted | Spared | Embedded | Failed | WorkbenchError)
                if isinstance(answer, Failed):
                    raise as_error(answer)
                if isinstance(answer, WorkbenchError):
                    raise answer
                yield answer
        finally:
            del self._queues[message.id]
            if not ended and self.alive:
                self._send(Cancel(message.id))

    def memory(self, *, own: bool = False) -> int | None:
        """Resident bytes, or those of them that are no part of a file; None when the process is gone."""
        try:
            info = psutil.Process(self.pid).memory_info() if self.alive else None
        except psutil.Error:
            return None
        if info is None:
            return None
        return int(info.rss - (getattr(info, "shared", 0) if own else 0))  # only Linux tells which are

    async def end(self) -> None:
        """End the child, politely at first; its open requests fail."""
        self._fail(ModelError("The local model was unloaded.", advice="Run again to load it."))
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE_SECONDS)
        except (TimeoutError, asyncio.CancelledError) as late:
            with suppress(ProcessLookupError):
                self._process.kill()
            if isinstance(late, asyncio.CancelledError):
                raise
        await asyncio.gather(self._listening, self._draining)

    def _send(self, message: Asked) -> None:
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.write(encode(message))

    async def _listen(self) -> None:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        async for line in self._process.stdout:
            try:
                message = decode_answered(line)
            except (ValueError, KeyError, TypeError) as error:
                _log.error("The worker sent something that is no message (%r): %r", error, line[:200])
                continue
            self._deliver(message)
        code = await self._process.wait()
        # A grandchild could hold stderr open for longer; the log is not worth waiting for.
        await asyncio.wait([self._draining], timeout=1)
        self._fail(self._death(code))

    async def _drain(self) -> None:
        assert self._process.stderr  # noqa: S101 - it is a pipe
        async for line in self._process.stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self._lines.append(text)
            _log.debug("%s", text)

    def _deliver(self, message: Answered) -> None:
        if message.id != _LOAD_ID:
            if queue := self._queues.get(message.id):
                queue.put_nowait(message)
            return
        if isinstance(message, Loaded):
            self.loaded_at = time.monotonic()
            self.loaded.set_result(message.model)
        elif isinstance(message, Failed):
            self._fail(as_error(message))
        else:  # the progress of loading concerns everyone who waits for the model
            for queue in self._queues.values():
                queue.put_nowait(message)

    def _fail(self, failure: WorkbenchError) -> None:
        """Take no more requests and fail the open ones; the first reason stands."""
        if self._failure:
            return
        self._failure = failure
        for queue in self._queues.values():
            queue.put_nowait(failure)
        if not self.loaded.done():
            self.loaded.set_exception(failure)
            self.loaded.exception()  # whoever waits gets it; that nobody waits is no mistake

    def _death(self, code: int) -> WorkbenchError:
        """How the process ended, in words."""
        how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        hint = " (the system may have run out of memory)" if code == -signal.SIGKILL else ""
        log = "\n".join(self._lines)
        if not self.loaded.done():
            return ModelLoadError(
                f"{shown(self._path)} cannot be loaded: the process that loads it {how}{hint}.",
                advice="The file may be damaged; the log has llama.cpp's last words.",
                details=log,
            )
        return WorkerDied(
            f"The local model's process {how}{hint}.",
            advice="Run again: a new one starts by itself.",
            details=log,
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
