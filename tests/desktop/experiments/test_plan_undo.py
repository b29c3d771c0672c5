"""Undo and redo of everything that a person does to the plan of an experiment, by the window's own keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.experiments.test_page import LONG_MS, fill, open_page, run
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.plan import Plan
from workbench.desktop.experiments.column_dialog import ColumnDialog
from workbench.desktop.experiments.page import ExperimentPage
from workbench.desktop.experiments.plan_settings import PlanChecks, PlanSettings
from workbench.desktop.experiments.plan_steps import PlanStep
from workbench.desktop.window import MainWindow


def stored(window: MainWindow) -> Plan:
    assert window.workspace is not None
    return window.workspace.store.read(lambda store: store.plan("plan")).result(10)


def press(window: MainWindow, keys: str) -> None:
    key = Qt.Key.Key_Y if keys == "redo" else Qt.Key.Key_Z
    QTest.keyClick(QApplication.focusWidget() or window, key, Qt.KeyboardModifier.ControlModifier)


def edit_column(window: MainWindow, page: ExperimentPage, what: str) -> None:
    page.editing.change_column(what, "v0")
    dialog = window.findChild(ColumnDialog)
    assert dialog is not None
    dialog.label.setText("warm")
    dialog.parameters.set_config(GenerationConfig(temperature=0.9))
    dialog.accept()


def change_checks(window: MainWindow, page: ExperimentPage) -> None:
    page.editing.ask_checks()
    dialog = window.findChild(PlanChecks)
    assert dialog is not None
    dialog.editor.add_check(Check("is_json"))
    dialog.accept()


def change_settings(window: MainWindow, page: ExperimentPage) -> None:
    page.editing.ask_settings()
    dialog = window.findChild(PlanSettings)
    assert dialog is not None
    dialog.limit.setValue(2.5)
    dialog.accept()


Do = Callable[[MainWindow, ExperimentPage], object]
STEPS: dict[str, Do] = {
    "copied": lambda window, page: edit_column(window, page, "copy"),
    "changed": lambda window, page: edit_column(window, page, "edit"),
    "moved": lambda _, page: page.editing.change_column("right", "v0"),
    "removed": lambda _, page: page.editing.change_column("remove", "v0"),
    "on another model": lambda _, page: page.editing._take_model("echo:c"),
    "repeat": lambda _, page: page.head.repeat.stepUp(),
    "part": lambda _, page: page.head.part.activated.emit(1),
    "checks": change_checks,
    "settings": change_settings,
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_back_and_done_again(window: MainWindow, qtbot: QtBot, name: str) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    before = stored(window)

    STEPS[name](window, page)
    qtbot.waitUntil(lambda: stored(window) != before, timeout=LONG_MS)
    after = stored(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)  # after a dialog
    page.grid.setFocus()
    press(window, "undo")
    qtbot.waitUntil(lambda: stored(window) == before, timeout=LONG_MS)
    qtbot.waitUntil(lambda: len(page.strip.cards()) == len(before.columns), timeout=LONG_MS)
    assert page.head.repeat.value() == before.repeat
    press(window, "redo")
    qtbot.waitUntil(lambda: stored(window) == after, timeout=LONG_MS)


def test_many_steps_are_taken_back_in_their_order_and_each_is_named(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    first = stored(window)
    page.editing.change_column("left", "v1")
    page.editing.change_column("remove", "v0")
    page.head.part.activated.emit(2)

    said: list[str] = []
    page.status.connect(said.append)
    page.grid.setFocus()
    for _ in range(4):  # once more than there are steps
        press(window, "undo")
    assert said == [
        "Taken back: other part of the test set",
        "Taken back: column taken out",
        "Taken back: column moved",
    ]
    qtbot.waitUntil(lambda: stored(window) == first, timeout=LONG_MS)


def test_undo_in_a_field_is_the_plans_when_nothing_is_being_typed(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    page.rename()
    QTest.keyClicks(page.head.name, "Voice")
    press(window, "undo")
    assert page.head.name.text() == "Tone"  # the field's own: what was typed is not a name yet
    assert page.state.undo_stack.count() == 0

    QTest.keyClicks(page.head.name, "Voice")
    QTest.keyClick(page.head.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.title == "Voice", timeout=LONG_MS)
    assert page.head.name.hasFocus()
    press(window, "undo")
    qtbot.waitUntil(lambda: page.title == page.head.name.text() == "Tone", timeout=LONG_MS)

    page.head.repeat.setFocus()
    for _ in range(3):
        QTest.keyClick(page.head.repeat, Qt.Key.Key_Up)
    assert page.head.repeat.value() == 4
    press(window, "undo")
    qtbot.waitUntil(lambda: page.head.repeat.value() == 1, timeout=LONG_MS)  # counted up in one go: one step


def test_counting_on_after_a_pause_is_a_step_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    plan = page.state.plan
    assert plan is not None
    stack = page.state.undo_stack
    times = iter((0.0, 1.0, 9.0))
    for count in (1, 2, 3):
        before, after = replace(plan, repeat=count), replace(plan, repeat=count + 1)
        stack.push(PlanStep(page.state, before, after, clock=lambda: next(times)))
    assert stack.count() == 2


def test_what_was_changed_elsewhere_is_not_overwritten_by_undo(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    page.editing.change_column("remove", "v0")
    qtbot.waitUntil(lambda: len(page.strip.cards()) == 1, timeout=LONG_MS)
    assert page.state.undo_stack.canUndo()

    theirs = replace(stored(window), repeat=7)
    window.workspace.store.write(lambda store: store.save_plan(theirs)).result(10)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: page.head.repeat.value() == 7, timeout=LONG_MS)
    assert not page.state.undo_stack.canUndo()
    press(window, "undo")
    assert stored(window) == theirs


def test_the_undo_of_the_message_goes_with_the_next_step(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    page.editing.change_column("remove", "v0")
    assert "is out of the plan" in page.messages.text()
    page.head.part.activated.emit(1)
    assert page.messages.text() == ""


def test_while_votes_are_cast_undo_is_theirs(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    run(page, qtbot)
    page.head.repeat.stepUp()
    page.show_tab(1)
    assert not window.actions_by_id["undo"].isEnabled()
    page.show_tab(0)
    assert window.actions_by_id["undo"].isEnabled()
