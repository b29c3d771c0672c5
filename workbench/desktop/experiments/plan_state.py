"""A plan as its page has it: what the store says, what the person changed, which run is shown, what is next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from workbench.core.experiment import Cell, CellRecord, expand
from workbench.core.plan import Plan
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.plan_steps import PlanStep
from workbench.desktop.experiments.reading import PlanPage, read_page, read_run
from workbench.desktop.experiments.runs import Batch, Over, Progress, Runs
from workbench.errors import NotFound
from workbench.running import Workspace
from workbench.running.plan_run import Beginning, Outlook, Shown, Wish, look_ahead, prepare
from workbench.running.python_checks import Untrusted, trust, untrusted
from workbench.store import Changed

_TOGETHER_MS = 150
_LOOK_AFTER_MS = 250
_REREAD_MS = 1_000
"""A run of another program is read again this often."""

_MATTERS = frozenset({"prompt", "version", "test_set"})


class PlanState(QObject):
    """Keeps a plan in step with the store; everything that takes a while happens elsewhere."""

    arrived = Signal()
    """`page` and `plan` are there, or others."""
    shown_changed = Signal()
    """Another run is shown, or the same one was read again."""
    news = Signal(object)
    """What happened to cells of the run that is shown, a list of pairs of Cell and Event or CellRecord."""
    outlook_changed = Signal()
    """`outlook` or `problem` is another."""
    progress_changed = Signal()
    over = Signal(object)
    """An Over: the run of this plan ended."""
    failed = Signal(object)
    """An error that the person should know of."""
    gone = Signal()
    rated = Signal(str)
    """The id of a run whose rating changed."""
    said = Signal(str)
    """What just happened to the plan."""

    def __init__(self, plan_id: str, workspace: Workspace, bridge: Bridge, runs: Runs, parent: QObject) -> None:
        super().__init__(parent)
        self.plan_id = plan_id
        self.page: PlanPage | None = None
        self.plan: Plan | None = None
        self.shown: Shown | None = None
        self.records: dict[Cell, CellRecord] = {}
        """Of the run that is shown."""
        self.outlook: Outlook | None = None
        self.problem: BaseException | None = None
        """Why the plan cannot be run as it is."""
        self.undo_stack = QUndoStack(self)
        """What the person did to the plan while the page is open."""
        self._workspace, self._bridge, self._runs = workspace, bridge, runs
        self._saving = 0
        self._looked = 0
        self._wanted_run = ""
        self.preparing = False
        """A run is about to begin."""
        self._refresh_soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._refresh_soon.timeout.connect(self.refresh)
        self._look_soon = QTimer(self, singleShot=True, interval=_LOOK_AFTER_MS)
        self._look_soon.timeout.connect(self._look)
        self._reread_soon = QTimer(self, singleShot=True, interval=_REREAD_MS)
        self._reread_soon.timeout.connect(lambda: self.show_run(self._wanted_run))
        runs.arrived.connect(self._take_batch)
        runs.changed.connect(self._progressed)
        runs.over.connect(self._take_end)

    @property
    def progress(self) -> Progress | None:
        """The run of this plan that is on its way."""
        return self._runs.of_plan(self.plan_id)

    # What the store says

    def refresh(self) -> None:
        """Read the plan and what it speaks of."""
        self._refresh_soon.stop()
        reading = self._workspace.store.read(lambda store: read_page(store, self.plan_id))
        self._bridge.when(reading, self._take_page, self._not_read, owner=self)

    def _not_read(self, error: BaseException) -> None:
        if isinstance(error, NotFound):
            self.gone.emit()
        else:
            self.failed.emit(error)

    def _take_page(self, page: PlanPage) -> None:
        if self._saving:
            return  # the answer is older than the person's edit; another refresh follows it
        if self.plan is not None and page.plan != self.plan:
            self.undo_stack.clear()  # changed elsewhere, or not saved: no step leads back from there
        self.page, self.plan = page, page.plan
        self.arrived.emit()
        known = {run.id for run in page.runs}
        if page.runs and self._wanted_run not in known:
            self.show_run(page.runs[0].id)
        self._look_soon.start()

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        """Read again what is touched."""
        for change in changes:
            match change.kind:
                case "plan" if change.id == self.plan_id:
                    self._refresh_soon.start()
                case "experiment" if change.id == self._wanted_run and self.progress is None:
                    if not self._reread_soon.isActive():
                        self._reread_soon.start()
                case "rating":
                    self.rated.emit(change.id)
                case kind if kind in _MATTERS:
                    self._refresh_soon.start()

    def edit(self, plan: Plan) -> None:
        """Keep a plan as the person wants it now, with a way back."""
        before = self.plan
        self._keep(plan)
        if before is not None and before != plan:
            self.undo_stack.push(PlanStep(self, before, plan))

    def apply_plan(self, plan: Plan, said: str) -> None:
        """Become another plan, and say what happened."""
        self._keep(plan)
        self.said.emit(said)

    def _keep(self, plan: Plan) -> None:
        self.plan = plan
        self.arrived.emit()  # before it is stored: the next edit begins with this one
        self._saving += 1
        saving = self._workspace.store.write(lambda store: store.save_plan(plan))
        self._bridge.when(saving, lambda _: self._saved(), self._not_saved, owner=self)

    def _saved(self) -> None:
        self._saving -= 1
        if not self._saving:
            self.refresh()

    def _not_saved(self, error: BaseException) -> None:
        self._saved()
        self.failed.emit(error)

    # The run that is shown

    def show_run(self, experiment_id: str) -> None:
        """Show this run of the plan."""
        self._wanted_run = experiment_id
        reading = self._workspace.store.read(lambda store: read_run(store, experiment_id))
        self._bridge.when(reading, self._take_run, self._run_not_read, owner=self)

    def _run_not_read(self, error: BaseException) -> None:
        if not isinstance(error, NotFound):  # deleted together with its plan
            self.failed.emit(error)

    def _take_run(self, shown: Shown) -> None:
        if shown.experiment.id != self._wanted_run:
            return
        records = {record.cell: record for record in shown.records}
        progress = self.progress
        if progress is not None and progress.experiment_id == shown.experiment.id:
            records |= progress.records  # what came after the store was asked
        self._show(shown, records)

    def _show(self, shown: Shown, records: dict[Cell, CellRecord]) -> None:
        self.shown, self.records = shown, records
        self.shown_changed.emit()
        self._look_soon.start()

    def _take_batch(self, batch: Batch) -> None:
        if self.shown is None or batch.experiment_id != self.shown.experiment.id:
            return
        for cell, happened in batch.news:
            if isinstance(happened, CellRecord):
                self.records[cell] = happened
        self.news.emit(batch.news)

    def _progressed(self, plan_id: str) -> None:
        if plan_id == self.plan_id:
            self.progress_changed.emit()

    def _take_end(self, over: Over) -> None:
        if over.plan_id == self.plan_id:
            self.over.emit(over)
            self.refresh()

    # What is next

    def look(self) -> None:
        """Find out what running would take."""
        self._look_soon.start()

    def _look(self) -> None:
        if self.plan is None or self.progress is not None:
            return
        self._looked += 1
        number, experiments = self._looked, self._workspace.experiments
        ahead = look_ahead(experiments, self.plan, self._now_shown(), self._workspace.prices.cost)
        self._bridge.when(
            self._workspace.loop.submit(ahead),
            lambda outlook: self._see(number, outlook, None),
            lambda error: self._see(number, None, error),
            owner=self,
        )

    def _see(self, number: int, outlook: Outlook | None, problem: BaseException | None) -> None:
        if number == self._looked:
            self.outlook, self.problem = outlook, problem
            self.outlook_changed.emit()

    def _now_shown(self) -> Shown | None:
        return Shown(self.shown.experiment, tuple(self.records.values())) if self.shown else None

    def run(self, wish: Wish) -> None:
        """Run what is wished, unless a run of this plan is on its way."""
        if self.plan is None or self.progress is not None or self.preparing:
            return
        self._set_preparing(on=True)
        preparing = prepare(self._workspace.experiments, self.plan, self._now_shown(), wish)
        self._bridge.when(self._workspace.loop.submit(preparing), self._begin, self._not_prepared, owner=self)

    def _set_preparing(self, *, on: bool) -> None:
        self.preparing = on
        self.outlook_changed.emit()

    def _not_prepared(self, error: BaseException) -> None:
        self._set_preparing(on=False)
        self.failed.emit(error)

    def _begin(self, beginning: Beginning) -> None:
        looking = untrusted(self._workspace.store, beginning.experiment)
        self._bridge.when(
            self._workspace.loop.submit(looking),
            lambda programs: self._ask_for_trust(beginning, programs),
            self._not_prepared,
            owner=self,
        )

    def _ask_for_trust(self, beginning: Beginning, programs: tuple[Untrusted, ...]) -> None:
        """No file of the person's is run before the person has seen it."""
        if not programs:
            self._start(beginning)
            return
        from workbench.desktop.dialogs.trust import TrustDialog

        parent = self.parent()
        dialog = TrustDialog(programs, parent if isinstance(parent, QWidget) else None, runs=True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.decided.connect(lambda trusted: self._trust(beginning, trusted))
        dialog.rejected.connect(self._prepared_in_vain)
        dialog.open()

    def _prepared_in_vain(self) -> None:
        self._set_preparing(on=False)
        self.refresh()

    def _trust(self, beginning: Beginning, programs: tuple[Untrusted, ...]) -> None:
        trusting = self._workspace.store.write(lambda store: trust(store, programs))
        self._bridge.when(trusting, lambda _: self._start(beginning), self._not_prepared, owner=self)

    def _start(self, beginning: Beginning) -> None:
        self._set_preparing(on=False)
        self._runs.start(self.plan_id, beginning)
        experiment = beginning.experiment
        if beginning.is_new:
            self._wanted_run = experiment.id
            records = {cell: CellRecord(cell) for cell in expand(experiment)}
            self._show(Shown(experiment, ()), records)
            self.refresh()
        else:
            self.records |= {cell: CellRecord(cell) for cell in beginning.cells}
            self.shown_changed.emit()

    def give_up_batches(self) -> None:
        """Ask the servers to end the batches of the run that is shown."""
        if self.shown is None or self.progress is not None:
            return
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.experiments.batches.cancel(self.shown.experiment.id)),
            lambda _count: self._given_up(),
            self.failed.emit,
            owner=self,
        )

    def _given_up(self) -> None:
        self.said.emit("The batch is given up; Resume takes what was answered and asks for the rest")
        self.look()

    def stop(self) -> None:
        """Stop the run; what is finished stays."""
        self._runs.stop(self.plan_id)
