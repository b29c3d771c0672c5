"""The bit-parallel distances against their textbook tables."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.similarity import common_length, edit_distance, rouge_l

SMALL = st.text(alphabet="abcé", max_size=40)


def table_distance(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]


def table_common(first: str, second: str) -> int:
    row = [0] * (len(second) + 1)
    for a in first:
        corner = 0
        for j, b in enumerate(second, 1):
            corner, row[j] = row[j], corner + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]


@given(SMALL, SMALL)
def test_distances_are_those_of_the_table(first: str, second: str) -> None:
    assert edit_distance(first, second) == table_distance(first, second) == edit_distance(second, first)
    assert common_length(first, second) == table_common(first, second)


def test_rouge_l_counts_words_in_their_order() -> None:
    # Lin 2004, section 3.2: three words in common, of four and four.
    assert rouge_l("police kill the gunman", "police killed the gunman") == 0.75
    assert rouge_l("the gunman kill police", "police killed the gunman") == 0.5
    assert rouge_l("", "") == 1.0
    assert rouge_l("", "word") == 0.0
    assert rouge_l("Same, WORDS!", "same words") == 1.0


def test_long_texts_take_no_minute() -> None:
    began = time.monotonic()
    edit_distance("abcdefghij" * 2_000, "bcdefghijk" * 2_000)
    assert time.monotonic() - began < 20
