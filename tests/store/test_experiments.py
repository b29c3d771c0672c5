"""Experiments in the file: cells that are begun, finished, judged; and who runs them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.samples import GREETING, ODD_TEXTS, a_run
from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.run import Run
from workbench.errors import NotFound, UserError
from workbench.store import Store

ODD = ODD_TEXTS["nul"] + ODD_TEXTS["surrogate"]
CASES = (
    Case(
        "1",
        {"name": "Ada", "greeting": "Hi"},
        "Hi Ada",
        "first",
        (Check("contains", {"a": ODD}, negated=True),),
        0.5,
    ),
    Case("2", {"name": ODD}, ODD),
)


def an_experiment(**changes: object) -> Experiment:
    variants = (
        Variant("a", GREETING, "starter", GenerationConfig(temperature=0.5), "Old", None, "Greeting"),
        Variant("b", replace(GREETING, system=ODD), "lab:tiny"),
    )
    made = Experiment(new_id(), "Greetings", variants, CASES, (Check("is_json"),), 2, source="suite.yaml")
    return replace(made, **changes)  # type: ignore[arg-type]


def answered(store: Store, experiment: Experiment, cell: Cell, **changes: object) -> Run:
    """Begin a cell and finish its run."""
    run = a_run(**changes)
    store.begin_cell(experiment.id, cell, run.id)
    store.finish_run(run)
    return run


def record(store: Store, experiment: Experiment, cell: Cell) -> CellRecord:
    return next(one for one in store.cells(experiment.id) if one.cell == cell)


def test_an_experiment_comes_back_as_it_was(store: Store) -> None:
    experiment = an_experiment()
    store.save_experiment(experiment)
    for name in (experiment.id, experiment.id[:20], "Greetings"):
        assert store.experiment(name) == experiment
    newer = an_experiment()
    store.save_experiment(newer)
    assert store.experiment("Greetings") == newer
    with pytest.raises(NotFound, match="no experiment 'nothing'"):
        store.experiment("nothing")


def test_an_experiment_that_cannot_be_run_is_not_stored(store: Store) -> None:
    with pytest.raises(UserError):
        store.save_experiment(an_experiment(cases=()))
    assert store.experiments() == ()


def test_cells_wait_until_their_run_is_there(store: Store) -> None:
    experiment = an_experiment()
    store.save_experiment(experiment)
    assert [one.state for one in store.cells(experiment.id)] == ["waiting"] * 8
    cell = Cell("b", "2", 1)
    run = a_run()
    store.begin_cell(experiment.id, cell, run.id)
    assert record(store, experiment, cell) == CellRecord(cell)
    store.finish_run(run)
    found = record(store, experiment, cell)
    assert (found.state, found.run_id, found.judgement, found.usage) == ("done", run.id, None, run.usage)
    judged = Judgement(True, 0.75, (Verdict(True, 1.0, ODD), Verdict(False, 0.5, "No.", decided=False)))
    store.judge_cell(experiment.id, cell, judged)
    assert record(store, experiment, cell).judgement == judged


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"stop_reason": "length"}, "done"),
        ({"stop_reason": "content_filter"}, "done"),
        ({"stop_reason": "cancelled"}, "waiting"),
        ({"stop_reason": "error", "error": "No."}, "failed"),
        ({"stop_reason": "truncated"}, "failed"),
        ({"stop_reason": "truncated", "details": {"recovered": True}}, "waiting"),
    ],
)
def test_how_a_run_ended_says_what_its_cell_is(store: Store, changes: dict[str, object], state: str) -> None:
    experiment = an_experiment()
    store.save_experiment(experiment)
    cell = Cell("a", "1")
    answered(store, experiment, cell, **changes)
    assert record(store, experiment, cell).state == state


def test_beginning_a_cell_again_forgets_what_was_found_before(store: Store) -> None:
    experiment = an_experiment()
    store.save_experiment(experiment)
    cell = Cell("a", "1")
    answered(store, experiment, cell)
    store.judge_cell(experiment.id, cell, Judgement(False, 0.0))
    again = answered(store, experiment, cell)
    found = record(store, experiment, cell)
    assert (found.run_id, found.judgement) == (again.id, None)


def test_the_list_counts_what_is_done(store: Store) -> None:
    older, experiment = an_experiment(name="Older"), an_experiment()
    for one in (older, experiment):
        store.save_experiment(one)
    cells = [Cell("a", "1"), Cell("a", "1", 1), Cell("b", "2")]
    answered(store, experiment, cells[0])
    answered(store, experiment, cells[1], stop_reason="error", error="No.")
    answered(store, experiment, cells[2])
    store.judge_cell(experiment.id, cells[2], Judgement(True, 1.0))
    newest, last = store.experiments()
    assert (newest.name, newest.variants, newest.cells, newest.done, newest.failed, newest.passed) == (
        "Greetings", 2, 8, 2, 1, 1,
    )  # fmt: skip
    assert (last.name, last.done) == ("Older", 0)
    assert {(one.kind, one.id) for one in store.take_changes()} >= {("experiment", experiment.id)}


def test_a_request_finds_its_answer_again(store: Store) -> None:
    first, second = a_run(), a_run("Other")
    for run in (first, second):
        store.finish_run(run)
    assert store.answer(b"q") is None
    store.keep_answer(b"q", first.id)
    assert store.answer(b"q") == first
    store.keep_answer(b"q", second.id)
    assert store.answer(b"q") == second
    store.keep_answer(b"lost", new_id())
    assert store.answer(b"lost") is None


def test_only_one_living_program_runs_an_experiment(store: Store, path: Path) -> None:
    experiment = an_experiment()
    store.save_experiment(experiment)
    code = (
        "import sys, pathlib; from workbench.store import Store\n"
        "with Store.open(pathlib.Path(sys.argv[1])) as store:\n"
        "    store.take_experiment(sys.argv[2]); print('taken', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(path), experiment.id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        with pytest.raises(UserError, match=f"process {other.pid}"):
            store.take_experiment(experiment.id)
        other.kill()
    store.take_experiment(experiment.id)
    store.take_experiment(experiment.id)
    store.leave_experiment(experiment.id)


def test_checks_of_cases_are_kept_in_test_sets(store: Store) -> None:
    store.save_test_set("People", CASES)
    assert store.test_set("People").cases == CASES
