"""One line of text asked for where the person is: a version's message, a prompt's name. Never in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from workbench.desktop import theme


class QuestionBar(QFrame):
    """Hidden until something is asked; Return answers, Escape leaves it and gives the focus back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._answer: Callable[[str], object] | None = None
        self._needs_text = False
        self._came_from: QWidget | None = None
        self._title = theme.plain_label()
        self.field = QLineEdit()
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._check)
        self.yes = QPushButton()
        self.yes.setProperty("primary", True)
        self.no = QPushButton("Cancel")
        self.no.setAccessibleName("Cancel")
        self.yes.clicked.connect(self.accept)
        self.no.clicked.connect(self.leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.BETWEEN - theme.UNIT, theme.UNIT + 2, theme.INSIDE, theme.UNIT + 2)
        row.setSpacing(theme.INSIDE)
        row.addWidget(self._title)
        row.addWidget(self.field, 1)
        row.addWidget(self.yes)
        row.addWidget(self.no)
        self.hide()

    def ask(
        self,
        title: str,
        verb: str,
        answer: Callable[[str], object],
        *,
        text: str = "",
        hint: str = "",
        needs_text: bool = True,
    ) -> None:
        """Ask; `answer` gets the text when the person says yes."""
        self._answer, self._needs_text = answer, needs_text
        if self.isHidden():
            self._came_from = self.window().focusWidget()
        self._title.setText(title)
        self.field.setAccessibleName(title)
        self.field.setPlaceholderText(hint)
        self.field.setText(text)
        self.field.selectAll()
        self.yes.setText(verb)
        self.yes.setAccessibleName(verb)
        self._check()
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Take the answer."""
        answer, text = self._answer, self.field.text().strip()
        if answer is None or not self.yes.isEnabled():
            return
        self.leave()
        answer(text)

    def leave(self) -> None:
        """Ask no longer."""
        self._answer = None
        self.hide()
        came_from, self._came_from = self._came_from, None
        if came_from is not None and came_from.isVisible():
            came_from.setFocus()

    def _check(self) -> None:
        self.yes.setEnabled(bool(self.field.text().strip()) or not self._needs_text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return and Escape in the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
                self.accept()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return super().eventFilter(watched, event)
