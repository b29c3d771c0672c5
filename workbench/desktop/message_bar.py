"""A message where it happened: cause, next step, one thing to do, details to copy. Stops nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.errors import WorkbenchError

Tone = Literal["bad", "warning", "good", "plain"]

_SIGNS = {"bad": "warning", "warning": "warning", "good": "check", "plain": "info"}
_LONGEST = 20_000


class MessageBar(QFrame):
    """One message at a time; hidden while there is none."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._do: Callable[[], object] | None = None
        self._about = ""
        self._sign = QLabel()
        self._text = theme.plain_label()
        self._advice = theme.plain_label(role="quiet")
        for label in (self._text, self._advice):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setFont(theme.text_font())
        self._details.setTabChangesFocus(True)
        self._details.setMaximumHeight(160)
        self._details.setAccessibleName("Details")
        self._action = _button("")
        self._more = _button("Details")
        self._copy = _button("Copy details")
        self._close = QToolButton()
        self._close.setIcon(theme.icon("close"))
        self._close.setToolTip("Put this message away")
        self._close.setAccessibleName("Put this message away")
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._timer = QTimer(self, singleShot=True)
        self._arrange()
        self._connect()
        self.hide()

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._text)
        words.addWidget(self._advice)
        row = QHBoxLayout()
        row.setSpacing(theme.INSIDE)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for button in (self._action, self._more, self._copy, self._close):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.BETWEEN - theme.UNIT, theme.INSIDE, theme.INSIDE, theme.INSIDE)
        column.setSpacing(theme.UNIT)
        column.addLayout(row)
        column.addWidget(self._details)

    def _connect(self) -> None:
        self._action.clicked.connect(self._act)
        self._more.clicked.connect(lambda: self._details.setVisible(not self._details.isVisible()))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report()))
        self._close.clicked.connect(self.dismiss)
        self._timer.timeout.connect(self.dismiss)

    def show_message(
        self,
        text: str,
        *,
        advice: str = "",
        details: str = "",
        tone: Tone = "plain",
        action: str = "",
        do: Callable[[], object] | None = None,
        seconds: float = 0,
        about: str = "",
    ) -> None:
        """Say something instead of what was said before.

        `seconds` lets good news go by itself; `about` names a trouble that `dismiss_about` ends.
        """
        self._do, self._about = do, about
        self._text.setText(text)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._details.setPlainText(details[:_LONGEST])
        self._details.hide()
        for button, shown in ((self._action, action), (self._more, details), (self._copy, details)):
            button.setVisible(bool(shown))
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._sign.setPixmap(theme.icon(_SIGNS[tone]).pixmap(16, 16))
        self.setProperty("tone", tone)
        self.style().polish(self)
        self._timer.stop()
        if seconds:
            self._timer.start(round(seconds * 1000))
        self.show()

    def show_error(
        self,
        error: BaseException,
        *,
        doing: str = "",
        action: str = "",
        do: Callable[[], object] | None = None,
        about: str = "",
    ) -> None:
        """Say what went wrong, in the words of the error when it has some."""
        if isinstance(error, WorkbenchError):
            text, advice, details = error.message, error.advice, error.details
        else:
            text, advice, details = "Something went wrong in the program.", "", repr(error)
        words = f"{doing} {text}".strip()
        self.show_message(words, advice=advice, details=details, tone="bad", action=action, do=do, about=about)

    def dismiss(self) -> None:
        """Put the message away."""
        self._timer.stop()
        self.hide()
        self.dismissed.emit()

    def dismiss_about(self, about: str) -> None:
        """Put the message away if it is about this trouble, which is over."""
        if self._about == about and not self.isHidden():
            self.dismiss()

    def text(self) -> str:
        """What is said; empty when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def advice(self) -> str:
        """The next step."""
        return self._advice.text()

    def report(self) -> str:
        """The text that is copied."""
        parts = (self._text.text(), self._advice.text(), self._details.toPlainText())
        return "\n".join(part for part in parts if part)

    def _act(self) -> None:
        self.dismiss()
        if self._do:
            self._do()


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    return button
