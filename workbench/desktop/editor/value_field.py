"""The value of one variable: a text that grows with its lines and has a small history of its own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.editor.source import Splice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.desktop.editor.undo import join


class ValueField(QWidget):
    """A variable's name above its value; None is no value, which is not the same as an empty one."""

    edited = Signal()
    """A person changed the value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._given = False
        self._done: list[Splice] = []
        self._undone: list[Splice] = []
        title = theme.plain_label(name, "heading")
        self.text = TextEdit(f"Value of {name}", language=None, boxed=True)
        title.setBuddy(self.text)
        title.setToolTip(name)
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long name widens nothing
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(title)
        layout.addWidget(self.text)
        self.text.spliced.connect(self._took)
        self.text.undo_asked.connect(self._undo)
        self.text.redo_asked.connect(self._redo)
        self.show_value(None)

    def value(self) -> str | None:
        """The text, or None as long as nobody gave one."""
        return self.text.text() if self._given else None

    def show_value(self, value: str | None) -> None:
        """Show another value, without a word to anybody."""
        self._done, self._undone = [], []
        self.text.set_text(value or "")
        self._give(given=value is not None)

    def _give(self, *, given: bool) -> None:
        self._given = given
        self.text.setPlaceholderText("sent empty" if given else "no value yet")

    def _took(self, splice: Splice) -> None:
        joined = join(self._done[-1], splice) if self._done and not self._undone else None
        self._done[-1:] = [joined] if joined else [*self._done[-1:], splice]
        self._undone = []
        self._give(given=True)
        self.edited.emit()

    def _undo(self) -> None:
        if self._done:
            self._undone.append(self._done.pop())
            self.text.put(self._undone[-1].inverse())
            self.edited.emit()

    def _redo(self) -> None:
        if self._undone:
            self._done.append(self._undone.pop())
            self.text.put(self._done[-1])
            self.edited.emit()
