"""What changed between two texts, inline or side by side, with its words marked.

A removed word is struck through on red, an added one underlined on green: the colour never says it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QStackedLayout,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.difference import Piece, word_diff
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.difference_sides import Mark, Stretch, beside, count, inline

SMALL = 20_000
"""Texts of together fewer characters are compared at once, longer ones away from the UI thread."""

MOST_LINES = 40
"""A fitted view is not taller than this; it scrolls by itself then."""


class DifferenceView(QWidget):
    """Two texts compared; *inline* and *side by side* are two views of the same pieces."""

    def __init__(self, parent: QWidget | None = None, *, fitted: bool = False) -> None:
        """`fitted` leaves out the bar and makes the view as tall as its text, for a page of several."""
        super().__init__(parent)
        self._fitted = fitted
        self._pieces: tuple[Piece, ...] = ()
        self._shown: dict[bool, bool] = {}
        self._changes = 0
        self._current = -1
        self._computation = Computation(self)
        self._computation.finished.connect(self._take)
        self._count = theme.plain_label("No text to compare.", "quiet")
        self._inline_button = _tool("Inline", "Both texts in one", checkable=True)
        self._sides_button = _tool("Side by side", "Each text in a column of its own", checkable=True)
        self._previous = _tool("↑", "Previous change (Shift+F7)", name="Previous change")
        self._next = _tool("↓", "Next change (F7)", name="Next change")
        self._inline_text = _Text("Both texts, changes marked")
        self._left, self._right = _Text("Text before"), _Text("Text after")
        self._titles = (theme.plain_label("Before", "heading"), theme.plain_label("After", "heading"))
        self._arrange()
        self._connect()
        self.set_side_by_side(on=False)

    # --- what is shown

    def show_pieces(self, pieces: Iterable[Piece], titles: Sequence[str] = ("Before", "After")) -> None:
        """Show a comparison that was already made."""
        self._computation.drop()
        for label, title in zip(self._titles, titles, strict=True):
            label.setText(title)
        self._take(tuple(pieces))

    def show_texts(self, before: str, after: str, titles: Sequence[str] = ("Before", "After")) -> None:
        """Compare two texts and show it; long ones a moment later, when they are compared."""
        if len(before) + len(after) < SMALL:
            self.show_pieces(word_diff(before, after), titles)
            return
        self.show_pieces((), titles)
        self._count.setText("Comparing …")
        self._computation.start(lambda: word_diff(before, after))

    def set_side_by_side(self, *, on: bool) -> None:
        """Which of the two views is in front."""
        (self._sides_button if on else self._inline_button).setChecked(True)
        self._stack.setCurrentIndex(int(on))
        self._fill()

    def changes(self) -> int:
        """How many places differ."""
        return self._changes

    def next_change(self) -> None:
        """Go to the next place that differs; after the last comes the first."""
        self._go(1)

    def previous_change(self) -> None:
        """Go to the previous place that differs."""
        self._go(-1)

    # --- building

    def _arrange(self) -> None:
        self._bar = QWidget()
        self._bar.setHidden(self._fitted)
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(8, 4, 4, 4)
        bar.setSpacing(4)
        bar.addWidget(self._count)
        bar.addStretch(1)
        for button in (self._inline_button, self._sides_button, self._previous, self._next):
            bar.addWidget(button)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setChildrenCollapsible(False)
        for title, text in zip(self._titles, (self._left, self._right), strict=True):
            title.setHidden(self._fitted)
            sides.addWidget(_titled(title, text))
        self._stack = QStackedLayout()
        self._stack.addWidget(self._inline_text)
        self._stack.addWidget(sides)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._bar)
        whole.addLayout(self._stack, 1)

    def _connect(self) -> None:
        group = QButtonGroup(self)
        for button in (self._inline_button, self._sides_button):
            group.addButton(button)
        self._sides_button.toggled.connect(lambda on: self.set_side_by_side(on=on))
        self._previous.clicked.connect(self.previous_change)
        self._next.clicked.connect(self.next_change)
        for keys, go in (("F7", self.next_change), ("Shift+F7", self.previous_change)):
            shortcut = QShortcut(QKeySequence(keys), self, go)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._left.follow(self._right)
        self._right.follow(self._left)

    def _take(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces, self._shown, self._current = pieces, {}, -1
        self._changes = count(inline(pieces))
        self._count.setText(_counted(self._changes))
        for button in (self._previous, self._next):
            button.setEnabled(self._changes > 0)
        self._fill()

    def _fill(self) -> None:
        """Lay out the view in front; the other one when it is asked for."""
        in_sides = self._sides_button.isChecked()
        if self._shown.get(in_sides):
            return
        self._shown[in_sides] = True
        if in_sides:
            left, right = beside(self._pieces)
            self._left.show_stretches(left)
            self._right.show_stretches(right)
        else:
            self._inline_text.show_stretches(inline(self._pieces))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._fitted:
            columns = (self._left, self._right) if self._sides_button.isChecked() else (self._inline_text,)
            self.setFixedHeight(max(column.tall() for column in columns))

    def _go(self, step: int) -> None:
        if not self._changes:
            return
        start = -1 if step > 0 else 0
        self._current = ((self._current if self._current >= 0 else start) + step) % self._changes
        self._count.setText(f"Change {self._current + 1} of {self._changes}")
        texts = (self._left, self._right) if self._sides_button.isChecked() else (self._inline_text,)
        for text in texts:
            text.show_change(self._current)

    def changeEvent(self, event: QEvent) -> None:
        """Colours are part of the text, so a new theme lays it out again."""
        if event.type() == QEvent.Type.PaletteChange:
            self._shown = {}
            self._fill()
        super().changeEvent(event)


class _Text(QPlainTextEdit):
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

    def follow(self, other: _Text) -> None:
        """Scroll with another column: the same line on top, however its lines are wrapped."""
        other.verticalScrollBar().valueChanged.connect(lambda: self._stand_level_with(other))

    def _stand_level_with(self, other: _Text) -> None:
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


def _counted(changes: int) -> str:
    return {0: "No differences", 1: "1 change"}.get(changes, f"{changes:,} changes")


def _tool(text: str, tip: str, *, name: str = "", checkable: bool = False) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(name or text)
    button.setCheckable(checkable)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _titled(title: QLabel, text: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    title.setContentsMargins(8, 0, 8, 0)
    layout.addWidget(title)
    layout.addWidget(text, 1)
    return column
