"""The open workspace in the window: documents, library, results, and everything that keeps them in step.

The window owns the frame and the actions; this owns what fills the frame. It is made after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from workbench.core.model_reference import short_name
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.core.version import PromptVersion, content_id
from workbench.desktop.bridge import Bridge
from workbench.desktop.counting import Counting
from workbench.desktop.document import Document, Opened, read_document
from workbench.desktop.documents import Documents
from workbench.desktop.drafts import Drafts
from workbench.desktop.editor.prompt_editor import PromptEditor
from workbench.desktop.frame import Frame
from workbench.desktop.library.library import Library
from workbench.desktop.library.tree import Item
from workbench.desktop.next_run import estimated_cost, job_of
from workbench.desktop.results.panel import ResultsPanel
from workbench.desktop.session import Session, read_session, write_session
from workbench.desktop.side import Side
from workbench.desktop.status_line import StatusLine
from workbench.desktop.taking_in import Taken, take_in
from workbench.desktop.watching import Watching
from workbench.running import ModelChoice, Workspace
from workbench.running.catalog import Loaded
from workbench.store import Changed, RunSummary, Store

_SESSION_AFTER_MS = 1_000
_MEMORY_EVERY_MS = 3_000
STARTER = "starter"
_NEWEST = 20
"""So many runs of another program appear in the history by themselves."""


class Desk(QObject):
    """Everything that works on the open workspace."""

    ready = Signal()
    """The last session is back on the screen."""
    document_changed = Signal(object)
    """The Document in front is another one, or None."""
    running_changed = Signal(bool)
    run_started = Signal(int)
    """A run of so many panes began."""
    models_asked = Signal()

    def __init__(
        self, workspace: Workspace, bridge: Bridge, frame: Frame, status: StatusLine, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._bridge = bridge
        self._frame = frame
        self._status = status
        self._opening: dict[str, list[Callable[[Document], object]]] = {}
        self._restoring = True
        self._loaded: frozenset[str] = frozenset()
        self.choices: tuple[ModelChoice, ...] = ()
        self.documents = Documents()
        self.side = Side()
        self.results = ResultsPanel(workspace, bridge)
        self.library = Library(frame.library, workspace.store, bridge)
        self.drafts = Drafts(workspace.store, bridge, self)
        self.counting = Counting(workspace, bridge, self)
        self._watching = Watching(workspace.store, bridge, self)
        self._session_soon = QTimer(self, singleShot=True, interval=_SESSION_AFTER_MS)
        self._memory = QTimer(self, interval=_MEMORY_EVERY_MS)
        frame.fill("documents", self.documents)
        frame.fill("side", self.side)
        frame.fill("results", self.results)
        self._connect()
        self._fill()

    def _connect(self) -> None:
        self.documents.current_changed.connect(self._show_document)
        self.documents.close_asked.connect(self.close_document)
        self.side.edited.connect(self._touched)
        self.drafts.waiting.connect(self._status.draft_changed)
        self.drafts.saved.connect(self._draft_saved)
        self.drafts.failed.connect(self._draft_failed)
        self.results.status.connect(self._status.say)
        self.results.panes_changed.connect(self._panes_changed)
        self.results.running_changed.connect(self.running_changed)
        self.results.reopen_requested.connect(self.reopen)
        self.results.run_requested.connect(self.run)
        self.results.add_model_requested.connect(self.models_asked)
        self._watching.written.connect(self._refresh_all)
        self._session_soon.timeout.connect(self._save_session)
        self._memory.timeout.connect(self._ask_memory)
        self.workspace.store.listen(lambda changes: self._bridge.post(lambda: self._take_changes(changes)))

    def _fill(self) -> None:
        self.library.refresh()
        self._refresh_models()
        self._ask(read_session, self._restore)
        self._memory.start()

    def _ask(self, question: Callable[[Store], Any], then: Callable[[Any], object]) -> None:
        self._bridge.when(self.workspace.store.read(question), then, self._show_error, owner=self)

    def _write(self, do: Callable[[Store], Any], then: Callable[[Any], object], doing: str = "") -> None:
        self._bridge.when(
            self.workspace.store.write(do), then, lambda error: self._show_error(error, doing), owner=self
        )

    def _show_error(self, error: BaseException, doing: str = "") -> None:
        self._frame.messages.show_error(error, doing=doing)

    # Sessions

    def _restore(self, session: Session) -> None:
        self.results.set_references(session.models or (STARTER,))
        waiting = list(session.prompts)

        def opened(document: Document | None = None) -> None:
            if document is not None and document.id == session.current:
                document.editor.tabs.setCurrentIndex(session.editor_tab)
            if waiting:
                self.open(waiting.pop(0), opened, missing=opened)
                return
            if (current := self.documents.of(session.current)) is not None:
                self.documents.bring_forward(current)
                _scroll(current).verticalScrollBar().setValue(session.scroll)
            self._restoring = False
            self._show_document(self.documents.current())
            self.ready.emit()

        opened()

    def session(self) -> Session:
        """What is open now."""
        current = self.documents.current()
        return Session(
            prompts=tuple(document.id for document in self.documents),
            current=current.id if current else "",
            models=self.results.references(),
            editor_tab=current.editor.tabs.currentIndex() if current else 0,
            scroll=_scroll(current).verticalScrollBar().value() if current else 0,
        )

    def _save_session(self) -> Future[None]:
        session = self.session()
        return self.workspace.store.write(lambda store: write_session(store, session))

    def leave(self) -> None:
        """Send what is not on the disk yet; `drafts.settled` or `drafts.failed` follow when something was."""
        self._watching.stop()
        self._memory.stop()
        self._session_soon.stop()
        if not self._restoring:
            self._save_session()
        self.drafts.save()

    # Documents

    def open(
        self,
        prompt_id: str,
        then: Callable[[Document], object] | None = None,
        *,
        missing: Callable[[], object] | None = None,
    ) -> None:
        """Bring a prompt to the front, reading it first when it is not open."""
        if (document := self.documents.of(prompt_id)) is not None:
            self.documents.bring_forward(document)
            if then:
                then(document)
            return
        waiting = self._opening.setdefault(prompt_id, [])
        waiting += [then] if then else []
        self._bridge.when(
            self.workspace.store.read(lambda store: read_document(store, prompt_id)),
            self._opened,
            lambda error: self._not_opened(prompt_id, error, missing),
            owner=self,
        )

    def _not_opened(self, prompt_id: str, error: BaseException, missing: Callable[[], object] | None) -> None:
        self._opening.pop(prompt_id, None)
        self._show_error(error)
        if missing:
            missing()

    def _opened(self, opened: Opened) -> None:
        waiting = self._opening.pop(opened.record.id, [])
        document = self.documents.of(opened.record.id) or self._add(opened)
        for then in waiting:
            then(document)

    def _add(self, opened: Opened) -> Document:
        editor = PromptEditor()
        document = Document(opened, editor)
        editor.load(opened.record)
        editor.show_versions(opened.versions, opened.record.base_version)
        editor.prompt_edited.connect(lambda: self._edited(document))
        editor.save_requested.connect(lambda message: self.save_version(document, message))
        editor.label_requested.connect(lambda version, label: self._label(document, version, label))
        editor.restored.connect(lambda version: setattr(document, "base", version))
        self.documents.add(document)
        return document

    def close_document(self, document: Document) -> None:
        """Close a tab; its draft is sent to the store first."""
        self.drafts.save()
        if document.id in self.drafts.failing():
            self._frame.messages.show_message(
                f"“{document.name}” stays open: its draft is not saved yet.",
                advice="It is tried again every few seconds.",
                tone="warning",
            )
            return
        self.documents.remove(document)
        self._session_soon.start()

    def _show_document(self, document: Document | None) -> None:
        if self._restoring:
            return
        self.side.show_document(document)
        self.results.set_versions(document.opened.versions if document else ())
        if document is not None:
            self.library.mark(document.id)
        self._panes_changed()
        self.document_changed.emit(document)

    def _edited(self, document: Document) -> None:
        self.side.prompt_edited()
        self._touched(document)

    def _touched(self, document: Document) -> None:
        self.drafts.touch(document)
        self._count()

    def _draft_saved(self, document: Document) -> None:
        self._status.draft_saved()
        if self._frame.messages.property("about") == "draft":
            self._frame.messages.setProperty("about", "")
            self._frame.messages.dismiss()
        self.documents.show_state(document)

    def _draft_failed(self, document: Document, error: BaseException) -> None:
        self._status.draft_failed()
        messages = self._frame.messages
        messages.show_error(
            error,
            doing=f"The draft of “{document.name}” is kept in memory, it could not be saved.",
            action="Try now",
            do=self.drafts.save,
        )
        messages.setProperty("about", "draft")

    # Versions

    def save_version(self, document: Document, message: str) -> None:
        """Keep the draft as a version."""
        prompt = document.editor.prompt()
        known = {version.id for version in document.opened.versions}

        def saved(version: PromptVersion) -> None:
            old = version.id in known
            words = f"This is v{version.number} already" if old else f"Saved as v{version.number}"
            self._status.say(f"{words}: {document.name}")

        self._write(lambda store: store.save_version(document.id, prompt, message), saved, "No version was saved.")

    def _label(self, document: Document, version: str, label: str) -> None:
        self._write(lambda store: store.label_version(document.id, version, label), _nothing)

    # Prompts of the library

    def new_prompt(self) -> None:
        """A new, empty prompt in a tab of its own."""

        def create(store: Store) -> str:
            return store.create_prompt(store.free_name("New prompt"), Prompt()).id

        self._write(create, lambda prompt_id: self.open(prompt_id, _focus_editor))

    def rename(self, prompt_id: str, name: str) -> None:
        """Give a prompt another name."""
        self._write(lambda store: store.rename_prompt(prompt_id, name), _nothing)

    def duplicate(self, prompt_id: str) -> None:
        """Open a copy of a prompt."""
        self.drafts.save()

        def copy(store: Store) -> str:
            return store.duplicate_prompt(prompt_id, store.free_name(store.prompt(prompt_id).name)).id

        self._write(copy, self.open)

    def archive(self, prompt_id: str) -> None:
        """Take a prompt out of the library, with the way back at hand."""
        document = self.documents.of(prompt_id)
        name = document.name if document else "The prompt"
        if document is not None:
            self.close_document(document)

        def archived(_: None) -> None:
            self._frame.messages.show_message(
                f"{name} is archived. Its versions and runs stay.",
                action="Undo",
                do=lambda: self._write(lambda store: store.unarchive_prompt(prompt_id), _nothing),
                seconds=12,
            )

        self._write(lambda store: store.archive_prompt(prompt_id), archived)

    def choose(self, item: Item) -> None:
        """Something in the library was opened."""
        match item.kind:
            case "prompt":
                self.open(item.id)
            case "case":
                self.side.variables.set_case(item.id)
            case "model":
                self.use_model(item.id)
            case "history":
                self.results.show_history()
            case "found":
                self._open_found(*item.id.split(":", 2))

    def _open_found(self, kind: str, owner: str, identifier: str) -> None:
        if kind == "run":
            self.results.show_run(identifier)
        elif kind == "case":
            self.side.variables.set_case(identifier)
        else:
            self.open(owner)

    def use_model(self, reference: str) -> None:
        """Run this model in the active pane from now on."""
        pane = self.results.active_pane()
        pane.model_box.set_reference(reference)
        self._panes_changed()

    def take_in(self, paths: Sequence[Path]) -> None:
        """Take in files that were opened or dropped."""
        import asyncio

        current = self.documents.current()
        prompt_id = current.id if current else None
        work = asyncio.to_thread(take_in, tuple(paths), self.workspace.store, prompt_id)
        self._status.say("Reading files")
        self._bridge.when(self.workspace.loop.submit(work), self._took_in, self._show_error, owner=self)

    def _took_in(self, taken: Sequence[Taken]) -> None:
        refused = [each for each in taken if each.error]
        for each in taken:
            if each.kind == "prompt":
                self.open(each.id)
            elif each.kind == "model":
                self.use_model(each.id)
        if refused:
            first = refused[0].error
            more = f" {len(refused) - 1} more files were refused." if len(refused) > 1 else ""
            details = "\n".join(str(each.error) for each in refused)
            self._frame.messages.show_message(
                f"{first.message if first else ''}{more}",
                advice=first.advice if first else "",
                details=details,
                tone="bad",
            )
        elif taken:
            self._status.say(f"Taken in: {', '.join(each.name for each in taken)}")

    # Runs

    def run(self) -> None:
        """Run every pane on the document in front."""
        if (document := self.documents.current()) is not None:
            self.results.run_all(lambda pane: job_of(document, pane))
            self.run_started.emit(len(self.results.panes()))

    def run_active(self) -> None:
        """Run the active pane on the document in front."""
        if (document := self.documents.current()) is not None:
            self.results.run_active(lambda pane: job_of(document, pane))
            self.run_started.emit(1)

    def reopen(self, run: Run) -> None:
        """Put the prompt, values and parameters of a run back into the editor; undo takes the prompt back."""

        def fill(document: Document) -> None:
            document.editor.set_prompt(run.prompt)
            document.values.update(run.values)
            document.config, document.case_id = run.config, run.case_id
            self.side.show_document(document)
            self.use_model(run.model)
            self._touched(document)
            self._status.say("The run's prompt is back in the editor; undo brings the draft back")

        def create() -> None:
            self._write(
                lambda store: store.create_prompt(store.free_name(run.prompt_name or "From a run"), run.prompt).id,
                lambda prompt_id: self.open(prompt_id, fill),
            )

        if run.prompt_id:
            self.open(run.prompt_id, fill, missing=create)
        else:
            create()

    def _panes_changed(self) -> None:
        references = self.results.references()
        document = self.documents.current()
        self._status.show_network(references)
        cost = estimated_cost(document.editor.prompt(), document, references) if document else None
        self._frame.run_bar.show_models(references, cost)
        self._count()
        if not self._restoring:
            self._session_soon.start()

    def _count(self) -> None:
        reference = self.results.active_pane().reference()
        known = reference in self._loaded or not reference.startswith("local:")
        # Loading a model that may be large is up to the person: it happens at the first run.
        self.counting.count(self.documents.current(), reference if known else "")

    # What changes in the store, by this window or by anybody else

    def _take_changes(self, changes: tuple[Changed, ...]) -> None:
        self.library.take_changes(changes)
        if any(change.kind in ("profile", "local_model") for change in changes):
            self._refresh_models()
        for change in changes:
            if change.kind == "prompt" and (document := self.documents.of(change.id)) is not None:
                self._reread(document)
            elif change.kind in ("version", "test_set"):
                self._reread_all()

    def _refresh_all(self) -> None:
        self.library.refresh()
        self._refresh_models()
        self._ask(lambda store: store.runs(limit=_NEWEST), self._show_runs)
        self._reread_all()

    def _show_runs(self, runs: Sequence[RunSummary]) -> None:
        self.results.take_changes(tuple(Changed("run", run.id) for run in runs))

    def _reread_all(self) -> None:
        for document in self.documents:
            self._reread(document)

    def _reread(self, document: Document) -> None:
        self._ask(
            lambda store: read_document(store, document.id), lambda opened: self._take_reread(document, opened)
        )

    def _take_reread(self, document: Document, opened: Opened) -> None:
        if self.documents.of(document.id) is not document:
            return
        theirs = opened.content != document.content
        if theirs and not self.drafts.is_waiting(document):
            # Somebody else wrote this draft. Undo brings back what stood here.
            if content_id(document.editor.prompt()) != opened.content:
                document.editor.set_prompt(opened.record.prompt)
                self._status.say(f"{document.name} was changed by another program")
            document.take(opened)
            self.side.show_document(self.documents.current())
        before, document.opened = document.opened, opened
        if before.versions != opened.versions or before.record.base_version != opened.record.base_version:
            document.editor.show_versions(opened.versions, opened.record.base_version)
            if document is self.documents.current():
                self.results.set_versions(opened.versions)
        if before.test_set != opened.test_set and document is self.documents.current():
            self.side.variables.set_cases(opened.test_set)
        self.documents.show_state(document)

    def _refresh_models(self) -> None:
        self._bridge.when(self.workspace.catalog.references(), self._show_models, self._show_error, owner=self)

    def _show_models(self, choices: tuple[ModelChoice, ...]) -> None:
        self.choices = choices
        self.results.set_models(choices)
        self.library.show_models(choices)

    def _ask_memory(self) -> None:
        self._bridge.when(
            self.workspace.loop.submit(self.workspace.catalog.loaded()),
            self._show_memory,
            lambda _error: None,
            owner=self,
        )

    def _show_memory(self, loaded: Sequence[Loaded]) -> None:
        self._status.show_models([(short_name(each.reference), each.memory) for each in loaded])
        before, self._loaded = self._loaded, frozenset(each.reference for each in loaded)
        if before != self._loaded:
            self._count()


def _focus_editor(document: Document) -> None:
    document.editor.show_tab(0)


def _scroll(document: Document) -> QScrollArea:
    """The scrolled part of the composed prompt; one that scrolls nothing where there is none."""
    compose: QWidget = document.editor.compose
    found = compose if isinstance(compose, QScrollArea) else compose.findChild(QScrollArea)
    return found if isinstance(found, QScrollArea) else QScrollArea()


def _nothing(_: object) -> None:
    """What has to be done after a write that the listener of the store hears of anyway."""
