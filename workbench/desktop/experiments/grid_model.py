"""The grid as Qt asks for it: a row a case, first what the case says, then a column a variant.

A batch of events becomes one `dataChanged` for each run of neighbouring cells, or one for all when many changed;
a case that enters or leaves the chosen mode becomes one inserted or removed row. Nothing is ever reset but by
another experiment or another question. Texts that are not known are wanted when a cell is painted, so an
experiment of any size costs what is on the screen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from workbench.core.case import Case
from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, Experiment, size
from workbench.core.run import Rating
from workbench.desktop.experiments.grid_cells import GridCells, Mode, Place
from workbench.desktop.experiments.tally import Head
from workbench.desktop.experiments.wanted_texts import WantedTexts
from workbench.desktop.results import figures
from workbench.desktop.results.history_model import model_title

Index = QModelIndex | QPersistentModelIndex

FACE = Qt.ItemDataRole.UserRole + 1
"""A `Face`, of the variants' columns."""
HEAD = Qt.ItemDataRole.UserRole + 2
"""A `Head`, of the variants' headings."""

NUMBER = 0
"""The column of the case's number."""

_TOP = QModelIndex()
_MANY = 100
"""Ranges of changed cells that are told one by one; more are told as the one range that holds them."""
_SUMS_MS = 150
"""How often headings and counts change at most: figures that jump with every answer cannot be read."""
_FEW = 2_000
"""Cells of an experiment without checks whose answers are all fetched at once, to count those that differ."""
_BESIDES = 400
"""Characters of a value or an answer that a tool tip has room for."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases are shown."""

    mode: Mode = "all"
    query: str = ""
    """Casefolded."""


