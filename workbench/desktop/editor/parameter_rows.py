"""Rows of numbers, each with its name and a line below that says what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from workbench.core.completion import WHOLE_NUMBERS, GenerationConfig
from workbench.desktop import theme
from workbench.desktop.editor.number_field import NumberField

UNTAKEN = "not taken by this model"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number among the generation parameters, in a person's words."""

    name: str
    title: str
    explained: str
    step: float = 1
    hint: str = "default"


class Note(QLabel):
    """A quiet line below a field: why its text cannot be used, or that the model does not take it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setWordWrap(True)
        self._trouble = ""
        self._untaken = False
        self.hide()

    def show_trouble(self, trouble: str) -> None:
        """Say what is wrong; nothing is, when it is empty."""
        self._trouble = trouble
        self._say()

    def show_untaken(self, *, untaken: bool) -> None:
        """Say whether the model takes the parameter."""
        self._untaken = untaken
        self._say()

    def renew(self) -> None:
        """Take the colours of another theme."""
        self._say()

    def _say(self) -> None:
        self.setText(self._trouble or (UNTAKEN if self._untaken else ""))
        self.setStyleSheet(f"color: {theme.current().bad}" if self._trouble else "")
        self.setVisible(bool(self.text()))


class ParameterRows(QWidget):
    """A field for each of some parameters."""

    edited = Signal()
    """A person changed one to a usable value, or took it away."""

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._parameters = parameters
        self.fields: dict[str, NumberField] = {}
        self.labels: dict[str, QLabel] = {}
        self.notes: dict[str, Note] = {}
        for row, parameter in enumerate(parameters):
            self._add(row, parameter)

    def _add(self, row: int, parameter: Parameter) -> None:
        name = parameter.name
        field = NumberField(name, whole=name in WHOLE_NUMBERS, step=parameter.step, hint=parameter.hint)
        label, note = theme.plain_label(parameter.title), Note()
        label.setBuddy(field)
        label.setToolTip(parameter.explained)
        field.setToolTip(parameter.explained)
        field.setAccessibleName(parameter.title)
        field.edited.connect(self.edited)
        field.refused.connect(note.show_trouble)
        self._grid.addWidget(label, 2 * row, 0)
        self._grid.addWidget(field, 2 * row, 2)
        self._grid.addWidget(note, 2 * row + 1, 0, 1, 3)
        self.fields[name], self.labels[name], self.notes[name] = field, label, note

    def put_beside(self, name: str, widget: QWidget) -> None:
        """Put a widget before a parameter's field."""
        row = [parameter.name for parameter in self._parameters].index(name)
        self._grid.addWidget(widget, 2 * row, 1)

    def values(self) -> dict[str, float | int | None]:
        """The numbers by parameter; None for those that are left to the model."""
        return {name: field.value() for name, field in self.fields.items()}

    def show_config(self, config: GenerationConfig) -> None:
        """Show the numbers of a config, without a word to anybody."""
        for name, field in self.fields.items():
            if field.value() != getattr(config, name) or field.property("wrong"):
                field.show_value(getattr(config, name))

    def show_unsupported(self, names: frozenset[str]) -> None:
        """Show which parameters the model of now does not take."""
        for name, label in self.labels.items():
            label.setProperty("quiet", name in names)
            label.style().polish(label)
            self.notes[name].show_untaken(untaken=name in names)
