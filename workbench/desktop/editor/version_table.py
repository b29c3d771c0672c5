"""The saved versions of a prompt as a table; its label can be edited in place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from workbench.core.version import PromptVersion
from workbench.desktop.editor.age import age

_Index = QModelIndex | QPersistentModelIndex

COLUMNS = ("Version", "Message", "Label", "Saved", "Id")
LABEL = COLUMNS.index("Label")


class VersionTable(QAbstractTableModel):
    """Newest first; the version that the draft goes on from is in bold."""

    label_asked = Signal(str, str)
    """A version's id, and the label that a person gave it."""

    def __init__(self) -> None:
        super().__init__()
        self._versions: tuple[PromptVersion, ...] = ()
        self._base: str | None = None

    def show_versions(self, versions: tuple[PromptVersion, ...], base: str | None) -> None:
        """Show these; only what is new or different is told to the views."""
        old, self._base = self._versions, base
        added = len(versions) - len(old)
        if added > 0 and tuple(v.id for v in versions[added:]) == tuple(v.id for v in old):
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._versions = versions
            self.endInsertRows()
        elif tuple(v.id for v in versions) == tuple(v.id for v in old):
            self._versions = versions
        else:
            self.beginResetModel()
            self._versions = versions
            self.endResetModel()
        if versions:
            self.dataChanged.emit(self.index(0, 0), self.index(len(versions) - 1, len(COLUMNS) - 1))

    def version(self, row: int) -> PromptVersion:
        """The version in a row."""
        return self._versions[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._versions)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = 0) -> Any:
        version = self._versions[index.row()]
        texts = (f"v{version.number}", version.message, version.label, age(version.created_at), version.id[:8])
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return texts[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return f"{version.created_at.astimezone():%Y-%m-%d %H:%M}, {version.id}"
            case Qt.ItemDataRole.FontRole if version.id == self._base and index.column() == 0:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        editable = Qt.ItemFlag.ItemIsEditable if index.column() == LABEL else Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | editable

    def setData(self, index: _Index, value: Any, role: int = 0) -> bool:
        """A label is only asked for here; it is shown when the store has it."""
        version = self._versions[index.row()]
        if index.column() == LABEL and str(value).strip() != version.label:
            self.label_asked.emit(version.id, str(value).strip())
        return True
