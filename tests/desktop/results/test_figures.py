"""Numbers keep one shape, whatever they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from workbench.core.completion import StopReason
from workbench.desktop.results import figures


def test_every_stop_reason_has_a_sign_and_a_word() -> None:
    for reason in get_args(StopReason):
        outcome = figures.outcome(reason)
        assert outcome.sign
        assert outcome.word
    assert figures.outcome("length").word == "truncated"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "–"),
        (80, "0.08 s"),
        (1_234, "1.23 s"),
        (12_340, "12.3 s"),
        (125_000, "2:05 min"),
        (99_990, "1:40 min"),
    ],
)
def test_durations(milliseconds: float | None, text: str) -> None:
    assert figures.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("dollars", "text"),
    [(None, "– $"), (0, "0 $"), (0.0002, "≈ 0.0002 $"), (0.000001, "< 0.0001 $"), (1.5, "≈ 1.50 $")],
)
def test_costs(dollars: float | None, text: str) -> None:
    assert figures.cost(dollars) == text


def test_speeds_and_tokens() -> None:
    assert figures.speed(8.44) == "8.4 tok/s"
    assert figures.speed(112.4) == "112 tok/s"
    assert figures.speed(123_456) == "> 9,999 tok/s"
    assert figures.tokens(1_031, None) == "1,031 → – tok"


def test_a_moment_is_an_hour_today_and_a_date_before() -> None:
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    assert figures.moment(now, now).count(":") == 2
    assert "Jun" in figures.moment(now - timedelta(days=3), now)
    assert figures.moment(now - timedelta(days=400), now).startswith("2025-")


def test_an_excerpt_is_one_clean_line() -> None:
    assert figures.excerpt("one\n\ttwo\x00\u202ethree") == "one two three"
    assert len(figures.excerpt("x" * 5_000)) == 200
