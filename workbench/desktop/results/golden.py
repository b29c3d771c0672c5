"""The golden answer: what the model should have written, edited from what it wrote."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from workbench.core.difference import word_diff
from workbench.core.run import Rating
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.difference_view import DifferenceView
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.theme import plain_label

_PAUSE_MS = 150


class GoldenDialog(QDialog):
    """Edit an answer into a golden one; the words that differ are marked as one types."""

    def __init__(self, bridge: Bridge, answer: str, rating: Rating, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._answer = answer
        self._rating = rating
        self._start = answer if rating.golden is None else rating.golden
        self._golden: str | None = rating.golden
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._compare)
        self.setWindowTitle("Golden answer")
        self.resize(900, 560)
        self._make_editor()
        self._make_difference()
        self._make_buttons()
        self._lay_out()
        self.editor.textChanged.connect(self._changed)
        self._changed()
        self._compare()
        self.editor.setFocus()

    def _make_editor(self) -> None:
        self.editor = QPlainTextEdit()
        self.editor.setFont(theme.text_font())
        self.editor.setTabChangesFocus(True)
        self.editor.setFrameShape(QFrame.Shape.NoFrame)
        self.editor.setAccessibleName("Golden answer")
        self.editor.setPlainText(self._start)
        # What Qt makes of the text: only an edit by the person counts as a change, so that an answer with NUL or
        # another line end is not altered by opening and saving it.
        self._shown = self.editor.toPlainText()
        self.note = QLineEdit(self._rating.note)
        self.note.setPlaceholderText("Note: why it was changed (optional)")
        self.note.setAccessibleName("Note")

    def _make_difference(self) -> None:
        self.difference = DifferenceView()

    def _make_buttons(self) -> None:
        self._save = button("Save golden answer")
        self._save.setProperty("primary", True)
        self._save.setToolTip("Save the golden answer (Ctrl+Return)")
        self._reset = button("Start from the answer again")
        self._remove = button("Remove golden answer")
        self._remove.setVisible(self._rating.golden is not None)
        self._cancel = button("Cancel")
        self._save.clicked.connect(self.accept)
        self._cancel.clicked.connect(self.reject)
        self._reset.clicked.connect(lambda: self._replace_text(self._answer))
        self._remove.clicked.connect(self._take_away)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.accept)

    def _lay_out(self) -> None:
        hint = plain_label("Exports train on the golden answer instead of the model's own.")
        hint.setWordWrap(True)
        hint.setProperty("quiet", True)
        split = QuietSplitter(
            _titled("The answer as it should be", self.editor),
            _titled("What you changed", self.difference),
            sizes=(450, 450),
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self._reset)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(hint)
        column.addWidget(split, 1)
        column.addWidget(self.note)
        column.addLayout(buttons)

    def rating(self) -> Rating:
        """The rating with the golden answer and note as they stand in the dialog."""
        return replace(self._rating, golden=self._golden, note=self.note.text().strip())

    def golden(self) -> str:
        """The text as edited; the exact text where nothing was."""
        text = self.editor.toPlainText()
        return self._start if text == self._shown else text

    def edited(self) -> bool:
        """Whether closing would lose something."""
        return self.golden() != self._start or self.note.text().strip() != self._rating.note

    def _changed(self) -> None:
        self._pause.start()
        self._save.setEnabled(bool(self.golden().strip()))
        self._reset.setEnabled(self.golden() != self._answer)

    def _compare(self) -> None:
        answer, golden = self._answer, self.golden()
        self._bridge.when(
            compute(lambda: word_diff(answer, golden)),
            lambda pieces: self.difference.show_pieces(pieces) if golden == self.golden() else None,
            _raise,
            owner=self,
        )

    def _replace_text(self, text: str) -> None:
        cursor = self.editor.textCursor()  # through a cursor, so that undo brings the edit back
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)

    def _take_away(self) -> None:
        self._golden = None
        super().accept()

    def accept(self) -> None:
        if self.golden().strip():
            self._golden = self.golden()
            super().accept()

    def reject(self) -> None:
        lost = "The golden answer is not saved."
        if not self.edited() or confirmed(self, "Discard what you changed?", lost, "Discard"):
            super().reject()


def _titled(title: str, widget: QWidget) -> QWidget:
    frame = QWidget()
    label = plain_label(title)
    label.setProperty("heading", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(label)
    column.addWidget(widget, 1)
    return frame


def _raise(error: BaseException) -> None:
    raise error
