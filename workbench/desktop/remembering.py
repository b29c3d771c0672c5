"""Brings the last session back, and keeps the present one a second after it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QScrollArea

from workbench.desktop.document import Document
from workbench.desktop.session import Session, read_session, write_session

if TYPE_CHECKING:
    from workbench.desktop.desk import Desk

_AFTER_MS = 1_000
_FIRST_MODELS = ("starter",)


class Remembering(QObject):
    """The session of one desk. Until it is restored, nothing overwrites it."""

    restored = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._waiting: list[str] = []
        self._session = Session()
        self.is_restored = False
        self._soon = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._soon.timeout.connect(self.save)

    def restore(self) -> None:
        """Open what was open."""
        self._desk.ask(read_session, self._begin)

    def changed(self) -> None:
        """Something of the session is another: keep it soon, also when the next change comes sooner."""
        if self.is_restored and not self._soon.isActive():
            self._soon.start()

    def save(self) -> None:
        """Keep the session now."""
        self._soon.stop()
        if self.is_restored:
            session = self._present()
            self._desk.write(lambda store: write_session(store, session))

    def _begin(self, session: Session) -> None:
        self._session, self._waiting = session, list(session.prompts)
        self._desk.results.set_references(session.models or _FIRST_MODELS)
        self._next()

    def _next(self, _document: Document | None = None) -> None:
        """One after the other, so that the tabs stand in their order."""
        if self._waiting:
            self._desk.open(self._waiting.pop(0), self._next, missing=self._next)
            return
        for key in self._session.pages:
            kind, _, identifier = key.partition(":")
            self._desk.pages.open("experiment" if kind == "experiment" else "test_set", identifier)
        if (page := self._desk.documents.page(self._session.current)) is not None:
            self._desk.documents.bring_forward(page)
        if (current := self._desk.documents.of(self._session.current)) is not None:
            self._desk.documents.bring_forward(current)
            current.editor.tabs.setCurrentIndex(self._session.editor_tab)
            QTimer.singleShot(0, current.editor, lambda: _scroll_to(current, self._session.scroll))
        self.is_restored = True
        self.restored.emit()

    def _present(self) -> Session:
        current = self._desk.documents.current()
        page = self._desk.documents.page_in_front()
        return Session(
            prompts=tuple(document.id for document in self._desk.documents),
            pages=tuple(each.key for each in self._desk.documents.pages),
            current=current.id if current else page.key if page else "",
            models=self._desk.results.references(),
            editor_tab=current.editor.tabs.currentIndex() if current else 0,
            scroll=_scrolled(current) if current else 0,
        )


def _scrolled(document: Document) -> int:
    area = document.editor.compose.findChild(QScrollArea)
    return area.verticalScrollBar().value() if area else 0


def _scroll_to(document: Document, position: int) -> None:
    if (area := document.editor.compose.findChild(QScrollArea)) is not None:
        area.verticalScrollBar().setValue(position)
