"""A local model's speed on this machine: measured, kept with its date, stopped at once."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.running.conftest import Runner
from workbench.core.completion import Delta
from workbench.errors import UserError
from workbench.running.benchmark import Benchmark, benchmark_data, benchmark_from, measure
from workbench.running.model_record import ModelRecord, keep_benchmark, keep_notes, model_record


def measured(runner: Runner, **options: tuple[int, ...]) -> tuple[Benchmark, list[tuple[str, float]]]:
    told: list[tuple[str, float]] = []
    measuring = measure(
        runner.workspace.catalog, "starter", told=lambda what, far: told.append((what, far)), **options
    )
    return runner.workspace.loop.submit(measuring).result(100), told


@pytest.fixture(autouse=True)
def small(runner: Runner) -> None:
    runner.workspace.loop.submit(runner.workspace.catalog.set_load_options(context=512, sequences=4)).result(10)


def test_speeds_at_depths_that_fit_and_together(runner: Runner) -> None:
    found, told = measured(runner, depths=(64, 256, 500, 4000), at_once=(1, 4, 16))
    assert [row.prompt_tokens for row in found.depths] == [64, 256]
    assert [row.answers for row in found.at_once] == [1, 4]
    assert all(row.reading > 0 and row.writing > 0 for row in found.depths)
    assert all(row.writing > 0 for row in found.at_once)
    assert found.load_seconds is not None
    assert found.load_seconds > 0
    assert "llama.cpp" in found.engine
    assert (told[0], told[-1]) == (("Loading the model", 0.0), ("Done", 1.0))
    assert [far for _, far in told] == sorted(far for _, far in told)
    assert benchmark_from(benchmark_data(found)) == found


def test_a_benchmark_leaves_nothing_that_a_prompt_could_begin_with(runner: Runner) -> None:
    text = "Facts about parrots. " * 10
    runner.start(text, model="starter", max_tokens=2, temperature=0)
    first = runner.ended()
    measured(runner, depths=(64,), at_once=(1,))
    runner.start(text, model="starter", max_tokens=2, temperature=0)
    again = runner.ended()
    assert again.text == first.text
    assert again.usage
    assert again.usage.cached_tokens > 40


def test_answers_go_on_beside_it_and_stopping_stops_it(runner: Runner) -> None:
    runner.start("Count from one to one hundred.", model="starter", max_tokens=60)
    runner.wait_for(Delta)
    loop = runner.workspace.loop
    measuring = loop.submit(measure(runner.workspace.catalog, "starter", depths=(128,) * 500, at_once=()))
    assert runner.ended().stop_reason in ("length", "stop")
    measuring.cancel()
    began = time.monotonic()
    runner.start("Say hello.", model="starter", max_tokens=1)
    assert runner.ended().stop_reason in ("length", "stop")
    assert time.monotonic() - began < 10


def test_a_servers_model_cannot_be_measured(runner: Runner) -> None:
    with pytest.raises(UserError, match="no local model"):
        runner.workspace.loop.submit(measure(runner.workspace.catalog, "echo:x")).result(10)


def test_notes_and_benchmarks_are_kept_with_the_model(runner: Runner) -> None:
    found, _ = measured(runner, depths=(64,), at_once=())
    store = runner.workspace.store
    for _ in range(22):
        store.write(lambda store: keep_benchmark(store, found)).result(10)
    store.write(lambda store: keep_notes(store, "starter+lora:x.gguf", "Quick, forgets names.")).result(10)
    record = store.read(lambda store: model_record(store, "starter")).result(10)
    assert (record.notes, len(record.benchmarks), record.benchmarks[0]) == ("Quick, forgets names.", 20, found)
    store.write(lambda store: keep_notes(store, "starter", " ")).result(10)
    assert store.read(lambda store: model_record(store, "local:/other.gguf")).result(10) == ModelRecord()
    assert store.read(lambda store: model_record(store, "starter")).result(10).notes == ""


def test_rehearsals_at_once_are_all_of_the_length_asked_for(runner: Runner) -> None:
    async def both() -> list[int]:
        from workbench.providers.llamacpp import LlamaCpp

        async with runner.workspace.catalog.lease("starter") as (entry, _):
            assert isinstance(entry.provider, LlamaCpp)
            done = await asyncio.gather(*(entry.provider.rehearse(20, 30) for _ in range(6)))
        return [one.usage.completion_tokens for one in done]

    assert runner.workspace.loop.submit(both()).result(60) == [30] * 6
