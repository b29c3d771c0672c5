"""The dialogs of a plan are accepted from everywhere by Ctrl+Return, also from a text of many lines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.check import Check
from workbench.core.plan import Plan
from workbench.desktop.experiments.plan_settings import PlanChecks
from workbench.desktop.test_sets.growing_text import GrowingText


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[PlanChecks]:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = PlanChecks(Plan("p", "Tone"), parent)
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    yield dialog
    parent.close()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_return_in_a_value_accepts(dialog: PlanChecks, key: Qt.Key) -> None:
    taken: list[Plan] = []
    dialog.taken.connect(taken.append)
    dialog.editor.add_check(Check("contains", ""))
    field = QApplication.focusWidget()
    assert isinstance(field, GrowingText)
    QTest.keyClicks(field, "parcel")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "late")
    QTest.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)
    assert [plan.checks for plan in taken] == [(Check("contains", "parcel\nlate"),)]
    assert dialog.isHidden()


def test_ctrl_return_accepts_nothing_that_is_wrong(dialog: PlanChecks) -> None:
    dialog.editor.add_check(Check("numeric_within", None))
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "many")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.isVisible()


def test_a_text_outside_a_dialog_leaves_ctrl_return_to_others(qtbot: QtBot) -> None:
    field = GrowingText("Value")
    qtbot.addWidget(field)
    field.show()
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert field.toPlainText() == ""