class GridModel(QAbstractTableModel):
    """Cases and their answers under one question."""

    texts_wanted = Signal(object)
    """A frozenset of run ids whose texts are needed; `add_texts` brings them."""
    counted = Signal()
    """What each mode would show is another number now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cells = GridCells(Experiment("", "", (), ()))
        self._question = Question()
        self._rows: list[int] = []
        self._names: tuple[str, ...] = ()
        self._put_away = 0
        self._has_expected = False
        self._kept: int | None = None
        self._texts = WantedTexts(self)
        self._texts.wanted.connect(self.texts_wanted)
        self._sums_soon = QTimer(self, singleShot=True, interval=_SUMS_MS)
        self._sums_soon.timeout.connect(self._tell_sums)

    # What is shown

    def show_experiment(
        self, experiment: Experiment, records: Iterable[CellRecord], texts: Mapping[str, str] | None = None
    ) -> None:
        """Show another experiment, or the same one anew."""
        self.beginResetModel()
        before, self.cells = self.cells, GridCells(experiment, records, texts)
        self.cells.adopt(before)
        names = dict.fromkeys(name for case in experiment.cases for name in case.values)
        self._names, self._has_expected = tuple(names), any(case.expected for case in experiment.cases)
        self._texts.begin(self.cells)
        self._kept = self._kept if before.experiment.id == experiment.id else None
        self._rows = self._matching()
        self.endResetModel()
        self.counted.emit()
        if not is_checked(experiment) and size(experiment) <= _FEW:
            self._texts.ask_for(range(len(experiment.cases)))

    def question(self) -> Question:
        """Which cases are shown."""
        return self._question

    def ask(self, question: Question) -> None:
        """Show the cases of another question."""
        self._question, self._kept = question, None
        self.ask_again()

    def ask_again(self) -> None:
        """Look at all cases anew."""
        rows = self._matching()
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        if self._question.mode == "different" and not is_checked(self.cells.experiment):
            # Where nothing is checked the answers themselves are compared, all of them.
            self._texts.ask_for(range(len(self.cells.experiment.cases)))

    def set_scope(self, *, baseline: int, scope: int | None) -> None:
        """Compare with another column; let the modes look at one column alone."""
        self.cells.set_scope(baseline=baseline, scope=scope)
        self.ask_again()
        self._all_changed()
        self.counted.emit()

    def set_found(self, found: Mapping[str, str]) -> None:
        """Runs whose whole answers say the question's text."""
        self.cells.set_found(found)
        self.ask_again()
        self._all_changed()

    def set_waiting(self, cells: frozenset[Cell]) -> None:
        """The cells that a running still has in mind."""
        self._tell(self.cells.set_waiting(cells))

    def hold(self, case: int | None) -> None:
        """Keep a case although it leaves the mode: somebody reads it."""
        held, self._kept = self._kept, case
        if held is not None and held != case:
            self._place_rows({held})

    def _matching(self) -> list[int]:
        return [case for case in range(len(self.cells.experiment.cases)) if self._belongs(case)]

    def _belongs(self, case: int) -> bool:
        return case == self._kept or self._matches(case)

    def _matches(self, case: int) -> bool:
        mode, query = self._question.mode, self._question.query
        return self.cells.is_in(mode, case) and (not query or self.cells.says(case, query))

    # What comes in

    def take(self, batch: Iterable[tuple[Cell, Event | CellRecord]]) -> None:
        """Show what happened since the last batch."""
        touched = self.cells.take(batch)
        if touched.cases and self._question != Question():
            self._place_rows(touched.cases)
        self._tell(touched.places)
        if touched.columns and not self._sums_soon.isActive():
            self._sums_soon.start()

    def _tell_sums(self) -> None:
        """The headings and counts are others now."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, self.first_variant, self.columnCount() - 1)
        self.counted.emit()

    def add_texts(self, texts: Mapping[str, str]) -> None:
        """Beginnings of answers came, by their runs."""
        self.cells.add_texts(texts)
        places = self._texts.arrived(texts)
        for place in places:
            self.cells.forget_face(*place)
        if not is_checked(self.cells.experiment):
            cases = {case for case, _ in places}
            self.cells.sum_up(cases)
            self._place_rows(cases)
            self._sums_soon.start()
        self._tell(places)

    def set_ratings(self, ratings: Mapping[str, Rating]) -> None:
        """What a person thinks of runs, besides what was known."""
        self._tell(self.cells.set_ratings(ratings))

    def _place_rows(self, cases: Iterable[int]) -> None:
        """Put in, or take out, the rows of cases that may be of the question now, or no more."""
        for case in sorted(cases):
            row = bisect_left(self._rows, case)
            is_there = row < len(self._rows) and self._rows[row] == case
            belongs = self._belongs(case)
            if belongs and not is_there:
                self.beginInsertRows(_TOP, row, row)
                self._rows.insert(row, case)
                self.endInsertRows()
            elif is_there and not belongs:
                self.beginRemoveRows(_TOP, row, row)
                del self._rows[row]
                self.endRemoveRows()

    def _tell(self, places: Iterable[Place]) -> None:
        """Name the changed cells to the views in as few ranges as is cheap."""
        shown = sorted((row, column) for case, column in places if (row := self.row_of(case)) is not None)
        ranges = [list(kept) for _, kept in groupby(enumerate(shown), lambda at: (at[1][0], at[1][1] - at[0]))]
        first = self.first_variant
        if len(ranges) > _MANY:
            self.dataChanged.emit(
                self.index(shown[0][0], first), self.index(shown[-1][0], first + self.cells.width - 1)
            )
            return
        for kept in ranges:
            (row, left), (_, right) = kept[0][1], kept[-1][1]
            self.dataChanged.emit(self.index(row, first + left), self.index(row, first + right))

    def _all_changed(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, self.first_variant), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, self.first_variant, self.columnCount() - 1)

    # Places

    @property
    def first_variant(self) -> int:
        """The column of the first variant; those before it are the case's."""
        return 1 + len(self._names) + self._has_expected

    def has_names(self) -> bool:
        """Whether the cases are named, so that the column of their numbers needs more room."""
        return any(case.name for case in self.cells.experiment.cases)

    def case_at(self, row: int) -> Case:
        """The case of a row."""
        return self.cells.experiment.cases[self._rows[row]]

    def case_number(self, row: int) -> int:
        """The position of a row's case in the experiment."""
        return self._rows[row]

    def row_of(self, case: int) -> int | None:
        """Where a case, by its position, is shown; None when the question leaves it out."""
        row = bisect_left(self._rows, case)
        return row if row < len(self._rows) and self._rows[row] == case else None

    def cell_at(self, index: Index) -> Cell | None:
        """The cell of an index that is worth looking at first; None for what belongs to the case."""
        column = index.column() - self.first_variant
        return self.cells.cell(self._rows[index.row()], column) if index.isValid() and column >= 0 else None

    def index_of(self, cell: Cell) -> QModelIndex:
        """Where a cell is shown; invalid when it is not."""
        place = self.cells.place(cell)
        row = None if place is None else self.row_of(place[0])
        return _TOP if row is None or place is None else self.index(row, self.first_variant + place[1])

    # What the views ask

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else self.first_variant + self.cells.width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        of_case = index.column() < self.first_variant
        return self._case_data(index, role) if of_case else self._cell_data(index, role)

    def _cell_data(self, index: Index, role: int) -> Any:
        case, column = self._rows[index.row()], index.column() - self.first_variant
        face = self.cells.face(case, column)
        if role == FACE:
            if self.cells.missing(case, column):
                self._texts.see(index.row(), self._rows)
            return face
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return face.text
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(face.spoken, face.text)
            case Qt.ItemDataRole.AccessibleTextRole:
                title = self.cells.experiment.variants[column].title
                return f"Case {case + 1}, {title}: {face.spoken}. {face.text}"
        return None

    def _case_data(self, index: Index, role: int) -> Any:
        text = self._case_text(index.row(), index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(text) if text else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._case_names()[index.column()]}: {text}"
        return None

    def _case_text(self, row: int, column: int) -> str:
        case = self.case_at(row)
        if column == NUMBER:
            return f"{self._rows[row] + 1} {case.name}".rstrip()
        if column <= len(self._names):
            return case.values.get(self._names[column - 1], "")
        return case.expected

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = section - self.first_variant
        if not 0 <= column < self.cells.width:
            return self._case_heading(section, role) if column < 0 else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.cells.experiment.variants[column].title
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self.head(column).spoken
        return self.head(column) if role == HEAD else None

    def put_away(self, columns: int) -> None:
        """So many of the case's last columns have no room; the heading of the last one that has counts them."""
        if columns != self._put_away:
            self._put_away = columns
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.first_variant - 1)

    def _case_names(self) -> tuple[str, ...]:
        return ("Case", *self._names, "expected")[: self.first_variant]

    def _case_heading(self, column: int, role: int) -> str | None:
        names = self._case_names()
        last = len(names) - 1 - self._put_away
        away = ", ".join(names[last + 1 :]) if column == last else ""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{names[column]} +{self._put_away}" if away else names[column]
            case Qt.ItemDataRole.ToolTipRole if away:
                return f"Not shown for want of room: {away}. The detail shows the whole case."
        return None

    def head(self, column: int) -> Head:
        """The heading of a variant's column."""
        variant, tally = self.cells.experiment.variants[column], self.cells.tallies[column]
        return Head(
            title=variant.title,
            model=model_title(variant.model),
            rate=tally.rate(),
            cases=tally.cases,
            latency_ms=tally.latency_ms(),
            cost=tally.cost(),
            done=tally.done,
            failed=tally.failed,
            cells=len(self.cells.experiment.cases) * self.cells.repeat,
            better=tally.better,
            worse=tally.worse,
            is_baseline=self.cells.width > 1 and column == self.cells.baseline,
        )


def is_checked(experiment: Experiment) -> bool:
    """Whether anything is checked in it."""
    return bool(experiment.checks) or any(case.checks or case.expected for case in experiment.cases)


def _tip(*texts: str) -> str:
    """Escaped, because Qt reads a tool tip as rich text where it can."""
    return "".join(f"<p>{escape(figures.excerpt(text, _BESIDES))}</p>" for text in texts if text)
