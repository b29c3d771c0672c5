"""The models of a server: as it lists them, and by hand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from workbench.desktop.results.controls import button


class ModelNames(QWidget):
    """A list with a field to add to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Models of this server")
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.name = QLineEdit()
        self.name.setAccessibleName("Model name")
        self.name.setPlaceholderText("Add a model by its name")
        self.add = button("Add", "Add this model name")
        self.remove = button("Remove", "Remove the selected models from the list")
        typed = QHBoxLayout()
        typed.addWidget(self.name, 1)
        typed.addWidget(self.add)
        typed.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addLayout(typed)
        self.add.clicked.connect(self._add_typed)
        self.remove.clicked.connect(self._remove_selected)
        self._on("Return", self.name, self._add_typed)
        self._on(QKeySequence.StandardKey.Delete, self.list, self._remove_selected)

    def names(self) -> tuple[str, ...]:
        """All of them, in their order."""
        return tuple(self.list.item(row).text() for row in range(self.list.count()))

    def set_names(self, names: Iterable[str]) -> None:
        """Show these instead."""
        self.list.clear()
        self.list.addItems(list(names))

    def add_names(self, names: Iterable[str]) -> None:
        """Show these too, each once."""
        known = set(self.names())
        self.list.addItems([name for name in names if name not in known])

    def _add_typed(self) -> None:
        name = self.name.text().strip()
        if name and name not in self.names():
            self.list.addItem(name)
            self.list.setCurrentRow(self.list.count() - 1)
        self.name.clear()

    def _remove_selected(self) -> None:
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))

    def _on(self, keys: str | QKeySequence.StandardKey, widget: QWidget, do: object) -> None:
        shortcut = QShortcut(QKeySequence(keys), widget)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(do)
