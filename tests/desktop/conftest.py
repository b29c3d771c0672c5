"""A window on a workspace of its own: opened after its first paint, closed with its drafts saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt, QtMsgType
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop import application
from workbench.desktop.settings import Settings
from workbench.desktop.window import MainWindow

OPENING_MS = 30_000
MakeWindow = Callable[..., MainWindow]

_HARMLESS = ("This plugin does not support", "propagateSizeHints", "QBackingStore::flush")


@pytest.fixture(autouse=True)
def quiet_qt(request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning of Qt's fails the test that provoked it."""
    yield
    capture = getattr(request.node, "qt_log_capture", None)
    records = capture.records if capture else []
    loud = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg)
    warnings = [r.message for r in records if r.type in loud and not any(part in r.message for part in _HARMLESS)]
    assert not warnings, "\n".join(warnings)


@pytest.fixture(autouse=True)
def keys_let_go() -> None:
    """No key is held from the test before: Qt keeps the modifiers of a click that a test sent.

    With Shift held, for one, a table selects no row that it is told to.
    """
    if QGuiApplication.keyboardModifiers():
        QTest.keyClick(QWidget(), Qt.Key.Key_Escape)
    assert not QGuiApplication.keyboardModifiers()


@pytest.fixture
def make_window(qtbot: QtBot, qapp: QApplication, home: Path) -> Iterator[MakeWindow]:
    """Opens windows; `wait=False` leaves the workspace still closed."""
    made: list[MainWindow] = []

    def make(path: Path | None = None, *, settings: Settings | None = None, wait: bool = True) -> MainWindow:
        settings = settings or Settings.load()
        application.prepare(qapp, settings)
        window = MainWindow(path or home / "workspace.db", settings)
        made.append(window)
        if wait:
            with qtbot.waitSignal(window.opened, timeout=OPENING_MS):
                window.show()
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=OPENING_MS)
        return window

    yield make
    for window in made:
        if shiboken6.isValid(window):
            close(qtbot, window)


def close(qtbot: QtBot, window: MainWindow) -> None:
    """Close a window as a person does, and wait until everything is stored."""
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=OPENING_MS)
    window.release()
    window.settings.save_now()
    # Widgets that stay behind would be painted and polished along with those of every later test.
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """A window on a new workspace with the starter prompts, open and ready."""
    return make_window()
