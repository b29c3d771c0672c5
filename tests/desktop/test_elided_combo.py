"""A narrow combo box shows the beginning of its text and dots."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox
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
