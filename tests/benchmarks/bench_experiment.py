"""An experiment against a server: 1,000 streamed cells, stored and checked, beside the bare SDK and promptfoo.

`python -m tests.benchmarks.bench_experiment [--cells 1000] [--at-once 64] [--turns 3]` prints a Markdown table.
The server is a process of its own on this machine that answers each request in 0.2 s, eight words a stream.

- The bare SDK: both sides are this process with a running loop and an imported SDK, in turn.
- promptfoo: both sides are whole commands, start and end included, on the same suite file. It does not stream.

Each ratio is that of the medians within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import promptfoo_peer
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.running import Workspace
from workbench.running.experiment import Options
from workbench.store import Store

ANSWER_SECONDS = 0.2
TEXT = "{{word}} one two three four five six seven"
WORDS = len(TEXT.split())
BARE_BOUND = 1.25
PROMPTFOO_BOUND = 0.6


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


# Beside the bare SDK


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


def beside_the_sdk(url: str, folder: Path, cells: int, at_once: int, turns: int) -> Iterator[str]:
    """Rows of the bare SDK and of the experiment, turn by turn."""
    workspace = Workspace(folder / "workspace.db")
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
    yield from _rows("bare AsyncOpenAI, streamed", "experiment: streamed, stored, checked", pairs, BARE_BOUND)


# Beside promptfoo


def beside_promptfoo(url: str, folder: Path, cells: int, at_once: int, turns: int) -> Iterator[str]:
    """Rows of two commands on one suite file, turn by turn; one row that says why where there is no promptfoo."""
    other, mine = f"promptfoo eval {promptfoo_peer.VERSION}", "workbench experiment run, the same suite"
    try:
        command = promptfoo_peer.installed()
    except promptfoo_peer.NotToBeHad as reason:
        yield f"| `{other}` | not measured: {reason} | < {PROMPTFOO_BOUND} × |"
        return
    suite = folder / "promptfooconfig.json"
    suite.write_text(json.dumps(suite_data(cells)))
    with Store.open(folder / "workspace.db") as store:
        store.save_profile(Profile("openai", url))
    pairs = [
        (
            promptfoo_peer.seconds(command, suite, folder, url=url, at_once=at_once),
            command_seconds(suite, folder, cells, at_once),
        )
        for _ in range(turns)
    ]
    yield from _rows(f"`{other}`", f"`{mine}`", pairs, PROMPTFOO_BOUND)


def suite_data(cells: int) -> dict[str, object]:
    """The cells as a suite that both programs read."""
    asserted = [{"type": "contains", "value": "{{word}}"}]
    tests = [{"vars": {"word": f"w{n}"}, "assert": asserted} for n in range(cells)]
    return {"description": "Bench", "prompts": [TEXT], "providers": ["openai:chat:tiny"], "tests": tests}


def command_seconds(suite: Path, home: Path, cells: int, at_once: int) -> float:
    """How long our whole command takes for it; a result that is not all passed is no result."""
    out = home / "workbench.json"
    command = [sys.executable, "-m", "workbench", "experiment", "run", str(suite), "--json", str(out)]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--no-cache", "--concurrency", str(at_once)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "WORKBENCH_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    spent = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not supported" not in done.stderr, done.stderr
    (column,) = json.loads(out.read_text())["columns"]
    assert (column["done"], column["passed"]) == (cells, cells)
    return spent


def _rows(other: str, mine: str, pairs: list[tuple[float, float]], bound: float) -> Iterator[str]:
    theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    met = "" if ours / theirs <= bound else " **missed**"
    yield f"| {other} | {theirs:.2f} s | |"
    yield f"| {mine} | {ours:.2f} s | |"
    yield f"| ratio of the two | {ours / theirs:.2f} | ≤ {bound}{met} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    ideal = chosen.cells / chosen.at_once * ANSWER_SECONDS
    what = f"{chosen.cells:,} cells, {chosen.at_once} at once, {ANSWER_SECONDS} s each (ideal {ideal:.1f} s)"
    print(f"| {what} | measured | bound |\n|---|---|---|")
    size = (chosen.cells, chosen.at_once, chosen.turns)
    with server() as url, tempfile.TemporaryDirectory() as folder:
        for side in (beside_the_sdk, beside_promptfoo):
            own = Path(folder, side.__name__)
            own.mkdir()
            for row in side(url, own, *size):
                print(row, flush=True)


if __name__ == "__main__":
    main()
