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
    shown = fitted(said, 2 * min(middle, drawing.width - middle) - MARGIN, 11)
    drawing.text((middle, bottom + 34), shown, color=drawing.palette.muted, size=11, anchor="middle", role="axis")


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """The places nearest to the wanted ones that are a gap apart, in the same order, between two bounds.

    Neighbours that are too close become a block around their mean, as in isotonic regression (pool adjacent
    violators); what then lies outside is pushed in. Where there is no room for all gaps they are smaller.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    places = _blocks([wanted[rank] for rank in order], gap)
    for place in range(len(places)):
        places[place] = max(places[place], low + place * gap)
    for place in range(len(places)):
        places[-1 - place] = min(places[-1 - place], high - place * gap)
    placed = [0.0] * len(wanted)
    for rank, at in zip(order, places, strict=True):
        placed[rank] = at
    return placed


def _blocks(wanted: list[float], gap: float) -> list[float]:
    """Places a gap apart without bounds; each block is the sum of where it would begin, and its size."""
    blocks: list[tuple[float, int]] = []
    for place in wanted:
        begin, size = place, 1
        while blocks and blocks[-1][0] / blocks[-1][1] + blocks[-1][1] * gap > begin / size:
            before, count = blocks.pop()
            begin, size = before + begin - size * count * gap, size + count
        blocks.append((begin, size))
    return [begin / size + offset * gap for begin, size in blocks for offset in range(size)]
