"""Blind votes: kept, taken back, and preferences as well."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.answered import an_experiment, answer, save_answered
from workbench.core.blind import Match
from workbench.core.experiment import Cell, Experiment
from workbench.core.run import Preference
from workbench.errors import NotFound
from workbench.store import Changed, Store


def the_match(store: Store, experiment: Experiment, case: str = "0", *, turned: bool = False) -> Match:
    runs = {one.cell.variant: one.run_id or "" for one in store.cells(experiment.id) if one.cell.case == case}
    first, second = ("b", "a") if turned else ("a", "b")
    return Match(case, 0, first, second, runs[first], runs[second])


@pytest.fixture
def experiment(store: Store) -> Experiment:
    made = an_experiment()
    save_answered(store, made, {"a": "+++", "b": "++-"})
    return made


def test_votes_survive_a_reopening_as_they_were_given(path: Path) -> None:
    with Store.open(path) as store:
        experiment = an_experiment()
        save_answered(store, experiment, {"a": "+++", "b": "++-"})
        given = [
            store.vote(experiment.id, the_match(store, experiment, "0"), "first"),
            store.vote(experiment.id, the_match(store, experiment, "1", turned=True), "first"),
            store.vote(experiment.id, the_match(store, experiment, "2"), "tie"),
        ]
    with Store.open(path) as store:
        assert store.votes(experiment.id) == tuple(given)
        first, second = given[0].match, given[1].match
        assert store.preferences() == (
            Preference(first.first_run, first.second_run),
            Preference(second.first_run, second.second_run),
        )


def test_a_second_vote_takes_the_place_of_the_first_whichever_way_round(
    store: Store, experiment: Experiment
) -> None:
    match, turned = the_match(store, experiment), the_match(store, experiment, turned=True)
    store.vote(experiment.id, match, "first")
    store.vote(experiment.id, turned, "first")
    (vote,) = store.votes(experiment.id)
    assert (vote.match, vote.winner) == (turned, "first")
    assert store.preferences() == (Preference(turned.first_run, turned.second_run),)
    store.vote(experiment.id, match, "tie")
    assert store.preferences() == ()


def test_a_vote_that_is_taken_back_leaves_the_preference_of_before(store: Store, experiment: Experiment) -> None:
    match = the_match(store, experiment)
    store.vote(experiment.id, match, "second")
    store.take_back_vote(experiment.id, match)
    assert (store.votes(experiment.id), store.preferences()) == ((), ())
    store.prefer(match.first_run, match.second_run)
    store.vote(experiment.id, match, "second")
    store.take_back_vote(experiment.id, match)
    assert store.preferences() == (Preference(match.first_run, match.second_run),)
    store.take_back_vote(experiment.id, match)
    assert store.preferences() == (Preference(match.first_run, match.second_run),)


def test_votes_belong_to_their_experiment(store: Store, experiment: Experiment) -> None:
    other = an_experiment()
    save_answered(store, other, {"a": "+", "b": "+"})
    store.vote(experiment.id, the_match(store, experiment), "first")
    store.take_changes()
    store.vote(other.id, the_match(store, other), "second")
    assert Changed("vote", other.id) in store.take_changes()
    assert [len(store.votes(one.id)) for one in (experiment, other)] == [1, 1]


def test_a_vote_needs_answers_that_are_there(store: Store, experiment: Experiment) -> None:
    match = the_match(store, experiment)
    unknown = Match("9", 0, "a", "b", match.first_run, match.second_run)
    with pytest.raises(NotFound, match="no such two answers to the case '9'"):
        store.vote(experiment.id, unknown, "first")
    with pytest.raises(NotFound):
        store.vote(experiment.id, Match("0", 0, "a", "b", "0" * 32, match.second_run), "first")
    assert store.votes(experiment.id) == ()


def test_repetitions_are_voted_on_one_by_one(store: Store) -> None:
    experiment = an_experiment(cases=1, repeat=2)
    save_answered(store, experiment, {"a": "++", "b": "+-"})
    cells = {(one.cell.variant, one.cell.repetition): one.run_id or "" for one in store.cells(experiment.id)}
    for repetition in (0, 1):
        match = Match("0", repetition, "a", "b", cells["a", repetition], cells["b", repetition])
        store.vote(experiment.id, match, "first")
    assert [vote.match.repetition for vote in store.votes(experiment.id)] == [0, 1]
    newer = answer(store, experiment, Cell("a", "0", 0), "another answer")
    store.vote(experiment.id, Match("0", 0, "a", "b", newer, cells["b", 0]), "second")
    assert {vote.match.first_run for vote in store.votes(experiment.id)} == {newer, cells["a", 1]}


def test_other_tools_see_the_votes(store: Store, experiment: Experiment) -> None:
    store.vote(experiment.id, the_match(store, experiment, "1"), "second")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.row_factory = sqlite3.Row
        (row,) = connection.execute("SELECT * FROM vote_list").fetchall()
    assert (row["experiment"], row["case_name"], row["winner"]) == ("Words", "case 1", "second")
    assert (row["first_variant"], row["second_model"]) == ("Column Anton", "lab:secret-model-b")
