"""An experiment against a server: 1,000 streamed cells, stored and checked, beside the bare SDK doing the same.

`python -m tests.benchmarks.bench_experiment [--cells 1000] [--at-once 64] [--turns 3]` prints a Markdown table.
The server is a process of its own on this machine that answers each request in 0.2 s, eight words a stream. Both
sides are this process with a running loop and an imported SDK, in turn; the ratio is that of their medians.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.running import Workspace
from workbench.running.experiment import Options

ANSWER_SECONDS = 0.2
TEXT = "{{word}} one two three four five six seven"
WORDS = len(TEXT.split())
BOUND = 1.25


@contextmanager
def server() -> Iterator[str]:
    """The loopback server in a process of its own; its base URL."""
    command = [sys.executable, "-m", "tests.loopback", "--delay", str(ANSWER_SECONDS / WORDS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program.stdout.readline().strip()
        finally:
            program.kill()


def bare_seconds(url: str, cells: int, at_once: int) -> float:
    """The SDK alone: every answer streamed to its end and joined."""
    return asyncio.run(_bare(url, cells, at_once))


async def _bare(url: str, cells: int, at_once: int) -> float:
    from openai import AsyncOpenAI

    slots = asyncio.Semaphore(at_once)
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def ask(number: int) -> str:
            async with slots:
                stream = await client.chat.completions.create(
                    model="tiny",
                    messages=[{"role": "user", "content": TEXT.replace("{{word}}", f"w{number}")}],
                    stream=True,
                    stream_options={"include_usage": True},
                )
                parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
                return "".join(parts)

        await ask(0)
        began = time.perf_counter()
        answers = await asyncio.gather(*map(ask, range(cells)))
        spent = time.perf_counter() - began
    assert all(answer.startswith(f"w{number} ") for number, answer in enumerate(answers))
    return spent


def experiment_seconds(workspace: Workspace, cells: int, at_once: int) -> float:
    """The same as an experiment: every answer stored, checked, its verdict stored."""
    cases = tuple(Case(f"c{n}", {"word": f"w{n}"}) for n in range(cells))
    variant = Variant("v", Prompt(user=TEXT), "lab:tiny")
    experiment = Experiment(new_id(), "Bench", (variant,), cases, (Check("contains", "{{word}}"),))
    workspace.store.write(lambda store: store.save_experiment(experiment)).result()
    began = time.perf_counter()
    options = Options(concurrency=at_once, cache=False)
    workspace.experiments.start(experiment.id, lambda cell, event: None, options).done.result()
    spent = time.perf_counter() - began
    (summary,) = [
        one for one in workspace.store.read(lambda s: s.experiments()).result() if one.id == experiment.id
    ]
    assert (summary.done, summary.passed) == (cells, cells)
    return spent


def measure(cells: int, at_once: int, turns: int) -> tuple[list[float], list[float]]:
    """Seconds of the bare SDK and of the experiment, turn by turn."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace.db")
        workspace.start().result()
        workspace.store.write(lambda store: store.save_profile(Profile("lab", url))).result()
        try:
            experiment_seconds(workspace, at_once, at_once)  # connections and imports
            pairs = [
                (bare_seconds(url, cells, at_once), experiment_seconds(workspace, cells, at_once))
                for _ in range(turns)
            ]
        finally:
            workspace.close()
    return [bare for bare, _ in pairs], [ours for _, ours in pairs]


def main() -> None:
    """Measure and print; fails above the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    bare, ours = measure(chosen.cells, chosen.at_once, chosen.turns)
    ratio = statistics.median(ours) / statistics.median(bare)
    ideal = chosen.cells / chosen.at_once * ANSWER_SECONDS
    what = f"{chosen.cells:,} cells, {chosen.at_once} at once, {ANSWER_SECONDS} s each (ideal {ideal:.1f})"
    print(f"| {what} | seconds |")
    print("|---|---|")
    print(f"| bare AsyncOpenAI, streamed | {statistics.median(bare):.2f} |")
    print(f"| experiment: streamed, stored, checked | {statistics.median(ours):.2f} |")
    print(f"| ratio (bound {BOUND}) | {ratio:.2f} |")
    assert ratio <= BOUND


if __name__ == "__main__":
    main()
