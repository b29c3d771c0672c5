"""The keys of a test set reach its table, although the window has actions of the same keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import PATIENCE
from workbench.core.case import Case
from workbench.desktop.test_sets.page import TestSetPage
from workbench.desktop.window import MainWindow

CASES = (Case("1", {"ticket": "one"}, "A"), Case("2", {"ticket": "two"}, "B"))
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, modifiers)


def test_a_spreadsheets_keys_work_in_the_window(qtbot: QtBot, window: MainWindow) -> None:
    workspace = window.desk.workspace
    made = workspace.store.write(lambda store: store.new_test_set("Tickets", CASES)).result(10)
    page = window.desk.pages.open("test_set", made.id)
    assert isinstance(page, TestSetPage)
    qtbot.waitUntil(lambda: len(page.model.cases) == 2 and page.table.hasFocus(), timeout=PATIENCE)
    page.table.choose([0, 1], 1)
    press(Qt.Key.Key_D, CONTROL)
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "one"]
    press(Qt.Key.Key_Z, CONTROL)
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "two"]
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "one"]
    window.actions_by_id["undo"].trigger()
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "two"]
    page.add.setFocus()  # wherever on the page the focus is
    press(Qt.Key.Key_Y, CONTROL)
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "one"]
    window.frame.library.view.setFocus()
    assert window.desk.pages.open("test_set", made.id) is page  # as a double click does, which opens twice
    assert page.table.hasFocus()
    page.table.choose([1], 1)
    QGuiApplication.clipboard().setText("three\nfour\n")
    press(Qt.Key.Key_V, CONTROL)
    assert [case.values["ticket"] for case in page.model.cases] == ["one", "three", "four"]
    press(Qt.Key.Key_Delete, SHIFT)
    assert len(page.model.cases) == 1
    press(Qt.Key.Key_F, CONTROL)
    assert page.filter.hasFocus()
    page.filter.setText("nothing")
    qtbot.waitUntil(lambda: page.table.filtered.rowCount() == 0, timeout=PATIENCE)
    assert window.desk.pages.close(page)
    workspace.store.write(lambda _store: None).result(10)
    kept = workspace.store.read(lambda store: store.test_set(made.id)).result(10)
    assert [case.values["ticket"] for case in kept.cases] == ["one"]
