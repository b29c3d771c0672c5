"""Two answers side by side without their names, and the hands that vote on them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.case import Case
from workbench.desktop.experiments.blind_deal import Shown
from workbench.desktop.plain_text import TextView
from workbench.desktop.results.controls import button
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.theme import plain_label

Choice = str
"""`first`, `second`, `tie` or `skip`."""

_KEYS: dict[int, Choice] = {
    Qt.Key.Key_A: "first",
    Qt.Key.Key_1: "first",
    Qt.Key.Key_Left: "first",
    Qt.Key.Key_B: "second",
    Qt.Key.Key_2: "second",
    Qt.Key.Key_Right: "second",
    Qt.Key.Key_Equal: "tie",
    Qt.Key.Key_Space: "tie",
    Qt.Key.Key_S: "skip",
}
_HINT = "A or ←  left   ·   B or →  right   ·   = or Space  equal   ·   S  skip   ·   Ctrl+Z  take back"
_ELSEWHERE = "Click between the answers to vote with the keyboard"


class MatchView(QWidget):
    """Shows one match and says what a person chose; keys work wherever in it the focus is."""

    chosen = Signal(str)
    """`first`, `second`, `tie` or `skip`."""
    undo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Blind comparison of two answers")
        self.values, self.first, self.second = TextView(), TextView(), TextView()
        for view, name in ((self.values, "Case"), (self.first, "Answer A"), (self.second, "Answer B")):
            view.setAccessibleName(name)
            view.installEventFilter(self)
        self.values.setProperty("quiet", True)
        self.hint = plain_label(_HINT, "quiet")
        self.buttons = {
            "first": button("A is better", "The left answer is better (A, 1 or ←)"),
            "tie": button("Equal", "Both are equally good, or equally bad (= or Space)"),
            "second": button("B is better", "The right answer is better (B, 2 or →)"),
            "skip": button("Skip", "No vote on this pair (S)"),
        }
        for choice, made in self.buttons.items():
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they vote
            made.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice))
        self._lay_out()

    def _lay_out(self) -> None:
        answers = QuietSplitter(_card("A", self.first), _card("B", self.second))
        parts = QuietSplitter(_card("Case", self.values), answers, sizes=(110, 600))
        parts.setOrientation(Qt.Orientation.Vertical)
        row = QGridLayout()
        row.setSpacing(8)
        row.setColumnStretch(0, 1)
        for place, choice in enumerate(("first", "tie", "second"), 1):
            row.addWidget(self.buttons[choice], 0, place)
            self.buttons[choice].setMinimumWidth(128)
        row.addWidget(self.buttons["skip"], 0, 4, Qt.AlignmentFlag.AlignRight)
        row.setColumnStretch(4, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(parts, 1)
        column.addLayout(row)
        column.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_match(self, shown: Shown, case: Case) -> None:
        """Show two answers to a case, from their tops."""
        values = [f"{name}: {value}" for name, value in case.values.items()]
        expected = [f"expected: {case.expected}"] if case.expected else []
        self.values.set_text("\n".join((*values, *expected)))
        self.first.set_text(shown.first)
        self.second.set_text(shown.second)

    def clear(self) -> None:
        """Show nothing."""
        for view in (self.values, self.first, self.second):
            view.set_text("")

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that vote, before a text takes them to move its cursor."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and _meant(event):
            self.keyPressEvent(event)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.hint.setText(_HINT if event.type() is QEvent.Type.FocusIn else _ELSEWHERE)
        return False

    def event(self, event: QEvent) -> bool:
        """Claim the keys that vote from the window's shortcuts while the focus is in here."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _meant(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        meant = _meant(event)
        if not meant:
            super().keyPressEvent(event)
        elif event.isAutoRepeat():
            return  # a key that was held too long is no second vote
        elif meant == "undo":
            self.undo_asked.emit()
        else:
            self.chosen.emit(meant)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.hint.setText(_HINT)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hint.setText(_ELSEWHERE)
        super().focusOutEvent(event)


def _meant(event: QKeyEvent) -> Choice:
    """What a key says; empty for nothing."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if held == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Z:
        return "undo"
    if event.text() == "=":  # with Shift on many keyboards
        return "tie"
    return _KEYS.get(event.key(), "") if held == Qt.KeyboardModifier.NoModifier else ""


def _card(title: str, content: QWidget) -> QFrame:
    card = QFrame()
    card.setProperty("card", True)
    head = QHBoxLayout()
    head.setContentsMargins(5, 6, 12, 0)
    label = plain_label(title)
    label.setProperty("title", True)
    head.addWidget(label)
    head.addStretch()
    column = QVBoxLayout(card)
    column.setContentsMargins(7, 1, 1, 4)
    column.setSpacing(0)
    column.addLayout(head)
    column.addWidget(content)
    return card
