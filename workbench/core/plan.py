"""Plans: what a person wants to compare, edited freely. Running a plan makes an experiment, which is never edited.

A column of a plan names a prompt and which of its states is meant (the draft, or a version); what that says is
looked up when the plan is run. So fixing a prompt's draft and running again needs no edit of the plan, and only
the cells whose request is another one are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from workbench.core import check
from workbench.core.case import Case, TestSet
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, config_data, config_restored
from workbench.core.experiment import MOST_REPETITIONS
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt, as_data, from_data
from workbench.errors import UserError

Part = Literal["all", "development", "held_out"]
"""Which cases of the test set: all · those to work with · those kept aside for the last word."""

MOST_CONCURRENCY = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a person asks for it."""

    id: str
    """Unique within its plan; the variants of its experiments have it too, so that their cells can be compared."""
    prompt_id: str | None
    version: str = ""
    """A version's id; empty is the draft, whatever it says when the plan is run."""
    model: str = "starter"
    """A model reference."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    label: str = ""
    """The heading; empty shows the prompt's name and the model."""
    prompt: Prompt | None = None
    """Its content, where it is no state of a prompt in the library: a part of an ablation, a suite's."""
    prompt_name: str = ""
    """What a column with a content of its own is called."""

    @property
    def follows_draft(self) -> bool:
        """Whether what it says changes with a draft."""
        return self.prompt is None and not self.version


@dataclass(frozen=True, slots=True)
class Plan:
    """Columns, the cases of a test set, and how they are to be run."""

    id: str
    name: str
    columns: tuple[Column, ...] = ()
    test_set_id: str | None = None
    part: Part = "all"
    checks: tuple[Check, ...] = ()
    """Asked of every case, besides the case's own."""
    repeat: int = 1
    """How often each column answers each case."""
    concurrency: int | None = None
    """Requests at once to each server; None begins with a few and adapts."""
    cache: bool = True
    """Take answers that were made before from the same request."""
    spending_limit: float | None = None
    """US dollars that one run of it may cost; None for no limit."""


def new_plan(name: str, columns: tuple[Column, ...] = (), *, test_set_id: str | None = None) -> Plan:
    """A plan that was not there before."""
    return Plan(new_id(), name, columns, test_set_id)


def new_column(prompt_id: str | None, *, version: str = "", model: str = "starter") -> Column:
    """A column that was not there before."""
    return Column(new_id(), prompt_id, version, model)


def checked(plan: Plan) -> Plan:
    """The same plan, if it can be kept. Raises UserError."""
    if not plan.name.strip():
        raise UserError("The name of an experiment is empty.", advice="Give it a name.")
    if not 1 <= plan.repeat <= MOST_REPETITIONS:
        raise UserError(f"repeat is {plan.repeat}; it lies between 1 and {MOST_REPETITIONS:,}.")
    if plan.concurrency is not None and not 1 <= plan.concurrency <= MOST_CONCURRENCY:
        raise UserError(f"concurrency is {plan.concurrency}; it lies between 1 and {MOST_CONCURRENCY:,}.")
    if plan.spending_limit is not None and not plan.spending_limit > 0:
        raise UserError(f"The spending limit is {plan.spending_limit:g} $; it has to be more than nothing.")
    if len({column.id for column in plan.columns}) < len(plan.columns):
        raise UserError("Two columns of the plan have the same id.", advice="Copy a column instead.")
    return plan


def cases_of(plan: Plan, test_set: TestSet) -> tuple[Case, ...]:
    """The cases that it is about."""
    if plan.part == "all":
        return test_set.cases
    return tuple(case for case in test_set.cases if case.part == plan.part)


# Columns


def copied(plan: Plan, column_id: str) -> tuple[Plan, Column]:
    """A copy of a column to its right, to be changed in one thing."""
    place = _place(plan, column_id)
    copy = replace(plan.columns[place], id=new_id(), label="")
    return replace(plan, columns=(*plan.columns[: place + 1], copy, *plan.columns[place + 1 :])), copy


def on_model(plan: Plan, model: str) -> Plan:
    """Every column on a further model too; what would stand there twice is left out."""

    def asked(column: Column) -> Column:
        return replace(column, id="", label="")

    known = [asked(column) for column in plan.columns]
    more: list[Column] = []
    for column in plan.columns:
        wanted = replace(column, id=new_id(), model=model, label="")
        if asked(wanted) not in known:
            known.append(asked(wanted))
            more.append(wanted)
    return replace(plan, columns=(*plan.columns, *more))


def with_column(plan: Plan, column: Column) -> Plan:
    """The column in place of the one with its id, or as the last one."""
    if all(each.id != column.id for each in plan.columns):
        return replace(plan, columns=(*plan.columns, column))
    return replace(plan, columns=tuple(column if each.id == column.id else each for each in plan.columns))


def without_column(plan: Plan, column_id: str) -> Plan:
    """All columns but one."""
    return replace(plan, columns=tuple(each for each in plan.columns if each.id != column_id))


def moved(plan: Plan, column_id: str, by: int) -> Plan:
    """A column further right, or left when `by` is negative, as far as there is room."""
    place = _place(plan, column_id)
    rest = [each for each in plan.columns if each.id != column_id]
    rest.insert(min(max(place + by, 0), len(rest)), plan.columns[place])
    return replace(plan, columns=tuple(rest))


def _place(plan: Plan, column_id: str) -> int:
    return next(n for n, column in enumerate(plan.columns) if column.id == column_id)


# As data


def plan_data(plan: Plan) -> dict[str, Any]:
    """All of it but id and name, as JSON data."""
    data = asdict(replace(plan, columns=(), checks=()))
    del data["id"], data["name"]
    return data | {
        "columns": [_column_data(column) for column in plan.columns],
        "checks": [check.as_data(one) for one in plan.checks],
    }


def plan_from(identifier: str, name: str, data: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_data`."""
    columns = tuple(_column_from(column) for column in data["columns"])
    checks = tuple(check.from_data(one) for one in data["checks"])
    named = ("test_set_id", "part", "repeat", "concurrency", "cache", "spending_limit")
    return Plan(
        identifier, name, columns, checks=checks, **{field: data[field] for field in named if field in data}
    )


def _column_data(column: Column) -> dict[str, Any]:
    return {
        "id": column.id,
        "prompt_id": column.prompt_id,
        "version": column.version,
        "model": column.model,
        "config": config_data(column.config),
        "label": column.label,
        "prompt": as_data(column.prompt) if column.prompt else None,
        "prompt_name": column.prompt_name,
    }


def _column_from(data: Mapping[str, Any]) -> Column:
    prompt = data.get("prompt")
    return Column(
        id=data["id"],
        prompt_id=data["prompt_id"],
        version=data["version"],
        model=data["model"],
        config=config_restored(data["config"]),
        label=data["label"],
        prompt=from_data(prompt) if prompt else None,
        prompt_name=data.get("prompt_name", ""),
    )
