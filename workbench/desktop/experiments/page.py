"""The page of an experiment: its plan on top, and what came out as a grid, blind, and as a verdict."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from workbench.core.experiment import Cell, CellRecord, Experiment, expand
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.blind import BlindView
from workbench.desktop.experiments.columns import ColumnStrip
from workbench.desktop.experiments.grid_view import GridView
from workbench.desktop.experiments.plan_editing import Doors, PlanEditing
from workbench.desktop.experiments.plan_head import PlanHead
from workbench.desktop.experiments.plan_state import PlanState
from workbench.desktop.experiments.run_controls import RunControls
from workbench.desktop.experiments.run_words import ending_words, percent, run_title
from workbench.desktop.experiments.runs import News, Over, Runs
from workbench.desktop.experiments.starting_point import StartingPoint
from workbench.desktop.experiments.verdict import VerdictView
from workbench.desktop.message_bar import MessageBar
from workbench.desktop.wide_page import WidePage
from workbench.errors import WorkbenchError
from workbench.running import Workspace
from workbench.running.plan_run import Wish
from workbench.store import Changed


class ExperimentPage(WidePage):
    """Everything about one plan. Runs go on when it is closed."""

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        parent: QWidget | None,
        plan_id: str,
        *,
        runs: Runs,
        doors: Doors,
    ) -> None:
        super().__init__("experiment", plan_id, workspace, bridge, parent)
        self.state = PlanState(plan_id, workspace, bridge, runs, self)
        self.messages = MessageBar()
        self.editing = PlanEditing(workspace, bridge, self, state=self.state, messages=self.messages, doors=doors)
        self.head = PlanHead()
        self.strip = ColumnStrip()
        self.controls = RunControls()
        self.bar = self.controls
        self.undo_stack = self.state.undo_stack
        self.grid = GridView(workspace, bridge)
        self.blind = BlindView(workspace, bridge)
        self.verdict = VerdictView(workspace, bridge)
        self.start = StartingPoint()
        self.tabs = QTabWidget()
        self._table = QStackedWidget()
        self._arrange()
        self._connect()
        self._offer_views()
        self.state.refresh()

    def _arrange(self) -> None:
        self._table.addWidget(self.start)
        self._table.addWidget(self.grid)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("What came out")
        self.tabs.tabBar().setAccessibleName("What came out")
        for view, title in ((self._table, "Grid"), (self.blind, "Blind"), (self.verdict, "Verdict")):
            self.tabs.addTab(view, title)
        above = QVBoxLayout()
        above.setContentsMargins(
            theme.BETWEEN - theme.UNIT, theme.INSIDE, theme.BETWEEN - theme.UNIT, theme.INSIDE
        )
        above.setSpacing(theme.INSIDE)
        above.addWidget(self.head)
        above.addWidget(self.strip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addLayout(above)
        column.addWidget(self.tabs, 1)
        self.setFocusProxy(self.grid)

    def _connect(self) -> None:
        state, editing, head, controls = self.state, self.editing, self.head, self.controls
        state.arrived.connect(self._show_plan)
        state.shown_changed.connect(self._show_run)
        state.outlook_changed.connect(self._show_outlook)
        state.progress_changed.connect(self._show_progress)
        state.news.connect(self._take_news)
        state.over.connect(self._end)
        state.failed.connect(self.messages.show_error)
        state.gone.connect(self.gone)
        state.rated.connect(self.grid.rated)
        state.said.connect(self.status)
        head.edited.connect(state.edit)
        head.checks_asked.connect(editing.ask_checks)
        head.settings_asked.connect(editing.ask_settings)
        head.test_set_asked.connect(editing.open_test_set)
        head.new_test_set_asked.connect(editing.new_test_set)
        self.strip.asked.connect(editing.change_column)
        self.strip.add_asked.connect(editing.add_column)
        self.strip.model_asked.connect(editing.add_model)
        self.start.column_asked.connect(editing.add_column)
        self.start.test_set_asked.connect(editing.new_test_set)
        self.grid.column_asked.connect(editing.change_column)
        self.grid.run_asked.connect(lambda cells: state.run(Wish("chosen", cells)))
        self.verdict.cell_asked.connect(self.show_cell)
        for view in (self.grid, self.blind, self.verdict):
            view.status.connect(self.status)
        controls.run_asked.connect(self.run_part)
        controls.stop_asked.connect(state.stop)
        controls.run_chosen.connect(state.show_run)
        self.tabs.currentChanged.connect(self._turn_to)
        self.grid.grid.current_changed.connect(lambda _: self._can_choose())

    # What a page can do

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        self.state.take_changes(changes)

    def can_run(self) -> bool:
        return self.controls.run.isEnabled()

    def is_running(self) -> bool:
        return self.state.progress is not None

    def run(self) -> None:
        self.run_part("all")

    def stop(self) -> None:
        self.state.stop()

    def rename(self) -> None:
        self.head.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.head.name.selectAll()

    def run_part(self, which: str) -> None:
        """Run `all`, the same in a `batch`, `failed`, `anew`, or the selected `cell`, `row` or `column`.

        Or `fetch` or `give_up` the batch that is at work.
        """
        self.messages.dismiss_about("run")
        self.tabs.setCurrentIndex(0)
        match which:
            case "cell" | "row" | "column":
                self.state.run(Wish("chosen", self._chosen(which)))
            case "failed":
                self.state.run(Wish("failed"))
            case "batch":
                self.state.run(Wish(batch=True))
            case "anew":
                self.state.run(Wish("anew"))
            case "fetch":
                self.state.run(Wish("fetch"))
            case "give_up":
                self.state.give_up_batches()
            case _:
                self.state.run(Wish())

    def _chosen(self, which: str) -> frozenset[Cell]:
        shown, current = self._experiment(), self.grid.current_cell()
        if shown is None or current is None:
            return frozenset()
        return frozenset(
            cell
            for cell in expand(shown)
            if (which == "column" or cell.case == current.case)
            and (which == "row" or cell.variant == current.variant)
        )

    def show_tab(self, place: int) -> None:
        """Bring the grid, the blind comparison or the verdict to the front, where the keys go then."""
        if not self.tabs.isTabEnabled(place):
            self.status.emit("There is nothing to compare before the first run")
            return
        self.tabs.setCurrentIndex(place)
        (self.grid, self.blind, self.verdict)[place].setFocus(Qt.FocusReason.OtherFocusReason)

    def save_report(self) -> None:
        """Ask where the report of the run that is shown goes; what it says comes to the front."""
        self.show_tab(2)
        if self.state.shown is not None:
            self.verdict.report_button.press()

    def show_cell(self, cell: Cell) -> None:
        """Go to a cell of the grid."""
        self.tabs.setCurrentIndex(0)
        self.grid.show_cell(cell)

    # What is shown

    def _show_plan(self) -> None:
        page, plan = self.state.page, self.state.plan
        if page is None or plan is None:
            return
        self.head.show_plan(plan, page.test_sets, was_run=bool(page.runs))
        self.strip.show_columns(page.faces)
        self.start.show_plan(plan)
        count, now = len(page.runs), datetime.now(UTC)
        running = self.state.progress.experiment_id if self.state.progress else ""
        titles = [
            (run.id, run_title(run, count - n, now, runs=run.id == running)) for n, run in enumerate(page.runs)
        ]
        self.controls.show_runs(titles, self.state.shown.experiment.id if self.state.shown else "")
        if self.title != plan.name:
            self.title = plan.name
            self.changed_title.emit()

    def _experiment(self) -> Experiment | None:
        """The run that is shown, or, before the first one, what it would be."""
        if self.state.shown is not None:
            return self.state.shown.experiment
        return self.state.outlook.beginning.experiment if self.state.outlook else None

    def _show_run(self) -> None:
        self._show_plan()
        self._offer_views()
        self._show_in_front()
        self._show_waiting()

    def _offer_views(self) -> None:
        """There is nothing to vote on and nothing to judge before the first run."""
        for place in (1, 2):
            self.tabs.setTabEnabled(place, self.state.shown is not None)
            self.tabs.setTabToolTip(place, "" if self.state.shown else "After the first run")

    def _turn_to(self, place: int) -> None:
        """Undo takes back a step of the plan; while votes are cast it is a vote, by a key of that view's own."""
        self.undo_stack = None if self.tabs.widget(place) is self.blind else self.state.undo_stack
        self._show_in_front()
        self.running_changed.emit()

    def _show_in_front(self) -> None:
        """Fill the view that is in front; the others are filled when they come there."""
        experiment = self._experiment()
        self._table.setCurrentWidget(self.start if experiment is None else self.grid)
        if experiment is None:
            return
        records: tuple[CellRecord, ...] = tuple(self.state.records.values())
        if self.state.shown is None:
            records = tuple(CellRecord(cell) for cell in expand(experiment))
        match self.tabs.currentIndex():
            case 0:
                self.grid.show_experiment(experiment, records)
            case 1:
                self.blind.show_experiment(experiment, records)
            case _:
                self.verdict.show_experiment(experiment, records)
        self._can_choose()

    def _take_news(self, news: News) -> None:
        self.grid.take(news)
        if self.tabs.currentIndex() != 0 and any(isinstance(what, CellRecord) for _, what in news):
            self._show_in_front()  # the verdict and the blind comparison go on while answers come in

    def _show_outlook(self) -> None:
        state = self.state
        if state.preparing:
            self.controls.show_outlook(None, words="preparing the run")
        else:
            self.controls.show_outlook(state.outlook, words=_short_words(state.problem))
        self.start.show_problem(state.problem)
        if state.shown is None:
            self._show_in_front()
        self.running_changed.emit()

    def _show_progress(self) -> None:
        progress = self.state.progress
        self.controls.show_progress(progress)
        if progress is not None and self.tabs.currentIndex():
            self._show_in_front()  # the grid gets every event; these two look at the whole now and then
        note = percent(progress) if progress else ""
        if note != self.note:
            self.note = note
            self.changed_title.emit()
        self.running_changed.emit()

    def _show_waiting(self) -> None:
        """At the beginning and the end of a run; in between a cell's own record says that it waits no longer."""
        progress, shown = self.state.progress, self.state.shown
        mine = progress is not None and shown is not None and progress.experiment_id == shown.experiment.id
        self.grid.set_waiting(frozenset(progress.waiting) if progress is not None and mine else frozenset())

    def _can_choose(self) -> None:
        self.controls.set_can_choose(can=self.grid.current_cell() is not None)

    def _end(self, over: Over) -> None:
        if over.error is not None:
            self.messages.show_error(over.error, about="run")
        elif over.ending is not None:
            text, advice = ending_words(over.ending)
            if text:
                self.messages.show_message(text, advice=advice, tone="bad", about="run")
            self.status.emit("Stopped; what is finished stays" if over.ending.stopped else f"{self.title} is done")
        self._show_waiting()
        if self.state.shown is not None and self.state.shown.experiment.id == over.experiment_id:
            self._show_in_front()
        self.state.look()


def _short_words(problem: BaseException | None) -> str:
    if problem is None:
        return ""
    return problem.message if isinstance(problem, WorkbenchError) else "It cannot be said what running takes."
