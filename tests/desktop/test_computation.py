"""Work away from the UI thread, and its way back."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import Computation, compute


def test_a_result_and_an_error_come_through_the_future() -> None:
    assert compute(threading.current_thread).result(10) is not threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        compute(lambda: 1 // 0).result(10)


def test_what_never_ends_keeps_nobody_from_ending() -> None:
    forever = threading.Event()
    compute(forever.wait)
    (thread,) = (one for one in threading.enumerate() if one.name == "computation" and one.is_alive())
    assert thread.daemon
    forever.set()
    thread.join(10)


def test_a_bridge_brings_the_result_to_the_ui_thread(qtbot: QtBot) -> None:
    bridge = Bridge()
    got: list[threading.Thread] = []
    bridge.when(compute(lambda: None), lambda _: got.append(threading.current_thread()))
    qtbot.waitUntil(lambda: bool(got))
    assert got == [threading.current_thread()]
    bridge.close()


def test_only_the_latest_computation_counts_and_none_answers_at_once(qtbot: QtBot) -> None:
    owner = QObject()
    computation, first = Computation(owner), threading.Event()
    got: list[object] = []
    computation.finished.connect(got.append)
    computation.start(lambda: first.wait(10) and "first")
    computation.start(lambda: "second")
    assert got == []
    qtbot.waitUntil(lambda: got == ["second"])
    first.set()
    computation.start(lambda: "dropped")
    computation.drop()
    computation.start(lambda: "last")
    qtbot.waitUntil(lambda: got == ["second", "last"])
