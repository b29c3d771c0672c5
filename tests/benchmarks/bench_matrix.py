"""A matrix of cells that share a long beginning, through the provider, against all else that could run it.

`python -m tests.benchmarks.bench_matrix [--rounds N] [--cells N]` prints a Markdown table. Every cell has the same
776 tokens, eight of its own, and an answer of 64. All sides get the same texts and as many threads; the sides take
turns, and ratios are medians over the rounds. The loop without reuse, our serial mode, computes a quarter of the
cells, once. With `LLAMA_PEERS`, a folder of llama.cpp's programs, `llama-server` with several numbers of slots and
`llama-batched-bench` are measured too.

The bound is what `llama-batched-bench` needs for the same work: the beginning once, the cells' own tokens at that
speed, the answers at the number of sequences that suits it best. Only an idle machine tells the truth.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from tests.benchmarks import llama_peers
from tests.benchmarks.bench_local import bare
from workbench.core.completion import Delta, Finished, GenerationConfig, Message, Request
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions

CONTEXT = 8192
SHARED, OWN, ANSWER = 776, 8, 64
SLOTS = (1, 2, 4)
FILL = 18
"""Words of one token each, so that the beginning has as many as it should."""

_REST_SECONDS = 1.0
"""Until the bare loop's idle threads no longer spin, which takes a core from whoever comes next."""

SENTENCE = "Parrots learn the words of those they live with, and say them back at the wrong moment. "
EDITS = ("calm", "loud", "neat", "quick", "glad")

GREEDY = GenerationConfig(temperature=0, max_tokens=ANSWER, stop=())
MIXED = (
    GREEDY,
    GenerationConfig(temperature=0.7, seed=1, max_tokens=40),
    GenerationConfig(temperature=1.0, top_k=100, top_p=0.9, min_p=0.02, seed=2, max_tokens=96),
    GenerationConfig(temperature=0.8, seed=3, repeat_penalty=1.1, max_tokens=56),
)


Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Done:
    """A matrix that was computed."""

    seconds: float
    ends: tuple[Finished, ...]

    @property
    def tokens(self) -> int:
        """Of all answers."""
        return sum(end.usage.completion_tokens for end in self.ends if end.usage)


_numbers = itertools.count(100)


def cells(count: int, configs: Sequence[GenerationConfig] = (GREEDY,), *, edition: int = 0) -> list[Request]:
    """Cells that nobody has seen before; those of another edition have another beginning, of the same length."""
    rules = f"Edition {edition}. {SENTENCE * 37}Parrots" + " and" * FILL
    return [
        Request("", (Message("system", rules), Message("user", f"Story {number % 900 + 100}")), config)
        for number, config in zip(itertools.islice(_numbers, count), itertools.cycle(configs), strict=False)
    ]


async def run(provider: LlamaCpp, requests: Iterable[Request]) -> Done:
    """Compute all of them at once."""
    began = time.perf_counter()
    ends = await asyncio.gather(*(ended(provider, request) for request in requests))
    return Done(time.perf_counter() - began, tuple(ends))


async def ended(provider: LlamaCpp, request: Request) -> Finished:
    """The end of one answer."""
    return [event async for event in provider.complete(request) if isinstance(event, Finished)][-1]


async def fresh(provider: LlamaCpp, count: int, edition: int) -> Done:
    """A matrix of which the cache knows nothing; with the time of answers that end early made up for."""
    done = await run(provider, cells(count, edition=edition))
    usages = [end.usage for end in done.ends if end.usage]
    first, *others = sorted(usage.cached_tokens for usage in usages)
    assert first < 20, first
    assert all(cached >= SHARED - 1 for cached in others), others  # a number's first digit may begin alike
    assert {usage.prompt_tokens for usage in usages} == {SHARED + OWN}
    asked = count * ANSWER
    assert done.tokens > 0.97 * asked, "too many answers ended by themselves; the sides differ"
    return replace(done, seconds=done.seconds * asked / done.tokens)


async def first_token(provider: LlamaCpp) -> float:
    """Milliseconds until text comes, for a cell whose beginning is cached."""
    (request,) = cells(1)
    began = time.perf_counter()
    asked = provider.complete(replace(request, config=replace(GREEDY, max_tokens=2)))
    spent = [time.perf_counter() - began async for event in asked if isinstance(event, Delta)]
    return spent[0] * 1000


