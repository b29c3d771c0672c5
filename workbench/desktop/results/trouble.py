"""What stands in a pane while it waits or when it failed: a notice with a stop, an error with its next step."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.core.completion import Notice
from workbench.core.run import Run
from workbench.desktop import theme
from workbench.desktop.results.controls import button
from workbench.desktop.results.live import ToneLabel
from workbench.desktop.theme import plain_label
from workbench.errors import WorkbenchError

_LEAST = 64
"""Pixels of an error that are seen in any case; the others are scrolled to."""


class NoticeBar(QFrame):
    """One line about a wait, how far it is where that is known, and the way out."""

    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = plain_label()
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._progress.setAccessibleName("Progress")
        stop = QPushButton("Stop")
        stop.setAccessibleName("Stop this run")
        stop.setToolTip("Stop this run (Esc stops all)")
        stop.clicked.connect(self.stop_asked)
        lines = QVBoxLayout()
        lines.setSpacing(4)
        lines.addWidget(self._text)
        lines.addWidget(self._progress)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addLayout(lines, 1)
        row.addWidget(stop, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Say what is waited for."""
        known = notice.fraction is not None
        self._text.setText(f"{notice.text} {round((notice.fraction or 0) * 100)}%" if known else notice.text)
        self._progress.setRange(0, 100 if known else 0)
        self._progress.setValue(round((notice.fraction or 0) * 100))
        self.show()

    def text(self) -> str:
        """What is said."""
        return self._text.text()


class ErrorCard(QScrollArea):
    """Cause, next step, details to copy, and another try: as high as its text, and scrolled in a low pane."""

    retry_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = QFrame()
        self._card.setProperty("card", True)
        self._title = ToneLabel()
        self._advice = plain_label()
        for label in (self._title, self._advice):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setTabChangesFocus(True)
        self._details.setFont(theme.text_font())
        self._details.setMaximumHeight(140)
        self._details.setAccessibleName("Error details")
        self._retry = button("Retry", "Run this pane again")
        self._toggle = button("Details", "Show the details of the error")
        self._copy = button("Copy", "Copy the error and its details")
        self._retry.clicked.connect(self.retry_asked)
        self._toggle.clicked.connect(lambda: self._show_details(not self._details.isVisibleTo(self)))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report()))
        buttons = QHBoxLayout()
        for press in (self._retry, self._copy, self._toggle):
            buttons.addWidget(press)
        buttons.addStretch()
        column = QVBoxLayout(self._card)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._advice)
        column.addWidget(self._details)
        column.addLayout(buttons)
        self.setWidget(self._card)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_error(self, message: str, *, advice: str = "", details: str = "", retry: bool = True) -> None:
        """Say what failed and what to do."""
        self._title.say(f"✗ {message}", "bad")
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._details.setPlainText(details[:20_000])
        self._show_details(False)
        self._toggle.setVisible(bool(details))
        self._retry.setVisible(retry)
        self.verticalScrollBar().setValue(0)
        self.updateGeometry()
        self.show()

    def heightForWidth(self, width: int) -> int:
        return self._card.heightForWidth(width)

    def sizeHint(self) -> QSize:
        return QSize(self._card.sizeHint().width(), self._card.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _LEAST)

    def report(self) -> str:
        """The text that is copied."""
        parts = (self._title.text(), self._advice.text(), self._details.toPlainText())
        return "\n".join(part for part in parts if part)

    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self._toggle.setText("Hide details" if shown else "Details")
        self.updateGeometry()


def error_of(run: Run) -> tuple[str, str, str]:
    """Cause, next step and details of a run that failed; its sentence says the first two in this order."""
    error = run.details.get("error", {})
    advice, details = (str(error.get(name, "")) for name in ("advice", "details"))
    cause = (run.error or "The run failed.").removesuffix(advice).strip()
    return cause, advice, details


def show_exception(card: ErrorCard, error: BaseException, *, retry: bool = True) -> None:
    """An exception as the card words it."""
    if isinstance(error, WorkbenchError):
        card.show_error(error.message, advice=error.advice, details=error.details, retry=retry)
    else:
        card.show_error("Something went wrong in the program.", details=repr(error), retry=retry)
