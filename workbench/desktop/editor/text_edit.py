"""The text field of a prompt's section: grows with its text, keeps it exact, and leaves undo to the prompt.

What a person does in the document arrives as `contentsChange`, becomes a splice of the text and goes out as the
signal `spliced`; the prompt's undo stack answers with `put`. So one history holds the whole prompt.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from workbench.desktop import theme
from workbench.desktop.editor.source import Source, Splice
from workbench.desktop.highlight import Language, PromptHighlighter

MOST_LINES = 60
"""Taller than this a field does not grow; from there on it scrolls by itself."""


_BOX = """
QPlainTextEdit { border: 1px solid palette(mid); border-radius: 4px; }
QPlainTextEdit:focus { border-color: palette(link); }
"""


class TextEdit(QPlainTextEdit):
    """One text of a prompt."""

    spliced = Signal(object)
    """A `Splice` that a person made."""
    undo_asked = Signal()
    redo_asked = Signal()
    entered = Signal()
    """It has the focus now."""

    def __init__(
        self,
        name: str,
        *,
        hint: str = "",
        language: Language | None = "prompt",
        lines: int = 1,
        single: bool = False,
        boxed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = Source()
        self._least, self._most = lines, 1 if single else MOST_LINES
        self._single = single
        self._listening = True
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setFont(theme.text_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(4)
        if boxed:
            self.setStyleSheet(_BOX)
        self.highlighter = PromptHighlighter(self.document(), language) if language else None
        self.document().contentsChange.connect(self._take)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)
        self.fit()

    # --- text

    def text(self) -> str:
        """The exact text."""
        return self._source.text

    def in_step(self) -> bool:
        """Whether the document shows the text as it has to; reads all of it, for tests."""
        return self.document().toRawText().replace("\u2029", "\n") == self._source.layout()

    def set_text(self, text: str) -> None:
        """Show another text, without a word to anybody."""
        if text == self._source.text:
            return
        self._listening = False
        self.setPlainText("")
        QTextCursor(self.document()).insertText(self._source.load(text))
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._listening = True
        self.fit()

    def put(self, splice: Splice) -> None:
        """Apply a splice that undo or redo asks for, and stand where it happened."""
        position, removed, layout = self._source.put(splice)
        self._listening = False
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + removed, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(layout)
        self._listening = True
        self.setTextCursor(cursor)
        self.fit()

    def stand_at(self, place: int) -> None:
        """Put the cursor at a place of the text."""
        cursor = self.textCursor()
        cursor.setPosition(min(self._source.position(place), self.document().characterCount() - 1))
        self.setTextCursor(cursor)

    def _take(self, position: int, removed: int, added: int) -> None:
        """A change of the document; Qt counts the last paragraph's end in, which the text does not have."""
        if not self._listening:
            return
        length = self.document().characterCount() - 1
        before = self._source.length()
        added = min(added, length - position)
        removed = before - length + added
        if not 0 <= removed <= before - position:
            position, removed, added = 0, before, length
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + added, QTextCursor.MoveMode.KeepAnchor)
        if splice := self._source.took(position, removed, cursor.selectedText().replace("\u2029", "\n")):
            self.spliced.emit(splice)
        self.fit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text only: a file that is dropped here is meant for the window."""
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste as a splice, so that an endless line is broken for the layout before it is laid out."""
        text = source.text().replace("\r\n", "\n").replace("\r", "\n")
        self.replace_selection(text.replace("\n", " ") if self._single else text)

    def replace_selection(self, text: str) -> None:
        """Put a text in the place of the selected one, as if it was typed."""
        cursor = self.textCursor()
        start, end = self._source.place(cursor.selectionStart()), self._source.place(cursor.selectionEnd())
        splice = Splice(start, self._source.between(start, end), text)
        if splice.removed == splice.inserted:
            return
        self.put(splice)
        self.spliced.emit(splice)

    def createMimeDataFromSelection(self) -> QMimeData:
        """The exact text that is selected, without signs and breaks of the layout."""
        cursor = self.textCursor()
        start, end = self._source.place(cursor.selectionStart()), self._source.place(cursor.selectionEnd())
        data = QMimeData()
        data.setText(
            self._source.between(start, end).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
        return data

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo belong to the whole prompt; Enter is always a plain line end."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Redo) or _is_redo(event):
            self.redo_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(event)
        else:
            super().keyPressEvent(event)

    def _enter(self, event: QKeyEvent) -> None:
        """A line end, unless Enter is pressed together with a key that makes it somebody's shortcut."""
        if self._single or event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            event.ignore()
            return
        self.textCursor().insertBlock()
        self.ensureCursorVisible()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, with the undo of the whole prompt in the place of the document's own."""
        menu = self.createStandardContextMenu()
        asked = {"edit-undo": self.undo_asked, "edit-redo": self.redo_asked}
        for action in menu.actions():
            if (signal := asked.get(action.objectName())) is not None:
                action.triggered.disconnect()
                action.triggered.connect(signal)
                action.setEnabled(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    # --- size

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.highlighter is not None:
            self.highlighter.recolor()
        if event.type() == QEvent.Type.FontChange:
            self.fit()

    def fit(self) -> None:
        """Be as tall as the text, up to `MOST_LINES`; looks at no more lines than that."""
        line = self.fontMetrics().lineSpacing()
        layout, block = self.document().documentLayout(), self.document().firstBlock()
        height, most = 0.0, float(self._most * line)
        while block.isValid() and height <= most:
            height += layout.blockBoundingRect(block).height()
            block = block.next()
        inner = min(max(height, self._least * line), most)
        scrolls = height > most and not self._single
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        tall = int(inner + 2 * self.document().documentMargin()) + 2 * self.frameWidth() + 2
        if self.height() != tall or self.minimumHeight() != tall:
            self.setFixedHeight(tall)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.height())


def _is_redo(event: QKeyEvent) -> bool:
    """Ctrl+Shift+Z and Ctrl+Y, whichever of them the platform calls redo."""
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    keys = (event.modifiers(), event.key())
    return keys in ((control | shift, Qt.Key.Key_Z), (control, Qt.Key.Key_Y))
