"""One local stream through the provider against a bare llama.cpp decode loop.

`python -m tests.benchmarks.bench_local [--rounds N] [--tokens N]` prints a Markdown table. Both have the same
model, context, threads and prompt, and take turns, now this one first and now that one; the ratio is the median
over the rounds, of which there are many, because one round alone is off by 3 %. The bare loop runs
twice: as it comes, and with our setting of how long idle threads spin, which parts the cost of streaming from what
the setting does. Only an idle machine tells the truth: on a busy one the worker's pacing makes us several times as
fast as the bare loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workbench.core.completion import Finished, GenerationConfig, Message, Request
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadedModel, LoadOptions
from workbench.providers.worker_process import SPINS

CONTEXT = 2048
GOAL = 0.97
MESSAGES = (Message("user", "Tell a very long story about a parrot and a lighthouse."),)


class Bare:
    """The bare loop, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def decode(self, prompt: str, tokens: int) -> float:
        """Tokens a second."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"prompt": prompt, "tokens": tokens}), file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def first_token(self, prompt: str, *, after: str) -> float:
        """Milliseconds until the first token of a prompt, with this text before it already decoded."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"prompt": prompt, "after": after}), file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())


@contextmanager
def bare(threads: int, *, spins: str | None) -> Iterator[Bare]:
    """Start the bare loop with this setting of its threads' patience."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bare_decode",
        str(starter_path()),
        str(CONTEXT),
        str(threads),
    ]
    environment = {**os.environ, **({"GOMP_SPINCOUNT": spins} if spins else {})}
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield Bare(process)
        with suppress(BrokenPipeError):
            process.communicate()


async def streamed(provider: LlamaCpp, tokens: int) -> float:
    """Tokens a second from the first piece of text to the end, as the program sees them."""
    request = Request("", MESSAGES, GenerationConfig(temperature=0, max_tokens=tokens))
    async for event in provider.complete(request):
        if isinstance(event, Finished):
            end = event
    assert end.usage
    assert end.usage.completion_tokens == tokens, "the model ended by itself; the sides differ"
    assert end.timings.ttft_ms
    return (tokens - 1) / (end.timings.total_ms - end.timings.ttft_ms) * 1000


async def measured(rounds: int, tokens: int) -> tuple[LoadedModel, list[tuple[float, float, float]]]:
    """Rounds of ours, bare, bare with our setting."""
    provider = LlamaCpp(starter_path(), options=LoadOptions(context=CONTEXT))
    model = await provider.load()
    prompt = (await provider.count(Request("", MESSAGES))).text
    speeds = []
    with bare(model.threads, spins=None) as plain, bare(model.threads, spins=SPINS) as patient:
        for turn in range(rounds + 1):
            others = [] if turn % 2 else [plain.decode(prompt, tokens), patient.decode(prompt, tokens)]
            ours = await streamed(provider, tokens)
            others = others or [plain.decode(prompt, tokens), patient.decode(prompt, tokens)]
            speeds.append((ours, others[0], others[1]))
    await provider.close()
    return model, speeds[1:]  # the first round warms caches up


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--tokens", type=int, default=200)
    arguments = parser.parse_args()
    model, speeds = asyncio.run(measured(arguments.rounds, arguments.tokens))
    columns = tuple(zip(*speeds, strict=True))
    ours, plain, patient = (f"{statistics.median(column):.1f} | {max(column):.1f}" for column in columns)
    ratio = statistics.median(a / b for a, b, _ in speeds)
    same = statistics.median(a / c for a, _, c in speeds)
    print(f"{model.name}, {model.quantisation}, {model.threads} threads, {model.engine}.\n")
    print("| | tokens/s, median | best | ratio of rounds, median | bound |\n|---|---|---|---|---|")
    print(f"| one stream through the provider | {ours} | | |")
    print(f"| bare llama.cpp loop | {plain} | {ratio:.3f} | ≥ {GOAL} |")
    print(f"| bare loop whose idle threads spin as ours do | {patient} | {same:.3f} | ≥ {GOAL} |")


if __name__ == "__main__":
    main()
