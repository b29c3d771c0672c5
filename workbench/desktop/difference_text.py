"""Columns of marked text: one for both texts, or two that stand level."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QTextEdit, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.difference_sides import Mark, Stretch

MOST_LINES = 40
"""A column is asked to be no taller than this; it scrolls by itself then."""


class DifferenceText(QPlainTextEdit):
    """One column: marked stretches, and where each change begins and ends."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setFont(theme.text_font())
        self.setAccessibleName(name)
        self.setViewportMargins(8, 0, 4, 0)
        self._places: dict[int, tuple[int, int]] = {}
        self.following = False
        """While it scrolls because the other column did, so that the two do not chase each other."""

    def show_stretches(self, stretches: list[Stretch]) -> None:
        """Show these instead."""
        self.setExtraSelections([])
        self.clear()
        self._places = {}
        formats = _formats()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for stretch in stretches:
            start = cursor.position()
            if stretch.mark == "filler":
                _insert_filler(cursor, len(stretch.text))
            else:
                cursor.insertText(stretch.text, formats[stretch.mark])
            if stretch.change is not None:
                first = self._places.get(stretch.change, (start, start))[0]
                self._places[stretch.change] = (first, cursor.position())
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def show_change(self, change: int) -> None:
        """Bring a change into view and frame it; one that is only on the other side moves nothing."""
        self.setExtraSelections([])
        if change not in self._places:
            return
        start, end = self._places[change]
        cursor = self.textCursor()
        cursor.setPosition(end)
        self.setTextCursor(cursor)
        cursor.setPosition(start)
        self.setTextCursor(cursor)
        self.centerCursor()
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor
        selection.format = _current_format()
        self.setExtraSelections([selection])

    def tall(self) -> int:
        """The height of all its lines, or of as many as fit on a screen."""
        most, height = MOST_LINES * self.fontMetrics().lineSpacing(), 0.0
        layout, block = self.document().documentLayout(), self.document().firstBlock()
        while block.isValid() and height < most:
            height += layout.blockBoundingRect(block).height()
            block = block.next()
        return int(min(height, most) + 2 * self.document().documentMargin()) + 4

    def follow(self, other: DifferenceText) -> None:
        """Scroll with another column: the same line on top, however its lines are wrapped."""
        other.verticalScrollBar().valueChanged.connect(lambda: self._stand_level_with(other))

    def _stand_level_with(self, other: DifferenceText) -> None:
        if other.following:
            return
        top = other.firstVisibleBlock()
        block = self.document().findBlockByNumber(top.blockNumber())
        inside = max(other.verticalScrollBar().value() - top.firstLineNumber(), 0)
        self.following = True
        self.verticalScrollBar().setValue(block.firstLineNumber() + min(inside, max(block.lineCount() - 1, 0)))
        self.following = False


def _insert_filler(cursor: QTextCursor, lines: int) -> None:
    plain = QTextBlockFormat()
    filler = QTextBlockFormat()
    filler.setBackground(QColor(theme.current().filler))
    for _ in range(lines):
        cursor.setBlockFormat(filler)
        cursor.insertBlock(plain)


def _formats() -> dict[Mark, QTextCharFormat]:
    colors = theme.current()
    removed, added = QTextCharFormat(), QTextCharFormat()
    removed.setBackground(QColor(colors.removed))
    removed.setFontStrikeOut(True)
    added.setBackground(QColor(colors.added))
    added.setFontUnderline(True)
    return {"same": QTextCharFormat(), "removed": removed, "added": added}


def _current_format() -> QTextCharFormat:
    format_ = QTextCharFormat()
    format_.setBackground(QColor(theme.current().selection))
    format_.setFontWeight(QFont.Weight.Bold)
    return format_


class DifferenceColumns(QSplitter):
    """The text before and the text after, scrolled together."""

    def __init__(self, titles: Sequence[str], *, with_titles: bool) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setChildrenCollapsible(False)
        self.before, self.after = DifferenceText("Text before"), DifferenceText("Text after")
        self._titles = tuple(theme.plain_label(title, "heading") for title in titles)
        for label, text in zip(self._titles, (self.before, self.after), strict=True):
            label.setContentsMargins(8, 0, 8, 0)
            label.setVisible(with_titles)
            column = QWidget()
            layout = QVBoxLayout(column)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
            layout.addWidget(label)
            layout.addWidget(text, 1)
            self.addWidget(column)
        self.before.follow(self.after)
        self.after.follow(self.before)

    def set_titles(self, titles: Sequence[str]) -> None:
        """What stands above the two columns."""
        for label, title in zip(self._titles, titles, strict=True):
            label.setText(title)
