"""The time of local cells: what is read once counts once, and waiting for each other is no sign of speed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.running.conftest import Runner
from tests.running.test_experiment import Bench, an_experiment
from workbench.core.case import Case
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Experiment, Variant, expand
from workbench.core.prompt import Prompt
from workbench.running.benchmark import AtDepth, AtOnce, Benchmark
from workbench.running.estimate import LETTERS_A_TOKEN, LOCAL_SEQUENCES, Estimate, estimate
from workbench.running.local_pace import own_letters, pace
from workbench.running.model_record import keep_benchmark
from workbench.store.records import UsualAnswer
from workbench.worker.engine import SEQUENCES

MEASURED = Benchmark(
    model="starter",
    at="2026-11-21T10:02:56+00:00",
    engine="llama.cpp",
    quantisation="Q4_1",
    context=8192,
    threads=2,
    gpu_layers=0,
    load_seconds=0.49,
    memory_bytes=388_329_472,
    depths=(AtDepth(128, 164.88, 63.79), AtDepth(512, 159.4, 78.14), AtDepth(2048, 132.77, 47.73)),
    at_once=(AtOnce(1, 107.65), AtOnce(4, 97.56), AtOnce(16, 147.84)),
)
"""SmolLM2 on two cores that other programs used too."""

RULES = "You are a clerk who answers questions about the world in one short sentence. " * 20


@pytest.fixture
def bench(runner: Runner) -> Bench:
    return Bench(runner)


def expected(bench: Bench, experiment: Experiment) -> Estimate:
    workspace = bench.runner.workspace
    asked = estimate(
        workspace.experiments, experiment, tuple(expand(experiment)), cost=lambda *_: 0.0, cache=False
    )
    return workspace.loop.submit(asked).result(30)


def local(*cases: str, model: str = "starter", most: int = 12) -> Experiment:
    variant = Variant("v", Prompt(system=RULES, user="{{word}}"), model, GenerationConfig(max_tokens=most, seed=1))
    rows = tuple(Case(f"c{number}", {"word": word}) for number, word in enumerate(cases))
    return replace(an_experiment(1), variants=(variant,), cases=rows, checks=())


def test_as_many_answers_are_reckoned_with_as_the_worker_writes_at_once() -> None:
    assert LOCAL_SEQUENCES == SEQUENCES


def test_what_prompts_begin_with_in_common_is_counted_once() -> None:
    assert own_letters(["rules: b", "other", "rules: a"]) == len("other") + len("rules: a") + len("b")
    assert own_letters(["same"] * 5) == 4
    assert own_letters([]) == 0
    long = "x" * 100_000
    assert own_letters([f"{long}{n}" for n in range(10)]) == 100_000 + 10


@pytest.mark.parametrize(
    ("answers", "read", "written", "seconds"),
    [(24, 557, 1140, 12.6), (24, 7704, 576, 84.47), (3, 336, 144, 7.01), (96, 793, 3006, 60.0)],
)
def test_the_time_by_a_benchmark_is_within_two_and_a_half_of_what_it_took(
    answers: int, read: int, written: int, seconds: float
) -> None:
    """Four experiments that were run and measured within three minutes after the benchmark."""
    known = pace(None, MEASURED, at_once=min(answers, SEQUENCES), prompt_tokens=(read + 300) / answers)
    assert known
    assert 1 / 2.5 < known.seconds(read=read, written=written) / seconds < 2.5


def test_answers_that_waited_for_each_other_are_no_sign_of_speed() -> None:
    # 64 were handed to the engine at a time; each took 32 seconds, and every half second one was there.
    lately = UsualAnswer(completion_tokens=50, total_ms=32_000, busy_ms=500)
    known = pace(lately, None, at_once=16, prompt_tokens=100)
    assert known
    assert known.seconds(read=0, written=200 * 50) == pytest.approx(100)


def test_single_answers_become_as_much_faster_together_as_the_benchmark_says() -> None:
    alone = UsualAnswer(completion_tokens=100, total_ms=2_000, busy_ms=2_000)
    slow, known = (pace(alone, one, at_once=16, prompt_tokens=100) for one in (None, MEASURED))
    assert slow
    assert known
    assert slow.writing == pytest.approx(0.02)
    assert known.writing == pytest.approx(0.02 * 107.65 / 147.84)


def test_a_long_prompt_of_ones_own_costs_what_reading_costs() -> None:
    known = pace(None, MEASURED, at_once=16, prompt_tokens=2000)
    assert known
    assert known.seconds(read=2000, written=0) == pytest.approx(2000 / 132.77)
    assert pace(None, None, at_once=16, prompt_tokens=10) is None


def test_a_benchmark_tells_the_time_of_a_model_that_was_never_asked(bench: Bench) -> None:
    experiment = local("Japan", "Egypt")
    assert expected(bench, experiment).seconds is None
    bench.runner.workspace.store.write(lambda store: keep_benchmark(store, MEASURED)).result(10)
    few = expected(bench, experiment).seconds
    many = expected(bench, local(*(f"Egypt {number} " + "and more " * 80 for number in range(50)))).seconds
    assert few
    assert many
    assert few == pytest.approx(len(RULES) / 4 / 159 + 24 / 107.65, rel=0.2)
    assert many > 50 * 80 * len("and more ") / 4 / 165  # nothing but the beginning is shared


def test_the_tokens_and_the_time_of_real_answers_are_told_beforehand(bench: Bench) -> None:
    lands = ("Japan", "Egypt", "Peru", "Cuba", "Norway", "Chile", "Spain", "Kenya")
    experiment = bench.save(local(*(f"What is the capital of {land}?" for land in lands)))
    bench.run(experiment)
    usages = [record.usage for record in bench.cells(experiment) if record.usage]
    decoded = sum(usage.prompt_tokens - usage.cached_tokens for usage in usages)
    texts = [f"{RULES}What is the capital of {land}?" for land in lands]
    assert own_letters(texts) / LETTERS_A_TOKEN == pytest.approx(decoded, rel=0.5)
    assert sum(usage.prompt_tokens for usage in usages) > 4 * decoded  # so that not sharing would be noticed
    (usual,) = (
        bench.runner.workspace.store.read(lambda store: store.usual_answers({"starter"})).result(10).values()
    )
    # Of the same work the estimate says what it took by the records, whatever else the machine did.
    assert expected(bench, experiment).seconds == pytest.approx(usual.busy_ms * len(lands) / 1000, rel=0.5)
    assert usual.at_once > 2
