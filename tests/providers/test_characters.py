"""Whole characters out of halves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.characters import Joining, whole_characters

ANY = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY)
def test_what_comes_out_can_be_written_as_utf_8(text: str) -> None:
    whole_characters(text).encode()


@given(st.text(st.characters(codec="utf-8")))
def test_whole_text_stays_as_it_is(text: str) -> None:
    assert whole_characters(text) == text


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 5))
def test_text_cut_anywhere_joins_again(text: str, size: int) -> None:
    units = text.encode("utf-16-le")
    halves = [
        units[at : at + 2 * size].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2 * size)
    ]
    joining = Joining()
    assert "".join([*map(joining.add, halves), joining.end()]) == text


def test_a_lone_half_becomes_the_replacement_character() -> None:
    assert whole_characters("a\ud800b\udc00") == "a\ufffdb\ufffd"
