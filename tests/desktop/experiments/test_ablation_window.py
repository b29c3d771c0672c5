"""From the prompt in front to its ablation, in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import make_window, window
from workbench.desktop.experiments.ablation import AblationDialog
from workbench.desktop.window import MainWindow

__all__ = ["make_window", "window"]


def asked(qtbot: QtBot) -> AblationDialog:
    def dialogs() -> list[AblationDialog]:
        return [
            one for one in QApplication.topLevelWidgets() if isinstance(one, AblationDialog) and one.isVisible()
        ]

    qtbot.waitUntil(lambda: bool(dialogs()), timeout=10_000)
    return dialogs()[0]


def test_the_prompt_in_front_is_taken_apart_in_an_experiment_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    name = window.document.name
    window.actions_by_id["ablate"].trigger()
    dialog = asked(qtbot)
    qtbot.waitUntil(dialog.make.isEnabled, timeout=10_000)
    assert dialog.prompt.currentText() == name
    dialog.ways.buttons["sections"].click()
    columns = dialog.columns.count()
    dialog.make.click()
    qtbot.waitUntil(lambda: bool(window.desk.documents.pages), timeout=10_000)
    (page,) = window.desk.documents.pages
    qtbot.waitUntil(lambda: page.title == f"{name}: sections on and off", timeout=10_000)
    plan = window.workspace.store.read(lambda store: store.plan(page.id)).result(10)
    assert len(plan.columns) == columns
    assert plan.columns[0].label == "as it is"
