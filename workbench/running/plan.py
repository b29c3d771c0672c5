"""From a plan to the experiment that runs it: what its columns say now, on the cases that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.core.case import Case
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.plan import Column, Part, Plan, cases_of, new_plan
from workbench.core.prompt import Prompt
from workbench.errors import NotFound, UserError
from workbench.store import Store

_EMPTY_PART: dict[Part, str] = {
    "all": "The test set {name!r} has no case.",
    "development": "The test set {name!r} has no case for development.",
    "held_out": "The test set {name!r} has no held-out case.",
}


def experiment_of(store: Store, plan: Plan) -> Experiment:
    """What running the plan now would run, not yet stored. Raises UserError, which says what is missing."""
    if not plan.columns:
        raise UserError("No column says what to run.", advice="Add a column with a prompt and a model.")
    cases, source = _cases(store, plan)
    return Experiment(
        id=new_id(),
        name=plan.name,
        variants=tuple(variant_of(store, column) for column in plan.columns),
        cases=cases,
        checks=plan.checks,
        repeat=plan.repeat,
        source=source,
    )


def variant_of(store: Store, column: Column) -> Variant:
    """A column with what it says now. Raises NotFound where its prompt or version is gone."""
    prompt, name = _content(store, column)
    return Variant(column.id, prompt, column.model, column.config, column.label, column.prompt_id, name)


def _content(store: Store, column: Column) -> tuple[Prompt, str]:
    if column.prompt is not None:
        return column.prompt, column.prompt_name
    if column.prompt_id is None:
        raise UserError("A column has no prompt.", advice="Choose one for it, or remove the column.")
    try:
        record = store.prompt(column.prompt_id)
    except NotFound as error:
        raise NotFound("The prompt of a column is gone.", advice="Choose another one for the column.") from error
    if not column.version:
        return record.prompt, record.name
    version = store.version(record.id, column.version)
    return version.prompt, f"{record.name} v{version.number}"


def _cases(store: Store, plan: Plan) -> tuple[tuple[Case, ...], str]:
    """The cases with what they come from: a test set, or for a suite's experiment its own."""
    if plan.test_set_id is None:
        last = next(iter(store.plan_experiments(plan.id)), None)
        if last is None:
            raise UserError("No test set says what to run on.", advice="Choose one, or make a new one.")
        return store.experiment(last.id).cases, last.source
    test_set = store.test_set(plan.test_set_id)
    if not (cases := cases_of(plan, test_set)):
        said = _EMPTY_PART[plan.part].format(name=test_set.name)
        raise UserError(said, advice="Add cases to it, or choose another part.")
    return cases, test_set.name


def plan_of(store: Store, experiment_id: str) -> Plan:
    """The plan of an experiment; one is made for an experiment that was run from a suite. Writes to the store."""
    known = next((one for one in store.experiments() if one.id == experiment_id), None)
    if known is not None and known.plan_id:
        return store.plan(known.plan_id)
    experiment = store.experiment(experiment_id)
    columns = tuple(_column_of(variant) for variant in experiment.variants)
    made = new_plan(store.free_plan_name(experiment.name), columns)
    test_set = next((one.id for one in store.test_sets() if one.cases == experiment.cases), None)
    plan = replace(made, test_set_id=test_set, checks=experiment.checks, repeat=experiment.repeat)
    store.save_plan(plan)
    store.adopt_experiment(experiment.id, plan.id)
    return plan


def _column_of(variant: Variant) -> Column:
    return Column(
        variant.id,
        variant.prompt_id,
        model=variant.model,
        config=variant.config,
        label=variant.label,
        prompt=variant.prompt,
        prompt_name=variant.prompt_name,
    )


# A plan against what was run of it


def is_same_run(first: Experiment, second: Experiment) -> bool:
    """Whether the second would ask and judge what the first did; names and labels do not matter."""
    return _asked(first) == _asked(second)


def _asked(experiment: Experiment) -> tuple[object, ...]:
    variants = tuple((one.id, one.prompt, one.model, one.config) for one in experiment.variants)
    return variants, experiment.cases, experiment.checks, experiment.repeat


def changed_columns(before: Experiment, now: Experiment) -> frozenset[str]:
    """Ids of the columns that ask something else now, or were not there before."""
    known = {one.id: (one.prompt, one.model, one.config) for one in before.variants}
    return frozenset(one.id for one in now.variants if known.get(one.id) != (one.prompt, one.model, one.config))


def failed_cells(before: Experiment, records: Iterable[CellRecord], now: Experiment) -> frozenset[Cell]:
    """What *failed only* asks: cells that ended in an error, and in columns that were changed since, those that
    failed their checks.

    In a column that was not changed, an answer that failed its checks is the column's honest answer: asking
    again until it passes would prove nothing.
    """
    changed = changed_columns(before, now)
    there = {one.id for one in now.variants}, {one.id for one in now.cases}
    return frozenset(
        one.cell
        for one in records
        if one.cell.variant in there[0]
        and one.cell.case in there[1]
        and one.cell.repetition < now.repeat
        and (one.state == "failed" or (one.cell.variant in changed and one.judgement and not one.judgement.passed))
    )
