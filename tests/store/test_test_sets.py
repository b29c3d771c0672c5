"""Test sets as an editor keeps them: saved again and again, renamed, deleted, found by search."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.store.samples import GREETING
from workbench.core.case import Case, TestSet
from workbench.core.check import Check
from workbench.core.experiment import Experiment, Variant
from workbench.core.identifier import new_id
from workbench.errors import NotFound, UserError
from workbench.store import Changed, Store

CASES = tuple(Case(f"c{number}", {"who": f"person {number}", "about": "tea"}) for number in range(5))


@pytest.fixture
def people(store: Store) -> TestSet:
    made = store.new_test_set("People", CASES)
    store.take_changes()
    return made


def saved(store: Store, test_set: TestSet, *cases: Case) -> tuple[Case, ...]:
    store.save_cases(test_set.id, cases, test_set.columns)
    return store.test_set(test_set.id).cases


def test_cases_change_places_come_and_go(store: Store, people: TestSet) -> None:
    for cases in (CASES[::-1], CASES[1:4], (*CASES[2:], Case("new", {"who": "x"}), CASES[0]), (), CASES):
        assert saved(store, people, *cases) == cases
    assert store.take_changes() == (Changed("test_set", people.id),)


def test_part_mark_and_checks_are_kept(store: Store, people: TestSet) -> None:
    case = replace(CASES[0], part="held_out", generated=True, checks=(Check("contains", "tea"),), pass_score=0.5)
    assert saved(store, people, case, CASES[1]) == (case, CASES[1])
    assert store.test_sets()[0].cases[0].generated


def test_an_experiment_keeps_part_and_mark(store: Store) -> None:
    case = replace(CASES[0], part="held_out", generated=True)
    experiment = Experiment(new_id(), "Greetings", (Variant("v", GREETING, "starter"),), (case,))
    store.save_experiment(experiment)
    assert store.experiment(experiment.id).cases == (case,)


def test_the_columns_keep_their_order_and_stay_without_cases(store: Store, people: TestSet) -> None:
    assert people.columns == ("who", "about")
    assert list(store.test_set("People").cases[0].values) == ["who", "about"]
    store.save_cases(people.id, (), ("zebra", "about"))
    assert store.test_set("People").columns == ("zebra", "about")
    store.save_test_set("People", [Case("1", {"new": "", "about": ""})])
    assert store.test_set("People").columns == ("about", "new")


def test_a_case_is_found_by_its_new_words_and_number(store: Store, people: TestSet) -> None:
    saved(store, people, CASES[4], replace(CASES[0], values={"who": "a walrus"}), *CASES[1:3])
    assert [hit.title for hit in store.search("walrus")] == ["People: 2"]
    assert [hit.title for hit in store.search("person 4")] == ["People: 1"]
    assert store.search("person 0") == ()
    assert store.search("person 3") == ()
    store.rename_test_set(people.id, "Folks")
    assert [hit.title for hit in store.search("walrus")] == ["Folks: 2"]


def test_a_new_test_set_never_takes_the_place_of_another(store: Store, people: TestSet) -> None:
    assert store.new_test_set("People").name == "People 2"
    assert store.new_test_set("People").name == "People 3"
    assert store.test_set("People") == people
    assert [(one.name, one.cases) for one in store.test_set_list()] == [
        ("People", 5),
        ("People 2", 0),
        ("People 3", 0),
    ]


def test_a_name_that_is_taken_is_refused(store: Store, people: TestSet) -> None:
    other = store.new_test_set("Others")
    with pytest.raises(UserError, match="another test set 'People'"):
        store.rename_test_set(other.id, "People")
    store.rename_test_set(people.id, "People")


def test_what_is_deleted_is_gone_and_cannot_be_saved(store: Store, people: TestSet) -> None:
    store.delete_test_set(people.id)
    assert store.test_set_list() == ()
    assert store.search("person") == ()
    with pytest.raises(NotFound, match="not there any more"):
        saved(store, people, *CASES)
    with pytest.raises(NotFound):
        store.rename_test_set(people.id, "Folks")


def test_the_prompt_of_a_test_set_is_known(store: Store) -> None:
    prompt = store.create_prompt("Greeting", GREETING)
    made = store.new_test_set("People", CASES, prompt_id=prompt.id)
    assert store.test_set(made.id).prompt_id == prompt.id
    assert store.test_set_for(prompt.id) == store.test_set(made.id)
