"""Moments as the store writes them: UTC, ISO 8601, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """This moment."""
    return moment_stored(datetime.now(UTC))


def moment_stored(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_restored(text: str) -> datetime:
    """The moment of a text."""
    return datetime.fromisoformat(text)
