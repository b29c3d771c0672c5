"""The results: answers side by side, and the history of every run."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from workbench.core.version import PromptVersion
from workbench.desktop.bridge import Bridge
from workbench.desktop.results.answers import AnswersView, JobFor
from workbench.desktop.results.history import HistoryView
from workbench.desktop.results.pane import AnswerPane
from workbench.running import ModelChoice, Workspace
from workbench.store import Changed


class ResultsPanel(QWidget):
    """Tabs Answers and History; the one of the results' rooms that the window knows."""

    run_requested = Signal()
    """A person pressed Run in an empty pane."""
    run_finished = Signal(object)
    """A Run ended in one of the panes."""
    running_changed = Signal(bool)
    """Whether any pane has an answer on its way."""
    panes_changed = Signal()
    """Panes, their models or versions changed: estimates are to be made anew."""
    reopen_requested = Signal(object)
    """A Run whose prompt, values and parameters are wanted in the editor."""
    add_model_requested = Signal()
    """*Add a model…* was chosen in a pane."""
    status = Signal(str)
    """A line for the status bar."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answers = AnswersView(workspace, bridge)
        self.history = HistoryView(workspace, bridge)
        # With their parent from the start, or all pages would take on its style once more with the tabs.
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Results")
        self.tabs.tabBar().setAccessibleName("Results: answers or history")
        self.tabs.addTab(self.answers, "Answers")
        self.tabs.addTab(self.history, "History")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        self._connect()
        # Called on the store's thread; the bridge brings it over.
        workspace.store.listen(lambda changes: bridge.post(lambda: self.take_changes(changes)))

    def _connect(self) -> None:
        self.answers.run_asked.connect(self.run_requested)
        self.answers.add_model_asked.connect(self.add_model_requested)
        self.answers.panes_changed.connect(self.panes_changed)
        self.answers.run_ended.connect(self.run_finished)
        self.answers.running_changed.connect(self.running_changed)
        self.answers.status.connect(self.status)
        self.history.reopen_asked.connect(self.reopen_requested)
        self.history.status.connect(self.status)

    # Answers

    def panes(self) -> tuple[AnswerPane, ...]:
        """The panes, from left to right."""
        return self.answers.panes()

    def active_pane(self) -> AnswerPane:
        """The pane that was used last."""
        return self.answers.active_pane()

    def references(self) -> tuple[str, ...]:
        """The model reference of each pane."""
        return self.answers.references()

    def set_references(self, references: tuple[str, ...]) -> None:
        """One pane for each of these models."""
        self.answers.set_references(references)

    def set_models(self, choices: tuple[ModelChoice, ...]) -> None:
        """The models on offer."""
        self.answers.set_models(choices)

    def set_versions(self, versions: tuple[PromptVersion, ...]) -> None:
        """The saved versions of the open prompt."""
        self.answers.set_versions(versions)

    def choose_model(self, place: int) -> None:
        """Open the choice of models of the pane whose reference stands at this place."""
        self.tabs.setCurrentWidget(self.answers)
        box = [pane.model_box for pane in self.panes() if pane.reference()][place]
        box.setFocus()
        box.showPopup()

    def add_pane(self) -> None:
        """One pane more, like the active one."""
        self.tabs.setCurrentWidget(self.answers)
        self.answers.add_pane(self.active_pane())

    def close_pane(self) -> None:
        """Close the active pane."""
        self.answers.close_pane(self.active_pane())

    def focus_next_pane(self) -> None:
        """F6 among the panes."""
        self.answers.focus_next()

    def run_all(self, job_for: JobFor) -> None:
        """Run every pane; `job_for` may raise a WorkbenchError, which then stands in its pane."""
        self.tabs.setCurrentWidget(self.answers)
        self.answers.run_all(job_for)

    def run_active(self, job_for: JobFor) -> None:
        """Run the active pane only."""
        self.tabs.setCurrentWidget(self.answers)
        self.answers.run_pane(self.active_pane(), job_for)

    def stop_all(self) -> None:
        """Stop every run on its way."""
        self.answers.stop_all()

    def is_running(self) -> bool:
        """Whether any pane has an answer on its way."""
        return self.answers.is_running()

    # What the table of actions calls; each acts on the tab in front

    def rate(self, score: int) -> None:
        """Rate the answer in front of the person 1 to 5."""
        self._front().rate(score)

    def edit_golden(self) -> None:
        """Open the golden answer of the answer in front."""
        self._front().edit_golden()

    def show_difference(self) -> None:
        """Compare the answer in front, or the two selected runs."""
        if self.tabs.currentWidget() is self.history:
            self.history.show_difference()
        else:
            self.answers.show_difference()

    def take_key(self, key: str) -> bool:
        """A key without modifiers that nobody wanted where it was pressed; whether the answer in front does."""
        return self._front().take_key(key)

    def copy_answer(self) -> None:
        """Copy the answer in front."""
        self._front().copy_answer()

    def show_history(self, query: str | None = None) -> None:
        """Bring the history forward, with the cursor in its search field."""
        self.tabs.setCurrentWidget(self.history)
        self.history.focus_search(query)

    def show_run(self, run_id: str) -> None:
        """Bring a run forward in the history."""
        self.tabs.setCurrentWidget(self.history)
        self.history.show_run(run_id)

    def _front(self) -> AnswerPane | HistoryView:
        return self.history if self.tabs.currentWidget() is self.history else self.active_pane()

    # Changes in the store, by whoever made them

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        """Refetch what these changes touch and nothing else."""
        for change in changes:
            if change.kind in ("run", "rating"):
                self.history.refresh(change.id)
            if change.kind == "rating":
                for pane in self.panes():
                    pane.refresh_rating(change.id)
