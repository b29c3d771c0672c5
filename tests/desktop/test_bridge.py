"""What crosses from other threads to the UI thread."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import Future

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from workbench.core.completion import Delta
from workbench.desktop.bridge import Bridge


@pytest.fixture
def bridge(qapp: QApplication) -> Bridge:
    return Bridge()


def in_thread(do: object) -> None:
    thread = threading.Thread(target=do)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_what_is_posted_runs_on_the_ui_thread_in_order(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[tuple[int, bool]] = []

    def post() -> None:
        for n in range(100):
            bridge.post(lambda n=n: seen.append((n, QThread.isMainThread())))

    in_thread(post)
    qtbot.waitUntil(lambda: len(seen) == 100)
    assert seen == [(n, True) for n in range(100)]


def test_the_events_of_a_run_come_together(qtbot: QtBot, bridge: Bridge) -> None:
    batches: list[tuple[str, list[Delta]]] = []
    listen = bridge.listener(lambda run, events: batches.append((run, list(events))))  # type: ignore[arg-type]

    def stream() -> None:
        for n in range(500):
            listen("a" if n % 2 else "b", Delta(str(n)))

    in_thread(stream)
    qtbot.waitUntil(lambda: sum(len(events) for _, events in batches) == 500)
    assert sorted(run for run, _ in batches) == ["a", "b"], "one batch for each run in one drain"
    for name, parity in (("a", 1), ("b", 0)):
        texts = [event.text for run, events in batches if run == name for event in events]
        assert texts == [str(n) for n in range(500) if n % 2 == parity]


def test_a_result_reaches_its_receiver(qtbot: QtBot, bridge: Bridge) -> None:
    future: Future[int] = Future()
    got: list[int] = []
    bridge.when(future, got.append)
    in_thread(lambda: future.set_result(7))
    qtbot.waitUntil(lambda: got == [7])


def test_a_failure_reaches_the_one_who_asked(qtbot: QtBot, bridge: Bridge) -> None:
    future: Future[int] = Future()
    got: list[BaseException] = []
    bridge.when(future, lambda _: None, got.append)
    in_thread(lambda: future.set_exception(ValueError("no")))
    qtbot.waitUntil(lambda: [str(error) for error in got] == ["no"])


class Receiver(QObject):
    """A widget's part in it."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []

    def take(self, result: object) -> None:
        self.got.append(result)


def test_nothing_is_delivered_to_a_widget_that_is_gone(qtbot: QtBot, bridge: Bridge) -> None:
    import shiboken6

    receiver, owner = Receiver(), QLabel()
    got = receiver.got
    first: Future[int] = Future()
    second: Future[int] = Future()
    seen: list[int] = []
    bridge.when(first, receiver.take)
    bridge.when(second, seen.append, owner=owner)
    shiboken6.delete(receiver)
    shiboken6.delete(owner)
    first.set_result(1)
    second.set_result(2)
    done: list[bool] = []
    bridge.post(lambda: done.append(True))
    qtbot.waitUntil(lambda: done == [True])
    assert not got
    assert not seen


def test_a_cancelled_future_calls_nobody(qtbot: QtBot, bridge: Bridge) -> None:
    future: Future[int] = Future()
    got: list[object] = []
    bridge.when(future, got.append, got.append)
    future.cancel()
    done: list[bool] = []
    bridge.post(lambda: done.append(True))
    qtbot.waitUntil(lambda: done == [True])
    assert not got


def test_a_bug_in_one_view_does_not_keep_events_from_the_others(
    qtbot: QtBot, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: bugs.append(kind))
    seen: list[int] = []
    bridge.post(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    bridge.post(lambda: seen.append(1))
    qtbot.waitUntil(lambda: seen == [1])
    assert bugs == [ZeroDivisionError]


def test_a_closed_bridge_delivers_nothing_and_takes_no_harm(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[int] = []
    bridge.post(lambda: seen.append(1))
    bridge.close()
    in_thread(lambda: bridge.post(lambda: seen.append(2)))
    qtbot.wait(60)
    assert not seen


def test_an_emit_keeps_the_references_of_true(bridge: Bridge) -> None:
    """PySide6 6.12 loses one with every emit on Python 3.11, until the interpreter aborts."""
    before = sys.getrefcount(True)
    for _ in range(50):
        bridge._woken.emit()
    assert abs(sys.getrefcount(True) - before) < 10
