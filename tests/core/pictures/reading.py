"""Pictures read back: their elements by role, and the scale that their own axis stands for."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as Xml

from workbench.core.pictures.svg import Picture

_SVG = "{http://www.w3.org/2000/svg}"


class Drawn:
    """A picture's elements."""

    def __init__(self, picture: Picture) -> None:
        self.root = Xml.fromstring(picture.svg)  # noqa: S314 - our own text
        assert self.root.tag == f"{_SVG}svg"

    def of(self, role: str) -> list[Xml.Element]:
        """Elements with the role, in their order."""
        return [one for one in self.root.iter() if one.get("class") == role]

    def texts(self, role: str) -> list[str]:
        return [one.text or "" for one in self.of(role)]

    def title(self) -> str:
        return (self.root.findtext(f"{_SVG}title")) or ""

    def said(self) -> str:
        return (self.root.findtext(f"{_SVG}desc")) or ""

    def across(self, first: tuple[str, float], second: tuple[str, float]) -> Callable[[float], float]:
        """The horizontal scale, from where two ticks are written."""
        return self._scale("x", first, second, 0.0)

    def up(self) -> Callable[[float], float]:
        """The vertical scale of shares, from where its ticks are written, 4 pixels below their lines."""
        return self._scale("y", ("0%", 0.0), ("100%", 1.0), -4.0)

    def _scale(
        self, axis: str, first: tuple[str, float], second: tuple[str, float], shift: float
    ) -> Callable[[float], float]:
        at = {one.text: number(one, axis) + shift for one in self.of("tick")}
        (low_said, low), (high_said, high) = first, second
        slope = (at[high_said] - at[low_said]) / (high - low)
        return lambda value: at[low_said] + (value - low) * slope


def number(element: Xml.Element, name: str) -> float:
    return float(element.get(name) or "nan")
