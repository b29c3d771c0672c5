"""What a person knows of a local model: notes, and how fast it was on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.model_reference import parse
from workbench.running.benchmark import Benchmark, benchmark_data, benchmark_from
from workbench.store import Store

_NOTES = "model_notes"
_BENCHMARKS = "model_benchmarks"
_MOST = 20
"""Benchmarks of a model that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """All that is kept about a model."""

    notes: str = ""
    benchmarks: tuple[Benchmark, ...] = ()
    """The newest first."""


def model_record(store: Store, reference: str) -> ModelRecord:
    """What is known of a model, with any adapters."""
    name = str(parse(reference).base)
    kept = store.setting(_BENCHMARKS, {}).get(name, [])
    return ModelRecord(store.setting(_NOTES, {}).get(name, ""), tuple(map(benchmark_from, kept)))


def keep_notes(store: Store, reference: str, notes: str) -> None:
    """Replace the notes on a model; empty ones are forgotten."""
    name = str(parse(reference).base)
    others = {key: text for key, text in store.setting(_NOTES, {}).items() if key != name}
    store.set_setting(_NOTES, {**others, name: notes} if notes.strip() else others)


def keep_benchmark(store: Store, benchmark: Benchmark) -> None:
    """Add a benchmark to its model's."""
    all_kept = store.setting(_BENCHMARKS, {})
    kept = [benchmark_data(benchmark), *all_kept.get(benchmark.model, [])][:_MOST]
    store.set_setting(_BENCHMARKS, {**all_kept, benchmark.model: kept})
