"""When a failed request is worth another attempt, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

from workbench.core.completion import Notice
from workbench.errors import ServerError, WorkbenchError

MOST_RETRIES = 3
"""Attempts beyond the first one."""

TOO_MANY = 429

LONGEST_WAIT_ASKED = 120.0
"""Seconds of a Retry-After that are honoured; a server that asks for more is not asked again."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from attempt to attempt, with jitter so that many requests do not return at once."""

    first: float = 1.0
    """Seconds before the first retry, at most."""
    longest: float = 20.0

    def wait(self, error: WorkbenchError, retries: int, *, most: int = MOST_RETRIES) -> float | None:
        """Seconds to wait after this error and that many retries; None when it is final."""
        if not isinstance(error, ServerError) or not error.retryable or retries >= most:
            return None
        if error.retry_after is not None:
            return max(error.retry_after, 0.0) if error.retry_after <= LONGEST_WAIT_ASKED else None
        ceiling = min(self.first * 2.0**retries, self.longest)
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


STEADY = Backoff()


def is_limit(error: WorkbenchError) -> bool:
    """Whether a server says that it has had too many requests, not that anything is wrong."""
    return isinstance(error, ServerError) and error.status == TOO_MANY


def notice(error: WorkbenchError, seconds: float, retries: int, *, most: int = MOST_RETRIES) -> Notice:
    """What a person sees while a retry is waited for."""
    shown = f"{seconds:.0f} s" if seconds >= 1 else "a moment"
    return Notice(f"{error.message} Trying again in {shown} ({retries + 1} of {most}).")
