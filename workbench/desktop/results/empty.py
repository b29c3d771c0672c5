"""An empty place that says what it is for and offers the first step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from workbench.desktop.theme import plain_label


class EmptyState(QWidget):
    """A title, a sentence, and a button where there is something to do."""

    action_asked = Signal()

    def __init__(self, title: str, hint: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = plain_label(title)
        self._title.setProperty("title", True)
        self._hint = plain_label(hint)
        self._hint.setProperty("quiet", True)
        self._button = QPushButton(action)
        self._button.setAccessibleName(action)
        self._button.clicked.connect(self.action_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addStretch()
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        self._button.setVisible(bool(action))  # not before it stands in here: it would be a window of its own

    def say(self, title: str, hint: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._hint.setText(hint)

    def title(self) -> str:
        """The title that is shown."""
        return self._title.text()
