"""How fast a local model is on this machine: reading and writing at several depths, and many answers at once.

It is measured through the same engine that answers, with arbitrary tokens; so the model is as fast as it will be
in use, and whatever else runs on the machine meanwhile counts. A task that is cancelled stops it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from workbench.core.model_reference import parse
from workbench.errors import UserError
from workbench.providers.llamacpp import LlamaCpp
from workbench.running.catalog import Catalog

DEPTHS = (128, 512, 2048, 4096, 7680)
"""Tokens of the prompts; those that the context does not hold are left out."""

AT_ONCE = (1, 2, 4, 8, 16)
"""Answers; no more than the model is loaded for."""

_WRITTEN = 32
_SHORT_PROMPT = 32


@dataclass(frozen=True, slots=True)
class AtDepth:
    """One prompt and its answer, alone."""

    prompt_tokens: int
    reading: float
    """Tokens a second, over the whole prompt."""
    writing: float
    """Tokens a second, after it."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Several short answers at the same time."""

    answers: int
    writing: float
    """Tokens a second, all together."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A model on this machine, at a time."""

    model: str
    """Its reference."""
    at: str
    """When, as ISO 8601."""
    engine: str
    quantisation: str
    context: int
    threads: int
    gpu_layers: int
    load_seconds: float | None
    """How long loading took; None when it was in memory already."""
    memory_bytes: int | None
    depths: tuple[AtDepth, ...]
    at_once: tuple[AtOnce, ...]


Told = Callable[[str, float], None]
"""Hears what is measured now, and how far all of it is, 0 to 1."""


async def measure(
    catalog: Catalog,
    reference: str,
    *,
    depths: tuple[int, ...] = DEPTHS,
    at_once: tuple[int, ...] = AT_ONCE,
    told: Told = lambda _what, _fraction: None,
) -> Benchmark:
    """Measure a local model. On the loop's thread. Raises UserError and ModelError."""
    base = str(parse(reference).base)
    async with catalog.lease(base) as (entry, _):
        model = entry.provider
        if not isinstance(model, LlamaCpp):
            raise UserError(f"{reference} is no local model.", advice="Use starter or local:FILE.gguf.")
        told("Loading the model", 0.0)
        clock, was_loaded = asyncio.get_running_loop().time, model.loaded
        began = clock()
        facts = await model.load()
        load_seconds = None if was_loaded else round(clock() - began, 2)
        fitting = [depth for depth in depths if depth + _WRITTEN <= facts.context]
        counts = [count for count in at_once if count <= facts.sequences]
        work = _progress(len(fitting) + len(counts), told)
        await model.rehearse(
            _SHORT_PROMPT, _SHORT_PROMPT
        )  # the first answer after loading pays for many first times
        alone = [await _at_depth(model, depth, next(work)) for depth in fitting]
        together = [await _at_once(model, count, next(work)) for count in counts]
        told("Done", 1.0)
        return Benchmark(
            model=base,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            engine=facts.engine,
            quantisation=facts.quantisation,
            context=facts.context,
            threads=facts.threads,
            gpu_layers=facts.gpu_layers,
            load_seconds=load_seconds,
            memory_bytes=model.memory(),
            depths=tuple(alone),
            at_once=tuple(together),
        )


def benchmark_data(benchmark: Benchmark) -> dict[str, Any]:
    """As JSON data."""
    return asdict(benchmark)


def benchmark_from(data: Mapping[str, Any]) -> Benchmark:
    """The inverse of `benchmark_data`."""
    depths = tuple(AtDepth(**row) for row in data["depths"])
    at_once = tuple(AtOnce(**row) for row in data["at_once"])
    return Benchmark(**{**data, "depths": depths, "at_once": at_once})


def _progress(steps: int, told: Told) -> Iterator[Callable[[str], None]]:
    for step in range(steps):
        yield lambda what, step=step: told(what, step / steps)  # type: ignore[misc]


async def _at_depth(model: LlamaCpp, depth: int, say: Callable[[str], None]) -> AtDepth:
    say(f"A prompt of {depth:,} tokens")
    done = await model.rehearse(depth, _WRITTEN)
    seconds = float(done.details["prefill_ms"]) / 1000
    return AtDepth(depth, round(depth / seconds, 2), round(done.tokens_per_second or 0.0, 2))


async def _at_once(model: LlamaCpp, count: int, say: Callable[[str], None]) -> AtOnce:
    say(f"{count} answers at once" if count > 1 else "One answer")
    done = await asyncio.gather(*(model.rehearse(_SHORT_PROMPT, 2 * _WRITTEN) for _ in range(count)))
    return AtOnce(count, round(sum(one.tokens_per_second or 0.0 for one in done), 2))
