"""The store at size: insert runs, open the file, page through all of them, search them.

`python -m tests.benchmarks.bench_store [--runs 100000] [--keep FILE]` prints a Markdown table. Every run has its
own messages and an answer of about 250 characters that no other run gives. Runs are inserted in transactions of
500, as a scheduler under load would; one row shows what a transaction of its own costs. With `--keep` the file is
left there, and taken as it is when it is there already. A million runs (`--runs 1000000`) take 3 GB and minutes;
the bounds are the same.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from workbench.core.completion import GenerationConfig, Message, Timings, Usage
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.run import Rating, Run
from workbench.core.version import content_id
from workbench.store import Store, StoreThread

BATCH = 500
PAGE = 100
BYTES_A_RUN = 6_000
"""Of disk, twice what a run takes: the log of changes may grow large before it is written back."""

SYLLABLES = tuple(a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "ou"))
SYSTEM = "You answer customers of a parcel service, in two short paragraphs and a friendly tone. " * 6


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    measured: str
    bound: str = ""


def sample_runs(count: int) -> Iterator[Run]:
    """Runs as a matrix makes them: a few prompts and models, values and answers of their own."""
    chance = random.Random(7)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(8_000)]
    prompts = [Prompt(system=f"{SYSTEM}{n}", user="Ticket: {{ticket}}") for n in range(20)]
    versions = [content_id(prompt) for prompt in prompts]
    for n in range(count):
        which = n % len(prompts)
        ticket, answer = (" ".join(chance.choices(words, k=length)) for length in (12, 40))
        yield Run(
            id=new_id(),
            created_at=datetime.now(UTC),
            prompt_id=f"{which:032x}",
            prompt_name=f"Support reply {which}",
            version=versions[which],
            prompt=prompts[which],
            values={"ticket": ticket},
            messages=(Message("system", prompts[which].system), Message("user", f"Ticket: {ticket}")),
            model=("starter", "openrouter:qwen3-32b", "local:/models/llama.gguf")[n % 3],
            config=GenerationConfig(temperature=0.2, max_tokens=256),
            text=f"{answer} number{n:07}",
            reasoning="",
            stop_reason="stop",
            usage=Usage(120, 60),
            timings=Timings(30.0, 900.0, 70.0),
        )


def insert(path: Path, count: int) -> Iterator[Row]:
    """Fill the file."""
    runs = list(sample_runs(min(count, 20_000)))
    with Store.open(path) as store:
        spent, done = 0.0, 0
        while done < count:
            batch = [
                replace(run, id=new_id(), text=f"{run.text[:-7]}{number:07}")
                for number, run in enumerate(_slice(runs, done, count), done)
            ]
            began = time.perf_counter()
            with store.transaction():
                for run in batch:
                    store.finish_run(run)
            spent += time.perf_counter() - began
            done += len(batch)
        yield Row(f"insert {count:,} runs, {BATCH} a transaction", f"{count / spent:,.0f} runs/s")
        single = [replace(run, id=new_id()) for run in runs[:200]]
        times = _times([lambda run=run: store.finish_run(run) for run in single])
        yield Row("insert one run in its own transaction, synced", _shown(times))
        for run in single[::4]:
            store.rate(run.id, Rating("good"))
    yield from _through_the_threads(path, [replace(run, id=new_id()) for run in runs[:1000]])


def _through_the_threads(path: Path, runs: list[Run]) -> Iterator[Row]:
    """As a matrix of cloud cells writes: every run is begun and finished."""
    threads = StoreThread(path)
    threads.start().result()
    began = time.perf_counter()
    for run in runs:
        threads.write(partial(Store.begin_run, run=run))
        threads.write(partial(Store.finish_run, run=run))
    threads.write(lambda store: None).result()
    spent = time.perf_counter() - began
    threads.close()
    yield Row(f"begin and finish {len(runs):,} runs through the store thread", f"{len(runs) / spent:,.0f} runs/s")


def _slice(runs: list[Run], done: int, count: int) -> list[Run]:
    at = done % len(runs)
    return runs[at : at + min(BATCH, count - done)]


def ask(path: Path) -> Iterator[Row]:
    """Open, page and search."""
    opening = _times([lambda: Store.open(path).close()] * 3)
    yield Row("open", _shown(opening), "≤ 1 s")
    with Store.open(path, read_only=True) as store:
        times: list[float] = []
        seen, before = 0, None
        while True:
            began = time.perf_counter()
            page = store.runs(before=before, limit=PAGE)
            times.append(1_000 * (time.perf_counter() - began))
            if not page:
                break
            seen, before = seen + len(page), page[-1].id
        yield Row(f"page through all {seen:,}, {PAGE} a page", _shown(times), "≤ 16 ms a page")
        middle = store.runs(limit=5_000)[-1]
        word = store.run(middle.id).run.text.split()[3]
        queries = {
            "a common piece (`support`)": "support",
            f"a word (`{word}`)": word,
            "one number in one run": f"number{17:07}",
            "four words of one run": " ".join(store.run(middle.id).run.text.split()[:4]),
            "two letters (`wa`)": "wa",
            "one letter (`b`)": "b",
            "what is nowhere (`xqxqxq`)": "xqxqxq",
        }
        for name, query in queries.items():
            found = len(store.runs(query=query))
            times = _times([lambda query=query: store.runs(query=query)] * 5)
            yield Row(f"search {name}: {found} found", _shown(times), "≤ 50 ms")
        times = _times([lambda: store.runs(query="support", only="failed")] * 5)
        yield Row("search a common piece in what failed, of which there is nothing", _shown(times), "≤ 50 ms")
        times = _times([lambda: store.runs(query=word, prompt_id=f"{3:032x}")] * 5)
        yield Row("search a word in one prompt's runs", _shown(times), "≤ 50 ms")
        times = _times([lambda: store.runs(query="support", only="good")] * 5)
        yield Row("search a common piece in what is rated good", _shown(times), "≤ 50 ms")


def _times(calls: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call."""
    times = []
    for call in calls:
        began = time.perf_counter()
        call()
        times.append(1_000 * (time.perf_counter() - began))
    return times


def _shown(times: list[float]) -> str:
    return f"median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms"


def measure(path: Path, count: int) -> Iterator[Row]:
    """All rows of the table."""
    if not path.exists():
        yield from insert(path, count)
    yield Row("size of the file", f"{path.stat().st_size / 1e6:,.0f} MB")
    yield from ask(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.keep or Path(folder, "workspace.db")
        print("| what | measured | bound |\n|---|---|---|")
        needed, free = given.runs * BYTES_A_RUN, shutil.disk_usage(path.parent).free
        if needed > free and not path.exists():
            print(f"| {given.runs:,} runs | not measured: {needed / 1e9:.0f} GB of disk needed | |")
            return
        for row in measure(path, given.runs):
            print(f"| {row.what} | {row.measured} | {row.bound} |", flush=True)


if __name__ == "__main__":
    main()
