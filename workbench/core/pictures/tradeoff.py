"""Quality against what it costs: in dollars, or in waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.core.pictures.axes import Scale, amount_scale, draw_across, draw_shares, share_scale, titled
from workbench.core.pictures.figures import percent
from workbench.core.pictures.frame import MARGIN, NAMED_BOTTOM, TOP, headed, name_axis
from workbench.core.pictures.letters import fitted, width
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.svg import Anchor, Drawing, Picture
from workbench.core.statistics import Estimate

HEIGHT = 340.0
_LABEL = 12.0
_ROOM = 190.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Point:
    """One column."""

    label: str
    price: float
    """What an answer of it takes: dollars or milliseconds."""
    quality: Estimate


def best(points: Sequence[Point]) -> tuple[bool, ...]:
    """For each point whether no other is at least as good and at least as cheap, and better in one of the two."""
    return tuple(not any(_beats(other, one) for other in points) for one in points)


def _beats(one: Point, other: Point) -> bool:
    ours, theirs = (one.quality.value, -one.price), (other.quality.value, -other.price)
    return all(a >= b for a, b in zip(ours, theirs, strict=True)) and ours != theirs


def tradeoff(
    points: Sequence[Point],
    palette: Palette,
    *,
    name: str,
    title: str,
    axis: str,
    shown: Callable[[float], str],
    wide: float = 640,
) -> Picture:
    """A point for each column: the share of passes upwards from zero to one, its price to the right from zero.

    Full points are those that nothing beats in both; prices that are very far apart stand on powers of ten, and
    the axis says so.
    """
    drawing = Drawing(wide, HEIGHT, palette)
    said = "Share of cases that pass, with its 95% interval; full points: none is better and no dearer"
    headed(drawing, title, said)
    bottom = HEIGHT - NAMED_BOTTOM
    left, right = MARGIN + 44, wide - MARGIN - 16
    up, across = share_scale(bottom, TOP), amount_scale([point.price for point in points], left, right)
    draw_shares(drawing, up, left, right)
    draw_across(drawing, across, TOP, bottom, shown, grid=across.logarithmic)
    name_axis(drawing, titled(axis, across), (left + right) / 2, bottom)
    full = best(points)
    taken = [_whisker(point, across, up) for point in points]
    for place, point in enumerate(points):
        with drawing.group(_words(point, shown), "point"):
            _mark(drawing, point, across(point.price), up, palette.of(place), hollow=not full[place])
            middle = (across(point.price), up(point.quality.value))
            taken.append(_label(drawing, point.label, middle, palette.of(place), taken))
    return drawing.finished(name, title, f"{axis}. " + " ".join(_words(point, shown) for point in points))


def _mark(drawing: Drawing, point: Point, x: float, up: Scale, color: str, *, hollow: bool) -> None:
    drawing.line((x, up(point.quality.low)), (x, up(point.quality.high)), color, width=1.5, role="interval")
    drawing.dot(x, up(point.quality.value), color, radius=5.5, hollow=hollow, role="value")


def _whisker(point: Point, across: Scale, up: Scale) -> Box:
    x = across(point.price)
    return (x - 6, up(point.quality.high) - 2, x + 6, up(point.quality.low) + 2)


def _label(drawing: Drawing, said: str, point: tuple[float, float], color: str, taken: Sequence[Box]) -> Box:
    """Write the name where nothing stands yet: right, left, then a little higher and lower on both sides."""
    x, y = point
    label = fitted(said, _ROOM, _LABEL)
    wide = width(label, _LABEL)
    places: list[tuple[Anchor, float, Box]] = []
    for rise in (0.0, -16.0, 16.0, -32.0, 32.0, -48.0, 48.0):
        top, bottom = y + rise - 8, y + rise + 7
        places.append(("start", y + rise, (x + 11, top, x + 11 + wide, bottom)))
        places.append(("end", y + rise, (x - 11 - wide, top, x - 11, bottom)))
    anchor, at, box = min(places, key=lambda one: _harm(one[2], taken, drawing.width))
    start = box[0] if anchor == "start" else box[2]
    drawing.text((start, at + 4), label, color=color, anchor=anchor, role="label")
    return box


def _harm(box: Box, taken: Sequence[Box], wide: float) -> float:
    """How many pixels of what is there already a label would cover; outside of the picture weighs most."""
    covered = sum(_shared(box, other) for other in taken)
    outside = max(0.0, MARGIN + 44 - box[0]) + max(0.0, box[2] - (wide - 4))
    above = max(0.0, TOP - 12 - box[1])
    return covered + 1_000 * (outside + above)


def _shared(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across * down if across > 0 and down > 0 else 0.0


def _words(point: Point, shown: Callable[[float], str]) -> str:
    rate = point.quality
    return (
        f"{point.label}: {percent(rate.value)} pass, between {percent(rate.low)} and {percent(rate.high)}, "
        f"{shown(point.price)}."
    )
