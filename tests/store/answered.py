"""Experiments with answers in the store, as a run leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from tests.store.samples import a_run
from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Cell, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.store import Store

PROMPT = Prompt(system="You are brief.", user="Say {{word}}")


def an_experiment(
    columns: Mapping[str, str] | None = None, cases: int = 3, *, repeat: int = 1, name: str = "Words"
) -> Experiment:
    """Columns by id with their headings."""
    variants = tuple(
        Variant(key, PROMPT, f"lab:secret-model-{key}", GenerationConfig(temperature=0.5), label, None, "Say")
        for key, label in (columns or {"a": "Column Anton", "b": "Column Berta"}).items()
    )
    asked = tuple(Case(str(n), {"word": f"word {n}"}, f"word {n}", f"case {n}") for n in range(cases))
    return Experiment(new_id(), name, variants, asked, (Check("contains", "{{word}}"),), repeat)


def answer(store: Store, experiment: Experiment, cell: Cell, text: str, *, passed: bool = True) -> str:
    """Answer a cell and judge it; the run's id."""
    run = replace(a_run(text), created_at=datetime.now(UTC))
    reason = "It contains the word." if passed else "It does not contain the word."
    with store.transaction():
        store.begin_cell(experiment.id, cell, run.id)
        store.finish_run(run)
        store.judge_cell(
            experiment.id, cell, Judgement(passed, float(passed), (Verdict(passed, float(passed), reason),))
        )
    return run.id


def save_answered(store: Store, experiment: Experiment, passes: Mapping[str, str]) -> None:
    """Save an experiment and answer its cells: for each column a sign a cell (`+`, `-`, `.` waits)."""
    store.save_experiment(experiment)
    for column, signs in passes.items():
        for place, sign in enumerate(signs):
            cell = Cell(column, str(place // experiment.repeat), place % experiment.repeat)
            if sign != ".":
                answer(store, experiment, cell, f"answer of {column} to {place}", passed=sign == "+")
