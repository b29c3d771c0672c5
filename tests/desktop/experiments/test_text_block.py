"""Texts in so many lines: wrapped, cut, and quick whatever the text."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication

from tests.store.samples import ODD_TEXTS
from workbench.desktop import theme
from workbench.desktop.experiments.text_block import TextBlocks

LONG = " ".join(f"word{at}" for at in range(500))


@pytest.fixture
def blocks(qapp: QApplication) -> TextBlocks:
    return TextBlocks(theme.text_font())


def test_a_short_text_is_whole(blocks: TextBlocks) -> None:
    assert blocks.block("one\n\n\ntwo  \n", 300, 3).text() == "one\ntwo"


def test_a_long_text_ends_in_dots_on_its_last_line(blocks: TextBlocks) -> None:
    text = blocks.block(LONG, 300, 3).text()
    assert text.startswith("word0 word1")
    assert text.endswith("…")


def test_lines_that_are_left_out_are_told(blocks: TextBlocks) -> None:
    assert blocks.block("one\ntwo\nthree", 300, 2).text() == "one\ntwo …"


def test_the_end_of_a_text_can_be_what_is_shown(blocks: TextBlocks) -> None:
    block = blocks.block(LONG, 300, 3, from_end=True)
    assert block.text().endswith("word499")
    assert block.height <= blocks.block(LONG, 300, 3).height


def test_a_line_holds_no_line_ends(blocks: TextBlocks) -> None:
    assert blocks.block("one\ntwo", 300, 1).text() == "one two"


@pytest.mark.parametrize("name", sorted(ODD_TEXTS))
def test_odd_texts_are_laid_out_at_once(blocks: TextBlocks, name: str) -> None:
    started = time.thread_time()
    for lines in (1, 3, 8):
        for from_end in (False, True):
            assert blocks.block(ODD_TEXTS[name], 250, lines, from_end=from_end).height < 400
    assert time.thread_time() - started < 1


def test_a_text_beyond_the_basic_plane_is_cut_between_its_letters(blocks: TextBlocks) -> None:
    text = blocks.block("🙂 " * 400, 200, 2).text()
    assert set(text) <= {"🙂", " ", "…", "\n"}
