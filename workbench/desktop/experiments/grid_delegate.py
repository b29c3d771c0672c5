"""How the grid's places are painted: a line of state and figures, under it as much text as the row has room for.

Nothing here makes a widget or a document. A text is laid out once for each width (`text_block`), the rest is a
few strokes, so that a screen of cells is painted within some milliseconds while answers stream into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.desktop import theme
from workbench.desktop.experiments.cell_face import DONE, ERROR, FAILED, PASSED, Face
from workbench.desktop.experiments.grid_look import Look
from workbench.desktop.experiments.grid_model import FACE, NUMBER
from workbench.desktop.experiments.text_block import Block, TextBlocks
from workbench.desktop.plain_text import units

Index = QModelIndex | QPersistentModelIndex
Height = Literal["compact", "normal", "tall"]

TEXT_LINES: dict[Height, int] = {"compact": 1, "normal": 3, "tall": 8}
"""Lines of an answer in a row; a compact row puts its one line beside the state."""

_EDGE = 8
_GAP = 8
_STRIPE = 3
_PIP = 8
_NARROW = 48
"""Pixels below which a reason or an answer is left out rather than cut to a few letters."""
_LEAST_EXCERPT = 140
"""Pixels of an answer in a compact row, before figures are shown beside it."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TONES = {"good": "good", "warning": "warning", "bad": "bad", "plain": "muted"}
_TRENDS = {"better": "good", "worse": "bad"}
_PIPS = {PASSED: "good", FAILED: "bad", ERROR: "warning"}


