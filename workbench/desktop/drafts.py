"""Drafts save themselves: half a second after the last edit, and within two seconds while somebody types on.

A draft that cannot be saved, as on a full disk, stays in the editor and is tried again every few seconds.
"""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.version import content_id
from workbench.desktop.bridge import Bridge
from workbench.desktop.document import Document, Draft
from workbench.store import Store, StoreThread

AFTER_MS = 500
AT_MOST_SECONDS = 2.0
RETRY_MS = 5_000


class Drafts(QObject):
    """Brings what was edited to the store."""

    waiting = Signal()
    """An edit is not on the disk yet."""
    saved = Signal(object)
    """The Document whose draft is on the disk now."""
    failed = Signal(object, object)
    """The Document whose draft could not be saved, and the error."""
    settled = Signal()
    """Nothing is waiting any more."""

    def __init__(self, store: StoreThread, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._bridge = bridge
        self._waiting: dict[str, Document] = {}
        self._under_way: set[str] = set()
        self._failing: dict[str, BaseException] = {}
        self._since = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.save)

    def touch(self, document: Document) -> None:
        """This one was edited."""
        if not self._waiting:
            self._since = monotonic()
        self._waiting[document.id] = document
        left = AT_MOST_SECONDS - (monotonic() - self._since)
        self._timer.start(max(0, min(AFTER_MS, round(left * 1000))))
        self.waiting.emit()

    def save(self) -> None:
        """Send everything that waits to the store now."""
        self._timer.stop()
        waiting, self._waiting = self._waiting, {}
        for document in waiting.values():
            if document.id in self._under_way:
                self._waiting[document.id] = document  # the older draft first; it is sent when that is done
            else:
                self._send(document)

    def failing(self) -> dict[str, BaseException]:
        """The prompts whose last draft could not be saved, by id."""
        return dict(self._failing)

    def is_settled(self) -> bool:
        """Whether every edit is on the disk."""
        return not self._waiting and not self._under_way

    def is_waiting(self, document: Document) -> bool:
        """Whether this one has edits that are not on the disk."""
        return document.id in self._waiting or document.id in self._under_way

    def _send(self, document: Document) -> None:
        draft, prompt_id = document.draft(), document.id
        self._under_way.add(prompt_id)
        self._bridge.when(
            self._store.write(lambda store: _save(store, prompt_id, draft)),
            lambda content: self._took(document, content),
            lambda error: self._refused(document, error),
            owner=self,
        )

    def _took(self, document: Document, content: str) -> None:
        self._under_way.discard(document.id)
        self._failing.pop(document.id, None)
        document.content = content
        self.saved.emit(document)
        if document.id in self._waiting and not self._timer.isActive():
            self.save()
        if self.is_settled():
            self.settled.emit()

    def _refused(self, document: Document, error: BaseException) -> None:
        self._under_way.discard(document.id)
        self._waiting.setdefault(document.id, document)
        self._failing[document.id] = error
        self._timer.start(RETRY_MS)
        self.failed.emit(document, error)


def _save(store: Store, prompt_id: str, draft: Draft) -> str:
    store.save_draft(prompt_id, draft.prompt, draft.values, draft.config, base_version=draft.base)
    return content_id(draft.prompt)
