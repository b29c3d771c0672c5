"""The beginning of a text in so many lines, wrapped and elided, laid out once for each width.

A block is one small QTextLayout: a QTextDocument a cell would cost a hundred times as much.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

from workbench.desktop.plain_text import shown, units

MOST_KEPT = 2_000
"""Blocks that are remembered; all are forgotten when there are more."""

_NARROWEST = 0.6
"""How much narrower than the average a line of narrow letters may run."""


class TextBlocks:
    """Laid-out texts, remembered by what decides how they look."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int, bool], QTextLayout] = {}
        self._font = ""

    def block(self, text: str, font: QFont, width: int, lines: int, *, from_end: bool = False) -> QTextLayout:
        """So many lines of a text, its beginning or its end; draw it with `QTextLayout.draw`."""
        if font.key() != self._font or len(self._kept) > MOST_KEPT:
            self._kept.clear()
            self._font = font.key()
        key = (text, width, lines, from_end)
        if (made := self._kept.get(key)) is None:
            made = self._kept[key] = _made(text, font, width, lines, from_end=from_end)
        return made


def _made(text: str, font: QFont, width: int, lines: int, *, from_end: bool) -> QTextLayout:
    metrics = QFontMetricsF(font)
    most = max(8, round(width / (metrics.averageCharWidth() * _NARROWEST)) * (lines + 1))
    flat = _flat(text, lines)
    if from_end:
        return _end(flat[-most:], font, width, lines)
    cut = flat[:most]
    layout = _laid_out(cut, font, width, lines)
    last = layout.lineAt(layout.lineCount() - 1) if layout.lineCount() else None
    if last is None or (last.textStart() + last.textLength() >= units(cut) and cut == flat):
        return layout
    start = last.textStart()
    rest = _from(cut, start).replace("\u2028", " ") + ("…" if cut != flat else "")
    elided = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return _laid_out(_until(cut, start) + elided, font, width, lines)


def _end(text: str, font: QFont, width: int, lines: int) -> QTextLayout:
    layout = _laid_out(text, font, width, 1_000)
    if layout.lineCount() <= lines:
        return layout
    return _laid_out(_from(text, layout.lineAt(layout.lineCount() - lines).textStart()), font, width, lines)


def _laid_out(text: str, font: QFont, width: int, lines: int) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    y = 0.0
    layout.beginLayout()
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout


def _flat(text: str, lines: int) -> str:
    """Safe to show, without empty lines; a single line has no line ends either."""
    kept = (line.rstrip() for line in shown(text).splitlines())
    return (" " if lines == 1 else "\u2028").join(line for line in kept if line)


def _from(text: str, unit: int) -> str:
    """What stands behind so many UTF-16 units, in which Qt counts."""
    return text[unit:] if text.isascii() else text.encode("utf-16-le")[2 * unit :].decode("utf-16-le", "replace")


def _until(text: str, unit: int) -> str:
    return text[:unit] if text.isascii() else text.encode("utf-16-le")[: 2 * unit].decode("utf-16-le", "replace")
