"""How cells of a test set are painted and edited: texts of many lines in place, the part as a choice."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QPlainTextEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.core.case import PARTS
from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.test_sets.table_model import PART_TITLES, CaseModel

Index = QModelIndex | QPersistentModelIndex

_LEAST_WIDTH, _MOST_LINES = 280, 14
_MEASURED = 4_000
"""Characters; more are higher than the field may be in any case."""
_AROUND = 24
"""Pixels of border, padding and scroll bar from side to side."""
_BOX = "QPlainTextEdit { border: 1px solid palette(link); border-radius: 4px; padding: 2px 4px; }"


class CellText(QPlainTextEdit):
    """The text of a cell while it is edited; as high as it needs to be, over its neighbours."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self.place = QRect()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(_BOX)
        self.setFont(theme.text_font())
        self.setTabChangesFocus(False)
        self.setAccessibleName("Text of the cell")
        self.textChanged.connect(self.fit)

    def fit(self) -> None:
        """Take the place of the cell and as much below as the text needs."""
        area = self._area.rect()
        width = min(max(self.place.width(), _LEAST_WIDTH), area.width())
        height = min(max(self.place.height(), self._needed(width)), area.height())
        left = max(min(self.place.left(), area.right() - width), 0)
        top = max(min(self.place.top(), area.bottom() - height), 0)
        self.setGeometry(left, top, width, height)

    def _needed(self, width: int) -> int:
        """The height of the text and one line to go on; the document knows its own only once it is shown."""
        metrics, text = self.fontMetrics(), self.toPlainText()[:_MEASURED]
        flags = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere
        high = metrics.boundingRect(QRect(0, 0, width - _AROUND, 1_000_000), int(flags), text).height()
        line = metrics.lineSpacing()
        return min(high + line, _MOST_LINES * line) + _AROUND // 2


class CellDelegate(QStyledItemDelegate):
    """Paints and edits the cells of a `CaseModel`, also behind a filter."""

    def __init__(self, model: CaseModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._font: QFont = theme.text_font()

    def renew(self) -> None:
        """Take over the size of texts."""
        self._font = theme.text_font()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        column = index.column()
        option.displayAlignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        if self._model.is_text(column) and column:
            option.font = self._font
        elif column:
            muted = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, muted)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        if index.column() != self._model.part_column:
            return CellText(parent)
        choice = Choice("Part", PART_TITLES, parent)
        choice.chosen.connect(lambda _word: self._commit(choice))
        return choice

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        value = index.data(Qt.ItemDataRole.EditRole)
        if isinstance(editor, Choice):
            editor.show_word(value)
            editor.showPopup()
        elif isinstance(editor, CellText) and editor.toPlainText() != value:
            editor.setPlainText(value)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, Choice):
            assert editor.word() in PARTS  # noqa: S101 - for the reader
            model.setData(index, editor.word())
        elif isinstance(editor, CellText) and editor.document().isModified():
            model.setData(index, editor.toPlainText())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRect(option.rect)  # the option goes with this call, and its rectangle with it
        if isinstance(editor, CellText):
            editor.place = rect
            editor.fit()
        else:
            editor.setGeometry(rect.left(), rect.top(), rect.width(), editor.sizeHint().height())

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Return ends the editing; with Shift or Alt it begins another line."""
        if isinstance(editor, CellText) and isinstance(event, QKeyEvent) and _is_return(event):
            if event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier):
                editor.insertPlainText("\n")
            else:
                self._commit(editor)
            return True
        return super().eventFilter(editor, event)

    def _commit(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)


def _is_return(event: QKeyEvent) -> bool:
    return event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
