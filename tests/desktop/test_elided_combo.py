"""A narrow combo box shows the beginning of its text and dots, and keeps letters to itself."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop.elided_combo import ElidedCombo

LONG, SHORT = "A model with a very long name", "tiny"


def test_only_a_text_with_no_room_ends_in_dots(qtbot: QtBot) -> None:
    assert picture(qtbot, ElidedCombo(), SHORT) == picture(qtbot, QComboBox(), SHORT)
    assert picture(qtbot, ElidedCombo(), LONG) != picture(qtbot, QComboBox(), LONG)


def picture(qtbot: QtBot, combo: QComboBox, text: str) -> QImage:
    qtbot.addWidget(combo)
    combo.addItem(text)
    combo.resize(110, 28)
    return combo.grab().toImage()


@pytest.mark.parametrize("open_list", [False, True])
def test_letters_search_the_choice_and_are_no_shortcuts(qtbot: QtBot, open_list: bool) -> None:
    pane = QWidget()
    qtbot.addWidget(pane)
    combo = ElidedCombo()
    combo.addItems(["SmolLM2", "gpt-5"])
    QVBoxLayout(pane).addWidget(combo)
    pressed: list[str] = []
    QShortcut(QKeySequence("G"), pane).activated.connect(lambda: pressed.append("G"))
    pane.show()
    pane.activateWindow()
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus)
    if open_list:
        combo.showPopup()
    place = combo.view() if open_list else combo
    qtbot.keyClicks(place, "g")
    assert not pressed
    row = combo.view().currentIndex().row() if open_list else combo.currentIndex()
    assert row == 1
    combo.hidePopup()
