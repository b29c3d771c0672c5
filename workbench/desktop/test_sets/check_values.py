"""The fields of a check's value: made from the table of `check_menu`, read back as JSON data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.test_sets.check_inputs import ABSENT, MADE, FileInput, OfferedInput, ShownInput
from workbench.desktop.test_sets.check_menu import Field, Input, fields_of

if TYPE_CHECKING:
    from workbench.desktop.test_sets.file_trust import FileTrust

_JSON = Field("", "json", "", "JSON")


class ValueFields(QWidget):
    """The fields of one check."""

    edited = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._fields: list[tuple[Field, ShownInput]] = []
        self._offers: dict[str, tuple[tuple[str, str], ...]] = {}
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

    def offer(self, kind: Input, choices: Iterable[tuple[str, str]]) -> None:
        """Offer these models or columns, by title and what is written, where one is asked for."""
        self._offers[kind] = tuple(choices)
        for field, shown in self._fields:
            if isinstance(shown, OfferedInput) and field.input == kind:
                shown.offer(self._offers[kind])

    def set_trust(self, made: Callable[[], FileTrust]) -> None:
        """Say below a Python file whether it is trusted."""
        self._trust = made
        for _, shown in self._fields:
            if isinstance(shown, FileInput):
                shown.say_trust(made())

    def value(self) -> Any:
        """The value as JSON data. Raises NotAValue."""
        read = {field.name: _usual_left_out(field, shown.read()) for field, shown in self._fields}
        if set(read) <= {""}:
            value = read.get("", ABSENT)
            return None if value is ABSENT else value
        return {name: part for name, part in read.items() if part is not ABSENT}

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

    def _shown(self, field: Field) -> ShownInput:
        made = MADE[field.input](field, f"{self._title}: {field.title or 'value'}", self._tell)
        if isinstance(made, OfferedInput):
            made.offer(self._offers.get(field.input, ()))
        if isinstance(made, FileInput) and self._trust is not None:
            made.say_trust(self._trust())
        return made

    def _tell(self) -> None:
        """A method of this widget, and not the signal's `emit`: Qt lets go of it together with the widget."""
        self.edited.emit()

    def _fill(self, value: Any) -> bool:
        if not self._fields:
            return value is None
        if any(not field.name for field, _ in self._fields):
            return self._fields[0][1].show(ABSENT if value is None else value)
        parts = {} if value is None else value
        names = {field.name for field, _ in self._fields}
        if not isinstance(parts, dict) or set(parts) - names:
            return False
        return all(shown.show(parts.get(field.name, ABSENT)) for field, shown in self._fields)


def _usual_left_out(field: Field, value: Any) -> Any:
    """The first choice of a part needs no saying."""
    usual = field.name and field.choices and next(iter(field.choices))
    return ABSENT if usual and value == usual else value
