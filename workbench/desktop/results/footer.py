"""What a person does with an answer, in one row that shrinks to signs in a narrow pane."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from workbench.desktop import theme
from workbench.desktop.results.rating import RatingBar

_BUTTONS = {
    "golden": ("edit", "golden", "Edit the golden answer (E)"),
    "better": ("arrow-up", "better", "Mark this answer as better than the others (A)"),
    "diff": ("difference", "diff", "Compare with another answer (Ctrl+D)"),
    "copy": ("copy", "copy", "Copy the answer (C)"),
}


_ICON_WIDTH = 38
_TIGHT = "QToolButton { padding: 4px 1px; }"
_NARROWEST_WITH_COPY = 330
"""Narrower than this, copying is left to its key."""


class AnswerFooter(QWidget):
    """Rating, golden answer, better mark, difference, copy."""

    golden_asked = Signal()
    better_asked = Signal()
    difference_asked = Signal(object)
    """A choice out of `set_comparisons`."""
    copy_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.rating = RatingBar()
        self._buttons = {name: _button(*parts) for name, parts in _BUTTONS.items()}
        self.golden, self.better = self._buttons["golden"], self._buttons["better"]
        self.diff, self.copy = self._buttons["diff"], self._buttons["copy"]
        self.golden.setCheckable(True)
        self.better.setCheckable(True)
        self._comparisons: tuple[object, ...] = ()
        self._menu = QMenu(self)
        self.diff.setMenu(self._menu)
        self.diff.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 4)
        row.setSpacing(4)
        row.addWidget(self.rating)
        row.addStretch()
        for button in self._buttons.values():
            row.addWidget(button)
        self.golden.clicked.connect(self.golden_asked)
        self.better.clicked.connect(self.better_asked)
        self.copy.clicked.connect(self.copy_asked)

    def set_comparisons(self, titles: dict[str, object]) -> None:
        """Offer these in the menu of differences, by title."""
        self._comparisons = tuple(titles.values())
        self._menu.clear()
        for title, choice in titles.items():
            self._menu.addAction(title).triggered.connect(
                lambda _checked=False, chosen=choice: self.difference_asked.emit(chosen)
            )
        self.diff.setEnabled(bool(titles))

    def comparisons(self) -> tuple[object, ...]:
        """The choices on offer."""
        return self._comparisons

    def set_golden(self, *, exists: bool) -> None:
        """Say whether there is a golden answer."""
        self.golden.setChecked(exists)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        room = self.width() - 32
        words = self._words_width() + self.rating.wide_width() <= room
        for button in self._buttons.values():
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly)
        tight = not words and len(_BUTTONS) * _ICON_WIDTH + self.rating.wide_width() > room
        self.rating.set_short(tight)
        sheet = _TIGHT if tight else ""
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
            self._row.setSpacing(0 if tight else theme.UNIT)
        self.copy.setVisible(self.width() >= _NARROWEST_WITH_COPY)

    def _words_width(self) -> int:
        metrics = self.fontMetrics()
        return sum(metrics.horizontalAdvance(word) + 46 for _icon, word, _tip in _BUTTONS.values())


def _button(icon: str, word: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setText(word)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
