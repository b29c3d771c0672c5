"""How the grid's places are painted: a line of state and figures, under it as much text as the row has room for.

Nothing here makes a widget or a document. A text is laid out once for each width (`text_block`), the rest is a
few strokes, so that a screen of cells is painted within a millisecond or few while answers stream into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.desktop import theme
from workbench.desktop.experiments.cell_face import DONE, ERROR, FAILED, OPEN, PASSED, Face
from workbench.desktop.experiments.grid_model import FACE, NUMBER
from workbench.desktop.experiments.text_block import TextBlocks
from workbench.desktop.results.live import tabular
from workbench.desktop.theme import Colors

Index = QModelIndex | QPersistentModelIndex
Height = Literal["compact", "normal", "tall"]

TEXT_LINES: dict[Height, int] = {"compact": 1, "normal": 3, "tall": 8}
"""Lines of an answer in a row; a compact row puts its one line beside the state."""

_EDGE = 8
_GAP = 8
_STRIPE = 3
_PIP = 8
_NARROW_NOTE = 48
"""Pixels below which a reason is left out rather than cut to a few letters."""


def excerpt_font(font: QFont) -> QFont:
    """The face of outputs, two points smaller: a grid is scanned, not read."""
    small = QFont(font)
    small.setPointSize(max(theme.TEXT_SIZES[0], font.pointSize() - 2))
    return small


def row_height(height: Height, text: QFont) -> int:
    """Pixels of a row."""
    line = QFontMetrics(excerpt_font(text)).height()
    state = QFontMetrics(tabular(QApplication.font())).height()
    lines = TEXT_LINES[height]
    return max(line, state) + 10 if height == "compact" else state + lines * line + 16


class CellDelegate(QStyledItemDelegate):
    """Paints a `Face`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocks = TextBlocks()
        self.height: Height = "normal"

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        face: Face = index.data(FACE)
        colors = theme.current()
        painter.save()
        area = paint_ground(painter, option, colors)
        if (tone := _stripe(face, colors)) is not None:
            painter.fillRect(QRect(area.left(), area.top() + 1, _STRIPE, area.height() - 2), tone)
        inner = area.adjusted(_EDGE, 4, -_EDGE, -4)
        if self.height == "compact":
            self._paint_line(painter, excerpt_font(option.font), inner, face, colors)
        else:
            state = QFontMetrics(tabular(QApplication.font())).height()
            rest = _paint_state(painter, QRect(inner.left(), inner.top(), inner.width(), state), face, colors)
            _paint_note(painter, rest, face, colors)
            self._paint_text(painter, excerpt_font(option.font), inner.adjusted(0, state + 4, 0, 0), face, colors)
        painter.restore()

    def _paint_line(self, painter: QPainter, font: QFont, area: QRect, face: Face, colors: Colors) -> None:
        """All of it on one line."""
        rest = _paint_state(painter, area, face, colors)
        if face.note and not face.text:
            _paint_note(painter, rest, face, colors)
        elif rest.width() > _NARROW_NOTE:
            painter.setPen(QColor(colors.text))
            block = self._blocks.block(face.text, font, rest.width(), 1, from_end=face.follows)
            block.draw(painter, QPointF(rest.left(), rest.center().y() - block.boundingRect().height() / 2 + 1))

    def _paint_text(self, painter: QPainter, font: QFont, area: QRect, face: Face, colors: Colors) -> None:
        if face.text:
            painter.setPen(QColor(colors.muted if face.follows else colors.text))
            lines = TEXT_LINES[self.height]
            block = self._blocks.block(face.text, font, area.width(), lines, from_end=face.follows)
            block.draw(painter, QPointF(area.topLeft()))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(240, row_height(self.height, option.font))


