"""The cases of a test set as a table: name, a column for each variable, expected answer, checks, part.

Every change is a step on the undo stack; `edited` tells of each, and of its being undone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QUndoStack

from workbench.core.case import Case
from workbench.core.check import Kind
from workbench.desktop import theme
from workbench.desktop.plain_text import shown
from workbench.desktop.test_sets.check_words import all_in_words
from workbench.desktop.test_sets.steps import (
    Edit,
    Insert,
    NamedColumn,
    NewColumn,
    NoColumn,
    Order,
    Put,
    Step,
    Take,
)

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

NAME = 0
"""The first column; behind the variables come expected answer, checks and part."""

PART_TITLES = {"development": "development", "held_out": "held out"}
_LONGEST = 400
"""Characters of a text that are shown in its cell: more has no room, and measuring a book takes its time."""

_LINE_END = re.compile(r"\s*\n\s*")
_NO_INDEX = QModelIndex()
# Made once: Qt asks for every selected cell, and joining flags takes longer than the answer.
_SHOWN_ONLY = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
_EDITABLE = _SHOWN_ONLY | Qt.ItemFlag.ItemIsEditable


class CaseModel(QAbstractTableModel):
    """Cases that can be edited, each edit undone."""

    edited = Signal()
    """The cases or columns are others than before."""
    reveal_asked = Signal(int)
    """A row where something was undone or done again."""

    def __init__(self, kinds: Mapping[str, Kind], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cases: list[Case] = []
        self.columns: list[str] = []
        """The variables."""
        self.undo_stack = QUndoStack(self)
        self._kinds = kinds
        self._mark = theme.icon("model")

    # What is where

    @property
    def expected_column(self) -> int:
        """Behind the variables."""
        return len(self.columns) + 1

    @property
    def checks_column(self) -> int:
        """Behind the expected answer."""
        return len(self.columns) + 2

    @property
    def part_column(self) -> int:
        """The last one."""
        return len(self.columns) + 3

    def is_variable(self, column: int) -> bool:
        """Whether a column is that of a variable."""
        return NAME < column <= len(self.columns)

    def is_text(self, column: int) -> bool:
        """Whether a column holds texts: name, variables, expected answer."""
        return NAME <= column <= self.expected_column

    def text(self, case: Case, column: int) -> str:
        """What a case says in a column of texts."""
        if column == NAME:
            return case.name
        if column == self.expected_column:
            return case.expected
        return case.values.get(self.columns[column - 1], "")

    def with_text(self, case: Case, column: int, text: str) -> Case:
        """The case saying something else in a column of texts."""
        if column == NAME:
            return replace(case, name=text)
        if column == self.expected_column:
            return replace(case, expected=text)
        return replace(case, values={**case.values, self.columns[column - 1]: text})

    # Edits

    def show_cases(self, columns: Iterable[str], cases: Iterable[Case]) -> None:
        """Hold other cases, without a way back."""
        self.beginResetModel()
        self.columns, self.cases = list(columns), list(cases)
        self.endResetModel()
        self.undo_stack.clear()

    def append_column(self, name: str) -> None:
        """A variable more behind all others. No step on the undo stack: those before it never reach so far."""
        self._insert_column(len(self.columns), name, {})

    def edit(self, words: str, steps: Sequence[Step], *, merge: str = "") -> None:
        """Do this as one thing that can be undone."""
        if steps:
            self.undo_stack.push(Edit(self, words, steps, merge=merge))

    def change(self, words: str, rows: Iterable[int], do: Callable[[Case], Case], *, merge: str = "") -> None:
        """Change the cases of these rows; those that stay as they are do not count."""
        changed = {row: case for row in rows if (case := do(self.cases[row])) != self.cases[row]}
        self.edit(words, [Put(changed)] if changed else [], merge=merge)

    def apply(self, step: Step) -> Step:
        """Take a step; the answer takes it back."""
        back = self._applied(step)
        self.edited.emit()
        return back

    def _applied(self, step: Step) -> Step:  # noqa: PLR0911 - one for each step
        match step:
            case Put(cases):
                return self._put(cases)
            case Insert(at, new):
                return self._insert(at, new)
            case Take(at, count):
                return self._take(at, count)
            case Order(rows):
                return self._order(rows)
            case NewColumn(at, name, texts):
                return self._insert_column(at, name, texts)
            case NoColumn(at):
                return self._remove_column(at)
            case NamedColumn(at, name):
                return self._rename_column(at, name)

    def _insert(self, at: int, cases: tuple[Case, ...]) -> Step:
        self.beginInsertRows(_NO_INDEX, at, at + len(cases) - 1)
        self.cases[at:at] = cases
        self.endInsertRows()
        self.reveal_asked.emit(at)
        return Take(at, len(cases))

    def _take(self, at: int, count: int) -> Step:
        taken = tuple(self.cases[at : at + count])
        self.beginRemoveRows(_NO_INDEX, at, at + count - 1)
        del self.cases[at : at + count]
        self.endRemoveRows()
        return Insert(at, taken)

    def _put(self, cases: Mapping[int, Case]) -> Step:
        before = {row: self.cases[row] for row in cases}
        for row, case in cases.items():
            self.cases[row] = case
        first, last = min(cases), max(cases)
        self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))
        self.reveal_asked.emit(first)
        return Put(before)

    def _order(self, rows: tuple[int, ...]) -> Step:
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        self.cases = [self.cases[row] for row in rows]
        places = {old: new for new, old in enumerate(rows)}
        moved = [self.index(places[index.row()], index.column()) for index in held]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()
        return Order(tuple(places[row] for row in range(len(rows))))

    def _insert_column(self, at: int, name: str, texts: Mapping[str, str]) -> Step:
        self.beginInsertColumns(_NO_INDEX, at + 1, at + 1)
        self.columns.insert(at, name)
        self.cases = [
            replace(case, values={**case.values, name: texts[case.id]}) if case.id in texts else case
            for case in self.cases
        ]
        self.endInsertColumns()
        return NoColumn(at)

    def _remove_column(self, at: int) -> Step:
        name = self.columns[at]
        texts = {case.id: case.values[name] for case in self.cases if name in case.values}
        self.beginRemoveColumns(_NO_INDEX, at + 1, at + 1)
        del self.columns[at]
        self.cases = [_without(case, name) for case in self.cases]
        self.endRemoveColumns()
        return NewColumn(at, name, texts)

    def _rename_column(self, at: int, name: str) -> Step:
        before = self.columns[at]
        self.columns[at] = name
        self.cases = [_renamed(case, before, name) for case in self.cases]
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, at + 1, at + 1)
        return NamedColumn(at, before)

    # Qt

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.cases)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns) + 4

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _SHOWN_ONLY if index.column() == self.checks_column else _EDITABLE

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        return self._data(index, role) if index.isValid() else None

    def _data(self, index: Index, role: int) -> Any:
        case, column = self.cases[index.row()], index.column()
        match role:
            case Role.DisplayRole:
                return self._shown(case, column)
            case Role.EditRole:
                return self.text(case, column) if self.is_text(column) else case.part
            case Role.ToolTipRole:
                return self._tip(case, column)
            case Role.DecorationRole if column == NAME and case.generated:
                return self._mark
            case Role.AccessibleTextRole:
                mark = "generated, " if column == NAME and case.generated else ""
                return f"{mark}{self._heading(column)} {index.row() + 1}: {self._shown(case, column) or 'empty'}"
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole:
            return False
        row, column = index.row(), index.column()
        if column == self.part_column:
            self.change("part", [row], lambda case: replace(case, part=value))
        else:
            words = f"edit of {self._heading(column)}"
            if self.text(self.cases[row], column) != value:
                self.change(words, [row], lambda case: self.with_text(case, column, value))
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Role.DisplayRole else None
        match role:
            case Role.DisplayRole:
                return self._heading(section)
            case Role.ToolTipRole if self.is_variable(section):
                return f"The variable {{{{{self.columns[section - 1]}}}}}"
            case Role.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _heading(self, column: int) -> str:
        if self.is_variable(column):
            return self.columns[column - 1]
        titles = {NAME: "Name", self.expected_column: "Expected answer", self.checks_column: "Checks"}
        return titles.get(column, "Part")

    def _shown(self, case: Case, column: int) -> str:
        if self.is_text(column):
            return shown(_LINE_END.sub(" ↵ ", self.text(case, column)[:_LONGEST]))
        if column == self.part_column:
            return PART_TITLES[case.part]
        return shown(all_in_words(case.checks[:8], self._kinds)[:_LONGEST])

    def _tip(self, case: Case, column: int) -> str | None:
        if column == NAME and case.generated:
            return "Generated by a model; nobody has vouched for it yet"
        if column == self.checks_column and case.checks:
            return shown(all_in_words(case.checks, self._kinds, "\n"))
        return None


def _without(case: Case, name: str) -> Case:
    if name not in case.values:
        return case
    return replace(case, values={known: text for known, text in case.values.items() if known != name})


def _renamed(case: Case, before: str, after: str) -> Case:
    if before not in case.values:
        return case
    return replace(case, values={after if known == before else known: text for known, text in case.values.items()})
