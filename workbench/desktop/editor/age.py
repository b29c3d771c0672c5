"""How long ago something was, in words."""

from __future__ import annotations

from datetime import UTC, datetime


def age(when: datetime, now: datetime | None = None) -> str:
    """A few words, rougher the longer ago; a date after a month."""
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    for limit, unit, word in ((60, 1, ""), (3600, 60, "min"), (86_400, 3600, "h"), (2_592_000, 86_400, "days")):
        if seconds < limit:
            return f"{int(seconds / unit)} {word} ago" if word else "just now"
    return f"{when.astimezone():%Y-%m-%d}"
