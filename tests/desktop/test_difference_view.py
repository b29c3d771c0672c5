"""Differences: both texts are all there, changes are marked by more than colour, and can be walked through."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.difference import Piece, word_diff
from workbench.desktop.difference_sides import beside, count, inline
from workbench.desktop.difference_text import DifferenceText
from workbench.desktop.difference_view import SMALL, DifferenceView

NO = Qt.KeyboardModifier.NoModifier
BEFORE = "one\ntwo three\nfour\nfive\n"
AFTER = "one\nnew\nlines\ntwo 3\nfour\nfive\n"


@pytest.fixture
def view(qtbot: QtBot) -> DifferenceView:
    made = DifferenceView()
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    return made


def formats(text: DifferenceText) -> dict[str, QTextCharFormat]:
    """Each stretch of the text with its format."""
    found, block = {}, text.document().firstBlock()
    while block.isValid():
        for format_range in block.textFormats():
            piece = block.text()[format_range.start : format_range.start + format_range.length]
            found[piece] = QTextCharFormat(format_range.format)
        block = block.next()
    return found


def test_removed_words_are_struck_and_added_ones_underlined(view: DifferenceView) -> None:
    view.show_texts("the old word", "the new word")
    found = formats(view.findChildren(DifferenceText)[0])
    assert found["old"].fontStrikeOut()
    assert found["new"].fontUnderline()
    assert found["old"].background() != found["new"].background()


def test_equal_lines_stand_level(view: DifferenceView) -> None:
    view.show_texts(BEFORE, AFTER)
    view.set_side_by_side(on=True)
    columns = {text.accessibleName(): text for text in view.findChildren(DifferenceText)}
    left, right = columns["Text before"], columns["Text after"]
    for line in ("four", "five"):
        assert left.document().find(line).blockNumber() == right.document().find(line).blockNumber()
    assert left.toPlainText().replace("\n", "") == BEFORE.replace("\n", "")
    assert "new\nlines" in right.toPlainText().replace("↵", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("a", ""), ("", "b\n"), ("x" * 5000, "x" * 4000 + "\n"), ("a\r\nb", "a\nb"), (BEFORE, AFTER)],
)
def test_both_sides_hold_their_whole_text(before: str, after: str) -> None:
    left, right = beside(word_diff(before, after))
    for side, text in ((left, before), (right, after)):
        kept = "".join(s.text for s in side if s.mark != "filler")
        assert len(kept.replace("\n", "").replace("↵", "")) == len(text.replace("\n", ""))


def test_neighbouring_pieces_are_one_change() -> None:
    pieces = [Piece("removed", "a"), Piece("added", "b"), Piece("same", " "), Piece("added", "c")]
    assert count(inline(pieces)) == 2


def test_changes_are_walked_through_in_a_circle(view: DifferenceView, qtbot: QtBot) -> None:
    view.show_texts("a b c\nsame\nd e f", "a X c\nsame\nd Y f")
    text = view.findChildren(DifferenceText)[0]
    view.activateWindow()
    text.setFocus()
    qtbot.waitUntil(text.hasFocus)
    seen = []
    for modifier in (NO, NO, NO, Qt.KeyboardModifier.ShiftModifier):
        qtbot.keyClick(text, Qt.Key.Key_F7, modifier)
        (selection,) = text.extraSelections()
        seen.append(selection.cursor.selectedText())
    assert seen == ["bX", "eY", "bX", "eY"]


def test_equal_texts_say_so(view: DifferenceView) -> None:
    view.show_texts("same", "same")
    assert view.changes() == 0


def test_a_megabyte_is_compared_without_holding_the_window(view: DifferenceView, qtbot: QtBot) -> None:
    lines = [f"line {n} with some words in it" for n in range(30_000)]
    before = "\n".join(lines)
    lines[15_000] = "line 15000 with other words in it"
    after = "\n".join(lines)
    assert len(before) > SMALL
    began = time.monotonic()
    view.show_texts(before, after)
    assert time.monotonic() - began < 0.5
    qtbot.waitUntil(lambda: view.changes() == 1, timeout=20_000)
    began = time.monotonic()
    view.set_side_by_side(on=True)
    view.next_change()
    QApplication.processEvents()
    assert time.monotonic() - began < 5


def test_only_the_latest_comparison_is_shown(view: DifferenceView, qtbot: QtBot) -> None:
    view.show_texts("a\n" * SMALL, "b\n" * SMALL)
    view.show_texts("x", "y z")
    qtbot.wait(300)
    assert view.findChildren(DifferenceText)[0].toPlainText() == "xy z"
