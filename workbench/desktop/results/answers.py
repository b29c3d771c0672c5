"""One to four panes side by side, which run the same variables on models and versions of their own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from workbench.core.run import Run
from workbench.core.version import PromptVersion
from workbench.desktop.bridge import Bridge
from workbench.desktop.results.comparing import DifferenceDialog
from workbench.desktop.results.pane import AnswerPane
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.tab_order import in_order
from workbench.errors import WorkbenchError
from workbench.running import Job, ModelChoice, Workspace
from workbench.store import Store

MOST = 4
JobFor = Callable[[AnswerPane], Job]
GOLDEN = "Golden answer"
EXPECTED = "Expected answer"


class AnswersView(QWidget):
    """The panes; at least one is always there."""

    run_asked = Signal()
    add_model_asked = Signal()
    panes_changed = Signal()
    """A pane came or went, or runs another model or version."""
    run_ended = Signal(object)
    running_changed = Signal(bool)
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._choices: tuple[ModelChoice, ...] = ()
        self._versions: tuple[PromptVersion, ...] = ()
        self._job_for: JobFor | None = None
        self._active: AnswerPane | None = None
        self._splitter = QuietSplitter()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self._splitter)
        self._insert(0)
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]

    # The panes

    def panes(self) -> tuple[AnswerPane, ...]:
        """From left to right."""
        widgets = (self._splitter.widget(at) for at in range(self._splitter.count()))
        return tuple(widget for widget in widgets if isinstance(widget, AnswerPane))

    def active_pane(self) -> AnswerPane:
        """The pane that was used last."""
        panes = self.panes()
        return self._active if self._active in panes else panes[0]

    def references(self) -> tuple[str, ...]:
        """The model reference of each pane; panes without a model are left out."""
        return tuple(pane.reference() for pane in self.panes() if pane.reference())

    def set_references(self, references: tuple[str, ...]) -> None:
        """One pane for each of these models, at most four; runs on their way in panes that go are stopped."""
        wanted = references[:MOST] or ("",)
        while len(self.panes()) > len(wanted):
            self.close_pane(self.panes()[-1])
        while len(self.panes()) < len(wanted):
            self._insert(len(self.panes()))
        for pane, reference in zip(self.panes(), wanted, strict=True):
            if reference:
                pane.model_box.set_reference(reference)
        self.panes_changed.emit()

    def set_models(self, choices: tuple[ModelChoice, ...]) -> None:
        """Offer these models in every pane."""
        self._choices = choices
        before = self.references()
        for pane in self.panes():
            pane.model_box.set_models(choices)
        if self.references() != before:
            self.panes_changed.emit()

    def set_versions(self, versions: tuple[PromptVersion, ...]) -> None:
        """Offer these versions of the open prompt in every pane."""
        self._versions = versions
        for pane in self.panes():
            pane.version_box.set_versions(versions)

    def add_pane(self, beside: AnswerPane | None = None) -> AnswerPane | None:
        """A pane right of another one, with its model and version; None when there are four already."""
        panes = self.panes()
        if len(panes) >= MOST:
            self.status.emit(f"{MOST} panes are the most.")
            return None
        neighbour = beside or panes[-1]
        pane = self._insert(panes.index(neighbour) + 1)
        pane.model_box.set_reference(neighbour.reference())
        pane.version_box.set_version(neighbour.version_box.version())
        width = max(1, self._splitter.width() // len(self.panes()))
        self._splitter.setSizes([width] * len(self.panes()))
        pane.model_box.setFocus()
        self.panes_changed.emit()
        return pane

    def close_pane(self, pane: AnswerPane) -> None:
        """Take a pane away, stopping its run; the last one stays."""
        if len(self.panes()) == 1:
            return
        pane.stop()
        pane.setParent(None)
        pane.deleteLater()
        if self._active is pane:
            self._active = None
        self._show_count()
        self.panes_changed.emit()
        self.running_changed.emit(self.is_running())

    def focus_next(self) -> None:
        """Move on to the next pane."""
        panes = self.panes()
        following = panes[(panes.index(self.active_pane()) + 1) % len(panes)]
        following.body.text_view.setFocus() if following.run() else following.model_box.setFocus()
        self._activate(following)

    def _insert(self, at: int) -> AnswerPane:
        pane = AnswerPane(self._workspace, self._bridge)
        with QSignalBlocker(pane):
            pane.model_box.set_models(self._choices)
            pane.version_box.set_versions(self._versions)
        pane.run_asked.connect(self.run_asked)
        pane.retry_asked.connect(lambda: self._retry(pane))
        pane.add_asked.connect(lambda: self.add_pane(pane))
        pane.close_asked.connect(lambda: self.close_pane(pane))
        pane.add_model_asked.connect(self.add_model_asked)
        pane.model_chosen.connect(self.panes_changed)
        pane.version_box.version_chosen.connect(self.panes_changed)
        pane.better_asked.connect(lambda: self.mark_better(pane))
        pane.difference_asked.connect(lambda choice: self._compare(pane, choice))
        pane.comparisons_changed.connect(self._offer_comparisons)
        pane.ended.connect(self._ended)
        pane.status.connect(self.status)
        self._splitter.insertWidget(at, pane)
        in_order(*self.panes())
        self._show_count()
        return pane

    def _show_count(self) -> None:
        count = len(self.panes())
        for pane in self.panes():
            pane.add_button.setVisible(count < MOST)
            pane.close_button.setVisible(count > 1)
        self._offer_comparisons()

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        pane = next((pane for pane in self.panes() if new is not None and pane.isAncestorOf(new)), None)
        if pane is not None:
            self._activate(pane)

    def _activate(self, active: AnswerPane) -> None:
        self._active = active
        several = len(self.panes()) > 1
        for pane in self.panes():
            marked = several and pane is active
            if pane.property("active") != marked:
                pane.setProperty("active", marked)
                pane.style().unpolish(pane)
                pane.style().polish(pane)

    # Running

    def run_all(self, job_for: JobFor) -> None:
        """Run every pane at once. What is wrong with one pane's job stands in that pane alone."""
        self._job_for = job_for
        for pane in self.panes():
            self._start(pane, job_for)
        self.running_changed.emit(self.is_running())

    def run_pane(self, pane: AnswerPane, job_for: JobFor) -> None:
        """Run one pane."""
        self._job_for = job_for
        self._start(pane, job_for)
        self.running_changed.emit(self.is_running())

    def _start(self, pane: AnswerPane, job_for: JobFor) -> None:
        if not pane.reference():
            pane.show_error(WorkbenchError("No model is chosen.", advice="Choose a model above, or add one."))
            return
        try:
            job = job_for(pane)
        except WorkbenchError as error:
            pane.show_error(error)
        else:
            pane.start(job)

    def _retry(self, pane: AnswerPane) -> None:
        """Run it as it is now: the person may have mended the prompt or chosen another model."""
        if self._job_for is not None:
            self.run_pane(pane, self._job_for)

    def stop_all(self) -> None:
        """Stop every run on its way."""
        for pane in self.panes():
            pane.stop()

    def is_running(self) -> bool:
        """Whether any pane has an answer on its way."""
        return any(pane.is_running() for pane in self.panes())

    def _ended(self, run: Run) -> None:
        self.run_ended.emit(run)
        self.running_changed.emit(self.is_running())

    # Against each other

    def mark_better(self, better: AnswerPane) -> None:
        """Record that this pane's answer is better than every other answer to the same variables."""
        best = better.run()
        others = [run for pane in self.panes() if pane is not better and (run := _comparable(pane, best))]
        if best is None or not others:
            self.status.emit("There is no other answer to the same variables to compare with.")
            better.footer.better.setChecked(False)
            return

        def record(store: Store) -> None:
            for worse in others:
                store.prefer(best.id, worse.id)

        self._bridge.when(
            self._workspace.store.write(record),
            lambda _done: self.status.emit(f"{better.title()} marked as better"),
            lambda error: self.status.emit(f"The mark was not saved. {error}"),
            owner=self,
        )
        for pane in self.panes():
            pane.footer.better.setChecked(pane is better)

    def _offer_comparisons(self) -> None:
        panes = self.panes()
        for pane in panes:
            choices: dict[str, object] = {
                f"Pane {number} · {other.title()}": other
                for number, other in enumerate(panes, 1)
                if other is not pane and other.run() is not None
            }
            run = pane.run()
            if pane.rating().golden is not None:
                choices[GOLDEN] = GOLDEN
            if run is not None and run.case_id:
                choices[EXPECTED] = EXPECTED
            pane.footer.set_comparisons(choices)
            pane.footer.better.setVisible(any(_comparable(other, run) for other in panes if other is not pane))

    def show_difference(self) -> None:
        """The active pane's answer against the first thing there is to compare it with."""
        pane = self.active_pane()
        actions = pane.footer.comparisons()
        if not actions:
            self.status.emit("Nothing to compare with yet: run a second pane, or edit a golden answer.")
            return
        self._compare(pane, actions[0])

    def _compare(self, pane: AnswerPane, choice: object) -> None:
        if isinstance(choice, AnswerPane):
            self._show_difference((pane.title(), pane.body.answer()), (choice.title(), choice.body.answer()))
        elif choice == GOLDEN:
            self._show_difference((pane.title(), pane.body.answer()), (GOLDEN, pane.rating().golden or ""))
        elif (run := pane.run()) is not None and run.case_id:
            case_id = run.case_id
            self._bridge.when(
                self._workspace.store.read(lambda store: expected_answer(store, case_id)),
                lambda text: self._show_difference((EXPECTED, text), (pane.title(), pane.body.answer())),
                lambda error: self.status.emit(str(error)),
                owner=self,
            )

    def _show_difference(self, before: tuple[str, str], after: tuple[str, str]) -> None:
        dialog = DifferenceDialog(before, after, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _comparable(pane: AnswerPane, run: Run | None) -> Run | None:
    """The pane's run, when it answers the same variables as another one and both have text."""
    other = pane.run()
    if run is None or other is None or not run.text or not other.text:
        return None
    return other if dict(run.values) == dict(other.values) else None


def expected_answer(store: Store, case_id: str) -> str:
    """What a test case expects; empty when the case is gone or expects nothing."""
    cases = (case for test_set in store.test_sets() for case in test_set.cases)
    return next((case.expected for case in cases if case.id == case_id), "")
