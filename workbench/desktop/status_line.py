"""The line at the bottom: the draft, what just happened, the loaded models, and whether anything leaves here.

Not a QStatusBar, whose size grip alone takes six milliseconds of the first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from workbench.desktop import theme

_SAID_MS = 8_000


class StatusLine(QWidget):
    """Words, each in its own place, so that nothing jumps; those about downloads lead to them."""

    downloads_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_line")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._saved_at: float | None = None
        self._draft_words = ""
        self.draft, self.said, self.memory, self.network = (theme.plain_label(role="quiet") for _ in range(4))
        self.downloads = QToolButton()
        self.downloads.setAutoRaise(True)
        self.downloads.setToolTip("See them: resume, pause or discard")
        self.downloads.clicked.connect(self.downloads_asked)
        self.downloads.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.INSIDE, theme.UNIT, theme.INSIDE, theme.UNIT)
        row.setSpacing(theme.BETWEEN)
        row.addWidget(self.draft)
        row.addWidget(self.said, 1)
        row.addWidget(self.downloads)
        row.addWidget(self.memory)
        row.addWidget(self.network)
        self._clock = QTimer(self, interval=1_000)
        self._clock.timeout.connect(self._show_draft)
        self._until = QTimer(self, singleShot=True)
        self._until.timeout.connect(self.said.clear)

    def draft_unchanged(self) -> None:
        """Say that nothing has been written yet that would have to be saved."""
        self._saved_at, self._draft_words = None, "draft saved"
        self._show_draft()

    def draft_changed(self) -> None:
        """Say that the draft is not on the disk yet."""
        self._saved_at, self._draft_words = None, "saving draft"
        self._clock.stop()
        self._show_draft()

    def draft_saved(self) -> None:
        """Say that it is, and since when."""
        self._saved_at = monotonic()
        self._clock.start()
        self._show_draft()

    def draft_failed(self) -> None:
        """Say that it is not, and stays in memory."""
        self._saved_at, self._draft_words = None, "draft not saved, kept in memory"
        self._clock.stop()
        self._show_draft()

    def say(self, text: str) -> None:
        """Say what just happened, for some seconds."""
        self.said.setText(text)
        self._until.start(_SAID_MS)

    def show_downloads(self, words: str) -> None:
        """Say which models are on their way here; nothing when none is."""
        self.downloads.setText(words)
        self.downloads.setAccessibleName(words)
        self.downloads.setVisible(bool(words))

    def show_models(self, loaded: Sequence[tuple[str, int | None]]) -> None:
        """The models that stand in memory, by name, with their bytes where known."""
        from workbench.core.size import size_text  # as below

        parts = [f"{name} loaded, {size_text(size)}" if size else f"{name} loaded" for name, size in loaded]
        self.memory.setText(" · ".join(parts) or "no model loaded")

    def show_network(self, references: Sequence[str]) -> None:
        """Say whether the next run leaves this machine."""
        from workbench.core.model_reference import parse  # nothing of the core is in the first paint

        cloud = [reference for reference in references if parse(reference).place == "profile"]
        self.network.setText("online" if cloud else "offline")
        self.network.setToolTip(
            f"The next run sends the prompt to {', '.join(cloud)}."
            if cloud
            else "The next run stays on this machine: all its models are local."
        )

    def _show_draft(self) -> None:
        if self._saved_at is None:
            self.draft.setText(self._draft_words)
            return
        seconds = int(monotonic() - self._saved_at)
        self.draft.setText(f"draft saved {_ago(seconds)}")
        self._clock.setInterval(1_000 if seconds < 60 else 30_000)


def _ago(seconds: int) -> str:
    if seconds < 2:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    return f"{seconds // 60} min ago" if seconds < 3600 else f"{seconds // 3600} h ago"
