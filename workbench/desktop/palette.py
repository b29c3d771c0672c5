"""The command palette: every action and every prompt, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.fuzzy import ranked

_NOTE = Qt.ItemDataRole.UserRole + 1
_WIDTH, _MOST_ROWS, _ROW_HEIGHT, _FROM_TOP = 560, 12, 28, 72


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette."""

    text: str
    do: Callable[[], object]
    note: str = ""
    """The shortcut, or what kind of thing it is."""
    enabled: bool = True


class Palette(QFrame):
    """A list over the window that goes when something is chosen or when it loses the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setWindowTitle("Command palette")
        self._window = parent
        self._commands: Sequence[Command] = ()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Type a command, or the name of a prompt, an experiment or a test set")
        self.search.setAccessibleName("Command or prompt")
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._filter)
        self.rows = _Rows(self)
        self.view = QListView()
        self.view.setModel(self.rows)
        self.view.setItemDelegate(_Line(self.view))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("Commands")
        self.view.clicked.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.INSIDE, theme.INSIDE, theme.INSIDE, theme.INSIDE)
        column.setSpacing(theme.INSIDE)
        self.nothing = theme.plain_label("Nothing is called so.", "quiet")
        self.nothing.setContentsMargins(theme.INSIDE, 0, theme.INSIDE, theme.UNIT)
        column.addWidget(self.search)
        column.addWidget(self.view)
        column.addWidget(self.nothing)

    def show_commands(self, commands: Sequence[Command]) -> None:
        """Open with these, over the upper middle of the window."""
        self._commands = commands
        self.search.clear()
        self._filter("")
        window = self._window
        width = min(_WIDTH, window.width() - 2 * theme.BETWEEN)
        self.setFixedWidth(width)
        self.move(window.mapToGlobal(QPoint((window.width() - width) // 2, _FROM_TOP)))
        self.show()
        self.search.setFocus()

    def texts(self) -> list[str]:
        """The lines that are shown."""
        return [command.text for command in self.rows.commands]

    def _filter(self, text: str) -> None:
        self.rows.show(ranked(text, self._commands, lambda command: command.text))
        self.view.setCurrentIndex(self.rows.index(0))
        self.view.setFixedHeight(min(max(self.rows.rowCount(), 1), _MOST_ROWS) * _ROW_HEIGHT)
        self.view.setVisible(self.rows.rowCount() > 0)
        self.nothing.setVisible(not self.rows.rowCount())
        self.adjustSize()

    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        command = self.rows.commands[index.row()]
        if command.enabled:
            self.hide()
            command.do()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field keeps the focus; up, down, pages and Return work in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step:
                row = min(max(self.view.currentIndex().row() + step, 0), self.rows.rowCount() - 1)
                self.view.setCurrentIndex(self.rows.index(row))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.view.currentIndex())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                return True
        return super().eventFilter(watched, event)


_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -_MOST_ROWS,
    Qt.Key.Key_PageDown: _MOST_ROWS,
}


class _Rows(QAbstractListModel):
    """The commands that fit."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.commands: list[Command] = []

    def show(self, commands: list[Command]) -> None:
        """Show these; each letter typed is another list."""
        self.beginResetModel()
        self.commands = commands
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return len(self.commands)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        command = self.commands[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return command.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{command.text} {command.note}".strip()
            case _ if role == _NOTE:
                return command.note
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        usable = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return usable if self.commands[index.row()].enabled else Qt.ItemFlag.ItemIsSelectable


class _Line(QStyledItemDelegate):
    """A command with its shortcut at the right end."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        place = option.rect.adjusted(0, 0, -theme.INSIDE, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, right, str(index.data(_NOTE) or ""))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW_HEIGHT)
