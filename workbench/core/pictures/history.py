"""The pass rate from run to run: what the changes of a prompt did to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.pictures.axes import LABEL, Scale, draw_shares, share_scale
from workbench.core.pictures.figures import percent
from workbench.core.pictures.frame import BOTTOM, MARGIN, TOP, headed, spread
from workbench.core.pictures.letters import fitted, width
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.svg import Drawing, Picture, points
from workbench.core.statistics import Estimate

HEIGHT = 300.0
_LONGEST_NAME = 120.0
_ENDS = (60.0, 230.0)


@dataclass(frozen=True, slots=True)
class Series:
    """One column through the runs."""

    label: str
    rates: tuple[Estimate | None, ...]
    """One for each run; None where the run did not have the column."""


def history(moments: Sequence[str], series: Sequence[Series], palette: Palette, *, wide: float = 640) -> Picture:
    """A line for each column through the runs in their order, from zero to one, named at its end.

    Bars are intervals; a run that lacks a column interrupts its line.
    """
    title, said = "Pass rate from run to run", "Share of cases that pass in each run, with its 95% interval"
    drawing = Drawing(wide, HEIGHT, palette)
    headed(drawing, title, said)
    kept = [one for one in series if any(rate is not None for rate in one.rates)]
    ends = min(max([*(width(one.label, 12) + 54 for one in kept), _ENDS[0]]), _ENDS[1])
    bottom, left, right = HEIGHT - BOTTOM, MARGIN + 44, wide - MARGIN - ends
    up = share_scale(bottom, TOP)
    draw_shares(drawing, up, left, right)
    across = _places(len(moments), left + 24, right - 24)
    _name_runs(drawing, moments, across, bottom + 16)
    for place, one in enumerate(kept):
        offset = (place - (len(kept) - 1) / 2) * 5  # intervals of one run side by side
        with drawing.group(_words(one, moments), "series"):
            _draw(drawing, one, [x + offset for x in across], up, palette.of(place))
    _name_ends(drawing, kept, up, right + 12, ends - 12)
    return drawing.finished("history", title, f"{said}. " + " ".join(_words(one, moments) for one in kept))


def _places(count: int, left: float, right: float) -> list[float]:
    if count == 1:
        return [(left + right) / 2]
    return [left + (right - left) * place / (count - 1) for place in range(count)]


def _name_runs(drawing: Drawing, moments: Sequence[str], across: Sequence[float], y: float) -> None:
    """The runs' names, as many as have room; the last one always."""
    wide = min(max(width(moment, LABEL) for moment in moments), _LONGEST_NAME) + 16
    room = (across[-1] - across[0]) / max(1, len(across) - 1) if len(across) > 1 else wide
    step = max(1, -int(-wide // max(room, 1)))
    for place in range(len(moments) - 1, -1, -step):
        said, color = fitted(moments[place], _LONGEST_NAME, LABEL), drawing.palette.muted
        drawing.text((across[place], y), said, color=color, size=LABEL, anchor="middle", role="tick")


def _draw(drawing: Drawing, one: Series, across: Sequence[float], up: Scale, color: str) -> None:
    stretch: list[tuple[float, float]] = []
    for x, rate in zip(across, one.rates, strict=True):
        if rate is None:
            _join(drawing, stretch, color)
            stretch = []
            continue
        stretch.append((x, up(rate.value)))
        drawing.line((x, up(rate.low)), (x, up(rate.high)), color, width=1.25, role="interval")
    _join(drawing, stretch, color)
    for x, rate in zip(across, one.rates, strict=True):
        if rate is not None:
            drawing.dot(x, up(rate.value), color, role="value")


def _join(drawing: Drawing, stretch: list[tuple[float, float]], color: str) -> None:
    if len(stretch) > 1:
        drawing.path(points(stretch), stroke=color, role="line")


def _name_ends(drawing: Drawing, series: Sequence[Series], up: Scale, x: float, room: float) -> None:
    """Each line's name and last figure beside its end, moved apart where lines end close together."""
    last = [next(rate for rate in reversed(one.rates) if rate is not None) for one in series]
    places = spread([up(rate.value) for rate in last], 16, up(1.0), up(0.0))
    for place, (one, rate, y) in enumerate(zip(series, last, places, strict=True)):
        color = drawing.palette.of(place)
        figure = percent(rate.value)
        drawing.text((x, y + 4), figure, color=color, bold=True, role="figure")
        drawing.text((x + 38, y + 4), fitted(one.label, room - 38, 12), color=color, role="label")


def _words(one: Series, moments: Sequence[str]) -> str:
    said = [f"{moment} {percent(rate.value)}" for moment, rate in zip(moments, one.rates, strict=True) if rate]
    return f"{one.label}: {', '.join(said)}."
