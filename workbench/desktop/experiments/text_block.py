"""The beginning of a text in so many lines, wrapped and elided, laid out once for each width.

A block is a QTextLayout or two: a QTextDocument a cell would cost a hundred times as much. Only the characters
that can fit are laid out, and the last line, which is cut, apart from those before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from workbench.desktop.plain_text import shown, units

MOST_KEPT = 2_000
"""Blocks that are remembered; all are forgotten when there are more."""

_NARROWEST = 0.6
"""How much narrower than the average the letters of a line may be."""
_BREAK = "\u2028"
"""What ends a line within a layout."""

Marks = Callable[[str], list[QTextLayout.FormatRange]]
"""From a text to the stretches of it that are marked."""


@dataclass(frozen=True, slots=True)
class Block:
    """A laid-out text."""

    layouts: tuple[QTextLayout, ...]
    """One under the other."""
    height: float

    def draw(self, painter: QPainter, place: QPointF, marks: Marks | None = None) -> None:
        """Draw it from its top left corner on, in the painter's pen."""
        for layout in self.layouts:
            layout.draw(painter, place, marks(layout.text()) if marks else [])
            place = QPointF(place.x(), place.y() + layout.boundingRect().height())

    def text(self) -> str:
        """What is seen."""
        return "\n".join(_seen(layout).rstrip(_BREAK).replace(_BREAK, "\n") for layout in self.layouts)


class TextBlocks:
    """Blocks of one font, remembered by what decides how they look."""

    def __init__(self, font: QFont) -> None:
        self._font = font
        self._metrics = QFontMetricsF(font)
        self._letter = self._metrics.averageCharWidth() * _NARROWEST
        self._kept: dict[tuple[str, int, int, bool], Block] = {}
        self._option = QTextOption()
        self._option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)

    def block(self, text: str, width: int, lines: int, *, from_end: bool = False) -> Block:
        """So many lines of a text, its beginning or its end."""
        key = (text, width, lines, from_end)
        if (made := self._kept.get(key)) is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            made = self._kept[key] = self._made(text, width, lines, from_end=from_end)
        return made

    def _made(self, text: str, width: int, lines: int, *, from_end: bool) -> Block:
        flat = _flat(text, lines)
        most = max(8, round(width / self._letter)) * (lines + 1)
        if from_end:
            return self._end(flat[-most:], width, lines)
        cut = flat[:most]
        first, seen = self._laid_out(cut, width, lines - 1) if lines > 1 else (None, 0)
        above = (first,) if first is not None else ()
        rest = cut if first is None else _from(cut, seen)
        if not rest:
            return _block(*above)
        if len(cut) < len(flat):
            rest += "…"
        elided = self._metrics.elidedText(rest.replace(_BREAK, " "), Qt.TextElideMode.ElideRight, width)
        line, more, _ = rest.partition(_BREAK)
        # A short line before a line end is shown as it is, with a sign that more comes.
        if more and self._metrics.horizontalAdvance(line + " …") <= width:
            elided = f"{line} …"
        return _block(*above, self._laid_out(elided, width, 1)[0])

    def _end(self, text: str, width: int, lines: int) -> Block:
        layout, _ = self._laid_out(text, width, 1_000)
        if layout.lineCount() <= lines:
            return _block(layout)
        last = _from(text, layout.lineAt(layout.lineCount() - lines).textStart())
        return _block(self._laid_out(last, width, lines)[0])

    def _laid_out(self, text: str, width: int, lines: int) -> tuple[QTextLayout, int]:
        """At most so many lines, and where the text behind them begins, in UTF-16 units."""
        layout = QTextLayout(text, self._font)
        layout.setTextOption(self._option)
        layout.setCacheEnabled(True)
        y, seen = 0.0, 0
        layout.beginLayout()
        for _ in range(lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y))
            y += line.height()
            seen = line.textStart() + line.textLength()
        layout.endLayout()
        return layout, seen


def _block(*layouts: QTextLayout) -> Block:
    return Block(layouts, sum(layout.boundingRect().height() for layout in layouts))


def _seen(layout: QTextLayout) -> str:
    """The part of a layout's text that has lines."""
    if not layout.lineCount():
        return ""
    last = layout.lineAt(layout.lineCount() - 1)
    text = layout.text()
    return text.removesuffix(_from(text, last.textStart() + last.textLength())) if text else ""


def _flat(text: str, lines: int) -> str:
    """Safe to show, without empty lines; a single line has no line ends either."""
    kept = (line.rstrip() for line in shown(text).splitlines())
    return (" " if lines == 1 else _BREAK).join(line for line in kept if line)


def _from(text: str, unit: int) -> str:
    """What stands behind so many UTF-16 units, in which Qt counts."""
    if len(text) == units(text):
        return text[unit:]
    return text.encode("utf-16-le")[2 * unit :].decode("utf-16-le", "replace")
