"""Notes on a local model, kept as they are written."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.running import Workspace
from workbench.running.model_record import ModelRecord, keep_notes, model_record

_PAUSE_MS = 800


class ModelNotes(QWidget):
    """One text; a pause in the writing keeps it."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._kept: str | None = None
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Notes")
        self.text.setPlaceholderText("What it is good at, which settings suit it, where it fails")
        self.text.setFont(theme.text_font())
        self.text.setTabChangesFocus(True)
        self.text.setReadOnly(True)  # until what was noted before is there
        self.error = ErrorCard()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.keep)
        self.text.textChanged.connect(self._pause.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.addWidget(self.error)
        column.addWidget(self.text, 1)
        read = workspace.store.read(lambda store: model_record(store, reference))
        bridge.when(read, self._show, self._failed, owner=self)

    def keep(self) -> None:
        """Store the notes, if they changed."""
        self._pause.stop()
        notes = self.text.toPlainText()
        if self._kept is None or notes == self._kept:
            return
        self._kept = notes
        kept = self._workspace.store.write(lambda store: keep_notes(store, self._reference, notes))
        self._bridge.when(kept, lambda _done: None, self._failed, owner=self)

    def _show(self, record: ModelRecord) -> None:
        self._kept = record.notes
        self.text.setPlainText(record.notes)
        self._pause.stop()
        self.text.setReadOnly(False)

    def _failed(self, error: BaseException) -> None:
        show_exception(self.error, error, retry=False)