class GridDelegate(QStyledItemDelegate):
    """What the two kinds of columns share."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.height: Height = "normal"
        self.query = ""
        """What is searched for, casefolded; marked where it stands."""
        self.renew(theme.text_font())

    def renew(self, font: QFont) -> None:
        """The theme or the size of texts is another one."""
        self.look = Look.made(font)
        self._blocks = TextBlocks(self.look.text)

    def row_height(self) -> int:
        """Pixels of a row."""
        state = self.look.state_metrics.height()
        if self.height == "compact":
            return max(self.look.line, state) + 10
        return state + TEXT_LINES[self.height] * self.look.line + 16

    def _lines(self, painter: QPainter, rect: QRect) -> QRect:
        """The lines to the right of a cell and below it; the area inside them."""
        border = self.look.colors["border"]
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, border)
        painter.fillRect(rect.right(), rect.top(), 1, rect.height(), border)
        return rect.adjusted(0, 0, -1, -1)

    def _draw(self, painter: QPainter, block: Block, place: QPointF) -> None:
        """Draw a text, with what is searched for marked in it."""
        block.draw(painter, place, self._marks if self.query else None)

    def _marks(self, text: str) -> list[QTextLayout.FormatRange]:
        """Where a text says what is searched for, as Qt underlays it."""
        found: list[QTextLayout.FormatRange] = []
        folded, query = text.casefold(), self.query
        if len(folded) != len(text):
            return found  # a letter became two, and places are no longer the same
        at = folded.find(query)
        while at >= 0:
            mark = QTextLayout.FormatRange()
            mark.start, mark.length = units(text[:at]), units(text[at : at + len(query)])
            mark.format.setBackground(self.look.colors["selection"])
            mark.format.setFontUnderline(True)
            found.append(mark)
            at = folded.find(query, at + len(query))
        return found


class CellDelegate(GridDelegate):
    """Paints a `Face`."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        face: Face = index.data(FACE)
        painter.save()
        area = self._ground(painter, option)
        if face.tone in ("bad", "warning"):
            # An edge that lets the eye run down a column for what did not go well.
            painter.fillRect(area.left(), area.top() + 1, _STRIPE, area.height() - 2, self.look.colors[face.tone])
        inner = area.adjusted(_EDGE, 4, -_EDGE, -4)
        if self.height == "compact":
            self._paint_line(painter, inner, face)
        else:
            state = self.look.state_metrics.height()
            rest = self._paint_state(painter, QRect(inner.left(), inner.top(), inner.width(), state), face)
            if face.text:
                self._paint_note(painter, rest, face)
            self._paint_text(painter, inner.adjusted(0, state + 4, 0, 0), face)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QRect:
        """What lies behind a cell, selected or in front; the area inside its lines."""
        state, colors = option.state, self.look.colors
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.fillRect(option.rect, colors["selection" if selected else "filler" if hovered else "surface"])
        area = self._lines(painter, option.rect)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colors["accent"], 2))
            painter.drawRect(area.adjusted(1, 1, -1, -1))
        return area

    def _paint_line(self, painter: QPainter, area: QRect, face: Face) -> None:
        """All of it on one line."""
        rest = self._paint_state(painter, area, face)
        if face.note and not face.text:
            self._paint_note(painter, rest, face)
        elif face.text and rest.width() > _NARROW:
            painter.setPen(self.look.colors["text"])
            block = self._blocks.block(face.text, rest.width(), 1, from_end=face.follows)
            self._draw(painter, block, QPointF(rest.left(), rest.top() + (rest.height() - self.look.line) / 2))

    def _paint_text(self, painter: QPainter, area: QRect, face: Face) -> None:
        """The answer; where there is none, why."""
        text, quiet = face.text or face.note, face.follows or not face.text
        if text and area.width() > 0:
            painter.setPen(self.look.colors["muted" if quiet else "text"])
            block = self._blocks.block(text, area.width(), TEXT_LINES[self.height], from_end=face.follows)
            self._draw(painter, block, QPointF(area.topLeft()))

    def _paint_state(self, painter: QPainter, area: QRect, face: Face) -> QRect:
        """Sign, word, repetitions, trend, rating at the left, figures at the right; what is free between them."""
        left, right = area.left(), area.right()
        metrics, colors = self.look.state_metrics, self.look.colors
        painter.setFont(self.look.state)
        marks = (
            (f"{face.sign} {face.word}", _TONES[face.tone]),
            ({"better": "▲ better", "worse": "▼ worse"}.get(face.trend, ""), _TRENDS.get(face.trend, "muted")),
            (face.rating, "accent"),
        )
        pips = len(face.pips) * (_PIP + 3)
        taken = pips + sum(metrics.horizontalAdvance(mark) + _GAP for mark, _ in marks if mark)
        room = metrics.horizontalAdvance(face.figures) + _GAP
        if self.height == "compact" and face.text:
            taken += _LEAST_EXCERPT
        if face.figures and taken + room <= area.width():  # the first to go where it is narrow
            painter.setPen(colors["muted"])
            painter.drawText(area, _RIGHT, face.figures)
            right -= room
        for at, (mark, tone) in enumerate(marks):
            left += self._paint_mark(painter, QRect(left, area.top(), right - left, area.height()), mark, tone)
            if at == 0 and pips and left + pips < right:
                left = self._paint_pips(painter, left, area.center().y(), face.pips) + _GAP
        return QRect(left, area.top(), max(0, right - left), area.height())

    def _paint_mark(self, painter: QPainter, area: QRect, mark: str, tone: str) -> int:
        """A word with its sign, where there is room for all of it; how much it took."""
        wide = self.look.state_metrics.horizontalAdvance(mark)
        if not mark or wide > area.width():
            return 0
        painter.setPen(self.look.colors[tone])
        painter.drawText(area, _LEFT, mark)
        return wide + _GAP

    def _paint_note(self, painter: QPainter, area: QRect, face: Face) -> None:
        if face.note and area.width() >= _NARROW:
            painter.setPen(self.look.colors["muted"])
            elided = self.look.state_metrics.elidedText(face.note, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, _LEFT, elided)

    def _paint_pips(self, painter: QPainter, left: int, middle: int, pips: str) -> int:
        """A shape for each repetition: full, crossed out, barred, empty; where they end."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for letter in pips:
            color = self.look.colors[_PIPS.get(letter, "muted")]
            area = QRectF(left + 0.5, middle - _PIP / 2 + 0.5, _PIP - 1, _PIP - 1)
            painter.setPen(QPen(color, 1.4))
            painter.setBrush(color if letter in (PASSED, DONE) else Qt.BrushStyle.NoBrush)
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


class CaseDelegate(GridDelegate):
    """Paints what a case says: its number, a value, the expected answer."""

    def __init__(self, current_row: Callable[[], int], parent: QWidget) -> None:
        super().__init__(parent)
        self._current_row = current_row

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors = self.look.colors
        painter.save()
        painter.fillRect(option.rect, colors["hover" if index.row() == self._current_row() else "window"])
        inner = self._lines(painter, option.rect).adjusted(_EDGE, 4, -_EDGE, -4)
        painter.setPen(colors["text"])
        if index.column() == NUMBER:
            self._paint_number(painter, inner, index.data())
        elif text := index.data():
            lines = 1 if self.height == "compact" else TEXT_LINES[self.height] + 1
            block = self._blocks.block(text, max(1, inner.width()), lines)
            slack = inner.height() - block.height
            self._draw(painter, block, QPointF(inner.left(), inner.top() + max(0.0, slack / 2) * (lines == 1)))
        painter.restore()

    def _paint_number(self, painter: QPainter, area: QRect, text: str) -> None:
        number, _, name = text.partition(" ")
        painter.setFont(self.look.state)
        painter.setPen(self.look.colors["muted"])
        side = Qt.AlignmentFlag.AlignVCenter if self.height == "compact" else Qt.AlignmentFlag.AlignTop
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | side, number)
        rest = area.adjusted(self.look.state_metrics.horizontalAdvance(f"{number}  "), 0, 0, 0)
        if name and rest.width() > 0:
            painter.setPen(self.look.colors["text"])
            wrap = Qt.TextFlag.TextWordWrap if self.height != "compact" else Qt.TextFlag.TextSingleLine
            painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | side | wrap, name)
