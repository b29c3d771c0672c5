"""Beginning a run of a plan: whether it goes on with the run that is shown or is a new one, and what it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.core.experiment import Cell, CellRecord, Experiment, expand
from workbench.core.plan import Plan
from workbench.errors import UserError
from workbench.running.estimate import Cost, Estimate, estimate
from workbench.running.experiment import Experiments, Options
from workbench.running.plan import changed_columns, experiment_of, failed_cells, is_same_run


@dataclass(frozen=True, slots=True)
class Shown:
    """A run of a plan as it is shown."""

    experiment: Experiment
    records: tuple[CellRecord, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to run."""

    which: Literal["all", "failed", "anew", "chosen", "fetch"] = "all"
    """All cells that have no answer yet · those that failed · all of them, without the cache · `cells` · what a
    batch of the run that is shown still brings, whatever the plan has become.
    """
    cells: frozenset[Cell] = frozenset()
    batch: bool = False
    """Through the servers' batch API, where they have one."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A run about to begin."""

    experiment: Experiment
    is_new: bool
    """False goes on with the run that is shown."""
    cells: frozenset[Cell]
    """Those that get an answer, out of the cache or not."""
    options: Options


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen if everything were run now."""

    beginning: Beginning
    estimate: Estimate
    failed: int
    """How many cells *failed only* asks for."""
    in_batches: int = 0
    """How many answers batches of the run that is shown still bring."""


def beginning(plan: Plan, now: Experiment, shown: Shown | None, wish: Wish) -> Beginning:
    """What a wish means for the plan as it is now, `now`, next to the run that is shown."""
    goes_on = shown is not None and wish.which != "anew" and is_same_run(shown.experiment, now)
    cells = _wished(now, shown, wish, goes_on=goes_on)
    again = frozenset[Cell]()
    if shown is not None and goes_on and wish.which == "chosen":
        again = cells & {one.cell for one in shown.records if one.state == "done"}
    if shown is not None and not goes_on and plan.cache and wish.which in ("failed", "chosen"):
        cells |= _kept(shown, now)
    options = Options(
        concurrency=plan.concurrency,
        cache=plan.cache and wish.which != "anew",
        retry_errors=True,
        only=cells,
        again=again,
        spending_limit=plan.spending_limit,
        batch=wish.batch,
    )
    experiment = shown.experiment if shown is not None and goes_on else now
    return Beginning(experiment, not goes_on, cells, options)


def _wished(now: Experiment, shown: Shown | None, wish: Wish, *, goes_on: bool) -> frozenset[Cell]:
    there = frozenset(expand(now))
    if wish.which == "chosen":
        return wish.cells & there
    if wish.which == "failed":
        return failed_cells(shown.experiment, shown.records, now) if shown else frozenset()
    if shown is not None and goes_on:
        # An answer whose judge was stopped has no verdict yet: running again asks for that alone.
        return frozenset(one.cell for one in shown.records if one.state != "done" or one.judgement is None)
    return there


def _kept(shown: Shown, now: Experiment) -> frozenset[Cell]:
    """Answers that the new run takes over from the shown one: the same column on the same values."""
    changed = changed_columns(shown.experiment, now)
    columns = {one.id for one in now.variants} - changed
    values = {one.id: one.values for one in now.cases}
    alike = {one.id for one in shown.experiment.cases if values.get(one.id) == one.values}
    return frozenset(
        one.cell
        for one in shown.records
        if one.state == "done"
        and one.cell.variant in columns
        and one.cell.case in alike
        and one.cell.repetition < now.repeat
    )


async def look_ahead(experiments: Experiments, plan: Plan, shown: Shown | None, cost: Cost) -> Outlook:
    """What running everything would take. On the loop's thread. Raises UserError for a plan that cannot be run."""
    now = await _now(experiments, plan)
    first = await asyncio.to_thread(beginning, plan, now, shown, Wish())
    expected = await estimate(
        experiments,
        first.experiment,
        first.cells,
        cost=cost,
        cache=first.options.cache,
        concurrency=plan.concurrency,
    )
    failed = failed_cells(shown.experiment, shown.records, now) if shown else frozenset()
    in_batches = await _in_batches(experiments, shown) if shown else frozenset()
    return Outlook(first, expected, len(failed), len(in_batches))


async def prepare(experiments: Experiments, plan: Plan, shown: Shown | None, wish: Wish) -> Beginning:
    """Store what a wish needs to be run, so that it can be started. On the loop's thread. Raises UserError."""
    if wish.which == "fetch":
        cells = await _in_batches(experiments, shown) if shown else frozenset()
        if shown is None or not cells:
            raise _nothing(wish)
        # Nothing else is asked for; what is at a server comes anyway.
        only_those = Options(only=frozenset(), spending_limit=plan.spending_limit)
        return Beginning(shown.experiment, False, cells, only_those)
    now = await _now(experiments, plan)
    made = await asyncio.to_thread(beginning, plan, now, shown, wish)
    if not made.cells:
        raise _nothing(wish)
    if made.is_new:
        await _write(experiments, made.experiment, plan)
    return made


async def _in_batches(experiments: Experiments, shown: Shown) -> frozenset[Cell]:
    """The cells of a run that servers have in batches."""
    reading = experiments.store.read(lambda store: store.open_batches(shown.experiment.id))
    return frozenset(cell for batch in await asyncio.wrap_future(reading) for _, cell in batch.cells)


async def _now(experiments: Experiments, plan: Plan) -> Experiment:
    # Asked of the writer, whose queue may hold the draft that was just edited.
    now = await asyncio.wrap_future(experiments.store.write(lambda store: experiment_of(store, plan)))
    await experiments.validate(now)
    return now


async def _write(experiments: Experiments, experiment: Experiment, plan: Plan) -> None:
    save = experiments.store.write(lambda store: store.save_experiment(experiment, plan_id=plan.id))
    await asyncio.wrap_future(save)


_NOTHING: Mapping[str, tuple[str, str]] = {
    "all": ("Every cell has its answer already.", "Change a column, or run everything anew."),
    "failed": (
        "No cell that failed can be asked again.",
        "What fails its checks is asked again once its column has changed; errors at any time.",
    ),
    "fetch": ("No batch of this run is at a server any more.", "Run what has no answer yet."),
    "chosen": ("None of these cells is in the plan any more.", "Choose others, or run everything."),
}


def _nothing(wish: Wish) -> UserError:
    text, advice = _NOTHING[wish.which if wish.which in _NOTHING else "all"]
    return UserError(text, advice=advice)
