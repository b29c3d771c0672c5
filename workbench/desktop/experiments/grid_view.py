"""The grid with the cell's detail beside it or below, both fed from the store.

The grid asks for what it shows: texts of the rows on the screen, answers that say what is searched for. The
detail follows the current cell while it is open. What the store answers late, for a cell or a search that is no
longer in front, is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.run import RatedRun, Rating, Verdict
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.cell_detail import CellDetail
from workbench.desktop.experiments.cell_face import rating_text
from workbench.desktop.experiments.grid import ExperimentGrid, shortcut
from workbench.desktop.experiments.grid_cells import GridCells
from workbench.desktop.experiments.grid_layout import GridLayout
from workbench.running import Workspace
from workbench.store import Store

_TEXTS_AT_ONCE = 400
_LEAST_DETAIL = 380
_REPETITIONS = 50
"""Other answers to the same case that one can be compared with."""


class GridView(QWidget):
    """What the page of an experiment shows of its cells."""

    run_asked = Signal(object)
    """A frozenset of Cells."""
    column_asked = Signal(str, str)
    """What is to be done with a column, as `ExperimentGrid.column_asked` says it, and the variant's id."""
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._wanted: Cell | None = None
        self._then: Callable[[], object] | None = None
        self.grid = ExperimentGrid()
        self.detail = CellDetail(workspace, bridge)
        self.detail.setMinimumWidth(_LEAST_DETAIL)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.grid)
        self.splitter.addWidget(self.detail)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([860, 460])
        self.detail.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.grid.bar)  # over the detail too, so that nothing of it moves when that opens
        column.addWidget(self.splitter, 1)
        self.setFocusProxy(self.grid.table.answers)  # whose keys they are
        self._layout = GridLayout(workspace.store, bridge, self.grid, self.splitter)
        self._connect()

    def _connect(self) -> None:
        grid, detail = self.grid, self.detail
        for signal in (grid.run_asked, detail.run_asked):
            signal.connect(self.run_asked)
        grid.column_asked.connect(self.column_asked)
        detail.status.connect(self.status)
        grid.texts_wanted.connect(self._read_texts)
        grid.search_wanted.connect(self._search)
        grid.cell_activated.connect(self.open_detail)
        grid.current_changed.connect(self._follow)
        grid.copy_asked.connect(lambda cell: self._with(cell, detail.opinion.copy_answer))
        grid.golden_asked.connect(lambda cell: self._with(cell, detail.opinion.edit_golden))
        grid.difference_asked.connect(self._show_difference)
        grid.rate_asked.connect(self._rate)
        for key, do in grid.keys.items():
            shortcut(key, detail, do)
        detail.rated.connect(lambda run_id, rating: grid.set_ratings({run_id: rating}))
        detail.closed.connect(self.close_detail)
        detail.stepped.connect(grid.step)
        detail.turned.connect(self._layout.turn)
        detail.cell_chosen.connect(self._show)

    # What is shown

    def show_experiment(self, experiment: Experiment, records: Iterable[CellRecord]) -> None:
        """Show an experiment as far as it has come."""
        self.grid.show_experiment(experiment, records)
        self._read_ratings()
        self._follow(self.grid.current_cell())

    def take(self, batch: list[tuple[Cell, Event | CellRecord]]) -> None:
        """Show what happened since the last drain."""
        self.grid.take(batch)
        shown = self.detail.cell() if not self.detail.isHidden() else None
        mine = [event for cell, event in batch if cell == shown]
        if shown is None or not mine:
            return
        events = [event for event in mine if not isinstance(event, CellRecord)]
        live = self.grid.model.cells.live(shown)
        if self.detail.rated_run() is not None or len(events) < len(mine):
            self._show(shown)  # it is asked again, or has ended
        elif live is not None:
            self.detail.take(events)

    def set_waiting(self, cells: frozenset[Cell]) -> None:
        """The cells that a running still has in mind; none when it has ended."""
        self.grid.set_waiting(cells)

    def rated(self, run_id: str) -> None:
        """A run was rated elsewhere."""
        self._bridge.when(
            self._workspace.store.read(lambda store: store.run(run_id)),
            lambda rated: self._take_rating(run_id, rated.rating),
            lambda error: self.status.emit(f"The rating could not be read. {error}"),
            owner=self,
        )

    def _take_rating(self, run_id: str, rating: Rating) -> None:
        """Show a rating wherever its run is shown."""
        self.grid.set_ratings({run_id: rating})
        shown, cell = self.detail.rated_run(), self.detail.cell()
        if shown is not None and cell is not None and shown.run.id == run_id:
            self._show(cell)

    def current_cell(self) -> Cell | None:
        """The cell in front."""
        return self.grid.current_cell()

    def show_cell(self, cell: Cell) -> None:
        """Go to a cell and open its detail."""
        self.grid.show_cell(cell)
        self.open_detail(cell)

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.grid.focus_filter()

    # The store

    def _read_texts(self, run_ids: frozenset[str]) -> None:
        """In pieces, so that the first are there soon and none holds up the window."""
        experiment_id, wanted = self.grid.model.cells.experiment.id, sorted(run_ids)
        for at in range(0, len(wanted), _TEXTS_AT_ONCE):
            piece = wanted[at : at + _TEXTS_AT_ONCE]
            self._bridge.when(
                self._workspace.store.read(partial(_texts, piece)),
                partial(self._add_texts, experiment_id),
                lambda error: self.status.emit(f"The answers could not be read. {error}"),
                owner=self,
            )

    def _add_texts(self, experiment_id: str, texts: dict[str, str]) -> None:
        if experiment_id == self.grid.model.cells.experiment.id:
            self.grid.add_texts(texts)

    def _search(self, query: str) -> None:
        if not query:
            return
        experiment_id = self.grid.model.cells.experiment.id
        self._bridge.when(
            self._workspace.store.read(lambda store: store.cells_saying(experiment_id, query)),
            partial(self._take_found, experiment_id, query),
            lambda error: self.status.emit(f"The answers could not be searched. {error}"),
            owner=self,
        )

    def _take_found(self, experiment_id: str, query: str, found: dict[str, str]) -> None:
        if experiment_id == self.grid.model.cells.experiment.id:
            self.grid.set_found(query, found)

    # The detail

    def open_detail(self, cell: Cell) -> None:
        """Open the detail on a cell; on the one that it shows already, go into it."""
        if not self.detail.isHidden() and self.detail.cell() == cell:
            self.detail.tabs.tabBar().setFocus()
            return
        self._show_detail(shown=True)
        self._show(cell)

    def close_detail(self) -> None:
        """Give all room to the grid."""
        self._show_detail(shown=False)
        self.grid.focus_table()

    def _show_detail(self, *, shown: bool) -> None:
        self.detail.setVisible(shown)
        self._layout.make_room()

    def _follow(self, cell: Cell | None) -> None:
        """The detail shows what is current."""
        if cell is not None and not self.detail.isHidden():
            self._show(cell)

    def _with(self, cell: Cell, do: Callable[[], object]) -> None:
        """Do something with a cell's answer, once it is in the detail, open or not."""
        shown = self.detail.rated_run()
        if self.detail.cell() == cell and shown is not None:
            do()
        else:
            self._show(cell, then=do)

    def _show_difference(self, cell: Cell) -> None:
        self._show_detail(shown=True)
        cells = self.grid.model.cells
        baseline = cells.experiment.variants[cells.baseline].id
        self._with(cell, lambda: self.detail.show_difference(baseline))

    def _rate(self, cell: Cell, asked: str | int) -> None:
        """Rate a cell whether the detail shows it or not; the same again takes it back."""
        if (run_id := self.grid.model.cells.record(cell).run_id) is None:
            self.status.emit("This cell has no answer yet.")
            return
        self._bridge.when(
            self._workspace.store.write(partial(_toggled, run_id, asked)),
            partial(self._rating_saved, run_id),
            lambda error: self.status.emit(f"The rating was not saved. {error}"),
            owner=self,
        )

    def _rating_saved(self, run_id: str, rating: Rating) -> None:
        self._take_rating(run_id, rating)
        self.status.emit(f"Rated {rating_text(rating)}" if rating_text(rating) else "Rating taken back")

    def _read_ratings(self) -> None:
        experiment_id = self.grid.model.cells.experiment.id
        self._bridge.when(
            self._workspace.store.read(lambda store: store.experiment_ratings(experiment_id)),
            self.grid.set_ratings,
            lambda error: self.status.emit(f"The ratings could not be read. {error}"),
            owner=self,
        )

    def _show(self, cell: Cell, then: Callable[[], object] | None = None) -> None:
        """Show a cell in the detail; its run is read first."""
        cells = self.grid.model.cells
        self._wanted, self._then = cell, then
        run_id = cells.record(cell).run_id
        if cells.live(cell) is not None or run_id is None:
            self._put(cell, None)
            return
        self._bridge.when(
            self._workspace.store.read(lambda store: store.run(run_id)),
            lambda rated: self._put(cell, rated),
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    def _put(self, cell: Cell, rated: RatedRun | None) -> None:
        if cell != self._wanted:
            return
        cells = self.grid.model.cells
        if cells.place(cell) is None:
            return  # another experiment came meanwhile
        if rated is not None and rated.run.id != cells.record(cell).run_id:
            self._show(cell, self._then)  # or another run of this one
            return
        self.detail.show_cell(
            cells.experiment,
            cell,
            cells.record(cell),
            rated,
            _comparable(cells, cell),
            live=cells.live(cell),
            baseline=cells.experiment.variants[cells.baseline].id,
        )
        then, self._then = self._then, None
        if then is not None:
            then()

    # Keys

    def event(self, event: QEvent) -> bool:
        """Escape closes an open detail before anything else gets it."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._closes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._closes(event):
            self.close_detail()
        else:
            super().keyPressEvent(event)

    def _closes(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Escape and not self.detail.isHidden()


def _texts(run_ids: list[str], store: Store) -> dict[str, str]:
    return store.cell_texts(run_ids)


def _toggled(run_id: str, asked: str | int, store: Store) -> Rating:
    """Set a score or a verdict, or take it back when it is the one already set."""
    before = store.run(run_id).rating
    if isinstance(asked, int):
        rating = replace(before, score=None if before.score == asked else asked, rated_at=None)
    else:
        verdict: Verdict = "good" if asked == "good" else "bad"
        rating = replace(before, verdict=None if before.verdict == verdict else verdict, rated_at=None)
    store.rate(run_id, rating)
    return rating


def _comparable(cells: GridCells, cell: Cell) -> list[CellRecord]:
    """What the same case got of the other columns, and of this one another time."""
    experiment = cells.experiment
    others = [replace(cell, variant=variant.id) for variant in experiment.variants]
    again = [replace(cell, repetition=at) for at in range(min(experiment.repeat, _REPETITIONS))]
    return [cells.record(other) for other in (*others, *again)]
