"""Finding by some letters."""

from __future__ import annotations

import pytest

from workbench.desktop.fuzzy import ranked, score


@pytest.mark.parametrize(
    ("query", "text"), [("", "Run"), ("sv", "Save version"), ("SAVE", "save"), ("s v", "Save v")]
)
def test_letters_in_their_order_fit(query: str, text: str) -> None:
    assert score(query, text) is not None


@pytest.mark.parametrize(("query", "text"), [("vs", "Save"), ("x", ""), ("runn", "run")])
def test_letters_that_are_missing_do_not(query: str, text: str) -> None:
    assert score(query, text) is None


def test_beginnings_of_words_come_first() -> None:
    texts = ["Reserve", "Observe values", "Save version", "Versions"]
    assert ranked("sv", texts, str)[0] == "Save version"
    assert ranked("ver", texts, str)[0] == "Versions"


def test_without_a_question_the_order_stays() -> None:
    assert ranked("  ", ["b", "a"], str) == ["b", "a"]
