"""A share along an axis: how the pass rate goes with the number of examples, or with a parameter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.completion import PARAMETERS
from workbench.core.experiment import Column
from workbench.core.pictures.axes import LABEL, draw_shares, share_scale
from workbench.core.pictures.figures import percent
from workbench.core.pictures.frame import MARGIN, NAMED_BOTTOM, TOP, headed, name_axis
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.svg import Drawing, Picture, points
from workbench.core.statistics import Estimate

HEIGHT = 320.0
_ON_AN_AXIS = re.compile(rf"\A(?:(\d+) shots?|({'|'.join(PARAMETERS)}) (-?[\d.e+-]+))\Z")
"""Headings that `core.ablation` gives columns along an axis: `3 shots`, `temperature 0.5`."""
_LEAST = 34.0
"""Pixels between two figures under the axis; where values lie closer, every one is drawn and some are named."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One value along the axis."""

    at: float
    rate: Estimate | None
    """None where nothing is known yet."""


def curve(
    stops: Sequence[Stop],
    palette: Palette,
    *,
    axis: str,
    name: str = "curve",
    title: str = "Pass rate",
    wide: float = 640,
) -> Picture:
    """The share of passes at each value, from zero to one, with its interval as a band.

    The values stand where they lie, on a linear axis from the smallest to the largest.
    """
    drawing = Drawing(wide, HEIGHT, palette)
    said = f"Share of cases that pass, by {axis[0].lower()}{axis[1:]}; the band is the 95% interval"
    headed(drawing, title, said)
    kept = sorted(stops, key=lambda stop: stop.at)
    left, right, bottom = MARGIN + 44, wide - MARGIN - 16, HEIGHT - NAMED_BOTTOM
    up = share_scale(bottom, TOP)
    draw_shares(drawing, up, left, right)
    places = _places(kept, left + 12, right - 12)
    _name_values(drawing, kept, places, bottom)
    name_axis(drawing, axis, (left + right) / 2, bottom)
    known = [(x, stop.rate) for x, stop in zip(places, kept, strict=True) if stop.rate]
    if len(known) > 1:
        band = [(x, up(rate.high)) for x, rate in known] + [(x, up(rate.low)) for x, rate in reversed(known)]
        drawing.path(f"{points(band)} Z", fill=palette.accent, opacity=0.15, role="interval")
        drawing.path(points([(x, up(rate.value)) for x, rate in known]), stroke=palette.accent, role="curve")
    for x, stop in zip(places, kept, strict=True):
        if stop.rate:
            with drawing.group(_words(stop, axis), "stop"):
                drawing.line((x, up(stop.rate.low)), (x, up(stop.rate.high)), palette.accent, role="bar")
                drawing.dot(x, up(stop.rate.value), palette.accent, radius=5, role="value")
    return drawing.finished(name, title, f"{said}. " + " ".join(_words(stop, axis) for stop in kept))


def along(columns: Sequence[Column], palette: Palette, *, title: str = "Pass rate") -> Picture | None:
    """The curve of an experiment's columns; None where their headings are no places of their own on one axis."""
    axes, stops = set(), []
    for column in columns:
        match = _ON_AN_AXIS.match(column.variant.title)
        axes.add("" if match is None else match.group(2) or "Shots")
        if match:
            at = float(match.group(1) or match.group(3))
            stops.append(Stop(at, None if column.score is None else column.pass_rate))
    if len(axes) != 1 or "" in axes or len({stop.at for stop in stops}) < len(columns) or len(columns) < 2:
        return None
    return curve(stops, palette, axis=axes.pop(), title=title)


def _places(stops: Sequence[Stop], start: float, end: float) -> list[float]:
    if not stops:
        return []
    low, high = stops[0].at, stops[-1].at
    if high == low:
        return [(start + end) / 2 for _ in stops]
    return [start + (stop.at - low) / (high - low) * (end - start) for stop in stops]


def _name_values(drawing: Drawing, stops: Sequence[Stop], places: Sequence[float], bottom: float) -> None:
    last = float("-inf")
    for stop, x in zip(stops, places, strict=True):
        if x - last >= _LEAST:
            drawing.text(
                (x, bottom + 16),
                f"{stop.at:g}",
                color=drawing.palette.muted,
                size=LABEL,
                anchor="middle",
                role="tick",
            )
            last = x


def _words(stop: Stop, axis: str) -> str:
    if stop.rate is None:
        return f"{axis} {stop.at:g}: no answer yet."
    low, value, high = map(percent, (stop.rate.low, stop.rate.value, stop.rate.high))
    return f"{axis} {stop.at:g}: {value} pass, between {low} and {high}."
