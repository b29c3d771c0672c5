"""Tokens of the prompt in front, counted by the model of the active pane while a person writes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from workbench.desktop.bridge import Bridge
from workbench.desktop.document import Document
from workbench.running import Workspace
from workbench.running.counting import PromptCount, count_tokens

AFTER_MS = 400


class Counting(QObject):
    """Counts once per pause; an answer for an older text is dropped."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._document: Document | None = None
        self._reference = ""
        self._asked = 0
        self._soon = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._soon.timeout.connect(self._count)

    def count(self, document: Document | None, reference: str) -> None:
        """Count this document for this model in a moment."""
        self._document, self._reference = document, reference
        self._soon.start()

    def _count(self) -> None:
        document = self._document
        if document is None or not self._reference:
            return
        self._asked += 1
        asked, prompt, values = self._asked, document.editor.prompt(), dict(document.values)
        self._bridge.when(
            self._workspace.loop.submit(count_tokens(self._workspace.catalog, prompt, values, self._reference)),
            lambda count: self._show(asked, document, count),
            lambda _error: self._show(asked, document, None),  # the run itself says what is wrong
            owner=document.editor,
        )

    def _show(self, asked: int, document: Document, count: PromptCount | None) -> None:
        if asked == self._asked:
            document.editor.show_counts(count)
