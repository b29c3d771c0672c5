"""What the page of an experiment reads of the store, on the reader's thread; without Qt."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.completion import config_data
from workbench.core.model_reference import short_name
from workbench.core.plan import Column, Plan
from workbench.errors import UserError
from workbench.running.plan import variant_of
from workbench.running.plan_run import Shown
from workbench.store import ExperimentSummary, PromptSummary, Store, TestSetSummary


@dataclass(frozen=True, slots=True)
class Face:
    """A column as it is shown above the table."""

    id: str
    title: str
    about: str
    """Its version, model and parameters in a line."""
    problem: str = ""
    """Why it cannot be run."""
    heading: str = ""
    """What the grid will call it, and a judge of pairs that compares with it; empty when it cannot be run."""


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan with everything that it speaks of."""

    plan: Plan
    faces: tuple[Face, ...]
    prompts: tuple[PromptSummary, ...]
    test_sets: tuple[TestSetSummary, ...]
    runs: tuple[ExperimentSummary, ...]
    """Newest first."""


def read_page(store: Store, plan_id: str) -> PlanPage:
    """A plan as it is stored. Raises NotFound."""
    plan = store.plan(plan_id)
    return PlanPage(
        plan=plan,
        faces=tuple(face_of(store, column) for column in plan.columns),
        prompts=store.prompts(),
        test_sets=store.test_set_list(),
        runs=store.plan_experiments(plan_id),
    )


def read_run(store: Store, experiment_id: str) -> Shown:
    """A run with its cells. Raises NotFound."""
    return Shown(store.experiment(experiment_id), store.cells(experiment_id))


def face_of(store: Store, column: Column) -> Face:
    """A column's heading and what it stands for."""
    said = [short_name(column.model), *parameters(column)]
    try:
        variant = variant_of(store, column)
    except UserError as error:
        return Face(column.id, column.label or "No prompt", " · ".join(said), error.message)
    state = "" if column.version or column.prompt is not None else "draft"
    title = column.label or variant.prompt_name or "Untitled"
    name = variant.prompt_name if column.label else ""
    return Face(column.id, title, " · ".join(filter(None, (name, state, *said))), heading=variant.title)


_SHORT = {"temperature": "T", "max_tokens": "max", "top_p": "top-p", "top_k": "top-k", "min_p": "min-p"}


def parameters(column: Column) -> list[str]:
    """The parameters that are set, as short as they can be said."""
    said = []
    for name, value in config_data(column.config).items():
        shown = f" {value:g}" if isinstance(value, int | float) else ""
        said.append(f"{_SHORT.get(name, name.replace('_', ' '))}{shown}")
    return said
