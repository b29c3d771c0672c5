"""Bugs are logged and shown, and the program goes on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS
from workbench.desktop import faults
from workbench.desktop.window import MainWindow
from workbench.errors import UserError
from workbench.paths import log_folder


@pytest.fixture
def hooks() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = before


@pytest.mark.usefixtures("hooks", "expected_log")
def test_a_bug_is_shown_with_details_to_copy_and_logged(
    window: MainWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    faults.show_bugs(window.show_bug)
    window.bridge.post(lambda: {}["missing"])  # type: ignore[misc]
    messages = window.frame.messages
    qtbot.waitUntil(lambda: "KeyError" in messages.text(), timeout=OPENING_MS)
    assert "Your work is kept" in messages.text()
    messages._copy.click()
    assert "Traceback" in QApplication.clipboard().text()
    assert "KeyError" in caplog.text
    assert window.isVisible()


@pytest.mark.usefixtures("hooks", "expected_log")
def test_an_exception_of_another_thread_is_shown_too(window: MainWindow, qtbot: QtBot) -> None:
    faults.show_bugs(window.show_bug)
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "ZeroDivisionError" in window.frame.messages.text(), timeout=OPENING_MS)


@pytest.mark.usefixtures("hooks", "expected_log")
def test_an_error_that_a_person_can_mend_is_said_in_its_own_words(window: MainWindow, qtbot: QtBot) -> None:
    faults.show_bugs(window.show_bug)

    def fail() -> None:
        raise UserError("The name is taken.", advice="Choose another one.")

    window.bridge.post(fail)
    qtbot.waitUntil(lambda: window.frame.messages.text() == "The name is taken.", timeout=OPENING_MS)
    assert window.frame.messages.advice() == "Choose another one."


def test_the_log_is_a_file_that_turns_over(home: Path) -> None:
    root = logging.getLogger("workbench")
    before = list(root.handlers)
    faults.start_logging()
    added = [handler for handler in root.handlers if handler not in before]
    try:
        logging.getLogger("workbench.desktop").info("hello")
        assert "hello" in (log_folder() / "workbench.log").read_text()
        assert [type(handler).__name__ for handler in added] == ["RotatingFileHandler"]
    finally:
        for handler in added:
            root.removeHandler(handler)
            handler.close()


@pytest.mark.usefixtures("expected_log")
def test_a_warning_of_qt_is_in_the_log(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    faults._take_qt_message(*_warning("something is odd"))
    faults._take_qt_message(*_warning("This plugin does not support propagateSizeHints()"))
    assert [record.getMessage() for record in caplog.records] == ["something is odd"]


def _warning(text: str) -> tuple[object, object, str]:
    from PySide6.QtCore import QMessageLogContext, QtMsgType

    return QtMsgType.QtWarningMsg, QMessageLogContext(), text
