"""What changed between two texts, inline or side by side, with its words marked.

A removed word is struck through on red, an added one underlined on green: the colour never says it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.difference import Piece, word_diff
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.difference_sides import beside, count, inline
from workbench.desktop.difference_text import DifferenceColumns, DifferenceText

SMALL = 20_000
"""Texts of together fewer characters are compared at once, longer ones away from the UI thread."""


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
        self._inline_text = DifferenceText("Both texts, changes marked")
        self._titles: tuple[str, ...] = ("Before", "After")
        self._columns: DifferenceColumns | None = None
        self._arrange()
        self._connect()
        self.set_side_by_side(on=False)

    # --- what is shown

    def show_pieces(self, pieces: Iterable[Piece], titles: Sequence[str] = ("Before", "After")) -> None:
        """Show a comparison that was already made."""
        self._computation.drop()
        self._titles = tuple(titles)
        if self._columns is not None:
            self._columns.set_titles(self._titles)
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
        if on and self._columns is None:
            self._columns = DifferenceColumns(self._titles, with_titles=not self._fitted)
            self._stack.addWidget(self._columns)
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
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(8, 4, 4, 4)
        bar.setSpacing(4)
        bar.addWidget(self._count)
        bar.addStretch(1)
        for button in (self._inline_button, self._sides_button, self._previous, self._next):
            bar.addWidget(button)
        self._stack = QStackedLayout()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._bar)
        self._bar.setHidden(self._fitted)
        whole.addLayout(self._stack, 1)  # before it is filled, as what has no place yet would be a window
        self._stack.addWidget(self._inline_text)

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
        stretches = beside(self._pieces) if in_sides else (inline(self._pieces),)
        for text, side in zip(self._texts(), stretches, strict=True):
            text.show_stretches(side)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _texts(self) -> tuple[DifferenceText, ...]:
        """The columns of the view in front."""
        if self._sides_button.isChecked() and self._columns is not None:
            return self._columns.before, self._columns.after
        return (self._inline_text,)

    def _fit(self) -> None:
        if self._fitted:
            self.setFixedHeight(max(text.tall() for text in self._texts()))

    def _go(self, step: int) -> None:
        if not self._changes:
            return
        start = -1 if step > 0 else 0
        self._current = ((self._current if self._current >= 0 else start) + step) % self._changes
        self._count.setText(f"Change {self._current + 1} of {self._changes}")
        for text in self._texts():
            text.show_change(self._current)

    def changeEvent(self, event: QEvent) -> None:
        """Colours are part of the text, so a new theme lays it out again."""
        if event.type() == QEvent.Type.PaletteChange:
            self._shown = {}
            self._fill()
        super().changeEvent(event)


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
