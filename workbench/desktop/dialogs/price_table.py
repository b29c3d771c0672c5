"""Prices as a table: those that ship with the program under a person's own, edited in their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from workbench.errors import UserError
from workbench.running.prices import Price, checked, today

COLUMNS = ("Model", "Input", "Cached input", "Output", "As of", "From")
_AMOUNTS = {1: "input", 2: "cached_input", 3: "output"}

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A line of the table."""

    model: str
    price: Price
    own: bool


def rows_of(own: Mapping[str, Price], shipped: Mapping[str, Price]) -> tuple[PriceRow, ...]:
    """Own prices first, by name; then those that ship and are not replaced, in their order."""
    mine = tuple(PriceRow(model, price, own=True) for model, price in sorted(own.items()))
    return (*mine, *(PriceRow(model, price, own=False) for model, price in shipped.items() if model not in own))


class PriceTable(QAbstractTableModel):
    """US dollars for a million tokens; an edited cell makes the row the person's own, dated today."""

    edited = Signal(object)
    """The `PriceRow` as the person wants it."""
    refused = Signal(object)
    """The UserError that says why a cell cannot hold what was typed."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PriceRow, ...] = ()

    def set_rows(self, rows: tuple[PriceRow, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, number: int) -> PriceRow:
        """A line of the table."""
        return self._rows[number]

    def number_of(self, model: str) -> int:
        """The line of a model; -1 for none."""
        return next((number for number, row in enumerate(self._rows) if row.model == model), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return _text(row, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.FontRole if row.own:
                font = QFont()
                font.setWeight(QFont.Weight.DemiBold)
                return font
            case Qt.ItemDataRole.ToolTipRole if index.column() in _AMOUNTS:
                return "US dollars for a million tokens. Double-click to enter your own."
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        known = super().flags(index)
        return known | Qt.ItemFlag.ItemIsEditable if index.column() in _AMOUNTS else known

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another price; the table shows it when it is stored."""
        row = self._rows[index.row()]
        try:
            amount = amount_of(str(value))
            wanted = replace(row.price, **{_AMOUNTS[index.column()]: amount}, as_of=today())
            checked(row.model, wanted)
        except UserError as error:
            self.refused.emit(error)
            return False
        if amount != getattr(row.price, _AMOUNTS[index.column()]):
            self.edited.emit(PriceRow(row.model, wanted, own=True))
        return True


def amount_of(text: str) -> float:
    """US dollars as they are typed, with a point or a comma. Raises UserError."""
    try:
        return float(text.replace("$", "").replace(",", ".").strip())
    except ValueError:
        raise UserError(f"{text!r} is not an amount.", advice="Write US dollars for a million tokens.") from None


def _text(row: PriceRow, column: int) -> str:
    match COLUMNS[column]:
        case "Model":
            return row.model
        case "As of":
            return row.price.as_of
        case "From":
            return "you" if row.own else "the program"
        case _:
            return f"{getattr(row.price, _AMOUNTS[column]):g}"


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _AMOUNTS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
