"""Blocks of cells from the clipboards of spreadsheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.interchange import spreadsheet


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\tb\n1\t2\n", (("a", "b"), ("1", "2"))),
        ("a\tb\r\n1\t2\r\n", (("a", "b"), ("1", "2"))),
        ("a\tb\r1\t2", (("a", "b"), ("1", "2"))),
        ('"two\nlines"\tb\n', (("two\nlines", "b"),)),
        ('"tab\there"\t"say ""hi"""', (("tab\there", 'say "hi"'),)),
        ('"Yes" she said\tb', (('"Yes" she said', "b"),)),
        ('a 5" disk\t"x', (('a 5" disk', '"x'),)),
        ("a\t\n\tb", (("a", ""), ("", "b"))),
        ("a\tb\n1", (("a", "b"), ("1", ""))),
        ("one cell", (("one cell",),)),
        ("one, with a comma", (("one, with a comma",),)),
        ("a\n\nb\n", (("a",), ("",), ("b",))),
        ('ticket,label\n"late, again",delay\n', (("ticket", "label"), ("late, again", "delay"))),
        ("ticket;label\n1;2", (("ticket", "label"), ("1", "2"))),
        ("Dear Ann, hello.\nI am late, sorry.", (("Dear Ann, hello.",), ("I am late, sorry.",))),
        ("", (("",),)),
    ],
)
def test_a_block_is_taken_apart_as_a_person_sees_it(text: str, block: spreadsheet.Block) -> None:
    assert spreadsheet.rows(text) == block


CELLS = st.text(st.sampled_from('ab "\t\n\r,;'), max_size=6)


@given(
    st.integers(2, 3).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4))
)
def test_what_is_copied_is_pasted_as_it_was(block: list[list[str]]) -> None:
    assert spreadsheet.rows(spreadsheet.text(block)) == tuple(map(tuple, block))


def test_a_long_block_takes_no_time() -> None:
    text = "\t".join(["word " * 20] * 8 + ['"quoted\nline"']) + "\n"
    assert len(spreadsheet.rows(text * 5_000)) == 5_000
