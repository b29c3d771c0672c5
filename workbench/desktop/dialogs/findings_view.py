"""What a server's models were found to take: a table, a way to find out, and a way to forget."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.profile import Profile
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.running import Workspace
from workbench.running.capabilities import Finding, Findings, findings, forget
from workbench.running.probing import probed
from workbench.store import Store

_TITLES = {
    "json_schema": "JSON schema",
    "effort": "reasoning effort",
    "logprobs": "log-probabilities",
    "reasoning": "reasoning of its own",
}
_COLUMNS = ("Model", "What", "Taken", "Found", "Why")


class FindingsView(QWidget):
    """The findings of one stored profile."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._profile: Profile | None = None
        self._asking = 0
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setAccessibleName("What the models take")
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.model = QComboBox()
        self.model.setAccessibleName("Model to try")
        self.find_out = button("Find out", "Send five short requests to this model and see what it takes")
        self.forget = button("Forget", "Forget what the selected models were found to take; ask them anew")
        self.status = theme.plain_label("", "quiet")
        self.status.setWordWrap(True)
        self.error = ErrorCard()
        self._lay_out()
        self.find_out.clicked.connect(self.probe)
        self.forget.clicked.connect(self._forget)
        self.table.itemSelectionChanged.connect(self._show_actions)

    def _lay_out(self) -> None:
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self._empty = EmptyState(
            "Nothing found out yet",
            "A parameter that a model refuses is left out from then on and stands here. Or choose a model below "
            "and find out what it takes with five short requests.",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)
        row = QHBoxLayout()
        row.addWidget(self.model, 1)
        row.addWidget(self.find_out)
        row.addWidget(self.forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._pages, 1)
        column.addWidget(self.error)
        column.addWidget(self.status)
        column.addLayout(row)

    def show_profile(self, profile: Profile | None) -> None:
        """Show a stored profile's findings; None for one that is not stored yet."""
        self._profile = profile
        self._asking += 1
        self.error.hide()
        self.status.setText("" if profile else "Save the server first.")
        self.model.clear()
        self.model.addItems(list(profile.models) if profile else [])
        self._show({})
        if profile:
            self._load(profile)

    def _load(self, profile: Profile) -> None:
        self._bridge.when(
            self._workspace.store.read(lambda store: findings(store, profile)),
            lambda found: self._show(found) if profile == self._profile else None,
            self._failed,
            owner=self,
        )

    def _show(self, found: Findings) -> None:
        rows = [(model, one) for model, kept in sorted(found.items()) for one in kept]
        self.table.setRowCount(len(rows))
        for row, (model, one) in enumerate(rows):
            for column, text in enumerate(_texts(model, one)):
                item = QTableWidgetItem(text)
                item.setToolTip(one.said if column == len(_COLUMNS) - 1 else "")
                self.table.setItem(row, column, item)
        for column in range(len(_COLUMNS) - 1):
            self.table.resizeColumnToContents(column)
        self._pages.setCurrentWidget(self.table if rows else self._empty)
        self._show_actions()

    def _show_actions(self) -> None:
        self.find_out.setEnabled(self._profile is not None and self.model.count() > 0)
        self.forget.setVisible(self.table.rowCount() > 0)
        self.forget.setEnabled(bool(self.table.selectedItems()))

    def probe(self) -> None:
        """Find out what the chosen model takes."""
        profile, model = self._profile, self.model.currentText()
        if profile is None or not model:
            return
        self._asking += 1
        asking = self._asking
        self.error.hide()
        self.find_out.setEnabled(False)
        self.status.setText(f"Asking {model} …")
        self._bridge.when(
            self._workspace.loop.submit(probed(self._workspace.catalog, profile, model)),
            lambda _: self._probed(asking, profile, f"✓ {model} was asked."),
            lambda error: self._failed(error) if asking == self._asking else None,
            owner=self,
        )

    def _probed(self, asking: int, profile: Profile, said: str) -> None:
        if asking == self._asking:
            self.status.setText(said)
            self._load(profile)

    def _forget(self) -> None:
        profile = self._profile
        rows = {item.row() for item in self.table.selectedItems()}
        models = {cell.text() for row in rows if (cell := self.table.item(row, 0))}
        if profile is None or not models:
            return

        def all_of_them(store: Store) -> None:
            for model in models:
                forget(store, profile, model)

        self._bridge.when(
            self._workspace.store.write(all_of_them),
            lambda _: self._load(profile),
            self._failed,
            owner=self,
        )

    def _failed(self, error: BaseException) -> None:
        self.status.setText("")
        self._show_actions()
        show_exception(self.error, error, retry=False)


def _texts(model: str, one: Finding) -> tuple[str, ...]:
    what = _TITLES.get(one.name, one.name.replace("_", " "))
    return model, what, "✓ yes" if one.taken else "✗ no", one.on, " ".join(one.said.split())
