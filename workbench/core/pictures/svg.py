"""An SVG document, written element by element.

Only what every viewer draws alike is used, Qt's SVG Tiny renderer among them: presentation attributes, no style
sheets, no scripts, nothing that is loaded. Every text is escaped here and nowhere else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from workbench.core.pictures.palette import Palette

FAMILY = "Inter, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"

_UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, and what would turn the text around."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture."""

    name: str
    """For the file that it is saved as."""
    title: str
    said: str
    """What it shows in words, for those who do not see it."""
    svg: str
    width: float
    height: float


def escaped(text: str) -> str:
    """A text as it stands in an element or in an attribute between double quotes."""
    return html.escape(_UNFIT.sub("\ufffd", text), quote=True)


def number(value: float) -> str:
    """A length or a place, to a hundredth of a pixel."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


class Drawing:
    """A picture while it is drawn."""

    def __init__(self, width: float, height: float, palette: Palette) -> None:
        self.width = width
        self.height = height
        self.palette = palette
        self._elements: list[str] = []

    def line(
        self, start: tuple[float, float], end: tuple[float, float], color: str, *, width: float = 1, role: str = ""
    ) -> None:
        """A straight line with round ends."""
        self._add(
            "line",
            {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]},
            {"stroke": color, "stroke-width": number(width), "stroke-linecap": "round", "class": role},
        )

    def dot(
        self, x: float, y: float, color: str, *, radius: float = 4, hollow: bool = False, role: str = ""
    ) -> None:
        """A disc, or a ring, on a small margin of the surface that parts it from lines below."""
        fill = self._ground if hollow else color
        self._add(
            "circle",
            {"cx": x, "cy": y, "r": radius},
            {"fill": fill, "stroke": color if hollow else self._ground, "stroke-width": "1.5", "class": role},
        )

    def path(
        self, data: str, *, stroke: str = "none", fill: str = "none", opacity: float = 1, role: str = ""
    ) -> None:
        """A path of `M`, `L` and `Z`."""
        said = {"d": data, "fill": fill, "stroke": stroke, "stroke-linejoin": "round", "class": role}
        if fill != "none" and opacity < 1:
            said["fill-opacity"] = number(opacity)
        if stroke != "none":
            said["stroke-width"] = "1.75"
        self._add("path", {}, said)

    def text(
        self,
        place: tuple[float, float],
        said: str,
        *,
        color: str = "",
        size: float = 12,
        anchor: Anchor = "start",
        bold: bool = False,
        role: str = "",
    ) -> None:
        """A line of text; the place is on its base line."""
        attributes = {"fill": color or self.palette.ink, "font-size": number(size), "class": role}
        if anchor != "start":
            attributes["text-anchor"] = anchor
        if bold:
            attributes["font-weight"] = "600"
        self._add("text", {"x": place[0], "y": place[1]}, attributes, said)

    @contextmanager
    def group(self, said: str, role: str) -> Iterator[None]:
        """What belongs together, with words that a browser shows under the mouse."""
        self._elements.append(f'<g class="{escaped(role)}"><title>{escaped(said)}</title>')
        yield
        self._elements.append("</g>")

    def finished(self, name: str, title: str, said: str) -> Picture:
        """The picture as one document, its title and description first."""
        width, height = number(self.width), number(self.height)
        ground = ""
        if self.palette.surface != "none":
            ground = f'<rect width="{width}" height="{height}" fill="{escaped(self.palette.surface)}"/>\n'
        text = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" font-family="{escaped(FAMILY)}" role="img" '
            f'aria-labelledby="{name}-title {name}-said">\n'
            f'<title id="{name}-title">{escaped(title)}</title>\n<desc id="{name}-said">{escaped(said)}</desc>\n'
            f"{ground}" + "\n".join(self._elements) + "\n</svg>\n"
        )
        return Picture(name, title, said, text, self.width, self.height)

    @property
    def _ground(self) -> str:
        return "var(--surface)" if self.palette.surface == "none" else self.palette.surface

    def _add(self, tag: str, places: dict[str, float], said: dict[str, str], text: str | None = None) -> None:
        shown = {**{name: number(value) for name, value in places.items()}, **said}
        attributes = " ".join(f'{name}="{escaped(value)}"' for name, value in shown.items() if value)
        end = "/>" if text is None else f">{escaped(text)}</{tag}>"
        self._elements.append(f"<{tag} {attributes}{end}")


def points(places: list[tuple[float, float]]) -> str:
    """Path data through the places."""
    return "M" + " L".join(f"{number(x)} {number(y)}" for x, y in places)
