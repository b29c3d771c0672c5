"""What all pictures share: margins, and a heading that says what is shown and how to read it."""

from __future__ import annotations

from workbench.core.pictures.letters import fitted
from workbench.core.pictures.svg import Drawing

MARGIN = 16.0
TOP = 64.0
"""Where a plot begins, under its heading."""
BOTTOM = 36.0
"""Room for the axis under a plot."""
NAMED_BOTTOM = 52.0
"""The same, with the axis's name."""


def headed(drawing: Drawing, title: str, said: str) -> None:
    """Write the heading."""
    room = drawing.width - 2 * MARGIN
    drawing.text((MARGIN, 26), fitted(title, room, 14, bold=True), size=14, bold=True, role="title")
    drawing.text((MARGIN, 45), fitted(said, room, 12), color=drawing.palette.muted, role="said")


def name_axis(drawing: Drawing, said: str, middle: float, bottom: float) -> None:
    """Write what the horizontal axis measures under its figures."""
    drawing.text((middle, bottom + 34), said, color=drawing.palette.muted, size=11, anchor="middle", role="axis")


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """The places nearest to the wanted ones that are a gap apart, in the same order, between two bounds.

    Neighbours that are too close become a block around their mean, as in isotonic regression (pool adjacent
    violators).
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    blocks: list[list[float]] = []  # sum of (wanted place less its offset within the block), count
    for rank in order:
        blocks.append([wanted[rank], 1])
        while len(blocks) > 1 and _start(blocks[-2]) + blocks[-2][1] * gap > _start(blocks[-1]):
            last, before = blocks.pop(), blocks[-1]
            before[0] += last[0] - last[1] * before[1] * gap
            before[1] += last[1]
    placed, edge = [0.0] * len(wanted), iter(order)
    for block in blocks:
        room = (block[1] - 1) * gap
        start = max(low, min(_start(block), high - room))
        for offset in range(int(block[1])):
            placed[next(edge)] = start + offset * gap
    return placed


def _start(block: list[float]) -> float:
    return block[0] / block[1]
