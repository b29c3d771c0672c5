"""The open workspace in the window: documents, library, results, and everything that keeps them in step.

The window owns the frame and the actions; this owns what fills the frame. It is made after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.case import TestSet
from workbench.core.model_reference import parse, short_name
from workbench.core.run import Run
from workbench.core.version import PromptVersion, content_id
from workbench.desktop.bridge import Bridge
from workbench.desktop.counting import Counting
from workbench.desktop.document import Document, Opened, read_document
from workbench.desktop.documents import Documents
from workbench.desktop.drafts import Drafts
from workbench.desktop.editor.prompt_editor import PromptEditor
from workbench.desktop.following import Following
from workbench.desktop.frame import Frame
from workbench.desktop.library.library import Library
from workbench.desktop.library.shelving import Shelving
from workbench.desktop.library.tree import Item
from workbench.desktop.message_bar import MessageBar
from workbench.desktop.next_run import estimated_cost, job_of, oldest_price
from workbench.desktop.pages import Pages
from workbench.desktop.remembering import Remembering
from workbench.desktop.results.panel import ResultsPanel
from workbench.desktop.side import Side
from workbench.desktop.wide_page import WidePage
from workbench.running import Workspace
from workbench.running.catalog import Loaded
from workbench.running.downloads import Download, summary
from workbench.store import Store

T = TypeVar("T")

_MEMORY_EVERY_MS = 3_000


class Desk(QObject):
    """Everything that works on the open workspace."""

    document_changed = Signal(object)
    """The Document in front is another one, or None."""
    running_changed = Signal(bool)
    run_started = Signal(int)
    """A run of so many panes began."""
    models_asked = Signal()
    page_changed = Signal()
    """An experiment or a test set came to the front or went, or what it can do is another."""

    def __init__(self, workspace: Workspace, bridge: Bridge, frame: Frame, parent: QObject) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._bridge = bridge
        self._frame = frame
        self._status = frame.status
        self._opening: dict[str, list[Callable[[Document], object]]] = {}
        self._loaded: frozenset[str] = frozenset()
        self._told: set[str] = set()
        self.documents = Documents()
        self.side = Side()
        self.results = ResultsPanel(workspace, bridge)
        self.drafts = Drafts(workspace.store, bridge, self)
        self.counting = Counting(workspace, bridge, self)
        self.shelving = Shelving(self)
        self.session = Remembering(self)
        self._library = Library(frame.library, workspace.store, bridge)
        self.pages = Pages(self, bridge)
        self._following = Following(self, bridge, self._library)
        self._memory = QTimer(self, interval=_MEMORY_EVERY_MS)
        frame.fill("documents", self.documents)
        frame.fill("side", self.side)
        frame.fill("results", self.results)
        self._connect()

    def _connect(self) -> None:
        self.documents.current_changed.connect(self._show_document)
        self.documents.close_asked.connect(self.close_tab)
        self.documents.new_asked.connect(self.shelving.new_prompt)
        self.side.edited.connect(self._touched)
        self.side.variables.save_case_requested.connect(self._save_case)
        self.counting.unsupported.connect(self.side.parameters.set_unsupported)
        self.drafts.waiting.connect(self._status.draft_changed)
        self.drafts.saved.connect(self._draft_saved)
        self.drafts.failed.connect(self._draft_failed)
        self.results.status.connect(self.say)
        self.results.panes_changed.connect(self._panes_changed)
        self.results.running_changed.connect(self.running_changed)
        self.results.reopen_requested.connect(self.reopen)
        self.results.run_requested.connect(self.run)
        self.results.add_model_requested.connect(self.models_asked)
        self._status.downloads_asked.connect(self.models_asked)
        self._frame.run_bar.models.chosen.connect(self._choose_model)
        self.session.restored.connect(lambda: self._show_document(self.documents.current()))
        self.session.restored.connect(self._status.draft_unchanged)
        self.pages.runs.changed.connect(self._show_progress)
        self.pages.runs.over.connect(lambda _: self._library.refresh())
        self._memory.timeout.connect(self._ask_memory)

    def begin(self) -> None:
        """Fill everything and bring the last session back; `session.restored` follows."""
        self._library.refresh()
        self._following.refresh_models()
        self.session.restore()
        self._memory.start()
        self.workspace.downloads.listen(self._hear_downloads)
        self.workspace.downloads.find_unfinished()

    def leave(self) -> None:
        """Send what is not on the disk yet; `drafts.settled` or `drafts.failed` follow when something was."""
        self.session.save()
        self.pages.leave()
        for document in self.documents:
            self._catch_up(document)
        self.drafts.save()

    def stop(self) -> None:
        """Ask nothing any more."""
        self._following.stop()
        self._memory.stop()
        self.workspace.downloads.unlisten(self._hear_downloads)
        self.counting.stop()

    # Asking the store, and what else takes a while

    def ask(self, question: Callable[[Store], T], then: Callable[[T], object]) -> None:
        """Read from the store; a failure is shown."""
        self._bridge.when(self.workspace.store.read(question), _calls(then), self.messages.show_error, owner=self)

    def write(self, do: Callable[[Store], T], then: Callable[[T], object] | None = None) -> None:
        """Write to the store; a failure is shown."""
        self._bridge.when(self.workspace.store.write(do), _calls(then), self.messages.show_error, owner=self)

    def work(self, coroutine: Coroutine[Any, Any, T], then: Callable[[T], object]) -> None:
        """Await something on the loop's thread; a failure is shown."""
        self._bridge.when(
            self.workspace.loop.submit(coroutine), _calls(then), self.messages.show_error, owner=self
        )

    @property
    def messages(self) -> MessageBar:
        """Where errors are shown that belong to no other place."""
        return self._frame.messages

    def say(self, text: str) -> None:
        """Say what just happened, in the status line."""
        self._status.say(text)

    def _hear_downloads(self, downloads: tuple[Download, ...]) -> None:
        """On the loop's thread."""
        words = summary(downloads)
        self._bridge.post(lambda: self._status.show_downloads(words))

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
        self._opening.setdefault(prompt_id, []).extend([then] if then else [])

        def not_there(error: BaseException) -> None:
            self._opening.pop(prompt_id, None)
            if missing:
                missing()
            else:
                self.messages.show_error(error)

        reading = self.workspace.store.read(lambda store: read_document(store, prompt_id))
        self._bridge.when(reading, self._opened, not_there, owner=self)

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
        editor.label_requested.connect(
            lambda version, label: self.write(lambda store: store.label_version(document.id, version, label))
        )
        editor.restored.connect(lambda version: setattr(document, "base", version))
        self.documents.add(document)
        return document

    def close_tab(self, tab: Document | WidePage) -> None:
        """Close a tab of any kind."""
        if isinstance(tab, WidePage):
            self.pages.close(tab)
        else:
            self.close_document(tab)

    def close_document(self, document: Document) -> None:
        """Close a tab; its draft is sent to the store first, and one that cannot be saved stays open."""
        self._catch_up(document)
        self.drafts.save()
        if document.id in self.drafts.failing():
            self.messages.show_message(
                f"“{document.name}” stays open: its draft is not saved yet.",
                advice="Saving is tried again every few seconds.",
                tone="warning",
            )
            return
        self.documents.remove(document)
        self.session.changed()

    def _catch_up(self, document: Document) -> None:
        """An edit of the last moment, which the editor has not told yet."""
        if content_id(document.editor.prompt()) != document.content:
            self.drafts.touch(document)

    def _show_document(self, document: Document | None) -> None:
        if not self.session.is_restored:
            return
        page = self.documents.page_in_front()
        self._frame.show_wide(wide=page is not None)
        self._frame.run_bar.show_page(page.bar if page else None, wide=page is not None)
        self.session.changed()
        if page is not None:
            self.drafts.save()  # what the page runs is what the person wrote last
            self._library.mark(page.id, page.kind)
            self.document_changed.emit(None)
            return
        self.side.show_document(document)
        self.results.set_versions(document.opened.versions if document else ())
        if document is not None:
            self._library.mark(document.id)
        self._panes_changed()
        self.document_changed.emit(document)

    def _edited(self, document: Document) -> None:
        if document is self.documents.current():
            self.side.prompt_edited()
        self._touched(document)

    def _touched(self, document: Document) -> None:
        self.drafts.touch(document)
        self.count()

    def _draft_saved(self, document: Document) -> None:
        self._status.draft_saved()
        self._told.discard(document.id)
        self.messages.dismiss_about("draft")
        self.documents.show_state(document)

    def _draft_failed(self, document: Document, error: BaseException) -> None:
        self._status.draft_failed()
        if document.id in self._told:
            return  # once is enough; saving is tried again every few seconds
        self._told.add(document.id)
        doing = f"The draft of “{document.name}” could not be saved and is kept in memory."
        self.messages.show_error(error, doing=doing, action="Try now", do=self.drafts.save, about="draft")

    def save_version(self, document: Document, message: str) -> None:
        """Keep the draft as a version."""
        prompt = document.editor.prompt()
        known = {version.id for version in document.opened.versions}

        def saved(version: PromptVersion) -> None:
            words = "This is already" if version.id in known else "Saved as"
            self.say(f"{document.name}: {words[0].lower()}{words[1:]} v{version.number}")

        self.write(lambda store: store.save_version(document.id, prompt, message), saved)

    def _save_case(self, values: dict[str, str]) -> None:
        if (document := self.documents.current()) is not None:
            self.shelving.save_case(document, values)

    def _show_progress(self, _plan_id: str) -> None:
        self._library.show_progress(self.pages.notes())
        self.page_changed.emit()

    # What the library offers

    def choose(self, item: Item) -> None:
        """Something in the library was opened."""
        match item.kind:
            case "prompt":
                self.open(item.id)
            case "experiment" | "test_set" as kind:
                self.pages.open(kind, item.id)
            case "suite_run":
                self.pages.open_experiment(item.id)
            case "case":
                self._use_case(item.id)
            case "model":
                self.use_model(item.id)
            case "history":
                self.results.show_history()
            case "found":
                self._open_found(*item.id.split(":", 2))

    def _open_found(self, kind: str, owner: str, identifier: str) -> None:
        match kind:
            case "run":
                self.results.show_run(identifier)
            case "case":
                self._use_case(identifier)
            case _:
                self.open(owner)

    def _use_case(self, case_id: str) -> None:
        def find(store: Store) -> TestSet | None:
            sets = store.test_sets()
            return next((known for known in sets if any(case.id == case_id for case in known.cases)), None)

        def use(test_set: TestSet | None) -> None:
            if test_set is not None and self.documents.current() is not None:
                self.side.use_case(test_set, case_id)
            elif test_set is not None:
                self.pages.open("test_set", test_set.id)

        self.ask(find, use)

    def use_model(self, reference: str) -> None:
        """Run this model in the active pane from now on."""
        self.results.active_pane().model_box.set_reference(reference)
        self._panes_changed()

    def _choose_model(self, place: int) -> None:
        """A chip of the run bar: the choice of its pane's model opens."""
        self._frame.show_area("results", shown=True)
        self.results.choose_model(place)

    # Runs

    def run(self) -> None:
        """Run every pane on the document in front."""
        if (document := self.documents.current()) is not None:
            self.results.run_all(lambda pane: job_of(document, pane))
            self._ask_for_values()
            self.run_started.emit(len(self.results.panes()))

    def run_active(self) -> None:
        """Run the active pane on the document in front."""
        if (document := self.documents.current()) is not None:
            self.results.run_active(lambda pane: job_of(document, pane))
            self._ask_for_values()
            self.run_started.emit(1)

    def _ask_for_values(self) -> None:
        if not self.results.is_running():  # nothing could begin
            self.side.variables.show_missing()

    def reopen(self, run: Run) -> None:
        """Put the prompt, values and parameters of a run back into the editor; undo takes the prompt back."""

        def fill(document: Document) -> None:
            document.editor.set_prompt(run.prompt)
            document.values.update(run.values)
            document.config, document.case_id = run.config, run.case_id
            self.side.show_document(document)
            self.use_model(run.model)
            self._touched(document)
            self.say("The run's prompt is in the editor; undo brings the draft back")

        def create(store: Store) -> str:
            return store.create_prompt(store.free_name(run.prompt_name or "From a run"), run.prompt).id

        def as_new() -> None:
            self.write(create, lambda prompt_id: self.open(prompt_id, fill))

        if run.prompt_id:
            self.open(run.prompt_id, fill, missing=as_new)
        else:
            as_new()

    def _panes_changed(self) -> None:
        references = self.results.references()
        document = self.documents.current()
        self._status.show_network(references)
        prices = self.workspace.prices
        cost = estimated_cost(document.editor.prompt(), document, references, prices) if document else None
        self._frame.run_bar.show_models(references, cost, oldest_price(references, prices))
        self.count()
        self.session.changed()

    def count(self) -> None:
        """Count the prompt in front for the model of the active pane, and ask what that takes."""
        reference = self.results.active_pane().reference()
        known = not reference.startswith("local:") or str(parse(reference).base) in self._loaded
        # Loading a model that may be large is up to the person: it happens at the first run.
        self.counting.count(self.documents.current(), reference if known else "")

    def _ask_memory(self) -> None:
        self.work(self.workspace.catalog.loaded(), self._show_memory)

    def _show_memory(self, loaded: Sequence[Loaded]) -> None:
        self._status.show_models([(short_name(each.reference), each.memory) for each in loaded])
        before, self._loaded = self._loaded, frozenset(each.reference for each in loaded)
        if before != self._loaded:
            self.count()


def _calls(then: Callable[[T], object] | None) -> Callable[[T], None]:
    """A receiver that gives nothing back; none for a write that the store's own news makes known."""

    def receive(result: T) -> None:
        if then is not None:
            then(result)

    return receive
