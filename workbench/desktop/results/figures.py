"""Numbers and outcomes of a run as the window words them; short, and always of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.core.completion import StopReason
from workbench.core.money import estimated
from workbench.core.size import size_text

Tone = Literal["plain", "good", "warning", "bad"]

NONE = "–"
"""Stands where a number is not known, so that its column keeps its place."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: a sign and a word, so that the colour never stands alone."""

    sign: str
    word: str
    tone: Tone
    meaning: str
    """One sentence for the tool tip."""

    @property
    def text(self) -> str:
        """Sign and word, as lists and badges show them."""
        return f"{self.sign} {self.word}"


_OUTCOMES: dict[StopReason, Outcome] = {
    "stop": Outcome("✓", "finished", "good", "The model ended its answer by itself or at a stop string."),
    "length": Outcome("✂", "truncated", "warning", "The answer reached max tokens; raise them to see all."),
    "truncated": Outcome("✂", "broke off", "warning", "The stream ended without saying why; it may be partial."),
    "cancelled": Outcome("■", "cancelled", "plain", "You stopped this run; what had come is kept."),
    "error": Outcome("✗", "failed", "bad", "The run failed; what had come is kept."),
    "content_filter": Outcome("✗", "withheld", "warning", "The server withheld the answer."),
}


def outcome(stop_reason: StopReason) -> Outcome:
    """The sign, word and tone of a stop reason."""
    return _OUTCOMES[stop_reason]


def duration(milliseconds: float | None) -> str:
    """`0.08 s`, `12.4 s`, `2:05 min`."""
    if milliseconds is None:
        return NONE
    seconds = milliseconds / 1000
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"


def speed(tokens_per_second: float | None) -> str:
    """`8.4 tok/s`, `112 tok/s`; nothing wider than its column."""
    if tokens_per_second is None:
        return f"{NONE} tok/s"
    if tokens_per_second > 9_999:
        return "> 9,999 tok/s"
    digits = 1 if tokens_per_second < 10 else 0
    return f"{tokens_per_second:,.{digits}f} tok/s"


def tokens(prompt: int | None, completion: int | None) -> str:
    """`31 → 120 tok`: in, out."""
    return f"{_count(prompt)} → {_count(completion)} tok"


def _count(number: int | None) -> str:
    return NONE if number is None else f"{number:,}"


def cost(dollars: float | None) -> str:
    """`≈ 0.0002 $`, since it is reckoned from list prices; a dash where no price is known."""
    return f"{NONE} $" if dollars is None else estimated(dollars)


def size(count: int | None) -> str:
    """`94 MB`, `1.4 GB`; a dash where it is not known."""
    return NONE if count is None else size_text(count)


def moment(created_at: datetime, now: datetime) -> str:
    """When a run was made, in local time: the hour today, else the day, else the date."""
    local, today = created_at.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%d %b %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def words(text: str) -> str:
    """`1 word`, `84 words`."""
    count = len(text.split())
    return f"{count:,} word{'' if count == 1 else 's'}"


def excerpt(text: str, limit: int = 200) -> str:
    """The beginning of a text as one line; control characters shown as spaces."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
