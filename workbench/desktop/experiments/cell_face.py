"""What a place of the grid says: sign and word, an excerpt, quiet figures. Pure values, made from records.

A sign and a word go with every colour. An answer that nothing was checked of is *answered*, not *passed*: a
tick would claim what nobody looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from workbench.core.check import Judgement
from workbench.core.experiment import CellRecord
from workbench.core.run import Rating
from workbench.desktop.experiments.live_text import LiveText
from workbench.desktop.results import figures
from workbench.desktop.results.figures import Tone

Trend = Literal["better", "worse", ""]
"""How a place came out against the baseline's of the same case."""

PASSED, FAILED, ERROR, OPEN, DONE = "pfe-d"
"""What became of one repetition, as `Face.pips` writes it: passed, failed a check, error, no answer, unchecked."""

MOST_PIPS = 12
"""Repetitions that are drawn one by one; more would be no shape to be read."""


@dataclass(frozen=True, slots=True)
class Face:
    """How one place of the grid looks, whatever its size."""

    sign: str
    word: str
    tone: Tone
    note: str = ""
    """Why, in a line: the first check that failed, the error, what is waited for."""
    text: str = ""
    """The answer's beginning, or its end while it is written."""
    figures: str = ""
    pips: str = ""
    """A letter for each repetition; empty where there is one only."""
    follows: bool = False
    """Whether the text's end is what is shown."""
    trend: Trend = ""
    rating: str = ""
    """What a person thinks of it, in a word or sign or two."""

    @property
    def spoken(self) -> str:
        """All of it in words, for screen readers and tool tips."""
        trend = f"{self.trend} than the baseline" if self.trend else ""
        rated = f"rated {self.rating}" if self.rating else ""
        return ". ".join(part.rstrip(".") for part in (self.word, trend, rated, self.note, self.figures) if part)


NOT_ASKED = Face("·", "not asked", "plain")
WAITING = Face("…", "waiting", "plain")


def is_checked(record: CellRecord | None) -> bool:
    """Whether a check looked at the answer."""
    return bool(record and record.state == "done" and record.judgement and record.judgement.verdicts)


def share(records: Sequence[CellRecord | None]) -> float | None:
    """The share of passes of the repetitions that were checked; None where none was."""
    kept = [one.judgement.passed for one in records if one and is_checked(one) and one.judgement]
    return sum(kept) / len(kept) if kept else None


def pip(record: CellRecord | None) -> str:
    """What became of one repetition, as a letter."""
    if record is None or record.state == "waiting":
        return OPEN
    if record.state == "failed":
        return ERROR
    if not is_checked(record) or record.judgement is None:
        return DONE
    return PASSED if record.judgement.passed else FAILED


def featured(records: Sequence[CellRecord | None]) -> int:
    """The repetition worth looking at first: one that failed, else the first that is there."""
    if len(records) == 1:
        return 0
    pips = "".join(map(pip, records))
    return next((at for letter in (FAILED, PASSED, DONE, ERROR) if (at := pips.find(letter)) >= 0), 0)


def live_face(live: LiveText) -> Face:
    """A place into which an answer is being written."""
    if live.ended:
        return Face("…", "checking", "plain", text=live.tail, follows=True)
    if live.notice:
        return Face("…", "waiting", "plain", note=live.notice, text=live.tail, follows=True)
    word = "thinking" if live.thinking else "writing" if live.answering else "asked"
    return Face("▸", word, "plain", text=live.tail, follows=True)


def rating_text(rating: Rating | None) -> str:
    """`★ 4 good golden`: as much of it as there is."""
    if rating is None:
        return ""
    stars = f"★ {rating.score}" if rating.score else ""
    return " ".join(filter(None, (stars, rating.verdict, "golden" if rating.golden is not None else "")))


def settled_face(
    records: Sequence[CellRecord | None], text: str, *, trend: Trend = "", rating: Rating | None = None
) -> Face:
    """A place with what its repetitions became; text and rating are the featured one's."""
    record = records[featured(records)]
    if record is None or record.state == "waiting":
        return NOT_ASKED
    sign, word, tone = _outcome(records)
    return Face(
        sign=sign,
        word=word,
        tone=tone,
        note=_note(record),
        text=text,
        figures=_figures(records),
        pips="".join(map(pip, records)) if 1 < len(records) <= MOST_PIPS else "",
        trend=trend,
        rating=rating_text(rating),
    )


def _outcome(records: Sequence[CellRecord | None]) -> tuple[str, str, Tone]:
    pips = "".join(map(pip, records))
    if len(records) == 1:
        return _OUTCOMES[pips]
    passed, ended = pips.count(PASSED), len(pips) - pips.count(OPEN)
    if pips.count(ERROR) == ended:
        return "!", "error", "warning"
    if not passed + pips.count(FAILED):
        return "•", f"{pips.count(DONE)}/{ended} answered", "plain"
    word = f"{passed}/{ended} passed"
    if passed == ended:
        return "✓", word, "good"
    return ("✗", word, "bad") if pips.count(FAILED) == ended else ("◐", word, "warning")


_OUTCOMES: dict[str, tuple[str, str, Tone]] = {
    PASSED: ("✓", "passed", "good"),
    FAILED: ("✗", "failed", "bad"),
    ERROR: ("!", "error", "warning"),
    DONE: ("•", "answered", "plain"),
    OPEN: ("·", "not asked", "plain"),
}


def _note(record: CellRecord) -> str:
    if record.state == "failed":
        return figures.excerpt(record.error or "The answer broke off.")
    judgement = record.judgement
    notes = [] if judgement is None else [_reason(judgement)]
    if record.stop_reason in ("length", "content_filter"):
        notes.append(figures.outcome(record.stop_reason).text)
    return " · ".join(filter(None, notes))


def _reason(judgement: Judgement) -> str:
    """The first check that failed, and how many more did."""
    failed = [verdict.reason for verdict in judgement.verdicts if not verdict.passed]
    if not failed or judgement.passed:
        return ""
    more = f" (+{len(failed) - 1} more)" if len(failed) > 1 else ""
    return figures.excerpt(failed[0]) + more


def _figures(records: Sequence[CellRecord | None]) -> str:
    """`0.42 s · 31 tok`; means where the case was repeated."""
    kept = [record for record in records if record and record.state == "done"]
    own = [record.total_ms for record in kept if record.total_ms is not None and not record.cached]
    tokens = [record.usage.completion_tokens for record in kept if record.usage]
    time = figures.duration(fmean(own)) if own else "cached" if kept else ""
    count = f"{round(fmean(tokens)):,} tok" if tokens else ""
    mean = "⌀ " if len(kept) > 1 else ""
    shown = " · ".join(filter(None, (time, count)))
    return f"{mean}{shown}" if shown else ""
