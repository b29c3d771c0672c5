"""Which errors are worth another attempt, and when."""

from __future__ import annotations

import pytest

from workbench.errors import ModelError, ServerError, UserError
from workbench.running.backoff import LONGEST_WAIT_ASKED, MOST_RETRIES, Backoff, notice

BUSY = ServerError("Busy.", status=503, retryable=True)


def test_waits_double_within_their_jitter_and_stay_below_the_longest() -> None:
    backoff = Backoff(first=4, longest=10)
    for _ in range(50):
        waits = [backoff.wait(BUSY, retries) or 0 for retries in range(MOST_RETRIES)]
        assert 2 <= waits[0] <= 4
        assert 4 <= waits[1] <= 8
        assert 5 <= waits[2] <= 10


def test_jitter_spreads_requests_that_failed_together() -> None:
    assert len({Backoff().wait(BUSY, 0) for _ in range(20)}) > 10


def test_retry_after_goes_before_the_own_waits() -> None:
    asked = ServerError("Wait.", retryable=True, retry_after=LONGEST_WAIT_ASKED)
    assert Backoff().wait(asked, 0) == LONGEST_WAIT_ASKED
    too_long = ServerError("Wait.", retryable=True, retry_after=LONGEST_WAIT_ASKED + 1)
    assert Backoff().wait(too_long, 0) is None


@pytest.mark.parametrize("error", [ServerError("No."), ModelError("No."), UserError("No.")])
def test_other_errors_are_final(error: ModelError | UserError) -> None:
    assert Backoff().wait(error, 0) is None


def test_the_last_retry_is_the_last() -> None:
    assert Backoff().wait(BUSY, MOST_RETRIES) is None


def test_the_notice_says_why_how_long_and_which() -> None:
    assert notice(BUSY, 3.4, 1).text == "Busy. Trying again in 3 s (2 of 3)."
