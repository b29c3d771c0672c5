"""Ratings, golden answers and preferences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.store.samples import a_run
from workbench.core.run import Preference, Rating
from workbench.errors import NotFound, UserError
from workbench.store import Changed, Store


def test_a_rating_replaces_the_one_before(store: Store) -> None:
    run = a_run()
    store.finish_run(run)
    store.rate(run.id, Rating("good", 4))
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    rating = Rating("bad", 2, golden="Hello!", note="too long", rated_at=moment)
    store.rate(run.id, rating)
    assert store.rating(run.id) == store.run(run.id).rating == rating
    store.rate(run.id, Rating())
    assert store.rating(run.id) == Rating()
    assert store.runs(only="golden") == ()


def test_a_golden_answer_may_be_empty(store: Store) -> None:
    run = a_run()
    store.finish_run(run)
    store.rate(run.id, Rating(golden=""))
    assert store.rating(run.id).golden == ""
    assert store.rating(run.id).rated_at is not None


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_out_of_range_is_refused(store: Store, score: int) -> None:
    run = a_run()
    store.finish_run(run)
    with pytest.raises(UserError, match="1 to 5"):
        store.rate(run.id, Rating(score=score))


def test_only_a_run_can_be_rated(store: Store) -> None:
    for act in (lambda: store.rate("0" * 32, Rating("good")), lambda: store.rating("nothing")):
        with pytest.raises(NotFound):
            act()


def test_preferences_keep_their_latest_direction(store: Store) -> None:
    one, two, three = runs = [a_run(f"answer {n}") for n in range(3)]
    for run in runs:
        store.finish_run(run)
    store.take_changes()
    store.prefer(one.id, two.id)
    assert set(store.take_changes()) == {Changed("rating", one.id), Changed("rating", two.id)}
    store.prefer(two.id, one.id)
    store.prefer(two.id, three.id)
    store.prefer(two.id, three.id)
    assert store.preferences() == (Preference(two.id, one.id), Preference(two.id, three.id))
    with pytest.raises(UserError):
        store.prefer(one.id, one.id)


def test_rated_runs_come_with_their_ratings_and_nothing_else(store: Store) -> None:
    rated = [a_run(f"rated {n}", prompt_id="p" if n % 2 else "q") for n in range(450)]
    for run in rated:
        store.finish_run(run)
        store.rate(run.id, Rating("good", note=run.text))
    better, worse, plain = a_run("better"), a_run("worse"), a_run("plain")
    for run in (better, worse, plain):
        store.finish_run(run)
    store.prefer(better.id, worse.id)
    found = list(store.rated_runs())
    assert [item.run for item in found] == [*rated, better, worse]
    assert all(item.rating.note == item.run.text for item in found[:450])
    assert [item.run.id for item in store.rated_runs(prompt_id="p")] == [r.id for r in rated if r.prompt_id == "p"]
