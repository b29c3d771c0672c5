"""The grid of an experiment: cases down, variants across, answers as they are written.

Its keys work wherever the grid has the focus: J and K go through the cases, Return opens the detail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.run import Rating
from workbench.desktop.experiments.frozen_table import FrozenTable
from workbench.desktop.experiments.grid_bar import GridBar
from workbench.desktop.experiments.grid_delegate import Height
from workbench.desktop.experiments.grid_menu import Entry, menu
from workbench.desktop.experiments.grid_model import GridModel, Question
from workbench.desktop.results.empty import EmptyState

_NOTHING = {
    "all": ("No cases", "The experiment has no cases yet. Choose a test set with some."),
    "failures": ("No failures", "No answer failed a check so far."),
    "passes": ("No passes", "No case has passed all its checks so far."),
    "different": ("No differences", "The columns came out alike on every case so far."),
    "worse": ("Nothing got worse", "No column came out worse than the baseline so far."),
    "errors": ("No errors", "No request failed so far."),
}
_NO_MATCH = ("Nothing found", "No case and no answer of this mode says that.")


class ExperimentGrid(QWidget):
    """Shows an experiment, live; what a person asks of it goes out as signals."""

    cell_activated = Signal(object)
    """A Cell: show it in detail."""
    current_changed = Signal(object)
    """The current Cell, or None."""
    run_asked = Signal(object)
    """A frozenset of Cells to run again."""
    column_asked = Signal(str, str)
    """`open`, `edit`, `rename`, `copy`, `left`, `right` or `remove`, and the variant's id."""
    copy_asked = Signal(object)
    difference_asked = Signal(object)
    """A Cell: compare it with the baseline."""
    golden_asked = Signal(object)
    rate_asked = Signal(object, object)
    """A Cell, and `good`, `bad` or a score from 1 to 5."""
    texts_wanted = Signal(object)
    """A frozenset of run ids whose answers' beginnings `add_texts` should bring."""
    search_wanted = Signal(str)
    """A text that `set_found` should answer for; empty ends the search."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = GridModel(self)
        self.bar = GridBar()
        self.table = FrozenTable(self.model)
        self.empty = EmptyState(*_NOTHING["all"], action="Show all cases")
        self._hold_soon = QTimer(self, singleShot=True, interval=0)
        self._hold_soon.timeout.connect(self._hold)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)
        self._connect()
        self._make_keys()

    def _connect(self) -> None:
        self.bar.asked.connect(self.ask)
        self.bar.filter_left.connect(self.focus_table)
        self.bar.scope_changed.connect(self._change_scope)
        self.bar.height_changed.connect(self._change_height)
        self.empty.action_asked.connect(self.bar.clear)
        self.model.texts_wanted.connect(self.texts_wanted)
        for changed in (
            self.model.counted,
            self.model.modelReset,
            self.model.rowsInserted,
            self.model.rowsRemoved,
        ):
            changed.connect(self._show_counts)
        self.table.current_changed.connect(self._current_changed)
        self.table.opened.connect(lambda _index: self.activate())
        self.table.menu_asked.connect(self._show_menu)
        self.table.header.menu_asked.connect(self._show_column_menu)
        self.table.header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.header.customContextMenuRequested.connect(
            lambda place: self._show_column_menu(self.table.header.logicalIndexAt(place))
        )

    def _make_keys(self) -> None:
        self.keys: dict[str, Callable[[], object]] = {
            "J": partial(self.table.step, 1),
            "K": partial(self.table.step, -1),
            "R": self.run_selected,
            "C": self._tell(self.copy_asked),
            "D": self._tell(self.difference_asked),
            "E": self._tell(self.golden_asked),
            "G": partial(self._rate, "good"),
            **{key: partial(self._rate, "bad") for key in ("B", "X")},
            **{str(score): partial(self._rate, score) for score in range(1, 6)},
            "/": self.focus_filter,
            "+": partial(self.bar.step_height, 1),
            "-": partial(self.bar.step_height, -1),
        }
        """What the keys do in the table, and in the detail beside it."""
        for key, do in {**self.keys, "Return": self.activate, "Enter": self.activate}.items():
            shortcut(key, self.table, do)
        shortcut("Ctrl+F", self, self.focus_filter)
        shortcut("Down", self.bar.filter, self.focus_table)

    # What is shown

    def show_experiment(
        self, experiment: Experiment, records: Iterable[CellRecord], texts: Mapping[str, str] | None = None
    ) -> None:
        """Show an experiment as far as it has come; texts that are not given are wanted as they are seen."""
        before, now = self.model.cells.experiment, self.current_cell()
        top = self.table.answers.verticalScrollBar().value()
        self._hold()
        self.model.show_experiment(experiment, records, texts)
        self.bar.set_columns(experiment, baseline=self.model.cells.baseline, scope=self.model.cells.scope)
        if _columns(before) != _columns(experiment):
            self.table.arrange()
        stays = now is not None and self.model.index_of(now).isValid()
        self._keep_current(now if stays else None)
        self.table.answers.verticalScrollBar().setValue(top if stays else 0)
        if query := self.model.question().query:
            self.search_wanted.emit(query)

    def take(self, batch: list[tuple[Cell, Event | CellRecord]]) -> None:
        """Show what happened since the last drain."""
        self.model.take(batch)

    def add_texts(self, texts: Mapping[str, str]) -> None:
        """Beginnings of answers, by their runs."""
        self.model.add_texts(texts)

    def set_ratings(self, ratings: Mapping[str, Rating]) -> None:
        """What a person thinks of runs, besides what was known."""
        self.model.set_ratings(ratings)

    def set_waiting(self, cells: frozenset[Cell]) -> None:
        """The cells that a running still has in mind; none when it has ended."""
        self.model.set_waiting(cells)

    def set_found(self, query: str, found: Mapping[str, str]) -> None:
        """Runs that say what is searched for, with the stretch that says it."""
        if query == self.bar.question().query:
            self.model.set_found(found)

    def ask(self, question: Question) -> None:
        """Show the cases of a mode that say a text; whole answers are looked through a moment later."""
        before = self.model.question().query
        now = self.current_cell()
        self.model.ask(question)
        if question.query != before:
            self.model.set_found({})
            self.table.mark(question.query)
            self.search_wanted.emit(question.query)
        self._keep_current(now)

    def _change_scope(self) -> None:
        now = self.current_cell()
        self.model.set_scope(baseline=self.bar.baseline.currentData(), scope=self.bar.scope.currentData())
        self._keep_current(now)

    def _change_height(self, height: Height) -> None:
        self.table.set_height(height)

    def _keep_current(self, cell: Cell | None) -> None:
        """Stay at the case that was in front, or begin with the first."""
        index = self.model.index_of(cell) if cell is not None else self.table.answers.currentIndex()
        if not index.isValid() and self.model.rowCount():
            index = self.model.index(0, self.model.first_variant)
        self.table.answers.setCurrentIndex(index)
        self._show_counts()

    def _show_counts(self) -> None:
        question, rows = self.model.question(), self.model.rowCount()
        self.bar.show_counts(self.model.cells.counts, rows)
        self.empty.say(*(_NO_MATCH if question.query else _NOTHING[question.mode]))
        self._pages.setCurrentWidget(self.table if rows else self.empty)

    # The current cell

    def current_cell(self) -> Cell | None:
        """The cell in front; of repetitions the one worth looking at first."""
        index = self.table.answers.currentIndex()
        return self.model.cell_at(index) if index.isValid() else None

    def show_cell(self, cell: Cell) -> None:
        """Go to a cell; a filter that leaves it out is cleared."""
        if not self.model.index_of(cell).isValid():
            self.bar.clear()
        index = self.model.index_of(cell)
        if index.isValid():
            self.table.go(index.row(), index.column())

    def step(self, by: int) -> None:
        """Go so many cases on."""
        self.table.step(by)

    def activate(self) -> None:
        """Ask for the detail of the current cell."""
        if (cell := self.current_cell()) is not None:
            self.cell_activated.emit(cell)

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.bar.filter.setFocus()
        self.bar.filter.selectAll()

    def focus_table(self) -> None:
        """Put the focus on the answers."""
        self.table.answers.setFocus()

    def selected_cells(self) -> frozenset[Cell]:
        """All cells of the selected places, repetitions included."""
        first = self.model.first_variant
        chosen = [index for index in self.table.answers.selectedIndexes() if index.column() >= first]
        places = [(self.model.case_number(index.row()), index.column() - first) for index in chosen]
        return frozenset(cell for place in places for cell in self.model.cells.cells(*place))

    def _current_changed(self) -> None:
        # Later, as it may take out a row, which must not happen while Qt changes the current one.
        self._hold_soon.start()
        self.current_changed.emit(self.current_cell())

    def _hold(self) -> None:
        """Keep the case in front where it is, although it leaves the mode."""
        row = self.table.answers.currentIndex().row()
        self.model.hold(self.model.case_number(row) if row >= 0 else None)

    # What a person asks

    def run_selected(self) -> None:
        """Ask to run the selected cells again."""
        if cells := self.selected_cells():
            self.run_asked.emit(cells)

    def run_case(self) -> None:
        """Ask to run all columns of the current case again."""
        row = self.table.answers.currentIndex().row()
        if row >= 0:
            self._run([self.model.case_number(row)], range(self.model.cells.width))

    def run_column(self, column: int) -> None:
        """Ask to run a column again."""
        self._run(range(len(self.model.cells.experiment.cases)), [column])

    def _run(self, cases: Iterable[int], columns: Iterable[int]) -> None:
        cells = self.model.cells
        self.run_asked.emit(frozenset(cell for place in product(cases, columns) for cell in cells.cells(*place)))

    def set_baseline(self, column: int) -> None:
        """Compare the other columns with this one."""
        self.bar.set_baseline(column)

    def _rate(self, rating: str | int) -> None:
        if (cell := self.current_cell()) is not None:
            self.rate_asked.emit(cell, rating)

    def _tell(self, signal: SignalInstance) -> Callable[[], None]:
        """Emit a signal with the current cell."""

        def tell() -> None:
            if (cell := self.current_cell()) is not None:
                signal.emit(cell)

        return tell

    # Menus

    def _show_menu(self, place: QPoint) -> None:
        if self.current_cell() is not None:
            menu(self, self.entries()).popup(place)

    def _show_column_menu(self, section: int) -> None:
        column = section - self.model.first_variant
        if not 0 <= column < self.model.cells.width:
            return
        header = self.table.header
        corner = QRect(header.sectionViewportPosition(section), 0, header.sectionSize(section), header.height())
        menu(self, self.column_entries(column)).popup(header.viewport().mapToGlobal(corner.bottomLeft()))

    def entries(self) -> tuple[Entry, ...]:
        """What can be done with the selected cells."""
        cells = self.model.cells
        column = self.table.answers.currentIndex().column() - self.model.first_variant
        cell = self.current_cell()
        answered = cell is not None and cells.record(cell).run_id is not None
        places = len(self.selected_cells()) // max(1, cells.repeat)
        again = "Run this cell again" if places == 1 else f"Run {places:,} cells again"
        return (
            Entry("Open detail", self.activate, "Return"),
            Entry("Copy answer", self._tell(self.copy_asked), "C", answered),
            Entry(
                "Compare with the baseline", self._tell(self.difference_asked), "D", answered and cells.width > 1
            ),
            Entry("Rate good", partial(self._rate, "good"), "G", answered, parted=True),
            Entry("Rate bad", partial(self._rate, "bad"), "B", answered),
            Entry("Edit golden answer…", self._tell(self.golden_asked), "E", answered),
            Entry(again, self.run_selected, "R", enabled=places > 0, parted=True),
            Entry("Run this case again", self.run_case),
            *self.column_entries(column, parted=True),
        )

    def column_entries(self, column: int, *, parted: bool = False) -> tuple[Entry, ...]:
        """What can be done with a column."""
        cells = self.model.cells
        variant = cells.experiment.variants[column]

        def ask(what: str) -> Callable[[], None]:
            return lambda: self.column_asked.emit(what, variant.id)

        compared = cells.width > 1 and column != cells.baseline
        return (
            Entry("Mark column as baseline", partial(self.set_baseline, column), "", compared, parted),
            Entry("Run column again", partial(self.run_column, column)),
            Entry("Open prompt", ask("open"), enabled=variant.prompt_id is not None, parted=True),
            Entry("Edit column…", ask("edit")),
            Entry("Rename column…", ask("rename")),
            Entry("Copy to a new column", ask("copy")),
            Entry("Move left", ask("left"), enabled=column > 0),
            Entry("Move right", ask("right"), enabled=column + 1 < cells.width),
            Entry("Remove column", ask("remove"), enabled=cells.width > 1),
        )


def _columns(experiment: Experiment) -> tuple[list[str], list[str]]:
    """What decides which columns there are."""
    names = dict.fromkeys(name for case in experiment.cases for name in case.values)
    return [variant.id for variant in experiment.variants], list(names)


def shortcut(key: str, place: QWidget, do: Callable[[], object]) -> None:
    """Have a key do something while the focus is in a place."""
    made = QShortcut(QKeySequence(key), place)
    made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.activated.connect(do)