async def measured(rounds: int, count: int) -> AsyncIterator[Row]:
    """The rows of the table, as they come."""
    provider = LlamaCpp(starter_path(), options=LoadOptions(context=CONTEXT))
    serial = LlamaCpp(starter_path(), options=LoadOptions(context=CONTEXT, serial=True))
    threads = (await provider.load()).threads
    texts = [(await provider.count(request)).text for request in cells(count)]
    ours, mixed, bounds, batches = [], [], [], 0
    for edition in range(1, rounds + 1):
        ours.append((await fresh(provider, count, edition)).seconds)
        await ended(provider, *cells(1))  # the first round would decode the beginning, the later ones not
        done = await run(provider, cells(count, MIXED))
        mixed.append((await run(provider, cells(count))).seconds / (count * ANSWER) / (done.seconds / done.tokens))
        if llama_peers.FOLDER:
            seconds, batches = llama_peers.bound_seconds(
                shared=SHARED, own=OWN, answer=ANSWER, cells=count, threads=threads
            )
            bounds.append(seconds)
    rate = count / statistics.median(ours)
    most = count / statistics.median(bounds) if bounds else None
    yield "all cells at once through the provider", f"{rate:.2f} cells/s", "", ""
    yield "mixed lengths and samplers, warm, against all alike", "", f"{statistics.median(mixed):.2f}", "≥ 0.90"
    if most:
        ratio = statistics.median(b / a for a, b in zip(ours, bounds, strict=True))
        yield (
            f"bound from llama-batched-bench, {batches} sequences",
            f"{most:.2f} cells/s",
            f"{ratio:.2f}",
            "≥ 0.95",
        )
    yield await _warm(provider, texts[0], threads)
    yield await _drafted(provider)
    part = max(1, count // 4)
    began = time.perf_counter()
    for request in cells(part):
        await ended(serial, request)
    alone = part / (time.perf_counter() - began)
    yield "a loop without reuse", _against(alone, most, 1), f"{rate / alone:.1f}", "≥ 7"
    await provider.close()
    await serial.close()
    if llama_peers.FOLDER:
        yield _server(texts, threads, rate, most)


def _against(other: float, most: float | None, digits: int) -> str:
    """What another way reaches, and how many times that the bound is: more than that nobody can."""
    return f"{other:.2f} cells/s" + (f"; the bound is {most / other:.{digits}f} × that" if most else "")


def _server(texts: Sequence[str], threads: int, rate: float, most: float | None) -> Row:
    found = []
    for slots in SLOTS:
        with llama_peers.server(slots=slots, threads=threads, context=CONTEXT) as address:
            found.append((len(texts) / llama_peers.server_seconds(address, texts, tokens=ANSWER), slots))
    best, slots = max(found)
    return f"llama-server, {slots} slots, its best", _against(best, most, 2), f"{rate / best:.2f}", "≥ 1.6"


async def _warm(provider: LlamaCpp, text: str, threads: int) -> Row:
    """Time to the first token where only a cell's own tokens are new."""
    cut = text.index("Story ") + len("Story ")
    with ExitStack() as stack:
        process = stack.enter_context(bare(threads, spins=None))
        process.first_token(text[cut:], after=text[:cut])  # it has loaded its model now
        pairs = []
        for _ in range(9):
            await asyncio.sleep(_REST_SECONDS)
            ours = await first_token(provider)
            pairs.append((ours, process.first_token(text[cut:], after=text[:cut])))
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    shown = f"{mine:.0f} ms against {other:.0f} ms"
    return ("first token on a warm beginning, against decoding the new tokens", shown, f"{ratio:.2f}", "≤ 1.1")


async def _drafted(provider: LlamaCpp) -> Row:
    """A prompt edited by a word and run again, without and with the answer before as a draft."""

    async def timed(adjective: str, draft: str = "") -> tuple[float, str]:
        messages = (
            Message("system", f"You are a {adjective} clerk."),
            Message("user", "Count to a hundred."),
            Message("assistant", "1, 2, 3, 4, 5, 6,"),
        )
        began, text = time.perf_counter(), ""
        config = GenerationConfig(temperature=0, max_tokens=200)
        async for event in provider.complete(Request("", messages, config, draft=draft)):
            text += event.text if isinstance(event, Delta) else ""
        return time.perf_counter() - began, text

    _, before = await timed("slow")
    ratios, same = [], 0
    for adjective in EDITS:
        await timed(adjective)  # from now on its prompt is cached for both sides
        plain, text = await timed(adjective)
        drafted, again = await timed(adjective, before)
        ratios.append(plain / drafted)
        same += again == text
    shown = f"the same text in {same} of {len(EDITS)}"
    return "again after an edit of a word, drafted", shown, f"{statistics.median(ratios):.2f}", "≥ 1.5"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=32)
    arguments = parser.parse_args()
    print(f"{arguments.cells} cells, {SHARED} shared tokens, {OWN} own, {ANSWER} of answer.\n")
    print("| | measured | ratio | bound |\n|---|---|---|---|")

    async def show() -> None:
        async for row in measured(arguments.rounds, arguments.cells):
            print(f"| {' | '.join(row)} |", flush=True)

    asyncio.run(show())


if __name__ == "__main__":
    main()
