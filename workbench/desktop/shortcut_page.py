"""Every action with its shortcut, as the table of actions has them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.actions import shortcuts, table
from workbench.desktop.fuzzy import score

_IN_PLACE = (
    ("An answer or a run of the history", "1 … 5", "Rate it"),
    ("An answer or a run of the history", "G", "Mark it as good"),
    ("An answer or a run of the history", "B, X", "Mark it as bad"),
    ("An answer or a run of the history", "E", "Edit its golden answer"),
    ("An answer or a run of the history", "A", "Mark it as better than the others"),
    ("An answer or a run of the history", "C", "Copy it"),
    ("Differences", "F7, Shift+F7", "Next and previous change"),
    ("Any text field", "Tab, Shift+Tab", "Leave the field"),
)


class ShortcutPage(QDialog):
    """A list that can be searched by what is done or by keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(560, 640)
        self._groups: dict[str, QTreeWidgetItem] = {}
        self._rows: dict[str, list[QTreeWidgetItem]] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search an action or a key")
        self.search.setAccessibleName("Search the shortcuts")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Shortcuts")
        self.list.setHeaderLabels(["Action", "Keys"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.BETWEEN, theme.BETWEEN, theme.BETWEEN, theme.BETWEEN)
        column.setSpacing(theme.INSIDE)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)
        self._fill()

    def _fill(self) -> None:
        rows = [(row.menu, ", ".join(keys.toString() for keys in shortcuts(row)), row.text) for row in table()]
        for menu, keys, text in (*rows, *_IN_PLACE):
            if menu not in self._groups:
                self._groups[menu] = QTreeWidgetItem(self.list, [menu, ""])
                self._groups[menu].setFlags(Qt.ItemFlag.ItemIsEnabled)
                self._rows[menu] = []
            self._rows[menu].append(QTreeWidgetItem(self._groups[menu], [text.rstrip("…"), keys]))
        self.list.expandAll()

    def _filter(self, text: str) -> None:
        for menu, rows in self._rows.items():
            for row in rows:
                fits = score(text, row.text(0)) is not None or text.lower() in row.text(1).lower()
                row.setHidden(not fits)
            self._groups[menu].setHidden(all(row.isHidden() for row in rows))
