"""The local models in memory: room is made for the next one, and one that nobody asks for a while is let go.

Before a model is loaded, what it will take is estimated and held against what is free. While it does not fit, the
models that nobody uses are unloaded, the least recently used first; when only models at work are in the way, the
load waits for them. One that does not even fit alone is refused by its own process, with the numbers.

All of it belongs to the loop's thread. Memory is the machine's main memory, and for a model with layers on a GPU
that one's besides: idle models that have layers there go until the next one has room, by what their processes tell
is left. A load never waits for a GPU's memory: what of it does not fit there is computed by the processor. That
GPU part was tested with stated numbers only, on no GPU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from workbench.models.gguf import GgufMetadata
from workbench.models.memory import MemoryEstimate, estimate, free_memory
from workbench.providers.llamacpp import LlamaCpp, LoadOptions

IDLE_MINUTES = 30
"""How long a model that nobody uses stays in memory, where nothing else is set."""

_LEAST_CONTEXT = 2048
"""Tokens that a model whose context is chosen for it can be loaded with when memory is short."""

_LOOK_SECONDS = 1.0
"""How often a load that waits looks by itself: a model's process may die without anybody letting go of it."""


@dataclass
class _Resident:
    """A model that is, or may come to be, in memory."""

    needed: int
    """Bytes that it takes as it is loaded by default."""
    least: int
    """Bytes that it takes at least."""
    on_gpu: int = 0
    """Of these, bytes that are to go to a GPU."""
    users: int = 0
    promised: bool = False
    """Whether room was made for it, and it has not been unloaded since."""
    leaving: asyncio.TimerHandle | None = field(default=None, repr=False)
    """Unloads it after a while; set while it is idle."""


class Residents:
    """The models of one catalog."""

    def __init__(
        self,
        minutes: float = IDLE_MINUTES,
        *,
        free: Callable[[], int] = free_memory,
        gpu_spare: Callable[[LlamaCpp], Awaitable[int | None]] = LlamaCpp.gpu_spare,
    ) -> None:
        """An idle model stays for `minutes`, 0 for ever; `free` says how many bytes are free.

        `gpu_spare` asks a model how many the GPUs have left; None comes from one that has nothing there.
        """
        self._minutes = minutes
        self._free = free
        self._gpu_spare = gpu_spare
        self._unloading: set[asyncio.Task[None]] = set()
        self._known: dict[LlamaCpp, _Resident] = {}  # the least recently used first
        self._turn = asyncio.Lock()  # one load at a time makes room, or two would count on the same bytes
        self._released = asyncio.Event()

    def add(self, model: LlamaCpp, metadata: GgufMetadata, options: LoadOptions) -> None:
        """Watch over a model from now on."""
        wanted = estimate(metadata, context=options.context, cache=options.cache, free=0)
        least = wanted
        if options.context is None:
            least = estimate(metadata, context=min(_LEAST_CONTEXT, metadata.context or _LEAST_CONTEXT), free=0)
        on_gpu = _on_gpu(wanted, metadata.layers, options.gpu_layers)
        self._known[model] = _Resident(wanted.total, least.total, on_gpu)
        model.before_loading = lambda: self._make_room(model)

    @contextmanager
    def used(self, model: LlamaCpp) -> Iterator[None]:
        """For the length of a job the model is not unloaded."""
        resident = self._known[model] = self._known.pop(model)  # the youngest now
        resident.users += 1
        _cancel(resident)
        try:
            yield
        finally:
            resident.users -= 1
            if not resident.users:
                self._released.set()
                self._leave_later(model, resident)

    def stay(self, minutes: float) -> None:
        """Let idle models stay for so long, counted from now for those that are idle."""
        self._minutes = minutes
        for model, resident in self._known.items():
            if not resident.users:
                self._leave_later(model, resident)

    def forget(self, model: LlamaCpp) -> None:
        """Watch over a model no more: it is closed for good."""
        if resident := self._known.pop(model, None):
            _cancel(resident)
            self._released.set()

    def _leave_later(self, model: LlamaCpp, resident: _Resident) -> None:
        _cancel(resident)
        if self._minutes > 0:
            loop = asyncio.get_running_loop()
            resident.leaving = loop.call_later(self._minutes * 60, self._leave, model, resident)

    def _leave(self, model: LlamaCpp, resident: _Resident) -> None:
        async def unload() -> None:
            if not resident.users:  # somebody may have come between the clock and this
                await self._unload(model, resident)

        unloading = asyncio.create_task(unload())
        self._unloading.add(unloading)
        unloading.add_done_callback(self._unloading.discard)

    async def _make_room(self, model: LlamaCpp) -> None:
        """Unload others until this one fits, as far as that is possible."""
        resident = self._known.get(model)
        if resident is None:  # retired, and its last jobs go on
            return
        resident.promised = False  # its process may have died with the memory that it had
        async with self._turn:
            await self._make_gpu_room(model, resident)
            while self._left() < resident.needed:
                if idle := self._idle(model):
                    await self._unload(idle, self._known[idle])
                elif self._left() >= resident.least or not self._at_work(model):
                    break
                else:
                    await self._wait(model)
            resident.promised = True

    async def _make_gpu_room(self, model: LlamaCpp, resident: _Resident) -> None:
        """Unload idle models that have layers on a GPU until what this one wants there has room."""
        if not resident.on_gpu:
            return
        for other, known in list(self._known.items()):
            if other is model or known.users:
                continue
            spare = await self._gpu_spare(other)
            if spare is None or known.users:  # somebody may have come while it was asked
                continue
            if spare >= resident.on_gpu:
                return
            await self._unload(other, known)

    async def _wait(self, model: LlamaCpp) -> None:
        """Until a model may be idle; whoever asks for this one is told what it waits for."""
        self._released.clear()
        busy = ", ".join(other.path.stem for other, resident in self._known.items() if resident.promised)
        model.waits_for = f"Waiting for memory, which {busy} needs"
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), _LOOK_SECONDS)
        finally:
            model.waits_for = ""

    async def _unload(self, model: LlamaCpp, resident: _Resident) -> None:
        resident.promised = False
        await model.unload()

    def _left(self) -> int:
        """Free bytes, less what models in memory will still take.

        What a model reads from its file is counted as free by the system, which could drop it and would have to
        read it again for every token; so it is what its process has beside that which makes up for what was
        estimated.
        """
        held = ((resident, model.own_memory()) for model, resident in self._known.items() if resident.promised)
        return self._free() - sum(max(0, resident.needed - (own or 0)) for resident, own in held)

    def _idle(self, but: LlamaCpp) -> LlamaCpp | None:
        """The model to unload first; None when all are at work."""
        idle = (model for model, resident in self._known.items() if not resident.users and model is not but)
        return next((model for model in idle if model.memory() is not None), None)

    def _at_work(self, but: LlamaCpp) -> bool:
        """Whether others hold memory that they will give back."""
        others = ((model, resident) for model, resident in self._known.items() if model is not but)
        return any(
            resident.users and resident.promised and (model.starting or model.memory() is not None)
            for model, resident in others
        )


def _on_gpu(wanted: MemoryEstimate, layers: int, asked: int | Literal["auto"]) -> int:
    """Bytes of weights and cache in the layers that are to be on a GPU."""
    share = 1.0 if asked == "auto" else min(1.0, asked / max(1, layers))
    return int((wanted.weights + wanted.cache) * share)


def _cancel(resident: _Resident) -> None:
    if resident.leaving:
        resident.leaving.cancel()
        resident.leaving = None
