"""Thousands of requests of random lengths at one local model, some cancelled, its process killed now and then.

`python -m tests.benchmarks.soak [--requests N] [--kills N] [--seed N] [--layers N]` prints a Markdown table and
fails when a request is lost or memory grows. Every request ends in one of three ways: answered, cancelled by the
one who asked, or with the death of the process, and is then asked again until it is answered. `--layers` cuts the
model to its first layers, which makes it quick and what it says nonsense.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.models.lora_file import write_lora
from tests.models.thinned import write_thinned
from workbench.core.completion import Finished, GenerationConfig, Message, Request
from workbench.errors import WorkerDied
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions

GROWTH_BOUND = 40e6
"""Bytes that a process may grow by, between its first hundred requests and the end."""

_AT_ONCE = 24
_KILLED_UNTIL = 0.6
"""Part of the requests within which the process is killed; the last one lives long enough to show a leak."""
_WARM = 100


@dataclass
class Soaked:
    """What became of all requests."""

    ends: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0
    tokens: int = 0
    seconds: float = 0.0
    ours: list[int] = field(default_factory=list)
    """Resident bytes of this process, as requests end."""
    workers: dict[int, list[int]] = field(default_factory=dict)
    """Those of each model process."""
    files_opened: int = 0
    """Open files more than at the first look."""

    @property
    def our_growth(self) -> int:
        """Bytes, from the hundredth request on."""
        return self.ours[-1] - self.ours[min(_WARM, len(self.ours) - 1)]

    @property
    def worker_growth(self) -> int:
        """Bytes of the last model process, from its hundredth request on."""
        last = list(self.workers.values())[-1]
        return last[-1] - last[min(_WARM, len(last) - 1)]


class Soak:
    """One run."""

    def __init__(self, provider: LlamaCpp, adapter: Path, *, requests: int, kills: int, seed: int) -> None:
        self._provider = provider
        self._adapter = adapter
        self._count = requests
        self._chance = random.Random(seed)
        self._kills = sorted(self._chance.sample(range(requests // 20, int(requests * _KILLED_UNTIL)), kills))
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._soaked = Soaked()
        self._others: set[int] = set()
        """Processes that are there anyway."""

    async def run(self) -> Soaked:
        """Ask all of them, so many at once."""
        began, soaked = time.monotonic(), self._soaked
        self._others = {child.pid for child in psutil.Process().children()}
        await self._provider.load()
        files = psutil.Process().num_fds()
        await asyncio.gather(*(self._one(self._request()) for _ in range(self._count)))
        soaked.seconds = time.monotonic() - began
        soaked.files_opened = psutil.Process().num_fds() - files
        return soaked

    def _request(self) -> Request:
        chance = self._chance
        words = " ".join(f"word{chance.randrange(40)}" for _ in range(chance.randrange(1, 160)))
        config = GenerationConfig(
            temperature=chance.choice((0, 0.7, 1.5)),
            max_tokens=chance.randrange(1, 32),
            repeat_penalty=chance.choice((None, 1.1)),
            dry_multiplier=chance.choice((None, None, None, 0.8)),
            mirostat=chance.choice((None, None, None, 2)),
            logprobs=chance.choice((None, None, None, 2)),
            stop=chance.choice(((), (), (".",))),
            seed=chance.randrange(1 << 30),
        )
        return Request(
            chance.choice(("starter", "starter", "starter", f"starter+lora:{self._adapter}")),
            (Message("user", words),),
            config,
            draft=chance.choice(("", "", words)),
            json_schema=chance.choice((None,) * 9 + ({"type": "array", "items": {"type": "integer"}},)),
        )

    async def _one(self, request: Request) -> None:
        cancelled_after = self._chance.choice((None,) * 4 + (self._chance.uniform(0, 0.5),))
        async with self._turn:
            while True:
                task = asyncio.create_task(self._answered(request))
                if cancelled_after is not None:
                    await asyncio.wait([task], timeout=cancelled_after)
                    task.cancel()
                await asyncio.wait([task])
                if task.cancelled() or not isinstance(task.exception(), WorkerDied):
                    break
                self._soaked.asked_again += 1
            self._note(task)

    async def _answered(self, request: Request) -> Finished:
        async for event in self._provider.complete(request):
            if isinstance(event, Finished):
                end = event
        return end

    def _child(self) -> psutil.Process | None:
        """The model's process; None between a death and the next request."""
        found = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                if child.pid not in self._others and "workbench.worker" in child.cmdline():
                    found.append(child)
        return max(found, key=lambda child: (child.create_time(), child.pid), default=None)

    def _note(self, task: asyncio.Task[Finished]) -> None:
        soaked = self._soaked
        if task.cancelled():
            soaked.ends["cancelled"] += 1
        elif error := task.exception():
            soaked.ends[f"{type(error).__name__}: {error}"] += 1
        else:
            end = task.result()
            soaked.ends[end.stop_reason] += 1
            soaked.tokens += end.usage.completion_tokens if end.usage else 0
        done = soaked.ends.total()
        soaked.ours.append(psutil.Process().memory_info().rss)
        if child := self._child():
            with suppress(psutil.Error):
                soaked.workers.setdefault(child.pid, []).append(child.memory_info().rss)
            if self._kills and done >= self._kills[0]:
                del self._kills[0]
                os.kill(child.pid, signal.SIGKILL)


def lost(soaked: Soaked, requests: int) -> int:
    """Requests that ended in no way that they may."""
    return requests - sum(soaked.ends[end] for end in ("stop", "length", "cancelled"))


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--layers", type=int, default=0, help="0 is the whole model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = starter_path()
        if arguments.layers:
            path = write_thinned(path, Path(folder, "thin.gguf"), layers=arguments.layers)
        soaked = asyncio.run(_run(path, write_lora(path, Path(folder, "lora.gguf"), size=0.02), arguments))
    _print(soaked, arguments)
    failed = lost(soaked, arguments.requests) or max(soaked.our_growth, soaked.worker_growth) > GROWTH_BOUND
    sys.exit(1 if failed or soaked.files_opened > 0 else 0)


async def _run(path: Path, adapter: Path, arguments: argparse.Namespace) -> Soaked:
    provider = LlamaCpp(path, options=LoadOptions(context=2048))
    try:
        soak = Soak(provider, adapter, requests=arguments.requests, kills=arguments.kills, seed=arguments.seed)
        return await soak.run()
    finally:
        await provider.close()


def _print(soaked: Soaked, arguments: argparse.Namespace) -> None:
    ends = ", ".join(f"{count:,} {end}" for end, count in sorted(soaked.ends.items()))
    print("| | | bound |\n|---|---|---|")
    print(f"| requests (seed {arguments.seed}) | {arguments.requests:,}: {ends} | |")
    print(f"| lost | {lost(soaked, arguments.requests)} | 0 |")
    print(f"| kills of the model's process | {arguments.kills}, {soaked.asked_again} requests asked again | |")
    print(f"| tokens written | {soaked.tokens:,} in {soaked.seconds:,.0f} s | |")
    bound = f"≤ {GROWTH_BOUND / 1e6:.0f} MB"
    print(f"| growth of the program | {soaked.our_growth / 1e6:+.1f} MB | {bound} |")
    print(f"| growth of the last model process | {soaked.worker_growth / 1e6:+.1f} MB | {bound} |")
    print(f"| files left open | {soaked.files_opened} | 0 |")


if __name__ == "__main__":
    main()
