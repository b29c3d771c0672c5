"""One loop, one thread, a clean end."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import CancelledError
from contextlib import suppress

import pytest

from workbench.running import Loop


def test_everything_runs_on_one_other_thread() -> None:
    loop = Loop()
    loop.start()

    async def here() -> int:
        return threading.get_ident()

    called = threading.Event()
    idents = {loop.submit(here()).result(10) for _ in range(3)}
    loop.call(called.set)
    assert called.wait(10)
    loop.stop()
    assert len(idents) == 1
    assert threading.get_ident() not in idents


def test_stopping_cancels_and_lets_clean_up() -> None:
    loop = Loop()
    loop.start()
    started, cleaned = threading.Event(), threading.Event()

    async def wait_for_ever() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    future = loop.submit(wait_for_ever())
    assert started.wait(10)
    loop.stop()
    assert cleaned.is_set()
    with pytest.raises(CancelledError):
        future.result(10)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.running.loop.BETWEEN_TELLINGS", 0.05)


async def miss(started: threading.Event, times: int) -> str:
    """Go on after so many cancellations as if there had been none."""
    started.set()
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()
    return "never"


@pytest.mark.usefixtures("quickly")
def test_a_task_that_misses_a_cancellation_is_told_again() -> None:
    loop, started = Loop(), threading.Event()
    loop.start()
    future = loop.submit(miss(started, 1))
    assert started.wait(10)
    loop.stop()
    with pytest.raises(CancelledError):
        future.result(10)


@pytest.mark.usefixtures("quickly", "expected_log")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_task_that_never_ends_does_not_keep_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    loop, started = Loop(), threading.Event()
    loop.start()
    future = loop.submit(miss(started, 100))
    assert started.wait(10)
    loop.stop()
    assert not future.done()
    assert "miss" in caplog.text
    del future, loop
    gc.collect()  # asyncio complains of the task now, and not at the end of all tests


def test_after_the_end_nothing_runs_and_nothing_hangs() -> None:
    loop = Loop()
    loop.start()
    loop.stop()
    loop.stop()
    loop.call(pytest.fail, "called after the end")

    async def never() -> None:
        pytest.fail("ran after the end")

    assert loop.submit(never()).cancelled()


def test_a_loop_that_never_started_stops() -> None:
    Loop().stop()
