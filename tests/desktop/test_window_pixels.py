"""The whole window in both themes, judged by its pixels: nothing of one theme is left over in the other."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS
from workbench.desktop import theme
from workbench.desktop.window import MainWindow

THEMES: dict[theme.ThemeName, theme.Colors] = {"light": theme.LIGHT, "dark": theme.DARK}
GROUNDS = ("window", "surface", "raised", "hover")
EVERY = 3
"""Pixels from one sample to the next."""


def shares(widget: QWidget) -> Counter[str]:
    """The colours of a widget, each with its share of all pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    colors = Counter(
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), EVERY)
        for y in range(0, image.height(), EVERY)
    )
    total = colors.total()
    return Counter({color: count / total for color, count in colors.items()})


def grounds(colors: theme.Colors) -> set[str]:
    return {getattr(colors, name) for name in GROUNDS}


def judge(widget: QWidget, colors: theme.Colors, other: theme.Colors) -> None:
    """Nearly all is ground of this theme, nothing that can be seen is ground of the other, and there is text."""
    seen = shares(widget)
    assert sum(seen[color] for color in grounds(colors)) > 0.6, seen.most_common(8)
    left_over = grounds(other) - grounds(colors) - {colors.text, colors.accent_text}
    assert sum(seen[color] for color in left_over) < 0.002, {color: seen[color] for color in left_over}
    assert seen[colors.text] > 0


@pytest.mark.parametrize("name", THEMES)
def test_the_window_wears_one_theme_everywhere(window: MainWindow, qtbot: QtBot, name: theme.ThemeName) -> None:
    other: theme.ThemeName = "light" if name == "dark" else "dark"
    window.resize(1280, 860)
    window.desk.results.set_references(("echo:one", "echo:two"))
    window.actions_by_id["run"].trigger()
    qtbot.waitUntil(lambda: not window.desk.results.is_running(), timeout=OPENING_MS)
    window.set_theme(other)
    window.grab()  # painted once in the other theme, as before a switch
    window.set_theme(name)
    for tab in range(3):
        window.document.editor.show_tab(tab)
        judge(window, THEMES[name], THEMES[other])
    window.desk.results.show_history()
    qtbot.waitUntil(lambda: window.desk.results.history.table.model().rowCount() == 2, timeout=OPENING_MS)
    judge(window, THEMES[name], THEMES[other])


@pytest.mark.parametrize("name", THEMES)
def test_every_dialog_wears_the_theme(window: MainWindow, qtbot: QtBot, name: theme.ThemeName) -> None:
    window.set_theme(name)
    for action in ("shortcuts", "settings", "models", "servers", "export", "palette"):
        window.actions_by_id[action].trigger()
        qtbot.waitUntil(lambda: shown_over() is not None, timeout=OPENING_MS)
        dialog = shown_over()
        assert dialog is not None
        judge(dialog, THEMES[name], THEMES["light" if name == "dark" else "dark"])
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: shown_over() is None, timeout=OPENING_MS)


def shown_over() -> QWidget | None:
    """What stands over the window."""
    return QApplication.activeModalWidget() or QApplication.activePopupWidget()
