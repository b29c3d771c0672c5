"""Answers as they stream: exact, safe, and never in the way."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.desktop.plain_text import LINE_LIMIT, TextView, shown, units

HARD = (
    "plain\r\nlines\rand \x00 NUL \u2028 \u2029 \u202eturned\u2066 \ud83d alone \U0001f600 \ufdd0\n"
    + "x" * (2 * LINE_LIMIT + 1)
    + "\U0001f600" * LINE_LIMIT
    + "\nend\r"
)


@pytest.fixture
def view(qtbot: QtBot) -> TextView:
    made = TextView()
    qtbot.addWidget(made)
    made.resize(500, 200)
    made.show()
    return made


def test_text_is_exact_however_it_was_cut(view: TextView) -> None:
    dice = random.Random(3)  # noqa: S311 - repeatable, not secret
    at = 0
    while at < len(HARD):
        step = dice.choice([1, 2, 7, 600])
        view.append_batch(HARD[at : at + step])
        at += step
    assert view.text() == HARD
    whole = TextView()
    whole.set_text(HARD)
    assert whole.text() == HARD
    assert whole.toPlainText() == view.toPlainText()
    assert max(len(line) for line in view.toPlainText().split("\n")) <= LINE_LIMIT


def test_what_is_shown_holds_nothing_that_hides_or_turns(view: TextView) -> None:
    view.set_text(HARD)
    seen = view.document().toRawText()
    assert not set(seen) & set("\x00\u202e\u2066\u2028\ufdd0\ud83d")
    assert "␀" in seen


def test_signs_are_as_long_as_what_they_stand_for() -> None:
    assert units(shown(HARD)) == units(HARD)


def test_copying_gives_the_exact_text(view: TextView) -> None:
    view.set_text("\U0001f600" * 3 + "y" * (LINE_LIMIT + 5) + "\x00z")
    view.selectAll()
    assert view.createMimeDataFromSelection().text() == view.text()


def test_it_follows_only_from_the_bottom(view: TextView) -> None:
    bar = view.verticalScrollBar()
    for _ in range(20):
        view.append_batch("line\n" * 20)
    assert bar.value() == bar.maximum()
    bar.setValue(5)
    view.append_batch("more\n" * 20)
    assert bar.value() == 5


def test_a_reader_keeps_the_selection_while_text_comes(view: TextView) -> None:
    view.set_text("first words\n" * 5)
    cursor = view.textCursor()
    cursor.setPosition(5, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    view.append_batch("and more")
    assert view.textCursor().selectedText() == "first"


def test_a_megabyte_without_a_blank_is_shown_at_once(view: TextView) -> None:
    began = time.thread_time()
    view.set_text("x" * 1_000_000)
    for _ in range(50):
        view.append_batch("y" * 100)
        QApplication.processEvents()
    assert time.thread_time() - began < 10
    assert len(view.text()) == 1_005_000
