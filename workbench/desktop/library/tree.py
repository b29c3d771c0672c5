"""The library's tree as a Qt model. A new answer of the store changes only the rows that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.desktop import theme

Kind = Literal[
    "group",
    "prompt",
    "test_set",
    "case",
    "experiment",
    "suite_run",
    "history",
    "training",
    "model",
    "found",
    "hint",
]
"""An experiment is a plan with its runs, by the plan's id; a suite's run is an experiment without a plan."""
NOTE = Qt.ItemDataRole.UserRole + 1
"""The role of the quiet text at the right end of a row."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Item:
    """One row, as it is to be shown."""

    kind: Kind
    id: str
    """What it stands for; of a hint, the action that it offers."""
    text: str
    note: str = ""
    tip: str = ""
    icon: str = ""
    children: tuple[Item, ...] = ()


GROUPS = (
    Item("group", "found", "Found in texts", icon="search"),
    Item("group", "prompts", "Prompts", icon="prompt"),
    Item("group", "test_sets", "Test sets", icon="test-set"),
    Item("group", "experiments", "Experiments", icon="experiment"),
    Item("history", "history", "History", tip="Every run ever made in this workspace", icon="history"),
    Item("training", "training", "Training data", tip="Rated runs as files for a trainer", icon="training"),
    Item("group", "models", "Models", icon="model"),
)


class Node:
    """A row in the tree."""

    def __init__(self, item: Item, parent: Node | None, number: int) -> None:
        self.item = item
        self.parent = parent
        self.number = number
        """What Qt knows it by: a pointer to a row that went would kill the program."""
        self.children: list[Node] = []

    def row(self) -> int:
        """Which row of its parent it is."""
        return self.parent.children.index(self) if self.parent else 0


class LibraryTree(QAbstractItemModel):
    """Groups with their items; `set_items` tells the views exactly what changed."""

    def __init__(self, groups: Sequence[Item] = GROUPS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: dict[int, Node] = {}
        self._numbers = count()
        self._root = self._make(Item("group", "", "", children=tuple(groups)), None)

    # What the views ask

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's default
        children = self.node(parent).children
        return self._index(children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008 - Qt's default
        node = self.node(index).parent
        return self._index(node) if node else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return len(self.node(parent).children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.node(index).item
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.text
            case Qt.ItemDataRole.DecorationRole:
                return theme.icon(item.icon) if item.icon else None
            case Qt.ItemDataRole.ToolTipRole:
                # Rich text in a tool tip would load pictures, and the text may come from anybody's prompt file.
                return f"<span>{_escaped(item.tip or item.text)}</span>"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{item.text}, {item.note}" if item.note else item.text
            case _ if role == NOTE:
                return item.note
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usable if index.isValid() else Qt.ItemFlag.NoItemFlags

    # What the sidebar asks

    def node(self, index: Index) -> Node:
        """The row behind an index; the root behind an invalid one."""
        return self._nodes.get(index.internalId(), self._root) if index.isValid() else self._root

    def item(self, index: Index) -> Item:
        """What a row shows."""
        return self.node(index).item

    def find(self, kind: Kind, identifier: str) -> QModelIndex:
        """The row of a thing; an invalid index when there is none."""
        pending = list(self._root.children)
        while pending:
            node = pending.pop()
            if (node.item.kind, node.item.id) == (kind, identifier):
                return self._index(node)
            pending += node.children
        return QModelIndex()

    def set_items(self, group: str, items: Sequence[Item], *, note: str = "") -> None:
        """Show these in a group, in this order."""
        index = self.find("group", group)
        node = self.node(index)
        if node.item.note != note:
            node.item = replace(node.item, note=note)
            self.dataChanged.emit(index, index)
        self._change(node, items)

    def _change(self, parent: Node, items: Sequence[Item]) -> None:
        at = self._index(parent) if parent is not self._root else QModelIndex()
        wanted = {(item.kind, item.id) for item in items}
        for row in reversed(range(len(parent.children))):
            if _key(parent.children[row]) not in wanted:
                self._remove(at, parent, row)
        for row, item in enumerate(items):
            self._place(at, parent, row, item)

    def _place(self, at: QModelIndex, parent: Node, row: int, item: Item) -> None:
        there = next((n for n, node in enumerate(parent.children) if _key(node) == (item.kind, item.id)), None)
        if there is not None and there != row:  # it was renamed and is sorted elsewhere now
            self._remove(at, parent, there)
            there = None
        if there is None:
            self.beginInsertRows(at, row, row)
            parent.children.insert(row, self._make(item, parent))
            self.endInsertRows()
            return
        node = parent.children[row]
        if node.item != (shown := replace(item, children=())):
            node.item = shown
            changed = self._index(node)
            self.dataChanged.emit(changed, changed)
        self._change(node, item.children)

    def _remove(self, at: QModelIndex, parent: Node, row: int) -> None:
        self.beginRemoveRows(at, row, row)
        self._forget(parent.children.pop(row))
        self.endRemoveRows()

    def _make(self, item: Item, parent: Node | None) -> Node:
        node = Node(replace(item, children=()), parent, next(self._numbers))
        self._nodes[node.number] = node
        node.children = [self._make(child, node) for child in item.children]
        return node

    def _forget(self, node: Node) -> None:
        del self._nodes[node.number]
        for child in node.children:
            self._forget(child)

    def _index(self, node: Node) -> QModelIndex:
        return self.createIndex(node.row(), 0, node.number) if node is not self._root else QModelIndex()


def _key(node: Node) -> tuple[Kind, str]:
    return node.item.kind, node.item.id


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
