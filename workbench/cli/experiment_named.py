"""An experiment by its name: one that was made in the window is run as its plan says now."""

from __future__ import annotations

from workbench.core.experiment import Experiment
from workbench.core.plan import Plan
from workbench.errors import NotFound
from workbench.running import Workspace
from workbench.running.plan import experiment_of
from workbench.running.plan_run import Shown, Wish, beginning, prepare
from workbench.store import Store


def named(workspace: Workspace, name: str) -> Experiment:
    """What to run: a plan's next run, its last one where that can go on, or a suite's run. Raises NotFound."""
    read = workspace.store.read
    try:
        plan = read(lambda store: store.plan(name)).result()
    except NotFound:
        return read(lambda store: store.experiment(name)).result()
    now, last = read(lambda store: (experiment_of(store, plan), _last_run(store, plan))).result()
    if last is not None and not beginning(plan, now, last, Wish()).cells:
        return last.experiment
    return workspace.loop.submit(prepare(workspace.experiments, plan, last, Wish())).result().experiment


def _last_run(store: Store, plan: Plan) -> Shown | None:
    newest = next(iter(store.plan_experiments(plan.id)), None)
    return Shown(store.experiment(newest.id), store.cells(newest.id)) if newest else None
