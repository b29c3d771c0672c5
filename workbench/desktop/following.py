"""Keeps what is shown in step with the store, whoever wrote to it: this window, another one, the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.version import content_id
from workbench.desktop.document import Document, Opened, read_document
from workbench.desktop.library.library import Library
from workbench.desktop.watching import Watching
from workbench.running import ModelChoice, capabilities
from workbench.store import Changed, RunSummary

if TYPE_CHECKING:
    from workbench.desktop.bridge import Bridge
    from workbench.desktop.desk import Desk

_NEWEST = 20
"""So many runs of another program appear in the history by themselves."""


class Following(QObject):
    """Refetches what a change touches: rows of the library, the models on offer, open documents."""

    def __init__(self, desk: Desk, bridge: Bridge, library: Library) -> None:
        super().__init__(desk)
        self._desk = desk
        self._bridge = bridge
        self._library = library
        self._watching = Watching(desk.workspace.store, bridge, self)
        self._watching.written.connect(self.refresh_all)
        desk.workspace.store.listen(lambda changes: bridge.post(lambda: self._take(changes)))
        bridge.when(desk.workspace.store.damaged, lambda _: None, desk.messages.show_error, owner=self)

    def stop(self) -> None:
        """The window is about to go."""
        self._watching.stop()

    def refresh_all(self) -> None:
        """Somebody else wrote something, and what it was is not known."""
        self._library.refresh()
        self.refresh_models()
        self._desk.ask(lambda store: store.runs(limit=_NEWEST), self._show_runs)
        self._reread_all()
        self._desk.pages.refresh()

    def refresh_models(self) -> None:
        """The models on offer may be others."""
        choices = self._desk.workspace.catalog.references()
        self._bridge.when(choices, self._show_models, self._desk.messages.show_error, owner=self)

    def _take(self, changes: tuple[Changed, ...]) -> None:
        self._library.take_changes(changes)
        self._desk.pages.take_changes(changes)
        if any(change.kind in ("profile", "local_model") for change in changes):
            self.refresh_models()
        if any((change.kind, change.id) == ("setting", capabilities.SETTING) for change in changes):
            self._desk.count()  # what a model does not take stands beside the counts
        if any(change.kind in ("version", "test_set") for change in changes):
            self._reread_all()
            return
        for change in changes:
            if change.kind == "prompt" and (document := self._desk.documents.of(change.id)) is not None:
                self._reread(document)

    def _show_models(self, choices: Sequence[ModelChoice]) -> None:
        self._desk.results.set_models(tuple(choices))
        self._library.show_models(choices)

    def _show_runs(self, runs: Sequence[RunSummary]) -> None:
        self._desk.results.take_changes(tuple(Changed("run", run.id) for run in runs))

    def _reread_all(self) -> None:
        for document in self._desk.documents:
            self._reread(document)

    def _reread(self, document: Document) -> None:
        self._desk.ask(
            lambda store: read_document(store, document.id), lambda opened: self._compare(document, opened)
        )

    def _compare(self, document: Document, opened: Opened) -> None:
        if self._desk.documents.of(document.id) is not document:
            return
        before = document.opened
        if opened.content != document.content and not self._desk.drafts.is_waiting(document):
            self._take_their_draft(document, opened)
        document.opened = opened
        in_front = document is self._desk.documents.current()
        if before.versions != opened.versions or before.record.base_version != opened.record.base_version:
            document.editor.show_versions(opened.versions, opened.record.base_version)
            if in_front:
                self._desk.results.set_versions(opened.versions)
        if before.test_set != opened.test_set and in_front:
            self._desk.side.variables.set_cases(opened.test_set)
        self._desk.documents.show_state(document)
        if in_front and before.record.name != opened.record.name:
            self._desk.document_changed.emit(document)

    def _take_their_draft(self, document: Document, opened: Opened) -> None:
        """Somebody else wrote the draft. Edits of this window that wait to be saved come first instead."""
        if content_id(document.editor.prompt()) != opened.content:
            document.editor.set_prompt(opened.record.prompt)
            self._desk.say(f"{document.name} was changed by another program; undo brings your text back")
        document.take(opened)
        if document is self._desk.documents.current():
            self._desk.side.show_document(document)
