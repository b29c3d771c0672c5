"""A plain text field that is as high as its text, within bounds; Tab leaves it, and Ctrl+Return is not its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

_AROUND = 10
"""Pixels above and below the text together: margins and border."""

_BOX = """
QPlainTextEdit { border: 1px solid palette(mid); border-radius: 6px; padding: 0px 4px; }
QPlainTextEdit:focus { border-color: palette(link); }
"""


class GrowingText(QPlainTextEdit):
    """A field for a text of one line or many."""

    def __init__(self, name: str, hint: str = "", *, most_lines: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most_lines
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(_BOX)
        self.document().setDocumentMargin(3)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if held and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # it accepts or runs what the field is part of; Qt would begin a line
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height())

    def _height(self) -> int:
        # A plain text document measures itself in lines, not in pixels.
        lines = min(max(round(self.document().size().height()), 1), self._most)
        return lines * self.fontMetrics().lineSpacing() + _AROUND

    def _fit(self) -> None:
        if self.height() != self._height():
            self.setFixedHeight(self._height())
