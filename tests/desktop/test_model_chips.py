"""The chips say what runs where, count what has no room, and lead to the model of their pane."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from workbench.desktop.model_chips import ModelChips
from workbench.desktop.window import MainWindow


@pytest.fixture
def chips(qtbot: QtBot) -> ModelChips:
    made = ModelChips()
    qtbot.addWidget(made)
    made.resize(900, 28)
    made.show()
    return made


def test_a_chip_says_the_model_and_where_it_runs(chips: ModelChips) -> None:
    chips.show_models(("starter", "local:/models/tiny.gguf", "openai:gpt-5"))
    assert chips.shown() == ("SmolLM2 · built in", "tiny · local", "gpt-5 · openai")


def test_chips_without_room_are_counted(chips: ModelChips) -> None:
    chips.show_models(("starter",) * 4)
    assert len(chips.shown()) == 4
    chips.resize(chips.sizeHint().width() // 2, 28)
    shown = chips.shown()
    assert shown[-1] == f"+{4 - len(shown[:-1])}"
    chips.resize(chips.minimumSizeHint())
    assert chips.shown() == ("SmolLM2 · built in", "+3")
    chips.show_models(("starter",))
    assert chips.shown() == ("SmolLM2 · built in",)


def test_a_chip_opens_the_choice_of_its_pane(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.results.add_pane()
    window.desk.results.show_history()
    second = window.frame.run_bar.models.findChildren(QToolButton)[1]
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    box = window.desk.results.panes()[1].model_box
    qtbot.waitUntil(lambda: box.view().isVisible(), timeout=10_000)
    assert window.desk.results.active_pane().model_box is box
    box.hidePopup()
    QApplication.processEvents()
