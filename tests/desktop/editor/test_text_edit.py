"""The text field keeps a prompt's text exactly, whatever is typed into it or undone."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop.editor.source import Splice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.desktop.plain_text import LINE_LIMIT

HARD = [
    "plain\ntext",
    "a\r\nb\rc\r\n",
    "null \x00 and \u2028 and \u2029 and \u202e turned\u2066",
    "lone \ud800 and \udfff surrogate",
    "\U0001f600 beyond the first plane \U0001f1e9\U0001f1ea\n\U0001f600",
    "non\u00a0breaking",
    "x" * (2 * LINE_LIMIT + 7),
    "\U0001f600" * (LINE_LIMIT + 3) + "\nend",
    "",
]


@pytest.fixture
def field(qtbot: QtBot) -> TextEdit:
    edit = TextEdit("System")
    qtbot.addWidget(edit)
    edit.resize(500, 200)
    edit.show()
    return edit


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_a_text_comes_back_as_it_was_given(field: TextEdit, text: str) -> None:
    field.set_text(text)
    assert field.text() == text


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_typing_changes_only_where_it_happens(field: TextEdit, qtbot: QtBot, text: str) -> None:
    field.set_text(text)
    field.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(field, "abc")
    assert field.text() == text + "abc"
    field.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(field, "z")
    assert field.text() == "z" + text + "abc"


def test_every_edit_is_a_splice_that_can_be_undone(field: TextEdit, qtbot: QtBot) -> None:
    dice = random.Random(7)  # noqa: S311 - repeatable, not secret
    field.set_text("".join(HARD))
    before = field.text()
    splices: list[Splice] = []
    field.spliced.connect(splices.append)
    for _ in range(120):
        _select_somewhere(field, dice)
        match dice.randrange(5):
            case 0:
                qtbot.keyClick(field, Qt.Key.Key_Backspace)
            case 1:
                qtbot.keyClick(field, Qt.Key.Key_Delete)
            case 2:
                qtbot.keyClick(field, Qt.Key.Key_Return)
            case 3:
                _paste(
                    field, "".join(dice.choices(["\U0001f600", "\n", "word ", "\r\n", "y" * 2500, "\x00"], k=3))
                )
            case _:
                qtbot.keyClicks(field, "kl")
        assert field.in_step()
    for splice in reversed(splices):
        field.put(splice.inverse())
    assert field.text() == before


def _select_somewhere(field: TextEdit, dice: random.Random) -> None:
    """A random cursor, now and then with a selection, never inside of a character."""
    document, cursor = field.document(), field.textCursor()

    def place() -> int:
        at = dice.randrange(document.characterCount())
        return at - 1 if 0xDC00 <= ord(document.characterAt(at)) <= 0xDFFF else at

    cursor.setPosition(place())
    if dice.random() < 0.2:
        cursor.setPosition(place(), QTextCursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)


def _paste(field: TextEdit, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    field.insertFromMimeData(data)


def test_the_document_and_the_text_stay_in_step(field: TextEdit, qtbot: QtBot) -> None:
    field.set_text("a" * (LINE_LIMIT + 10) + "\nb")
    field.moveCursor(QTextCursor.MoveOperation.End)
    for _ in range(5):
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert field.text() == "a" * (LINE_LIMIT + 7)


def test_copying_gives_the_text_without_our_line_breaks(field: TextEdit) -> None:
    field.set_text("a" * 5000)
    field.selectAll()
    assert field.createMimeDataFromSelection().text() == "a" * 5000


def test_tab_leaves_and_enter_stays(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field, other = TextEdit("System", parent=window), TextEdit("User", parent=window)
    window.show()
    field.setFocus()
    qtbot.keyClicks(field, "a")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert field.text() == "a\n"
    assert window.focusWidget() is other


def test_it_grows_with_its_lines_and_then_scrolls(field: TextEdit) -> None:
    field.set_text("one")
    small = field.height()
    field.set_text("\n".join("line" for _ in range(10)))
    grown = field.height()
    field.set_text("\n".join("line" for _ in range(5000)))
    assert small < grown < field.height() < 3000


def test_pasting_ten_megabytes_of_one_line_does_not_freeze(field: TextEdit) -> None:
    began = time.thread_time()
    _paste(field, "x" * 10_000_000)
    QApplication.processEvents()
    assert time.thread_time() - began < 20
    assert len(field.text()) == 10_000_000


def test_a_megabyte_types_smoothly(field: TextEdit, qtbot: QtBot) -> None:
    field.set_text("Some words of a long prompt, many times.\n" * 25_000)
    field.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    began = time.thread_time()
    for _ in range(20):
        qtbot.keyClick(field, Qt.Key.Key_A)
        QApplication.processEvents()
    assert (time.thread_time() - began) / 20 < 0.15
