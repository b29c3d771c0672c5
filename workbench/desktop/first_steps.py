"""Three quiet steps for the first minute; they tick themselves and go away when they are done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from workbench.desktop import theme

STEPS = (
    "Run the prompt (Ctrl+Enter)",
    "Change a section and run again",
    "Add a pane and compare (Ctrl+T)",
)


class FirstSteps(QFrame):
    """A strip with the steps; it follows what the person does and asks nothing."""

    finished = Signal()
    """All steps are done, or the person put them away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._done: set[int] = set()
        self._edited = False
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.BETWEEN - theme.UNIT, theme.UNIT, theme.INSIDE, theme.UNIT)
        row.setSpacing(theme.BETWEEN)
        self._labels = [theme.plain_label() for _ in STEPS]
        row.addWidget(theme.plain_label("First steps", "heading"))
        for label in self._labels:
            row.addWidget(label)
        row.addStretch(1)
        close = QToolButton()
        close.setIcon(theme.icon("close"))
        close.setToolTip("Put the first steps away; Help brings them back")
        close.setAccessibleName("Put the first steps away")
        close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        close.clicked.connect(self.finished)
        row.addWidget(close)
        self._write()

    def begin(self) -> None:
        """Start anew."""
        self._done.clear()
        self._edited = False
        self._write()
        self.show()

    def prompt_changed(self) -> None:
        """The person wrote something."""
        self._edited = True

    def run_started(self, panes: int) -> None:
        """The person ran so many panes."""
        if 0 in self._done and self._edited:
            self._done.add(1)
        self._done.add(0)
        if panes > 1:
            self._done.add(2)
        self._write()
        if len(self._done) == len(STEPS) and not self.isHidden():
            self.finished.emit()

    def done(self) -> int:
        """How many steps are done."""
        return len(self._done)

    def _write(self) -> None:
        for number, (label, text) in enumerate(zip(self._labels, STEPS, strict=True)):
            _show_step(label, number + 1, text, done=number in self._done)


def _show_step(label: QLabel, number: int, text: str, *, done: bool) -> None:
    label.setText(f"✓ {text}" if done else f"{number}  {text}")
    label.setProperty("quiet", done)
    label.style().polish(label)
