"""Shares with their intervals, a row each: pass rates of columns, win rates of a blind comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.pictures.axes import Scale, draw_across, share_scale
from workbench.core.pictures.figures import interval, percent
from workbench.core.pictures.frame import BOTTOM, MARGIN, TOP, headed
from workbench.core.pictures.letters import fitted, width
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.svg import Drawing, Picture
from workbench.core.statistics import Estimate

ROW = 30
_LABELS = (60.0, 220.0)
_NOTE = 44.0
"""Where the note begins, behind a percentage."""


@dataclass(frozen=True, slots=True)
class Row:
    """One share."""

    label: str
    rate: Estimate | None
    """None where nothing is known yet."""
    note: str = ""
    """Behind the figures: what they are a share of."""


def rates(
    rows: Sequence[Row],
    palette: Palette,
    *,
    name: str = "pass-rates",
    title: str = "Pass rate",
    said: str = "Share of cases that pass; the bar is the 95% interval",
    middle: float | None = None,
    wide: float = 640,
) -> Picture:
    """A row for each share, from zero to one: the dot is what was seen, the bar where the truth may lie.

    `middle` draws a line to compare with, such as at one half for win rates.
    """
    drawing = Drawing(wide, TOP + ROW * len(rows) + BOTTOM, palette)
    headed(drawing, title, said)
    labels = min(max([*(width(row.label, 12) for row in rows), _LABELS[0]]), _LABELS[1])
    figures = wide - MARGIN - max([*(_NOTE + width(_note(row), 11) for row in rows), 60.0])
    scale = share_scale(MARGIN + labels + 16, figures - 16)
    bottom = TOP + ROW * len(rows)
    draw_across(drawing, scale, TOP, bottom, percent)
    if middle is not None:
        drawing.line((scale(middle), TOP), (scale(middle), bottom), palette.muted, role="middle")
    for place, row in enumerate(rows):
        with drawing.group(_words(row), "row"):
            _draw(drawing, row, scale(0.0) - 16, figures, TOP + ROW * (place + 0.5))
            if row.rate is not None:
                _mark(drawing, row.rate, scale, TOP + ROW * (place + 0.5))
    return drawing.finished(name, title, f"{said}. " + " ".join(map(_words, rows)))


def _draw(drawing: Drawing, row: Row, label_end: float, figures: float, y: float) -> None:
    label = fitted(row.label, label_end - MARGIN, 12)
    drawing.text((label_end, y + 4), label, anchor="end", role="label")
    if row.rate is None:
        drawing.text((figures, y + 4), row.note or "no answer yet", color=drawing.palette.muted, role="figure")
        return
    value = percent(row.rate.value)
    drawing.text((figures, y + 4), value, bold=True, role="figure")
    drawing.text((figures + _NOTE, y + 4), _note(row), color=drawing.palette.muted, size=11, role="note")


def _note(row: Row) -> str:
    return "no answer yet" if row.rate is None else " · ".join(filter(None, (interval(row.rate), row.note)))


def _mark(drawing: Drawing, rate: Estimate, scale: Scale, y: float) -> None:
    color = drawing.palette.accent
    low, value, high = scale(rate.low), scale(rate.value), scale(rate.high)
    drawing.line((low, y), (high, y), color, width=2.5, role="interval")
    for end in (low, high):
        drawing.line((end, y - 4), (end, y + 4), color, width=1.5, role="end")
    drawing.dot(value, y, color, radius=5, role="value")


def _words(row: Row) -> str:
    if row.rate is None:
        return f"{row.label}: {row.note or 'no answer yet'}."
    value, low, high = map(percent, (row.rate.value, row.rate.low, row.rate.high))
    return f"{row.label}: {value}, between {low} and {high}{f', {row.note}' if row.note else ''}."
