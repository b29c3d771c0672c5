"""The fields of a check's value: made from the table of `check_menu`, read back as JSON data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.results.controls import button
from workbench.desktop.test_sets.check_menu import Field, fields_of
from workbench.desktop.test_sets.growing_text import GrowingText

if TYPE_CHECKING:
    from workbench.desktop.test_sets.file_trust import FileTrust

_JSON = Field("", "json", "", "JSON")
_ABSENT: Any = object()
"""In place of a value where a field is empty: null is a value of its own."""


class NotAValue(Exception):
    """What a person typed cannot be read; the text is the end of a sentence."""


class _Shown(Protocol):
    """A field on the screen."""

    @property
    def widget(self) -> QWidget:
        """What is laid out."""

    def read(self) -> Any:
        """What is in it, or `_ABSENT`. Raises NotAValue."""

    def show(self, value: Any) -> bool:
        """Show a value or `_ABSENT`; false where there is no place for it."""


class ValueFields(QWidget):
    """The fields of one check."""

    edited = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._fields: list[tuple[Field, _Shown]] = []
        self._models: tuple[tuple[str, str], ...] = ()
        self._trust: Callable[[], FileTrust] | None = None
        self._inner: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_value(self, kind: str, value: Any) -> None:
        """Ask for what the kind asks for, with this value in it."""
        self._make(fields_of(kind))
        if not self._fill(value):
            self._make((_JSON,))
            self._fill(value)
        self.setVisible(bool(self._fields))

    def set_models(self, models: Iterable[tuple[str, str]]) -> None:
        """Offer these models, by title and reference, where a model is asked for."""
        self._models = tuple(models)
        for _, shown in self._fields:
            if isinstance(shown, _Model):
                shown.offer(self._models)

    def set_trust(self, made: Callable[[], FileTrust]) -> None:
        """Say below a Python file whether it is trusted."""
        self._trust = made
        for _, shown in self._fields:
            if isinstance(shown, _File):
                shown.say_trust(made())

    def value(self) -> Any:
        """The value as JSON data. Raises NotAValue."""
        read = {field.name: _usual_left_out(field, shown.read()) for field, shown in self._fields}
        if set(read) <= {""}:
            value = read.get("", _ABSENT)
            return None if value is _ABSENT else value
        return {name: part for name, part in read.items() if part is not _ABSENT}

    def first(self) -> QWidget | None:
        """The field to begin with."""
        return self._fields[0][1].widget if self._fields else None

    def _make(self, fields: tuple[Field, ...]) -> None:
        if self._inner is not None:
            self._column.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
        self._inner = QWidget()
        form = QFormLayout(self._inner)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(theme.INSIDE)
        form.setVerticalSpacing(theme.UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._fields = [(field, self._shown(field)) for field in fields]
        for field, shown in self._fields:
            if field.title:
                label = theme.plain_label(field.title, "quiet")
                label.setMinimumWidth(64)
                form.addRow(label, shown.widget)
            else:
                form.addRow(shown.widget)
        self._column.addWidget(self._inner)

    def _shown(self, field: Field) -> _Shown:
        name = f"{self._title}: {field.title or 'value'}"
        return _MADE[field.input](field, name, self)

    def _fill(self, value: Any) -> bool:
        if not self._fields:
            return value is None
        if any(not field.name for field, _ in self._fields):
            return self._fields[0][1].show(_ABSENT if value is None else value)
        parts = {} if value is None else value
        names = {field.name for field, _ in self._fields}
        if not isinstance(parts, dict) or set(parts) - names:
            return False
        return all(shown.show(parts.get(field.name, _ABSENT)) for field, shown in self._fields)


def _usual_left_out(field: Field, value: Any) -> Any:
    """The first choice of a part needs no saying."""
    usual = field.name and field.choices and next(iter(field.choices))
    return _ABSENT if usual and value == usual else value


class _Text:
    def __init__(self, field: Field, name: str, owner: ValueFields) -> None:
        self._kind = field.input
        self.widget = GrowingText(name, field.hint)
        self.widget.textChanged.connect(owner.edited)

    def read(self) -> Any:
        text = self.widget.toPlainText()
        match self._kind:
            case "lines":
                return [line for line in text.split("\n") if line] or _ABSENT
            case "json":
                return _json(text)
        return text or _ABSENT

    def show(self, value: Any) -> bool:
        text = "" if value is _ABSENT else self._written(value)
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
        return _ABSENT
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAValue(f"needs JSON: {error}") from error


class _Number:
    def __init__(self, field: Field, name: str, owner: ValueFields) -> None:
        self._may_be_text = field.input == "number or text"
        self.widget = QLineEdit()
        self.widget.setAccessibleName(name)
        self.widget.setPlaceholderText(field.hint)
        self.widget.textEdited.connect(lambda _text: owner.edited.emit())

    def read(self) -> Any:
        text = self.widget.text().strip()
        if not text:
            return _ABSENT
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            if self._may_be_text:
                return text
            raise NotAValue(f"needs a number, not {text!r}") from None
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def show(self, value: Any) -> bool:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        fits = value is _ABSENT or numeric or (self._may_be_text and isinstance(value, str))
        self.widget.setText("" if value is _ABSENT or not fits else f"{value:.12g}" if numeric else value)
        return fits


class _Choice:
    def __init__(self, field: Field, name: str, owner: ValueFields) -> None:
        self._titles = dict(field.choices or {})
        self.widget = Choice(name, self._titles)
        self.widget.chosen.connect(lambda _word: owner.edited.emit())

    def read(self) -> Any:
        return self.widget.word()

    def show(self, value: Any) -> bool:
        word = next(iter(self._titles)) if value is _ABSENT else value
        self.widget.show_word(word)
        return word in self._titles


class _Model:
    """A model reference, chosen or typed."""

    def __init__(self, field: Field, name: str, owner: ValueFields) -> None:
        self.widget = ElidedCombo()
        self.widget.setEditable(True)
        self.widget.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.widget.setAccessibleName(name)
        line = self.widget.lineEdit()
        if line is not None:
            line.setPlaceholderText("starter or PROFILE:MODEL")
            line.setAccessibleName(name)
        self.offer(owner._models)
        self.widget.editTextChanged.connect(lambda _text: owner.edited.emit())

    def offer(self, models: tuple[tuple[str, str], ...]) -> None:
        """Have the list hold these, what is typed stays."""
        typed = self.widget.currentText()
        self.widget.blockSignals(True)
        self.widget.clear()
        for title, reference in models:
            self.widget.addItem(reference)
            self.widget.setItemData(self.widget.count() - 1, title, 3)  # the tool tip
        self.widget.setEditText(typed)
        self.widget.blockSignals(False)

    def read(self) -> Any:
        return self.widget.currentText().strip() or _ABSENT

    def show(self, value: Any) -> bool:
        self.widget.setEditText(value if isinstance(value, str) else "")
        return value is _ABSENT or isinstance(value, str)


class _File:
    def __init__(self, field: Field, name: str, owner: ValueFields) -> None:
        self.widget = QWidget()
        self._line = QLineEdit()
        self._line.setAccessibleName(name)
        self._line.setPlaceholderText(field.hint)
        self._line.textChanged.connect(lambda _text: owner.edited.emit())
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
        if owner._trust is not None:
            self.say_trust(owner._trust())

    def say_trust(self, trust: FileTrust) -> None:
        """Have this line below the file."""
        self._column.addWidget(trust)
        self._line.textChanged.connect(lambda text: trust.show_file(text.strip()))
        trust.show_file(self._line.text().strip())

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.widget, "Python check", "", "Python files (*.py)")
        if path:
            self._line.setText(path)

    def read(self) -> Any:
        return self._line.text().strip() or _ABSENT

    def show(self, value: Any) -> bool:
        self._line.setText(value if isinstance(value, str) else "")
        return value is _ABSENT or isinstance(value, str)


_MADE: dict[str, Callable[[Field, str, ValueFields], _Shown]] = {
    "text": _Text,
    "lines": _Text,
    "json": _Text,
    "number": _Number,
    "number or text": _Number,
    "choice": _Choice,
    "model": _Model,
    "file": _File,
}
