"""One few-shot example: folded to a line, or open with its input, reasoning and output."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.core.prompt import Example
from workbench.desktop import theme
from workbench.desktop.editor.place import Field
from workbench.desktop.editor.section import CountLabel, Elided, count_text, icon_button
from workbench.desktop.editor.text_edit import TextEdit

_KEYPAD = Qt.KeyboardModifier.KeypadModifier
FIELDS: dict[Field, str] = {"input": "Input", "reasoning": "Reasoning", "output": "Output"}
_HINTS = {
    "input": "What comes in; {{variables}} work here too",
    "reasoning": "How one gets from the input to the output",
    "output": "What a good answer looks like",
}


class ExampleCard(QWidget):
    """An example of the list; what a person asks for goes out as one of its signals."""

    toggled = Signal(bool)
    folded = Signal()
    move_asked = Signal(int)
    """-1 up, 1 down."""
    duplicate_asked = Signal()
    remove_asked = Signal()
    dragged = Signal(QPoint)
    """The handle is held; where the mouse is on the screen."""
    dropped = Signal()
    field_made = Signal(object, str)
    """A text field of the open card and the name of its field, to be listened to."""

    def __init__(self, example: Example) -> None:
        super().__init__()
        self.example = example
        self.index = 0
        self._with_reasoning = False
        self._fields: dict[Field, TextEdit] = {}
        self.enabled = QCheckBox()
        self.enabled.clicked.connect(self.toggled)
        self._number = theme.plain_label()
        self._preview = Elided()
        self._count = CountLabel()
        self._handle = _Handle(self)
        self._up = icon_button("arrow-up", "Move up", keys="Alt+Up")
        self._down = icon_button("arrow-down", "Move down", keys="Alt+Down")
        self._copy = icon_button("duplicate", "Duplicate example")
        self._remove = icon_button("delete", "Remove example")
        self._fold = icon_button("arrow-right", "Open example")
        self._arrange()
        self._up.clicked.connect(lambda: self.move_asked.emit(-1))
        self._down.clicked.connect(lambda: self.move_asked.emit(1))
        self._copy.clicked.connect(self.duplicate_asked)
        self._remove.clicked.connect(self.remove_asked)
        self._fold.clicked.connect(self.toggle_fold)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(4)
        before = (self._handle, self.enabled, self._number, self._preview)
        after = (self._count, self._up, self._down, self._copy, self._remove, self._fold)
        for widget in (*before, *after):
            row.addWidget(widget)
        row.setStretch(len(before) - 1, 1)
        self._body = QWidget()
        self._form = QFormLayout(self._body)
        self._form.setContentsMargins(32, 0, 12, 8)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(4)
        self._body.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._body)

    # --- what is shown

    def show_example(self, example: Example, index: int, *, last: bool, with_reasoning: bool) -> None:
        """Show this example at this place of the list."""
        self.example, self.index, self._with_reasoning = example, index, with_reasoning
        self._number.setText(str(index + 1))
        self.enabled.setChecked(example.enabled)
        self.enabled.setAccessibleName(f"Send example {index + 1}")
        self.enabled.setToolTip("On: this example is sent")
        self._up.setEnabled(index > 0)
        self._down.setEnabled(not last)
        for button in (self._up, self._down, self._copy, self._remove, self._fold):
            button.setAccessibleDescription(f"example {index + 1}")
        for name, field in self._fields.items():
            field.set_text(str(getattr(example, name)))
            field.setAccessibleName(f"Example {index + 1}: {FIELDS[name].lower()}")
        if self._fields:
            self._form.setRowVisible(1, self._shows_reasoning())
        self._show_preview()

    def took(self, example: Example) -> None:
        """The example as it is after typing in this card."""
        self.example = example
        self._show_preview()

    def show_count(self, tokens: int | None, *, exact: bool) -> None:
        """The tokens of this example; one that is not sent has none."""
        self._count.setText(count_text(tokens, exact=exact) if self.example.enabled else "off")

    def is_open(self) -> bool:
        """Whether its texts can be edited."""
        return not self._body.isHidden()

    def set_open(self, *, is_open: bool) -> None:
        """Fold it to a line, or open it; its fields are made when it is first opened."""
        if is_open and not self._fields:
            self._make_fields()
        self._body.setVisible(is_open)
        self._fold.setIcon(theme.icon("arrow-down" if is_open else "arrow-right"))
        self._fold.setAccessibleName("Fold example" if is_open else "Open example")
        self._fold.setToolTip(self._fold.accessibleName())
        self._show_preview()

    def field(self, name: Field) -> TextEdit:
        """The text field of that name; opens the card."""
        self.set_open(is_open=True)
        return self._fields[name]

    def toggle_fold(self) -> None:
        """Fold or open it."""
        self.set_open(is_open=not self.is_open())
        self.folded.emit()

    def _make_fields(self) -> None:
        for name, title in FIELDS.items():
            edit = TextEdit(f"Example {self.index + 1}: {title.lower()}", hint=_HINTS[name], boxed=True)
            edit.set_text(str(getattr(self.example, name)))
            self._fields[name] = edit
            self._form.addRow(theme.plain_label(title, "quiet"), edit)
            self.field_made.emit(edit, name)
        self._form.setRowVisible(1, self._shows_reasoning())

    def _shows_reasoning(self) -> bool:
        return self._with_reasoning or bool(self.example.reasoning)

    def _show_preview(self) -> None:
        example = self.example
        self._preview.show_text("" if self.is_open() else f"{_short(example.input)}  →  {_short(example.output)}")

    # --- hands

    def event(self, event: QEvent) -> bool:
        """Alt+Up and Alt+Down move the example, before the window takes them for the next case."""
        if event.type() == QEvent.Type.ShortcutOverride and _step(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if step := _step(event):
            self.move_asked.emit(step)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.toggle_fold()


def _short(text: str) -> str:
    """The first words of an input or output, short enough that the other one is seen too."""
    words = " ".join(text[:200].split())
    return f"{words[:46]}…" if len(words) > 48 else words or "(empty)"


def _step(event: QEvent) -> int:
    """-1 for Alt+Up, 1 for Alt+Down, 0 for any other key."""
    if not isinstance(event, QKeyEvent) or event.modifiers() & ~_KEYPAD != Qt.KeyboardModifier.AltModifier:
        return 0
    return {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)


class _Handle(QLabel):
    """What the card is dragged by."""

    def __init__(self, card: ExampleCard) -> None:
        super().__init__()
        self._card = card
        self.setPixmap(theme.icon("drag").pixmap(14, 14))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to another place")
        self.setTextFormat(Qt.TextFormat.PlainText)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.setPixmap(theme.icon("drag").pixmap(14, 14))
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._card.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._card.dropped.emit()
