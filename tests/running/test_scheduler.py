"""Every job becomes one stored run, whatever happens to it on the way."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import Future
from contextlib import closing

import pytest

from tests.loopback import DONE, Drop, Pause, Stall, answer, chunk, error, event, stream
from tests.running.conftest import Runner
from workbench.core.completion import Delta, Finished, GenerationConfig, Notice, ReasoningDelta
from workbench.core.prompt import ChainOfThought, OutputFormat, Prompt
from workbench.core.run import Run
from workbench.errors import MissingVariables, UserError
from workbench.running import Ended, Job, Workspace
from workbench.running.scheduler import FLUSH_SECONDS


def partial_texts(workspace: Workspace) -> list[str]:
    """What another program would find of the answers that are being written."""
    with closing(sqlite3.connect(workspace.path)) as database:
        return [text for (text,) in database.execute("SELECT text FROM unfinished_runs ORDER BY id")]


def wait_until(condition: object, seconds: float = 20) -> None:
    """Wait for something in another process or thread to become true."""
    assert callable(condition)
    turn, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        turn.wait(0.02)


def test_events_come_in_order_and_the_run_is_stored(runner: Runner) -> None:
    runner.server.script(answer("Hello to you", reasoning="Be polite."))
    handle = runner.start()
    events = runner.all_events()
    assert [type(one) for one in events if not isinstance(one, Notice)] == [
        *[ReasoningDelta] * 2, *[Delta] * 3, Finished, Ended,
    ]  # fmt: skip
    last = events[-1]
    assert isinstance(last, Ended)
    run = last.run
    assert (run.id, run.text, run.reasoning, run.stop_reason) == (
        handle.run_id, "Hello to you", "Be polite.", "stop",
    )  # fmt: skip
    assert run.usage is not None
    assert run.timings.ttft_ms is not None
    assert 0 < run.timings.ttft_ms <= run.timings.total_ms
    assert runner.stored(handle.run_id) == run


def test_a_failure_is_a_run_with_a_reason(runner: Runner) -> None:
    handle = runner.start(model="lab:fault-401")
    run = runner.ended()
    assert run.stop_reason == "error"
    assert "lab" in (run.error or "")
    assert run.details["error"]["status"] == 401
    assert len(runner.server.chats) == 1
    assert runner.stored(handle.run_id).error == run.error


def test_an_unknown_profile_is_a_run_with_a_reason(runner: Runner) -> None:
    runner.start(model="nowhere:tiny")
    run = runner.ended()
    assert (run.stop_reason, run.details["error"]["by"]) == ("error", "input")
    assert "nowhere" in (run.error or "")


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        (Job(Prompt(user="{{who}}"), {}, "echo:m"), MissingVariables),
        (Job(Prompt(user="x"), {}, "nonsense"), UserError),
        (Job(Prompt(user="x"), {}, "echo:m", GenerationConfig(temperature=9)), UserError),
        (Job(Prompt(user="x", output_format=OutputFormat("json", "{")), {}, "echo:m"), UserError),
        (Job(Prompt(), {}, "echo:m"), UserError),
    ],
)
def test_what_the_person_typed_wrong_is_raised_before_anything_is_written(
    runner: Runner, job: Job, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        runner.workspace.scheduler.start(job, lambda _, event: None)
    assert runner.workspace.store.read(lambda store: store.runs()).result(10) == ()


def test_a_retry_is_seen_and_recorded(runner: Runner) -> None:
    runner.server.script(error(500, "Oops"), error(503, "Busy"), answer("At last"))
    runner.start()
    events = runner.all_events()
    waits = [one.text for one in events if isinstance(one, Notice)]
    run = events[-1].run  # type: ignore[union-attr]
    assert run.text == "At last"
    assert [retry["status"] for retry in run.details["retries"]] == [500, 503]
    assert any("(1 of 3)" in text for text in waits)
    assert any("(2 of 3)" in text for text in waits)


def test_three_retries_and_no_more(runner: Runner) -> None:
    runner.server.script(*[error(500, "Oops")] * 5)
    runner.start()
    run = runner.ended()
    assert (run.stop_reason, len(run.details["retries"])) == ("error", 3)
    assert len(runner.server.chats) == 4


def test_what_the_server_asks_to_wait_is_waited(runner: Runner) -> None:
    runner.server.script(error(429, "Slow down", headers={"Retry-After": "1"}), answer("Now"))
    runner.start()
    run = runner.ended()
    first, second = runner.server.chats
    assert run.text == "Now"
    assert second.arrived_at - first.arrived_at >= 1
    assert run.details["retries"][0]["waited_seconds"] == 1
    assert run.timings.total_ms >= 1_000, "the time in all counts the wait"
    assert run.timings.ttft_ms is not None
    assert run.timings.ttft_ms < 1_000, "the time to the first token does not"


def test_a_server_that_asks_for_an_hour_is_not_asked_again(runner: Runner) -> None:
    runner.server.script(error(429, "Quota", headers={"Retry-After": "3600"}))
    runner.start()
    assert runner.ended().stop_reason == "error"
    assert len(runner.server.chats) == 1


@pytest.mark.parametrize("how", ["close", "reset"])
def test_after_text_was_shown_nothing_is_retried(runner: Runner, how: str) -> None:
    drop = Drop("close") if how == "close" else Drop("reset")
    runner.server.script(stream(event(chunk({"content": "Half"})), drop))
    runner.start()
    run = runner.ended()
    assert run.text == "Half"
    assert run.stop_reason in ("truncated", "error")
    assert len(runner.server.chats) == 1


def test_cancelling_frees_the_socket_and_keeps_the_text(runner: Runner) -> None:
    runner.server.script(stream(event(chunk({"content": "So far"})), Stall()))
    handle = runner.start()
    runner.wait_for(Delta)
    handle.cancel()
    handle.cancel()
    run = runner.ended()
    assert (run.stop_reason, run.text, run.error) == ("cancelled", "So far", None)
    runner.server.wait_until(lambda server: server.chats[0].hung_up_at is not None)
    assert runner.stored(run.id) == run


def test_cancelling_ends_the_wait_for_a_retry(runner: Runner) -> None:
    runner.server.script(error(429, "Slow down", headers={"Retry-After": "100"}))
    handle = runner.start()
    while "Trying again" not in runner.wait_for(Notice).text:
        pass
    handle.cancel()
    run = runner.ended()
    assert run.stop_reason == "cancelled"
    assert run.details["retries"][0]["status"] == 429


def test_a_job_cancelled_at_once_is_still_a_run(runner: Runner) -> None:
    handle = runner.start()
    handle.cancel()
    assert runner.ended().stop_reason == "cancelled"
    assert runner.stored(handle.run_id).stop_reason == "cancelled"


def test_cancelling_after_the_end_does_nothing(runner: Runner) -> None:
    handle = runner.start(model="echo:m")
    run = runner.ended()
    handle.cancel()
    assert runner.stored(run.id).stop_reason == "stop"


def test_the_store_knows_of_a_run_before_the_server_does(runner: Runner) -> None:
    runner.server.script(stream(Stall()))
    handle = runner.start()
    runner.server.wait_until(lambda server: bool(server.chats))
    assert partial_texts(runner.workspace) == [""]
    handle.cancel()
    runner.ended()
    assert partial_texts(runner.workspace) == []


def test_text_is_stored_while_it_comes_even_when_the_stream_then_stalls(runner: Runner) -> None:
    words = [event(chunk({"content": f"{n} "})) for n in range(3)]
    last = [Pause(FLUSH_SECONDS * 0.5), event(chunk({"content": "end"}))]
    runner.server.script(stream(*words, *last, Stall()))
    handle = runner.start()
    wait_until(lambda: partial_texts(runner.workspace) == ["0 1 2 end"])
    handle.cancel()
    runner.ended()


def test_an_answer_that_cannot_be_stored_is_delivered_and_kept(runner: Runner) -> None:
    runner.server.script(
        stream(event(chunk({"content": "Precious"})), Pause(0.5), event(chunk(finish="stop")), DONE)
    )
    runner.start()
    runner.wait_for(Delta)
    runner.workspace.store.close()
    run = runner.ended()
    assert (run.text, run.stop_reason) == ("Precious", "stop")
    assert "closed" in run.details["not_stored"]
    assert runner.workspace.scheduler.unsaved == (run,)


def test_what_a_full_disk_held_back_is_stored_with_the_next_run(runner: Runner) -> None:
    store = runner.workspace.store

    def limit(pages: int) -> None:
        with closing(sqlite3.connect(runner.workspace.path)) as database:
            (size,) = database.execute("PRAGMA page_count").fetchone()
        store.write(lambda opened: opened._database.execute(f"PRAGMA max_page_count = {size + pages}")).result(10)

    limit(0)
    runner.start("Precious " * 20_000, model="echo:m")
    lost = runner.ended()
    assert "full" in lost.details["not_stored"]
    limit(100_000)
    runner.start("Room again", model="echo:m")
    runner.ended()
    wait_until(lambda: runner.workspace.scheduler.unsaved == ())
    assert runner.stored(lost.id).text == lost.text


def test_a_bug_in_a_listener_does_not_cost_the_run(runner: Runner, expected_log: None) -> None:
    done: Future[Run] = Future()

    def listener(_: str, event: object) -> None:
        if isinstance(event, Ended):
            done.set_result(event.run)
        raise RuntimeError("a bug")

    runner.workspace.scheduler.start(Job(Prompt(user="Hello"), {}, "echo:m"), listener)
    assert done.result(10).text == "Hello"


class Torn(BaseException):
    """What no `except Exception` catches."""


def test_a_listener_that_tears_the_stream_frees_the_socket(runner: Runner, expected_log: None) -> None:
    runner.server.script(stream(event(chunk({"content": "So far"})), Stall()))
    ended: Future[Run] = Future()
    torn = Torn()  # kept, and with its traceback the stream: no collection of garbage closes it

    def listener(_: str, told: object) -> None:
        if isinstance(told, Delta):
            raise torn
        if isinstance(told, Ended):
            ended.set_result(told.run)

    runner.workspace.scheduler.start(Job(Prompt(user="Hello"), {}, "lab:tiny"), listener)
    run = ended.result(20)
    assert (run.stop_reason, run.text) == ("error", "So far")
    runner.server.wait_until(lambda server: server.chats[0].hung_up_at is not None)


def test_what_a_provider_does_not_take_is_recorded_and_not_sent(runner: Runner) -> None:
    prompt = Prompt(user="Hello", prefill="Well,", chain_of_thought=ChainOfThought("model"))
    job = Job(prompt, {}, "echo:m", GenerationConfig(temperature=0.5, max_tokens=9))
    runner.workspace.scheduler.start(job, lambda _, event: runner.events.put(event))
    run = runner.ended()
    assert run.details["not_sent"] == ["effort", "prefill", "temperature"]
    assert run.config.temperature == 0.5  # as it was asked for


def test_eight_requests_to_a_profile_at_once(runner: Runner) -> None:
    runner.server.script(*[answer("one two", delay=0.2)] * 12)
    for _ in range(12):
        runner.start()
    for _ in range(12):
        assert runner.ended().text == "one two"
    times = [(seen.arrived_at, 1) for seen in runner.server.chats]
    times += [(seen.replied_at or 0, -1) for seen in runner.server.chats]
    most = now = 0
    for _, step in sorted(times):
        now += step
        most = max(most, now)
    assert most == 8


def test_closing_the_workspace_cancels_and_stores(runner: Runner) -> None:
    runner.server.script(stream(event(chunk({"content": "So far"})), Stall()))
    handle = runner.start()
    runner.wait_for(Delta)
    runner.workspace.close()
    assert runner.ended().stop_reason == "cancelled"
    again = Workspace(runner.workspace.path)
    again.start().result(30)
    stored = again.store.read(lambda store: store.run(handle.run_id).run).result(10)
    again.close()
    assert (stored.text, stored.stop_reason) == ("So far", "cancelled")
