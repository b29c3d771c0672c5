"""What a model says of the prompt while it is written: its tokens, and the parameters that it does not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.prompt import Prompt
from workbench.desktop.bridge import Bridge
from workbench.desktop.document import Document
from workbench.errors import WorkbenchError
from workbench.running import Catalog, Workspace
from workbench.running.counting import PromptCount, count_tokens

AFTER_MS = 400


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answer."""

    count: PromptCount | None
    """None when it cannot count this prompt; the run itself says why."""
    unsupported: frozenset[str]


class Counting(QObject):
    """Asks once per pause; an answer for an older text is dropped."""

    unsupported = Signal(object)
    """The names of the parameters that the model does not take."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._document: Document | None = None
        self._reference = ""
        self._asked = 0
        self._soon = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._soon.timeout.connect(self._ask)

    def count(self, document: Document | None, reference: str) -> None:
        """Count this document for this model in a moment; nothing without a reference."""
        self._document, self._reference = document, reference
        self._soon.start()

    def stop(self) -> None:
        """The window is about to go."""
        self._soon.stop()

    def _ask(self) -> None:
        document = self._document
        self._asked += 1
        if document is None:
            return
        if not self._reference:
            document.editor.show_counts(None)
            return
        asked, prompt, values = self._asked, document.editor.prompt(), dict(document.values)
        self._bridge.when(
            self._workspace.loop.submit(_said(self._workspace.catalog, prompt, values, self._reference)),
            lambda said: self._show(asked, document, said),
            lambda _error: self._show(asked, document, Said(None, frozenset())),
            owner=document.editor,
        )

    def _show(self, asked: int, document: Document, said: Said) -> None:
        if asked == self._asked:
            document.editor.show_counts(said.count)
            self.unsupported.emit(said.unsupported)


async def _said(catalog: Catalog, prompt: Prompt, values: Mapping[str, str], reference: str) -> Said:
    try:
        count = await count_tokens(catalog, prompt, values, reference)
    except WorkbenchError:
        count = None
    async with catalog.lease(reference) as (entry, model):
        return Said(count, entry.unsupported(model))
