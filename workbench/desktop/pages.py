"""The experiments and test sets of a desk: opened, made, named, copied, deleted.

Their pages are imported when the first of them is opened; runs live here, whatever page is open or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMessageBox

from workbench.core.completion import GenerationConfig
from workbench.core.identifier import new_id
from workbench.core.plan import Column, Plan, new_column, new_plan
from workbench.core.version import PromptVersion
from workbench.desktop.experiments.runs import Over, Runs
from workbench.desktop.wide_page import PageKind, WidePage
from workbench.running.plan import plan_of
from workbench.store import Changed, Store

if TYPE_CHECKING:
    from workbench.desktop.bridge import Bridge
    from workbench.desktop.desk import Desk
    from workbench.desktop.document import Document

_ICONS: dict[PageKind, str] = {"experiment": "experiment", "test_set": "test-set"}


class Pages:
    """What the library, the actions and the pages themselves want of pages."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        self._desk = desk
        self._bridge = bridge
        self.runs = Runs(desk.workspace, bridge, desk)
        self.runs.over.connect(self._report)

    # Open and closed

    def open(self, kind: PageKind, identifier: str) -> WidePage:
        """Bring an experiment (by its plan's id) or a test set to the front."""
        page = self._desk.documents.page(f"{kind}:{identifier}")
        if page is not None:
            self._desk.documents.bring_forward(page)
            page.setFocus(Qt.FocusReason.OtherFocusReason)  # the second press of a double click took it
            return page
        page = self._made(kind, identifier)
        page.status.connect(self._desk.say)
        page.gone.connect(partial(self._drop, page))
        page.running_changed.connect(self._desk.page_changed)
        page.changed_title.connect(self._desk.page_changed)
        self._desk.documents.add_page(page, _ICONS[kind])
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        return page

    def _made(self, kind: PageKind, identifier: str) -> WidePage:
        desk = self._desk
        if kind == "test_set":
            from workbench.desktop.test_sets.page import TestSetPage

            return TestSetPage(desk.workspace, self._bridge, desk.documents, identifier)
        from workbench.desktop.experiments.page import ExperimentPage

        return ExperimentPage(desk.workspace, self._bridge, desk.documents, identifier, runs=self.runs, doors=self)

    def close(self, page: WidePage) -> bool:
        """Close a tab, unless its page keeps it open; runs go on. Whether it is closed."""
        if not page.closing():
            return False
        self._drop(page)
        return True

    def leave(self) -> bool:
        """Let every page store what it has; whether none keeps the window open."""
        return not [page for page in self._desk.documents.pages if not page.closing()]

    def _drop(self, page: WidePage) -> None:
        if page in self._desk.documents.pages:
            self._desk.documents.remove_page(page)
            self._desk.session.changed()

    def refresh(self) -> None:
        """Somebody else wrote something, and what it was is not known."""
        for page in self._desk.documents.pages:
            page.take_changes((Changed("plan" if page.kind == "experiment" else "test_set", page.id),))

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        """Tell every page what changed in the store."""
        for page in self._desk.documents.pages:
            page.take_changes(changes)

    def notes(self) -> Mapping[str, str]:
        """How far the runs are that are on their way, by plan."""
        from workbench.desktop.experiments.run_words import percent

        return {progress.plan_id: f"▸ {percent(progress)}" for progress in self.runs}

    def _report(self, over: Over) -> None:
        """Say how a run ended whose page is closed; an open page says so itself."""
        if self._desk.documents.page(f"experiment:{over.plan_id}") is None:
            self._desk.ask(lambda store: store.plan(over.plan_id).name, lambda name: self._say_end(name, over))

    def _say_end(self, name: str, over: Over) -> None:
        from workbench.desktop.experiments.run_words import ending_words

        wrong = ending_words(over.ending) if over.ending else (str(over.error), "")
        if not wrong[0]:
            self._desk.say(f"{name} is done")
            return
        self._desk.messages.show_message(
            f"“{name}” ended before its time. {wrong[0]}",
            advice=wrong[1],
            tone="bad",
            action="Open",
            do=lambda: self.open("experiment", over.plan_id),
        )

    # Where pages lead to

    def open_prompt(self, prompt_id: str) -> None:
        """Bring a prompt to the front."""
        self._desk.open(prompt_id)

    def open_test_set(self, test_set_id: str) -> None:
        """Bring a test set to the front."""
        self.open("test_set", test_set_id)

    def open_models(self) -> None:
        """Show the ways to more models."""
        self._desk.models_asked.emit()

    def open_experiment(self, experiment_id: str) -> None:
        """Bring the plan of an experiment to the front; a suite's gets one."""
        self._desk.write(
            lambda store: plan_of(store, experiment_id).id, lambda plan_id: self.open("experiment", plan_id)
        )

    # New

    def new_experiment(self, document: Document | None) -> None:
        """A new experiment, about the prompt in front when there is one."""
        self._desk.drafts.save()
        models = _models(self._desk)[:1]

        def create(store: Store) -> str:
            if document is None:
                return _kept(store, new_plan(store.free_plan_name("New experiment")))
            columns = tuple(_column(document, model) for model in models)
            return _kept(store, _plan(store, document, document.name, columns))

        self._desk.write(create, self._begin)

    def compare_versions(self, document: Document) -> None:
        """An experiment with the prompt's newest versions and its draft, on the models that are chosen."""
        self._desk.drafts.save()
        columns = tuple(
            _column(document, model, version) for model in _models(self._desk) for version in _states(document)
        )
        self._desk.write(
            lambda store: _kept(store, _plan(store, document, f"{document.name}: versions", columns)), self._begin
        )

    def ablate(self, document: Document) -> None:
        """Ask what is to be taken away from a prompt, and make an experiment of that."""
        from workbench.desktop.experiments.ablation import AblationDialog

        def ask(_: None) -> None:
            dialog = AblationDialog(
                self._desk.workspace,
                self._bridge,
                self._desk.documents.window(),
                prompt_id=document.id,
                model=_models(self._desk)[0],
            )
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.made.connect(self.take_plan)
            dialog.open()

        self._desk.drafts.save()
        self._desk.write(lambda store: None, ask)  # behind the draft, so that it is what the dialog reads

    def take_plan(self, plan: Plan) -> None:
        """Keep a plan that was made elsewhere, and bring it to the front."""
        self._desk.write(
            lambda store: _kept(store, replace(plan, name=store.free_plan_name(plan.name))), self._begin
        )

    def _begin(self, plan_id: str) -> None:
        self.open("experiment", plan_id)

    def new_test_set(self, name: str = "", then: Callable[[str], object] | None = None) -> None:
        """A new, empty test set, brought to the front; `then` gets its id."""
        document = self._desk.documents.current()

        def create(store: Store) -> str:
            return store.new_test_set(name or "New test set", prompt_id=document.id if document else None).id

        def show(test_set_id: str) -> None:
            self.open("test_set", test_set_id)
            if then is not None:
                then(test_set_id)

        self._desk.write(create, show)

    def open_test_set_of(self, document: Document) -> None:
        """The test set of a prompt, brought to the front; a new one when it has none."""

        def find(store: Store) -> str:
            known = store.test_set_for(document.id)
            return known.id if known else store.new_test_set(document.name, prompt_id=document.id).id

        self._desk.write(find, self.open_test_set)

    # Named, copied, deleted

    def rename(self, kind: PageKind, identifier: str) -> None:
        """Let the person give it another name, where its name stands."""
        page = self.open(kind, identifier)
        QTimer.singleShot(0, page, page.rename)

    def duplicate(self, kind: PageKind, identifier: str) -> None:
        """Open a copy: of an experiment's plan, without its runs, or of a test set."""

        def copy(store: Store) -> str:
            if kind == "experiment":
                plan = store.plan(identifier)
                return _kept(store, replace(plan, id=new_id(), name=store.free_plan_name(plan.name)))
            known = store.test_set(identifier)
            cases = [replace(case, id=new_id()) for case in known.cases]
            made = store.new_test_set(known.name, cases, prompt_id=known.prompt_id)
            store.save_cases(made.id, cases, known.columns)
            return made.id

        self._desk.write(copy, lambda made: self.open(kind, made))

    def delete(self, kind: PageKind, identifier: str, name: str) -> None:
        """Delete it, when the person is sure."""
        if self.runs.of_plan(identifier) is not None:
            self._desk.messages.show_message(
                f"“{name}” is running.", advice="Stop it before it is deleted.", tone="warning"
            )
            return
        box = QMessageBox(self._desk.documents.window())
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Delete")
        box.setText(f"Delete “{name}”?")
        box.setInformativeText(_LOSS[kind])
        yes = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda button: self._delete(kind, identifier, name) if button is yes else None)
        box.open()

    def _delete(self, kind: PageKind, identifier: str, name: str) -> None:
        def delete(store: Store) -> None:
            if kind == "experiment":
                store.delete_plan(identifier)
            else:
                store.delete_test_set(identifier)

        def gone(_: None) -> None:
            if (page := self._desk.documents.page(f"{kind}:{identifier}")) is not None:
                self._drop(page)
            self._desk.say(f"{name} is deleted")

        self._desk.write(delete, gone)


_LOSS: dict[PageKind, str] = {
    "experiment": "Its plan, its runs' tables and verdicts go. The answers themselves stay in the history.",
    "test_set": "Its cases go. Experiments that were run keep theirs.",
}


def _kept(store: Store, plan: Plan) -> str:
    store.save_plan(plan)
    return plan.id


def _plan(store: Store, document: Document, name: str, columns: tuple[Column, ...]) -> Plan:
    known = store.test_set_for(document.id)
    return new_plan(store.free_plan_name(name), columns, test_set_id=known.id if known else None)


def _models(desk: Desk) -> Sequence[str]:
    return tuple(dict.fromkeys(desk.results.references())) or ("starter",)


def _column(document: Document, model: str, version: PromptVersion | None = None) -> Column:
    column = new_column(document.id, version=version.id if version else "", model=model)
    return replace(column, config=document.config or GenerationConfig())


def _states(document: Document) -> tuple[PromptVersion | None, ...]:
    """The newest version and the draft, or where the draft says nothing new, the two newest versions."""
    newest = document.opened.versions[:2]
    if document.differs() or len(newest) < 2:
        return (*newest[:1], None)
    return tuple(reversed(newest))
