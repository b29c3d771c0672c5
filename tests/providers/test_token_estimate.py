"""The estimate of tokens."""

from __future__ import annotations

import time

import pytest

from workbench.providers.token_estimate import estimate, estimate_messages


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", 0, 0),
        ("Hello there big world", 4, 4),
        ("The quick brown fox jumps over the lazy dog.", 9, 11),
        ('{"name": "Ada", "age": 36}', 10, 15),
        ("今天天气很好", 4, 8),
        ("Привет, как дела?", 4, 9),
        ("1234567890", 4, 6),
        ("a" * 1_000, 100, 400),
        ("\n\n\n   ", 1, 1),
        ("😀\ud800", 2, 4),
    ],
)
def test_is_near_what_tokenizers_say(text: str, low: int, high: int) -> None:
    assert low <= estimate(text) <= high


def test_a_request_is_its_messages_and_what_stands_around_them() -> None:
    total, each = estimate_messages(("one two", "three"))
    assert each == (2, 1)
    assert total > 3


def test_ten_megabytes_are_looked_at_in_part() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 230_000
    began = time.thread_time()
    assert estimate(text) == pytest.approx(230_000 * 10, rel=0.1)
    assert time.thread_time() - began < 5
