"""Scales and axes: round steps, zero where a length is to be compared, a logarithm only where it is said."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbench.core.pictures.svg import Drawing

LABEL = 11
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_WIDE = 60.0
"""From so many times the smallest value on, a linear axis would squeeze the small ones into one place."""

_MOST_POWERS = 6
_NOTHING = 1e-12
"""Less than anything that is measured or paid."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From figures to places."""

    low: float
    high: float
    start: float
    """Where `low` stands, in pixels."""
    end: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, self.low))
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def share_scale(start: float, end: float) -> Scale:
    """For shares: always from zero to one."""
    return Scale(0.0, 1.0, start, end, (0.0, 0.25, 0.5, 0.75, 1.0))


def amount_scale(values: Iterable[float], start: float, end: float) -> Scale:
    """For amounts: from zero, or by powers of ten where all are above zero and far apart."""
    kept = sorted(0.0 if value < _NOTHING else value for value in values)
    highest = kept[-1] if kept else 1.0
    if kept and kept[0] > 0 and highest / kept[0] > _WIDE:
        return _logarithmic(kept[0], highest, start, end)
    step = round_step(highest / 4 if highest > 0 else 0.25)
    count = max(1, math.ceil(highest / step - 1e-9))
    return Scale(0.0, count * step, start, end, tuple(step * place for place in range(count + 1)))


def round_step(wanted: float) -> float:
    """The next round number of at least the wanted size: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * one for one in _ROUND if power * one >= wanted * (1 - 1e-9))


def _logarithmic(lowest: float, highest: float, start: float, end: float) -> Scale:
    first, last = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    step = -(-(last - first) // _MOST_POWERS)
    ticks = tuple(10.0**power for power in range(first, last + 1, step))
    return Scale(10.0**first, 10.0**last, start, end, ticks, True)


def titled(axis: str, scale: Scale) -> str:
    """What an axis measures, and on what scale where that is not the usual one."""
    return f"{axis} (powers of ten)" if scale.logarithmic else axis


def draw_shares(drawing: Drawing, scale: Scale, left: float, right: float) -> None:
    """A vertical axis of shares: calm lines across, the percentages at their left."""
    for tick in scale.ticks:
        color = drawing.palette.axis if tick == 0 else drawing.palette.grid
        drawing.line((left, scale(tick)), (right, scale(tick)), color, role="grid")
        drawing.text(
            (left - 8, scale(tick) + 4),
            f"{tick:.0%}",
            color=drawing.palette.muted,
            size=LABEL,
            anchor="end",
            role="tick",
        )


def draw_across(
    drawing: Drawing, scale: Scale, top: float, bottom: float, shown: Callable[[float], str], *, grid: bool = True
) -> None:
    """A horizontal axis: ticks under the plot, lines up through it."""
    for tick in scale.ticks:
        at = scale(tick)
        color = drawing.palette.axis if tick == scale.low else drawing.palette.grid
        if grid or tick == scale.low:
            drawing.line((at, top), (at, bottom), color, role="grid")
        drawing.text(
            (at, bottom + 16), shown(tick), color=drawing.palette.muted, size=LABEL, anchor="middle", role="tick"
        )
