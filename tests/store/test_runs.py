"""Runs: begun, flushed, finished, listed, and recovered from processes that died."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.store.samples import a_run
from workbench.core.completion import PARAMETERS, WHOLE_NUMBERS, GenerationConfig, Timings
from workbench.core.identifier import new_id
from workbench.core.run import Rating
from workbench.errors import NotFound
from workbench.store import Store
from workbench.store.owner import this_process


def test_a_run_comes_back_as_it_was(store: Store) -> None:
    run = a_run(details={"retries": [{"after": 1.5}]}, cost=0.00123, case_id="c1")
    store.finish_run(run)
    assert store.run(run.id).run == run
    assert store.run(run.id).rating == Rating()


def test_a_run_without_usage_is_not_one_with_zeros(store: Store) -> None:
    run = a_run(usage=None, timings=Timings())
    store.finish_run(run)
    assert store.run(run.id).run.usage is None
    assert store.runs()[0].usage is None


def test_parameters_out_of_todays_range_still_come_back(store: Store) -> None:
    run = a_run(config=GenerationConfig(temperature=99))
    store.finish_run(run)
    assert store.run(run.id).run.config.temperature == 99


def test_every_sampling_setting_and_log_probabilities_come_back(store: Store) -> None:
    texts = {"stop", "logit_bias", "grammar"}
    config = GenerationConfig(
        **dict.fromkeys(set(PARAMETERS) - texts - WHOLE_NUMBERS, 0.5),
        **dict.fromkeys(WHOLE_NUMBERS, 1),
        stop=("\n",),
        logit_bias=((" yes", 5.0), (7, -100.0)),
        grammar='root ::= "a"',
    )
    run = a_run(config=config, details={"logprobs": [{"token": "a", "logprob": -0.5, "top": []}]})
    store.finish_run(run)
    assert store.run(run.id).run == run


def test_finishing_again_changes_nothing(store: Store) -> None:
    run = a_run("first")
    store.finish_run(run)
    store.finish_run(replace(run, text="second"))
    assert store.run(run.id).run.text == "first"
    assert len(store.runs()) == 1


def test_an_unfinished_run_is_not_in_the_history(store: Store) -> None:
    run = a_run("")
    store.begin_run(run)
    store.flush_run(run.id, "half", "")
    assert store.runs() == ()
    with pytest.raises(NotFound):
        store.run(run.id)


def test_details_that_are_no_json_do_not_lose_the_answer(store: Store) -> None:
    run = a_run(details={"path": Path("model.gguf")})
    store.finish_run(run)
    assert store.run(run.id).run.details == {"path": "model.gguf"}


def test_pages_show_every_run_once_newest_first(store: Store) -> None:
    runs = [a_run(f"answer {n}") for n in range(25)]
    for run in runs[::2] + runs[1::2]:  # they finish in another order than they began
        store.finish_run(run)
    seen: list[str] = []
    while page := store.runs(before=seen[-1] if seen else None, limit=7):
        seen += [summary.id for summary in page]
    assert seen == [run.id for run in reversed(runs)]


def test_a_clock_set_back_keeps_the_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = a_run("first")
    past = time.time_ns() - 86_400 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: past)
    second = a_run("second")
    store.finish_run(first)
    store.finish_run(second)
    assert [summary.id for summary in store.runs()] == [second.id, first.id]


def test_runs_of_one_moment_are_all_kept(store: Store) -> None:
    same = new_id()
    runs = [a_run(id=f"{same[:20]}{n:04x}{same[24:]}") for n in range(5)]
    for run in runs:
        store.finish_run(run)
    assert {summary.id for summary in store.runs()} == {run.id for run in runs}


def test_the_history_is_searched_by_answer_name_model_and_values(store: Store) -> None:
    run = a_run(
        "The parcel arrives on Tuesday.",
        prompt_name="Support reply",
        model="openrouter:qwen/qwen3-32b",
        values={"ticket": "Where is my Lieferung?"},
        reasoning="The customer is impatient",
    )
    store.finish_run(run)
    store.finish_run(a_run())
    for query in (
        "parcel", "PARCEL", "arcel arriv", "tuesday support", "Support reply", "qwen3-32b", "lieferung",
        "impatient", '"arrives on"', "on", "q", "32",
    ):  # fmt: skip
        assert run.id in [found.id for found in store.runs(query=query)], query
    for query in ("parcels", '"on arrives"', "zq", "parcel nowhere", 'x" OR "parcel'):
        assert store.runs(query=query) == (), query


@pytest.mark.parametrize("query", ["   ", '"', '""', "\t\n"])
def test_a_query_of_nothing_shows_everything(store: Store, query: str) -> None:
    store.finish_run(a_run())
    assert len(store.runs(query=query)) == 1


@pytest.mark.parametrize(
    "query", ["*", "(", "NEAR(", "body:", "-x", "a AND", "^", "\x00", "\ud800", "x" * 100_000]
)
def test_no_query_is_a_syntax_error(store: Store, query: str) -> None:
    store.finish_run(a_run())
    store.runs(query=query)


def test_the_last_letters_of_an_answer_are_found(store: Store) -> None:
    run = a_run("it ends in zq")
    store.finish_run(run)
    assert [found.id for found in store.runs(query="zq")] == [run.id]
    assert [found.id for found in store.runs(query="q")] == [run.id]


def test_filters(store: Store) -> None:
    good, bad, stars, golden, failed, plain = runs = [a_run(f"answer {n}") for n in range(6)]
    for run in runs:
        store.finish_run(replace(run, stop_reason="error", error="refused") if run is failed else run)
    store.rate(good.id, Rating("good"))
    store.rate(bad.id, Rating("bad", score=5))
    store.rate(stars.id, Rating(score=5))
    store.rate(golden.id, Rating(golden="better"))

    def shown(only: str, query: str = "") -> list[str]:
        return [run.id for run in store.runs(only=only, query=query)]  # type: ignore[arg-type]

    assert shown("good") == shown("good", "answer") == [stars.id, good.id]
    assert shown("bad") == shown("bad", "answer") == [bad.id]
    assert shown("golden") == [golden.id]
    assert shown("failed") == shown("failed", "refused") == [failed.id]
    assert plain.id in shown("all")
    assert store.runs(only="golden")[0].has_golden


def test_runs_of_one_prompt(store: Store) -> None:
    mine, other = a_run(prompt_id="p1"), a_run(prompt_id="p2")
    store.finish_run(mine)
    store.finish_run(other)
    assert [run.id for run in store.runs(prompt_id="p1")] == [mine.id]
    assert [run.id for run in store.runs(prompt_id="p1", query="hello")] == [mine.id]


def test_a_run_is_found_by_the_first_digits_of_its_id(store: Store) -> None:
    run, later = a_run(), a_run()
    store.finish_run(run)
    store.finish_run(later)
    assert store.run(run.id[:20].upper()).run == run
    with pytest.raises(NotFound, match="More than one"):
        store.run(run.id[:6])
    for unknown in ("", "abc", "ffffffff", "'; --", run.id + "0"):
        with pytest.raises(NotFound):
            store.run(unknown)


def test_a_dead_process_leaves_a_truncated_run(store: Store, path: Path) -> None:
    run = a_run("")
    store.begin_run(run)
    store.flush_run(run.id, "the first half", "thinking")
    _disown(store, pid=_dead_pid())
    with Store.open(path) as again:
        kept = again.run(run.id).run
        assert (kept.text, kept.reasoning, kept.stop_reason) == ("the first half", "thinking", "truncated")
        assert kept.error is not None
        assert kept.messages == run.messages
        assert [found.id for found in again.runs(query="first half")] == [run.id]
        assert again.recover_lost_runs() == ()


@pytest.mark.parametrize("changed", ["owner_started = owner_started - 1000", "owner_boot = 'another boot'"])
def test_a_process_that_only_has_the_same_id_is_not_the_owner(store: Store, path: Path, changed: str) -> None:
    run = a_run("")
    store.begin_run(run)
    _as_another_process(store, changed)
    with Store.open(path) as again:
        assert again.run(run.id).run.stop_reason == "truncated"


def test_a_living_process_keeps_its_unfinished_runs(store: Store, path: Path) -> None:
    run = a_run("")
    store.begin_run(run)
    with Store.open(path) as again:
        assert again.runs() == ()
    store.finish_run(replace(run, text="whole"))
    assert store.run(run.id).run.text == "whole"


def test_a_process_wrongly_taken_for_dead_has_the_last_word(store: Store, path: Path) -> None:
    run = a_run("")
    store.begin_run(run)
    store.flush_run(run.id, "only half", "")
    _disown(store, pid=_dead_pid())
    with Store.open(path) as again:
        again.rate(run.id, Rating("good"))
    store.finish_run(replace(run, text="now whole"))
    assert store.run(run.id).run == replace(run, text="now whole")
    assert store.rating(run.id).verdict == "good"
    assert store.runs(query="only half") == ()
    assert [found.id for found in store.runs(query="now whole")] == [run.id]


def test_this_process_is_told_the_same_each_time() -> None:
    assert this_process() == this_process()


def _dead_pid() -> int:
    return next(pid for pid in range(4_000_000, 5_000_000) if not psutil.pid_exists(pid))


def _disown(store: Store, *, pid: int) -> None:
    _as_another_process(store, f"owner_pid = {pid}")


def _as_another_process(store: Store, change: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"UPDATE unfinished_runs SET {change}")  # noqa: S608 - of this test
