"""How lengths and times are spread: a row of bars for each column, on one axis, with its median."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.core.pictures.axes import Scale, amount_scale, draw_across, titled
from workbench.core.pictures.frame import MARGIN, NAMED_BOTTOM, TOP, headed, name_axis
from workbench.core.pictures.letters import fitted, width
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.svg import Drawing, Picture, points

ROW = 52
_BINS = 48
_HILL = 34.0
_LABELS = (60.0, 190.0)
_FIGURES = 150.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of one column, at least one."""

    label: str
    values: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """The value that this share of them does not exceed, between the two nearest (type 7 of Hyndman and Fan,
        The American Statistician 50 (1996) 361-365)."""
        ordered = sorted(self.values)
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def distribution(
    spreads: Sequence[Spread],
    palette: Palette,
    *,
    name: str,
    title: str,
    axis: str,
    shown: Callable[[float], str],
    wide: float = 640,
) -> Picture:
    """A hill for each column: how many of its answers lie where; all on the same axis and the same bins.

    The line marks the median, the figures say it and what 95% of the answers stay below. The heights are shares
    of the column's own answers, so that columns of different sizes compare.
    """
    drawing = Drawing(wide, TOP + ROW * len(spreads) + NAMED_BOTTOM, palette)
    said = "How many of a column's answers lie where; the line is the median"
    headed(drawing, title, said)
    labels = min(max([*(width(one.label, 12) for one in spreads), _LABELS[0]]), _LABELS[1])
    left, right = MARGIN + labels + 16, wide - MARGIN - _FIGURES
    scale = amount_scale([value for one in spreads for value in one.values], left, right)
    bottom = TOP + ROW * len(spreads)
    draw_across(drawing, scale, TOP, bottom, shown)
    name_axis(drawing, titled(axis, scale), (left + right) / 2, bottom)
    heights = [shares(one, scale) for one in spreads]
    highest = max((max(kept) for kept in heights), default=1.0)
    for place, (one, kept) in enumerate(zip(spreads, heights, strict=True)):
        base = TOP + ROW * (place + 1) - 8
        with drawing.group(_words(one, shown), "row"):
            _hill(drawing, [_HILL * share / highest for share in kept], scale, base, palette.of(place))
            _name(drawing, one, (left - 16, right + 16), base, shown)
            at = scale(one.quantile(0.5))
            drawing.line((at, base), (at, base - _HILL - 2), palette.of(place), width=2, role="median")
    return drawing.finished(name, title, f"{said}. " + " ".join(_words(one, shown) for one in spreads))


def shares(one: Spread, scale: Scale) -> tuple[float, ...]:
    """The share of the values in each of the axis's bins."""
    counts = [0] * _BINS
    for value in one.values:
        along = (scale(value) - scale.start) / (scale.end - scale.start)
        counts[min(_BINS - 1, max(0, int(along * _BINS)))] += 1
    return tuple(count / len(one.values) for count in counts)


def _hill(drawing: Drawing, heights: Sequence[float], scale: Scale, base: float, color: str) -> None:
    step = (scale.end - scale.start) / _BINS
    outline = [(scale.start, base)]
    for place, height in enumerate(heights):
        outline += [(scale.start + (place + side) * step, base - height) for side in (0, 1)]
    outline.append((scale.end, base))
    drawing.path(points(outline) + " Z", fill=color, opacity=0.32, role="hill")
    drawing.line((scale.start, base), (scale.end, base), drawing.palette.axis, role="base")


def _name(
    drawing: Drawing, one: Spread, ends: tuple[float, float], base: float, shown: Callable[[float], str]
) -> None:
    label_end, figures = ends
    label = fitted(one.label, label_end - MARGIN, 12)
    drawing.text((label_end, base - 12), label, anchor="end", role="label")
    drawing.text((figures, base - 18), f"median {shown(one.quantile(0.5))}", bold=True, role="figure")
    below = f"95% below {shown(one.quantile(0.95))}"
    drawing.text((figures, base - 3), below, color=drawing.palette.muted, size=11, role="note")


def _words(one: Spread, shown: Callable[[float], str]) -> str:
    return (
        f"{one.label}: median {shown(one.quantile(0.5))}, 95% below {shown(one.quantile(0.95))}, "
        f"{len(one.values):,} answers."
    )
