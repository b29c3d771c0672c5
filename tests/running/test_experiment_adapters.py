"""A model with and without an adapter, as two columns of one experiment: one process, two answers."""

from __future__ import annotations

from pathlib import Path

from tests.models.lora_file import write_lora
from tests.running.conftest import Runner
from tests.running.test_experiment import Bench, an_experiment
from tests.running.test_local_model import workers
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Experiment, Variant
from workbench.core.prompt import Prompt
from workbench.models.starter import starter_path
from workbench.running.experiment import Ending

PROMPT = Prompt(user="Write a sentence about the number {{word}}.")
CONFIG = GenerationConfig(temperature=0, max_tokens=8)


def columns(*models: str) -> Experiment:
    return an_experiment(
        3, variants=tuple(Variant(f"v{n}", PROMPT, model, CONFIG) for n, model in enumerate(models))
    )


def texts(bench: Bench, experiment: Experiment) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record in bench.cells(experiment):
        assert record.run_id
        found.setdefault(record.cell.variant, []).append(bench.runner.stored(record.run_id).text)
    return found


def test_base_and_tuned_share_a_process_and_no_answer(runner: Runner, tmp_path: Path) -> None:
    bench = Bench(runner)
    runner.workspace.loop.submit(runner.workspace.catalog.set_load_options(context=512)).result(10)
    adapter = write_lora(starter_path(), tmp_path / "tuned.gguf", size=0.3)
    first = bench.save(columns("starter", f"starter+lora:{adapter}"))
    assert bench.run(first) == Ending()
    assert len(workers()) == 1
    answered = texts(bench, first)
    assert all(base != tuned for base, tuned in zip(answered["v0"], answered["v1"], strict=True))

    again = bench.save(columns("starter", f"starter+lora:{adapter}"))
    bench.run(again)
    assert all(record.cached for record in bench.cells(again))
    scaled = bench.save(columns("starter", f"starter+lora:{adapter}@0.5"))
    bench.run(scaled)
    assert {record.cell.variant for record in bench.cells(scaled) if not record.cached} == {"v1"}
    write_lora(starter_path(), adapter, size=0.3, seed=2)
    retrained = bench.save(columns("starter", f"starter+lora:{adapter}"))
    bench.run(retrained)
    assert {record.cell.variant for record in bench.cells(retrained) if not record.cached} == {"v1"}


def test_an_adapter_that_is_gone_fails_its_column_alone(runner: Runner) -> None:
    bench = Bench(runner)
    runner.workspace.loop.submit(runner.workspace.catalog.set_load_options(context=512)).result(10)
    experiment = bench.save(columns("starter", "starter+lora:/nowhere/tuned.gguf"))
    bench.run(experiment)
    by_state = {(record.cell.variant, record.state) for record in bench.cells(experiment)}
    assert by_state == {("v0", "done"), ("v1", "failed")}