class CaseDelegate(QStyledItemDelegate):
    """Paints what a case says: its number, a value, the expected answer."""

    def __init__(self, current_row: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current_row = current_row
        self._blocks = TextBlocks()
        self.height: Height = "normal"

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors = theme.current()
        is_current = index.row() == self._current_row()
        painter.save()
        ground = colors.hover if is_current else colors.window
        painter.fillRect(option.rect, QColor(ground))
        area = paint_lines(painter, option.rect, colors)
        inner = area.adjusted(_EDGE, 4, -_EDGE, -4)
        font = tabular(QApplication.font()) if index.column() == NUMBER else excerpt_font(option.font)
        lines = 1 if self.height == "compact" else TEXT_LINES[self.height] + 1
        painter.setPen(QColor(colors.muted if index.column() == NUMBER else colors.text))
        block = self._blocks.block(index.data() or "", font, max(1, inner.width()), lines)
        top = (
            inner.top() if self.height != "compact" else inner.center().y() - block.boundingRect().height() / 2 + 1
        )
        block.draw(painter, QPointF(inner.left(), top))
        painter.restore()


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, colors: Colors) -> QRect:
    """What lies behind a cell, selected or in front; the area inside its lines."""
    state = option.state
    selected = bool(state & QStyle.StateFlag.State_Selected)
    hovered = bool(state & QStyle.StateFlag.State_MouseOver)
    ground = colors.selection if selected else colors.filler if hovered else colors.surface
    painter.fillRect(option.rect, QColor(ground))
    area = paint_lines(painter, option.rect, colors)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(colors.accent), 2))
        painter.drawRect(area.adjusted(1, 1, -1, -1))
    return area


def paint_lines(painter: QPainter, rect: QRect, colors: Colors) -> QRect:
    """The lines to the right of a cell and below it; the area inside them."""
    painter.setPen(QColor(colors.border))
    painter.drawLine(rect.bottomLeft(), rect.bottomRight())
    painter.drawLine(rect.topRight(), rect.bottomRight())
    return rect.adjusted(0, 0, -1, -1)


def _stripe(face: Face, colors: Colors) -> QColor | None:
    """The colour of the edge that lets the eye run down a column for what did not go well."""
    return {"bad": QColor(colors.bad), "warning": QColor(colors.warning)}.get(face.tone)


def _paint_state(painter: QPainter, area: QRect, face: Face, colors: Colors) -> QRect:
    """Sign, word, trend and repetitions at the left, figures at the right; what is free between them."""
    left, right = area.left(), area.right()
    font = tabular(QApplication.font())
    metrics = QFontMetrics(font)
    painter.setFont(font)
    word = f"{face.sign} {face.word}"
    if face.figures and metrics.horizontalAdvance(face.figures + word) + 2 * _GAP <= area.width():
        painter.setPen(QColor(colors.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, face.figures)
        right -= metrics.horizontalAdvance(face.figures) + _GAP
    tones = {"good": colors.good, "warning": colors.warning, "bad": colors.bad, "plain": colors.muted}
    painter.setPen(QColor(tones[face.tone]))
    painter.drawText(
        QRect(left, area.top(), right - left, area.height()),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        word,
    )
    left += metrics.horizontalAdvance(word) + _GAP
    if face.pips and left + len(face.pips) * (_PIP + 3) < right:
        left = _paint_pips(painter, left, area.center().y(), face.pips, colors) + _GAP
    if face.trend and left + metrics.horizontalAdvance("▼ worse") < right:
        sign = "▲ better" if face.trend == "better" else "▼ worse"
        painter.setPen(QColor(colors.good if face.trend == "better" else colors.bad))
        rest = QRect(left, area.top(), right - left, area.height())
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, sign)
        left += metrics.horizontalAdvance(sign) + _GAP
    return QRect(left, area.top(), max(0, right - left), area.height())


def _paint_note(painter: QPainter, area: QRect, face: Face, colors: Colors) -> None:
    if not face.note or area.width() < _NARROW_NOTE:
        return
    painter.setPen(QColor(colors.muted))
    note = painter.fontMetrics().elidedText(face.note, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, note)


def _paint_pips(painter: QPainter, left: int, middle: int, pips: str, colors: Colors) -> int:
    """A shape for each repetition: full, crossed out, barred, empty; where they end."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    tones = {
        PASSED: colors.good,
        FAILED: colors.bad,
        ERROR: colors.warning,
        OPEN: colors.border,
        DONE: colors.muted,
    }
    for letter in pips:
        area = QRectF(left + 0.5, middle - _PIP / 2 + 0.5, _PIP - 1, _PIP - 1)
        painter.setPen(QPen(QColor(tones.get(letter, colors.muted)), 1.4))
        painter.setBrush(QColor(tones[letter]) if letter in (PASSED, DONE) else Qt.BrushStyle.NoBrush)
        if letter == FAILED:
            painter.drawLine(area.topLeft(), area.bottomRight())
            painter.drawLine(area.topRight(), area.bottomLeft())
        elif letter == ERROR:
            painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
        else:
            painter.drawEllipse(area)
        left += _PIP + 3
    painter.restore()
    return left
