"""The inputs for the parts of a check's value; each reads and shows JSON data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.desktop import file_choice, theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.results.controls import button
from workbench.desktop.test_sets.check_menu import Field
from workbench.desktop.test_sets.growing_text import GrowingText

if TYPE_CHECKING:
    from workbench.desktop.test_sets.file_trust import FileTrust

ABSENT: Any = object()
"""In place of a value where a field is empty: null is a value of its own."""


class NotAValue(Exception):
    """What a person typed cannot be read; the text is the end of a sentence."""


class ShownInput(Protocol):
    """A field on the screen."""

    @property
    def widget(self) -> QWidget:
        """What is laid out."""

    def read(self) -> Any:
        """What is in it, or `ABSENT`. Raises NotAValue."""

    def show(self, value: Any) -> bool:
        """Show a value or `ABSENT`; false where there is no place for it."""


class TextInput:
    """A text, one text a line, or JSON."""

    def __init__(self, field: Field, name: str, edited: Callable[[], None]) -> None:
        self._kind = field.input
        self.widget = GrowingText(name, field.hint)
        self.widget.textChanged.connect(edited)

    def read(self) -> Any:
        text = self.widget.toPlainText()
        match self._kind:
            case "lines":
                return [line for line in text.split("\n") if line] or ABSENT
            case "json":
                return _json(text)
        return text or ABSENT

    def show(self, value: Any) -> bool:
        text = "" if value is ABSENT else self._written(value)
        self.widget.setPlainText(text or "")
        return text is not None

    def _written(self, value: Any) -> str | None:
        """The value as a person would write it here; None when it cannot be."""
        if self._kind == "json":
            return json.dumps(value, ensure_ascii=False, indent=2)
        if self._kind == "lines":
            return "\n".join(value) if isinstance(value, list) and all(map(_is_line, value)) else None
        return value if isinstance(value, str) else None


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and "\n" not in value


def _json(text: str) -> Any:
    if not text.strip():
        return ABSENT
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAValue(f"needs JSON: {error}") from error


class NumberInput:
    """A number, or perhaps a variable that stands for one."""

    def __init__(self, field: Field, name: str, edited: Callable[[], None]) -> None:
        self._may_be_text = field.input == "number or text"
        self.widget = QLineEdit()
        self.widget.setAccessibleName(name)
        self.widget.setPlaceholderText(field.hint)
        self.widget.textEdited.connect(lambda _text: edited())

    def read(self) -> Any:
        text = self.widget.text().strip()
        if not text:
            return ABSENT
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            if self._may_be_text:
                return text
            raise NotAValue(f"needs a number, not {text!r}") from None
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def show(self, value: Any) -> bool:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        fits = value is ABSENT or numeric or (self._may_be_text and isinstance(value, str))
        self.widget.setText("" if value is ABSENT or not fits else f"{value:.12g}" if numeric else value)
        return fits


class ChoiceInput:
    """One of a few words."""

    def __init__(self, field: Field, name: str, edited: Callable[[], None]) -> None:
        self._titles = dict(field.choices or {})
        self.widget = Choice(name, self._titles)
        self.widget.chosen.connect(lambda _word: edited())

    def read(self) -> Any:
        return self.widget.word()

    def show(self, value: Any) -> bool:
        word = next(iter(self._titles)) if value is ABSENT else value
        self.widget.show_word(word)
        return word in self._titles


class OfferedInput:
    """A model reference or the heading of a column, chosen or typed."""

    def __init__(self, field: Field, name: str, edited: Callable[[], None]) -> None:
        self.widget = ElidedCombo()
        self.widget.setEditable(True)
        self.widget.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.widget.setAccessibleName(name)
        line = self.widget.lineEdit()
        if line is not None:
            line.setPlaceholderText(field.hint or "starter or PROFILE:MODEL")
            line.setAccessibleName(name)
        self.widget.editTextChanged.connect(lambda _text: edited())

    def offer(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Have the list hold these, each with what is said of it; what is typed stays."""
        typed = self.widget.currentText()
        self.widget.blockSignals(True)
        self.widget.clear()
        for title, text in choices:
            self.widget.addItem(text)
            self.widget.setItemData(self.widget.count() - 1, title, 3)  # the tool tip
        self.widget.setEditText(typed)
        self.widget.blockSignals(False)

    def read(self) -> Any:
        return self.widget.currentText().strip() or ABSENT

    def show(self, value: Any) -> bool:
        self.widget.setEditText(value if isinstance(value, str) else "")
        return value is ABSENT or isinstance(value, str)


class FileInput:
    """A Python file, with room for what is said of its trust."""

    def __init__(self, field: Field, name: str, edited: Callable[[], None]) -> None:
        self.widget = QWidget()
        self._line = QLineEdit()
        self._line.setAccessibleName(name)
        self._line.setPlaceholderText(field.hint)
        self._line.textChanged.connect(lambda _text: edited())
        choose = button("Choose…", "Choose the Python file")
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self._line, 1)
        row.addWidget(choose)
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.UNIT)
        self._column.addLayout(row)
        self.widget.setFocusProxy(self._line)

    def say_trust(self, trust: FileTrust) -> None:
        """Have this line below the file."""
        self._column.addWidget(trust)
        self._line.textChanged.connect(lambda text: trust.show_file(text.strip()))
        trust.show_file(self._line.text().strip())

    def _choose(self) -> None:
        path = file_choice.open_file(self.widget, "Python check", choices="Python files (*.py)")
        if path:
            self._line.setText(path)

    def read(self) -> Any:
        return self._line.text().strip() or ABSENT

    def show(self, value: Any) -> bool:
        self._line.setText(value if isinstance(value, str) else "")
        return value is ABSENT or isinstance(value, str)


MADE: dict[str, Callable[[Field, str, Callable[[], None]], ShownInput]] = {
    "text": TextInput,
    "lines": TextInput,
    "json": TextInput,
    "number": NumberInput,
    "number or text": NumberInput,
    "choice": ChoiceInput,
    "model": OfferedInput,
    "column": OfferedInput,
    "file": FileInput,
}
"""What is made for each kind of input, from its field, its name and what hears of every edit."""
