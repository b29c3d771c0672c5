"""Which cases of a test set are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QWidget

from workbench.core.case import Case
from workbench.desktop.test_sets.table_model import CaseModel

Shown = Literal["all", "development", "held_out", "generated", "unanswered", "checked"]

_FILTERS: dict[Shown, Callable[[Case], bool]] = {
    "all": lambda case: True,
    "development": lambda case: case.part == "development",
    "held_out": lambda case: case.part == "held_out",
    "generated": lambda case: case.generated,
    "unanswered": lambda case: not case.expected,
    "checked": lambda case: bool(case.checks),
}


class CaseFilter(QSortFilterProxyModel):
    """Leaves out what did not match when the filter was set: a case does not vanish under the hands."""

    def __init__(self, model: CaseModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._hidden: frozenset[str] = frozenset()
        self.setSourceModel(model)

    def choose(self, text: str, which: Shown) -> None:
        """Show the cases of a kind with a text somewhere in them."""
        wanted, fits = text.casefold(), _FILTERS[which]
        hidden = frozenset(
            case.id for case in self._model.cases if not (fits(case) and (not wanted or wanted in _said(case)))
        )
        if hidden != self._hidden:
            self.beginFilterChange()
            self._hidden = hidden
            self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        return self._model.cases[row].id not in self._hidden

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Rows keep the numbers that they have in the whole set."""
        if orientation == Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole:
            return self.mapToSource(self.index(section, 0)).row() + 1
        return super().headerData(section, orientation, role)


def _said(case: Case) -> str:
    return "\n".join((case.name, *case.values.values(), case.expected)).casefold()
