"""The library: search on top, the tree below it."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.library.tree import NOTE, Item, Kind, LibraryTree

_SEARCH_AFTER_MS = 200
_MENUS: dict[Kind, tuple[str, ...]] = {
    "prompt": ("open", "rename", "duplicate", "export_prompt", "archive"),
    "test_set": ("open", "rename", "duplicate", "delete"),
    "experiment": ("open", "rename", "duplicate", "delete"),
}
_MENU_TEXTS = {
    "open": ("Open", "open"),
    "rename": ("Rename…", "edit"),
    "duplicate": ("Duplicate", "duplicate"),
    "export_prompt": ("Export as a file…", "export"),
    "archive": ("Archive", "archive"),
    "delete": ("Delete…", "delete"),
}


class Sidebar(QWidget):
    """Says what a person wants of the library; it asks the store nothing itself."""

    chosen = Signal(object)
    """The Item that was opened."""
    prompt_action = Signal(str, str)
    """An action out of the context menu, and the id of the prompt that it is for."""
    page_action = Signal(str, object)
    """An action out of the context menu, and the Item of the experiment or test set that it is for."""
    searched = Signal(str)
    """A text that is looked for in all texts; empty when no longer."""
    new_asked = Signal()

    def __init__(self, tree: LibraryTree, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.tree = tree
        self.group_actions: dict[str, tuple[QAction, ...]] = {}
        """The window's own actions in the menu of a group, by the group's id."""
        self._open_before: list[Item] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the library")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.installEventFilter(self)
        self.view = _View()
        self._shown = _Filter(tree, self)
        self.view.setModel(self._shown)
        self._arrange()
        self._waiting = QTimer(self, singleShot=True, interval=_SEARCH_AFTER_MS)
        self._waiting.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(self._filter)
        self.view.activated.connect(self._choose)
        self.view.clicked.connect(self._choose)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._show_found(shown=False)

    def _arrange(self) -> None:
        self._new = QToolButton()
        self._new.setIcon(theme.icon("add"))
        self._new.setToolTip("New prompt (Ctrl+N)")
        self._new.setAccessibleName("New prompt")
        self._new.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._new.clicked.connect(self.new_asked)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.search, 1)
        row.addWidget(self._new)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.INSIDE, theme.INSIDE, theme.INSIDE, 0)
        column.setSpacing(theme.INSIDE)
        column.addLayout(row)
        column.addWidget(self.view, 1)

    def select(self, kind: Kind, identifier: str) -> bool:
        """Mark the row of the thing that is open now; whether there is one."""
        index = self._shown.mapFromSource(self.tree.find(kind, identifier))
        if index.isValid():
            self.view.setCurrentIndex(index)
        return index.isValid()

    def open_group(self, group: str) -> None:
        """Show what is in a group."""
        self.view.expand(self._shown.mapFromSource(self.tree.find("group", group)))

    def _filter(self, text: str) -> None:
        searching, searched = bool(text.strip()), self._shown.show_found
        if searching and not searched:
            self._open_before = [item for item in self._branches() if self.view.isExpanded(self._row_of(item))]
        self._show_found(shown=searching)
        self._shown.setFilterFixedString(text.strip())
        if searching:
            self.view.expandAll()
        elif searched:
            self.view.collapseAll()
            for item in self._open_before:
                self.view.expand(self._row_of(item))
        self._waiting.start()

    def _branches(self) -> list[Item]:
        """The rows that can be open or shut."""
        tree = self.tree
        groups = [tree.index(row, 0) for row in range(tree.rowCount())]
        below = [tree.index(row, 0, group) for group in groups for row in range(tree.rowCount(group))]
        return [tree.item(index) for index in (*groups, *below) if tree.rowCount(index)]

    def _row_of(self, item: Item) -> QModelIndex:
        return self._shown.mapFromSource(self.tree.find(item.kind, item.id))

    def _show_found(self, *, shown: bool) -> None:
        self._shown.show_found = shown
        self._shown.invalidate()

    def _choose(self, index: QModelIndex) -> None:
        item = self.tree.item(self._shown.mapToSource(index))
        if item.kind == "group":
            self.view.setExpanded(index, not self.view.isExpanded(index))
        else:
            self.chosen.emit(item)

    def _open_menu(self, position: QPoint) -> None:
        index = self.view.indexAt(position)
        item = self.tree.item(self._shown.mapToSource(index)) if index.isValid() else None
        if item and (item.kind in _MENUS or item.id in self.group_actions):
            self.menu_for(item).popup(self.view.viewport().mapToGlobal(position))

    def menu_for(self, item: Item) -> QMenu:
        """What can be done with a prompt, an experiment or a test set, or what makes another in a group."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.kind == "group":
            menu.addActions(self.group_actions[item.id])
            return menu
        for name in _MENUS[item.kind]:
            text, icon = _MENU_TEXTS[name]
            action = menu.addAction(theme.icon(icon), text)
            action.triggered.connect(lambda _=False, name=name: self._ask(name, item))
        return menu

    def _ask(self, name: str, item: Item) -> None:
        if item.kind == "prompt":
            self.prompt_action.emit(name, item.id)
        else:
            self.page_action.emit(name, item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search field, Down goes to the tree and Escape clears the search."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.view.setFocus()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)


class _View(QTreeView):
    """The tree, without a header and with one click to open."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("sidebar", True)
        self.setHeaderHidden(True)
        self.setIndentation(theme.BETWEEN - 2)
        self.setIconSize(QSize(16, 16))
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setItemDelegate(_Row(self))
        self.setAccessibleName("Library")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class _Row(QStyledItemDelegate):
    """A row with a quiet note at its right end."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        note = index.data(NOTE)
        space = option.fontMetrics.horizontalAdvance(note) + 2 * theme.UNIT if note else 0
        rect: QRect = option.rect
        whole = QRect(rect)
        if space:
            self._paint_background(painter, option, index)
            option.rect = rect.adjusted(0, 0, -space, 0)
        super().paint(painter, option, index)
        if note:
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
            place = whole.adjusted(0, 0, -theme.INSIDE, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, note)

    def _paint_background(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The whole row's, since the text is painted into a part of it."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text, plain.icon = "", QIcon()
        style = plain.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), 26)


class _Filter(QSortFilterProxyModel):
    """Rows whose text holds the searched one, with everything above them."""

    def __init__(self, tree: LibraryTree, parent: QObject) -> None:
        super().__init__(parent)
        self._tree = tree
        self.show_found = False
        self.setSourceModel(tree)
        self.setRecursiveFilteringEnabled(True)
        self.setAutoAcceptChildRows(False)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        item = self._tree.item(self._tree.index(row, 0, parent))
        if item.kind == "found" or (item.kind, item.id) == ("group", "found"):
            return self.show_found
        if item.kind == "hint" and self.show_found:
            return False
        if item.kind == "group":
            return not self.show_found
        return super().filterAcceptsRow(row, parent)
