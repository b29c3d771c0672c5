"""Prices and limits: what models cost, with dates, and how much may be spent in a month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.price_table import PriceRow, PriceTable, rows_of
from workbench.desktop.results.controls import button, trailing
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.running import Workspace
from workbench.running.prices import Price, own_prices, prices, set_price, today
from workbench.running.spending import Limits, kept_limits, money, month_start, set_limits
from workbench.store import Store

_NOTE = (
    "US dollars for a million tokens, as they were at the date. Prices change: what a run cost is an estimate, "
    "and the invoice is the truth. Change a price in its cell; a bold row is your own."
)


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: tuple[PriceRow, ...]
    limits: Limits
    spent: float


class PricesDialog(QDialog):
    """The table above, the month's limit below; what is changed works at once."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._limits = Limits()
        self._filling = False
        self.setWindowTitle("Prices and limits")
        self.resize(760, 600)
        self._make_table()
        self._make_limits()
        self._lay_out()
        self._connect()
        self.load()

    # Parts

    def _make_table(self) -> None:
        self.rows = PriceTable(self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.rows)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a model")
        self.search.setAccessibleName("Find a model")
        self.search.setClearButtonEnabled(True)
        self.table = QTableView()
        self.table.setModel(self._shown)
        self.table.setAccessibleName("Prices of models")
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.name = QLineEdit()
        self.name.setPlaceholderText("model, or server:model")
        self.name.setAccessibleName("Model to add")
        self.add = button("Add", "Add a price of your own for this model")
        self.reset = button("Back to the shipped price", "Remove your own price of the selected model")
        self.error = ErrorCard()

    def _make_limits(self) -> None:
        self.limited = QCheckBox("Spend at most")
        self.limited.setAccessibleName("Limit what is spent in a month")
        self.most = QDoubleSpinBox()
        self.most.setAccessibleName("Most to spend in a month, in US dollars")
        self.most.setRange(0, 1_000_000)
        self.most.setDecimals(2)
        self.most.setSuffix(" $ a month")
        self.most.setKeyboardTracking(False)
        self.unknown = QComboBox()
        self.unknown.setAccessibleName("What becomes of models without a known price while a limit applies")
        self.unknown.addItem("stop", "stop")
        self.unknown.addItem("go on, not counted", "go_on")
        self.spent = theme.plain_label("", "quiet")
        self.close_button = button("Close", "Close")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        below = QHBoxLayout()
        below.addWidget(self.name, 1)
        below.addWidget(self.add)
        below.addWidget(self.reset)
        limits = QHBoxLayout()
        limits.setSpacing(8)
        limits.addWidget(self.limited)
        limits.addWidget(self.most)
        limits.addWidget(self.spent)
        limits.addStretch()
        unknown = QHBoxLayout()
        unknown.setSpacing(8)
        unknown.addWidget(theme.plain_label("Where a price is not known,"))
        unknown.addWidget(self.unknown)
        unknown.addStretch()
        title = theme.plain_label("Limit")
        title.setProperty("title", True)
        note = theme.plain_label(_NOTE, "quiet")
        note.setWordWrap(True)
        rule = theme.plain_label(
            "Before a request is sent, what it can cost at most is set aside; one that might pass the limit is "
            "not sent. An experiment can have a limit of its own. Without max tokens, an answer is reckoned with "
            "4,096.",
            "quiet",
        )
        rule.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(note)
        column.addLayout(below)
        column.addWidget(self.error)
        column.addSpacing(8)
        column.addWidget(title)
        column.addLayout(limits)
        column.addLayout(unknown)
        column.addWidget(rule)
        column.addLayout(trailing(self.close_button))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._shown.setFilterFixedString)
        self.rows.edited.connect(self._keep)
        self.rows.refused.connect(self._failed)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_actions())
        self.name.textChanged.connect(lambda _: self._show_actions())
        self.name.returnPressed.connect(self.begin_own)
        self.add.clicked.connect(self.begin_own)
        self.reset.clicked.connect(self._reset)
        self.limited.toggled.connect(lambda _: self._change_limits())
        self.most.valueChanged.connect(lambda _: self._change_limits())
        self.unknown.currentIndexChanged.connect(lambda _: self._change_limits())
        self.close_button.clicked.connect(self.reject)

    # What is kept

    def load(self, choose: str = "", *, edit: bool = False) -> None:
        """Read prices and limits; the row of a model is chosen, and begun to be edited, when it is given."""
        self._bridge.when(
            self._workspace.store.read(_kept),
            lambda kept: self._show(kept, choose, edit=edit),
            self._failed,
            owner=self,
        )

    def _show(self, kept: _Kept, choose: str, *, edit: bool) -> None:
        self.rows.set_rows(kept.rows)
        if (number := self.rows.number_of(choose)) >= 0:
            index = self._shown.mapFromSource(self.rows.index(number, 1))
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)
            if edit:
                self.table.edit(index)
        self._limits = kept.limits
        self._filling = True
        self.limited.setChecked(kept.limits.month is not None)
        self.most.setValue(kept.limits.month or 0.0)
        self.unknown.setCurrentIndex(self.unknown.findData(kept.limits.unknown_price))
        self._filling = False
        self.spent.setText(f"about {money(kept.spent)} spent this month")
        self._show_actions()

    def _show_actions(self) -> None:
        row = self._chosen()
        self.add.setEnabled(bool(self.name.text().strip()))
        self.reset.setEnabled(row is not None and row.own)
        self.reset.setText("Back to the shipped price" if row is None or row.model in prices() else "Remove")
        for field in (self.most, self.unknown):
            field.setEnabled(self.limited.isChecked())

    def _chosen(self) -> PriceRow | None:
        index: QModelIndex = self.table.currentIndex()
        return self.rows.row(self._shown.mapToSource(index).row()) if index.isValid() else None

    # Changes

    def begin_own(self) -> None:
        """A row for the typed model, to be filled in; with the shipped price where there is one."""
        model = self.name.text().strip()
        if not model:
            return
        self.name.clear()
        self.search.clear()
        known = self._workspace.prices.price_of(model) if ":" in model else None
        price = known or prices().get(model) or Price(0.0, 0.0, 0.0, today())
        self._keep(PriceRow(model, replace(price, as_of=today()), own=True), edit=True)

    def _keep(self, row: PriceRow, *, edit: bool = False) -> None:
        self._write(lambda store: set_price(store, row.model, row.price), lambda: self.load(row.model, edit=edit))

    def _reset(self) -> None:
        row = self._chosen()
        if row and row.own:
            self._write(lambda store: set_price(store, row.model, None), lambda: self.load(row.model))

    def _change_limits(self) -> None:
        self._show_actions()
        if self._filling:
            return
        month = self.most.value() if self.limited.isChecked() else None
        wanted = Limits(month, self.unknown.currentData())
        if wanted != self._limits:
            self._limits = wanted
            self._write(lambda store: set_limits(store, wanted), lambda: None)

    def _write(self, change: Callable[[Store], None], then: Callable[[], None]) -> None:
        self.error.hide()
        self._bridge.when(
            self._workspace.store.write(change),
            lambda _: then(),
            self._failed,
            owner=self,
        )

    def _failed(self, error: BaseException) -> None:
        show_exception(self.error, error, retry=False)


def _kept(store: Store) -> _Kept:
    return _Kept(rows_of(own_prices(store), prices()), kept_limits(store), store.spent_since(month_start()))
