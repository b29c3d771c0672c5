"""The command palette and the shortcut page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS
from workbench.desktop.actions import table
from workbench.desktop.palette import Palette
from workbench.desktop.shortcut_page import ShortcutPage
from workbench.desktop.window import MainWindow


def opened(window: MainWindow) -> Palette:
    QTest.keyClick(window.frame.library.search, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.findChild(Palette)
    assert palette is not None
    assert palette.isVisible()
    return palette


def test_it_offers_every_action_with_its_shortcut_and_every_prompt(window: MainWindow) -> None:
    palette = opened(window)
    texts = palette.texts()
    for row in table():
        assert row.id == "palette" or f"{row.menu}: {row.text}" in texts
    assert "Word problem" in texts
    notes = {command.text: command.note for command in palette.rows.commands}
    assert notes["Run: Run"] == "Ctrl+Return"


def test_a_few_letters_and_return_do_it(window: MainWindow, qtbot: QtBot) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.search, "word pro")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.name == "Word problem", timeout=OPENING_MS)
    assert not palette.isVisible()


def test_a_word_that_nothing_is_called_is_answered_with_one(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.search, "qqqq")
    assert palette.nothing.isVisible()
    assert not palette.view.isVisible()
    palette.search.clear()
    assert palette.view.isVisible()
    assert not palette.nothing.isVisible()


def test_the_arrows_choose_and_escape_leaves(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 1
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.view.currentIndex().row() == 0
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_what_is_switched_off_is_not_done(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.search, "Run: Stop")
    assert palette.texts()[0] == "Run: Stop"
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_the_shortcut_page_lists_the_table_and_finds_by_key(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["shortcuts"].trigger()
    page = QApplication.activeModalWidget()
    assert isinstance(page, ShortcutPage)
    shown = [row.text(0) for rows in page._rows.values() for row in rows]
    assert [row.text.rstrip("…") for row in table()] == shown[: len(table())]
    page.search.setText("Ctrl+K")
    assert [row.text(0) for rows in page._rows.values() for row in rows if not row.isHidden()] == [
        "Command palette"
    ]
    page.reject()
