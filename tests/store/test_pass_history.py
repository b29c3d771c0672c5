"""The pass rates of an experiment from run to run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.answered import an_experiment, save_answered
from workbench.core.experiment import outcome
from workbench.core.plan import new_plan
from workbench.running.past_runs import past_runs
from workbench.store import Store

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


def test_runs_of_a_name_are_summed_up_oldest_first(store: Store) -> None:
    for day, passes in enumerate(["+--", "++-", "..."]):
        save_answered(
            store, replace(an_experiment(), created_at=BEGIN + timedelta(days=day)), {"a": passes, "b": "+.."}
        )
    save_answered(store, an_experiment(name="Others"), {"a": "+++"})
    asked = store.experiments()[1]  # the newest of the name
    counts = store.pass_history(asked.id)
    assert [(one.title, one.passed, one.cases) for one in counts] == [
        ("Column Anton", 1, 3),
        ("Column Berta", 1, 1),
        ("Column Anton", 2, 3),
        ("Column Berta", 1, 1),
        ("Column Berta", 1, 1),
    ]
    assert {one.created_at for one in store.pass_history(asked.id, limit=1)} == {BEGIN + timedelta(days=2)}


def test_a_plan_has_a_history_of_its_own(store: Store) -> None:
    plan = new_plan("Words")
    store.save_plan(plan)
    alone, planned = an_experiment(), an_experiment()
    save_answered(store, alone, {"a": "+++"})
    store.save_experiment(planned, plan_id=plan.id)
    assert store.pass_history(planned.id) == ()
    assert {one.experiment_id for one in store.pass_history(alone.id)} == {alone.id}


def test_a_repeated_case_counts_by_its_share_as_in_the_outcome(store: Store) -> None:
    experiment = an_experiment(repeat=2)
    save_answered(store, experiment, {"a": "+++---", "b": "+-..++"})
    columns = outcome(experiment, store.cells(experiment.id)).columns
    for one, column in zip(store.pass_history(experiment.id), columns, strict=True):
        assert one.title == column.variant.title
        assert one.passed / one.cases == pytest.approx(column.pass_rate.value)


def test_what_runs_now_is_told_by_its_own_records(store: Store) -> None:
    old, new = (replace(an_experiment(), created_at=BEGIN + timedelta(days=day)) for day in (0, 1))
    save_answered(store, old, {"a": "+++"})
    save_answered(store, new, {"a": "+.."})
    counts = store.pass_history(new.id)
    runs = past_runs(counts, new, store.cells(new.id))
    assert [run.moment for run in runs] == ["run 1", "run 2"]
    assert [[title for title, _ in run.rates] for run in runs] == [["Column Anton"], ["Column Anton"]]
    fresh = past_runs(counts, old, ())
    assert [run.moment for run in fresh] == ["run 1"]  # nothing of it is judged any more
