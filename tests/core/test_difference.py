"""The word diff: it loses nothing, marks what a reader would mark, and never hangs."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.difference import Piece, word_diff

_WORDS = st.lists(st.sampled_from(["a", "b", " ", "\n", "word", "\r\n", "\u2028", "ü", "[", "\ud800", "\0"])).map(
    "".join
)


def joined(pieces: tuple[Piece, ...], other_side: str) -> str:
    return "".join(piece.text for piece in pieces if piece.operation != other_side)


@given(_WORDS | st.text(), _WORDS | st.text())
def test_pieces_join_to_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert joined(pieces, "added") == before
    assert joined(pieces, "removed") == after
    assert all(piece.text for piece in pieces)
    assert all(one.operation != other.operation for one, other in itertools.pairwise(pieces))


@given(_WORDS)
def test_equal_texts_are_one_same_piece(text: str) -> None:
    assert word_diff(text, text) == ((Piece("same", text),) if text else ())


def test_marks_the_changed_word_only() -> None:
    assert word_diff("Be brief and kind.\nThank you.", "Be brief and formal.\nThank you.") == (
        Piece("same", "Be brief and "),
        Piece("removed", "kind"),
        Piece("added", "formal"),
        Piece("same", ".\nThank you."),
    )


def test_an_inserted_line_leaves_its_neighbours_alone() -> None:
    assert word_diff("one\nthree\n", "one\ntwo\nthree\n") == (
        Piece("same", "one\n"),
        Piece("added", "two\n"),
        Piece("same", "three\n"),
    )


def test_one_changed_word_in_a_long_line_is_found() -> None:
    words = [f"word{n}" for n in range(100_000)]
    changed = [*words[:50_000], "CHANGED", *words[50_001:]]
    pieces = word_diff(" ".join(words), " ".join(changed))
    assert [piece.text for piece in pieces if piece.operation != "same"] == ["word50000", "CHANGED"]


def test_scattered_changes_in_a_long_text_are_marked_one_by_one() -> None:
    lines = [f"line {n} of many\n" for n in range(20_000)]
    changed = [line.replace("many", "few") if n % 100 == 0 else line for n, line in enumerate(lines)]
    removed = [piece.text for piece in word_diff("".join(lines), "".join(changed)) if piece.operation == "removed"]
    assert removed == ["many"] * 200


def two_tokens(count: int, end: str) -> Callable[[random.Random], str]:
    return lambda choice: "".join(choice.choice("ab") + end for _ in range(count))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(two_tokens(50_000, "\n"), id="50,000 lines of two kinds"),
        pytest.param(two_tokens(500_000, " "), id="1 MB in one line of two words"),
        pytest.param(
            lambda choice: "".join(f"{choice.random()}\n\n" for _ in range(25_000)), id="half of it blank"
        ),
        pytest.param(lambda choice: "[" * 1_000_000 + choice.choice("ab"), id="1 MB of brackets"),
        pytest.param(lambda choice: "x" * 1_000_000 + str(choice.random()), id="1 MB without a space"),
    ],
)
def test_large_texts_are_compared_in_a_moment(text: Callable[[random.Random], str]) -> None:
    before, after = (text(random.Random(seed)) for seed in (1, 2))  # noqa: S311 (texts, not keys)
    start = time.perf_counter()
    pieces = word_diff(before, after)
    took = time.perf_counter() - start
    assert joined(pieces, "added") == before
    assert joined(pieces, "removed") == after
    assert took < 20  # a fraction of a second on an idle machine; a quadratic matcher needs many minutes
