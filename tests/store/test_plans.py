"""Plans in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.samples import a_run
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, Timings, Usage
from workbench.core.experiment import Experiment, Variant
from workbench.core.plan import Column, Plan, copied, moved, new_plan, with_column, without_column
from workbench.core.prompt import Prompt
from workbench.errors import NotFound, UserError
from workbench.store import Changed, Store

PLAN = Plan(
    "p1",
    "Tone",
    columns=(
        Column("c1", "prompt", "version", "cloud:model", GenerationConfig(temperature=0.5, stop=("x",)), "first"),
        Column("c2", None, prompt=Prompt(user="{{text}}"), prompt_name="Without example 2"),
    ),
    test_set_id="set",
    part="held_out",
    checks=(Check("contains", "yes", negated=True),),
    repeat=3,
    concurrency=8,
    cache=False,
    spending_limit=2.5,
)


def test_a_plan_comes_back_as_it_was_saved(store: Store) -> None:
    store.save_plan(PLAN)

    assert store.plan("p1") == PLAN
    assert store.plan("Tone") == PLAN
    assert Changed("plan", "p1") in store.take_changes()


def test_a_plan_that_cannot_be_run_as_asked_is_not_kept(store: Store) -> None:
    for wrong, words in (
        (replace(PLAN, name=" "), "name"),
        (replace(PLAN, repeat=0), "repeat is 0"),
        (replace(PLAN, concurrency=0), "concurrency is 0"),
        (replace(PLAN, spending_limit=-1.0), "spending limit"),
    ):
        with pytest.raises(UserError, match=words):
            store.save_plan(wrong)
    assert store.plans() == ()


def test_the_library_line_tells_the_newest_run_and_how_many_there_were(store: Store) -> None:
    store.save_plan(PLAN)
    for number in (1, 2):
        store.save_experiment(_experiment(f"e{number}"), plan_id="p1")
    store.save_experiment(_experiment("alone"))

    (line,) = store.plans()

    assert (line.name, line.runs) == ("Tone", 2)
    assert line.last is not None
    assert line.last.id == "e2"
    assert [one.id for one in store.plan_experiments("p1")] == ["e2", "e1"]


def test_names_and_labels_follow_into_the_experiments_that_were_run(store: Store) -> None:
    store.save_plan(PLAN)
    store.save_experiment(_experiment("e1"), plan_id="p1")

    store.save_plan(with_column(replace(PLAN, name="Voice"), replace(PLAN.columns[0], label="kind")))

    kept = store.experiment("e1")
    assert (kept.name, kept.variants[0].label) == ("Voice", "kind")


def test_deleting_a_plan_takes_its_experiments_along_and_no_others(store: Store) -> None:
    store.save_plan(PLAN)
    store.save_experiment(_experiment("e1"), plan_id="p1")
    store.save_experiment(_experiment("alone"))

    store.delete_plan("p1")

    assert [one.id for one in store.experiments()] == ["alone"]
    with pytest.raises(NotFound):
        store.plan("p1")


def test_a_suites_experiment_can_be_taken_into_a_plan_once(store: Store) -> None:
    store.save_experiment(_experiment("alone"))
    for plan_id in ("p1", "p2"):
        store.save_plan(replace(PLAN, id=plan_id))
        store.adopt_experiment("alone", plan_id)

    assert [len(store.plan_experiments(plan_id)) for plan_id in ("p1", "p2")] == [1, 0]


def test_a_taken_name_gets_a_number(store: Store) -> None:
    store.save_plan(PLAN)
    assert store.free_plan_name("tone") == "tone 2"
    assert store.free_plan_name("Other") == "Other"


def test_columns_are_copied_next_to_their_origin_moved_and_taken_away() -> None:
    plan = new_plan("Columns", PLAN.columns)

    plan, copy = copied(plan, "c1")
    assert [column.id for column in plan.columns] == ["c1", copy.id, "c2"]
    assert replace(copy, id="c1", label="first") == PLAN.columns[0]

    plan = moved(plan, copy.id, 1)
    assert [column.id for column in plan.columns] == ["c1", "c2", copy.id]
    assert moved(plan, "c1", -5).columns == plan.columns
    assert [column.id for column in without_column(plan, "c2").columns] == ["c1", copy.id]


def _experiment(identifier: str) -> Experiment:
    return Experiment(identifier, "Tone", (Variant("c1", Prompt(user="hello"), "starter"),), (Case("a", {}),))


def test_the_time_of_usual_answers_leaves_out_how_they_waited_for_each_other(store: Store) -> None:
    began = datetime(2026, 11, 21, tzinfo=UTC)
    # All are asked for at once, and one ends every second; before them a lone one of two seconds, an hour ago.
    times = [(began - timedelta(hours=1), 2.0), *((began, 1.0 + second) for second in range(70))]
    for moment, seconds in times:
        store.finish_run(
            a_run(created_at=moment, timings=Timings(total_ms=seconds * 1000), usage=Usage(30, 10, 20))
        )
    (usual,) = store.usual_answers({"starter"}).values()
    assert (usual.busy_ms, usual.fresh_tokens, usual.completion_tokens) == (1000, 10, 10)
    assert usual.total_ms == 45_500  # the mean of the last fifty
    assert usual.at_once == 45.5
    assert store.usual_answers({"nobody"}) == {}
