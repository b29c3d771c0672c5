"""The generation parameters: what is set is sent, what is empty is left to the model or its server."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from workbench.core.completion import PARAMETERS, GenerationConfig
from workbench.desktop import theme
from workbench.desktop.editor.number_field import NumberField
from workbench.desktop.editor.section import icon_button
from workbench.desktop.editor.stop_strings import from_lines, to_lines
from workbench.desktop.editor.value_field import ValueField


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    title: str
    explained: str
    step: float = 1
    whole: bool = False
    hint: str = "default"


_NUMBERS = (
    _Parameter("temperature", "Temperature", "How freely words are chosen: 0 always takes the likeliest.", 0.1),
    _Parameter("max_tokens", "Max tokens", "The answer ends after so many tokens.", 64, whole=True),
    _Parameter("top_p", "Top-p", "Only the likeliest words that together have this probability.", 0.05),
    _Parameter("top_k", "Top-k", "Only so many of the likeliest words; 0 takes all.", 10, whole=True),
    _Parameter("min_p", "Min-p", "Only words at least this likely, relative to the likeliest.", 0.01),
    _Parameter("frequency_penalty", "Frequency penalty", "Makes words rarer the more often they came.", 0.1),
    _Parameter("presence_penalty", "Presence penalty", "Makes words rarer that came at all.", 0.1),
    _Parameter(
        "repeat_penalty", "Repeat penalty", "Divides the score of words that came; 1 changes nothing.", 0.05
    ),
    _Parameter("seed", "Seed", "The same seed gives the same dice.", whole=True, hint="random"),
)
_STOP = "The answer ends before any of these; one on each line, \\n for a line end."


class ParametersPanel(QWidget):
    """A field for every parameter of `GenerationConfig`."""

    config_edited = Signal()
    """A person changed a parameter to a usable value, or took it away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {p.name: NumberField(p.name, whole=p.whole, step=p.step, hint=p.hint) for p in _NUMBERS}
        self.stop = ValueField("Stop strings")
        self.stop.text.setToolTip(_STOP)
        self._labels: dict[str, QLabel] = {p.name: theme.plain_label(p.title) for p in _NUMBERS}
        self._notes: dict[str, QLabel] = {name: theme.plain_label(role="quiet") for name in PARAMETERS}
        self._unsupported: frozenset[str] = frozenset()
        self._dice = icon_button("dice", "Fix a seed", tip="Write a random seed down, so that it stays the same")
        self._reset = QPushButton("Leave all to the model")
        self._reset.setProperty("link", True)
        self._arrange()
        self._connect()
        self.set_config(GenerationConfig())

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 8)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, parameter in enumerate(_NUMBERS):
            label, field = self._labels[parameter.name], self.fields[parameter.name]
            label.setBuddy(field)
            label.setToolTip(parameter.explained)
            field.setToolTip(parameter.explained)
            field.setAccessibleName(parameter.title)
            note = self._notes[parameter.name]
            note.setAlignment(Qt.AlignmentFlag.AlignRight)
            note.setWordWrap(True)
            grid.addWidget(label, 2 * row, 0)
            grid.addWidget(field, 2 * row, 2)
            grid.addWidget(note, 2 * row + 1, 0, 1, 3)
            note.hide()
        grid.addWidget(self._dice, 2 * (len(_NUMBERS) - 1), 1)
        below = 2 * len(_NUMBERS)
        grid.addWidget(self.stop, below, 0, 1, 3)
        grid.addWidget(self._notes["stop"], below + 1, 0, 1, 3)
        grid.addWidget(self._reset, below + 2, 0, 1, 3, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        for name, field in self.fields.items():
            field.edited.connect(self._edited)
            field.refused.connect(lambda trouble, name=name: self._show_note(name, trouble))
        self.stop.edited.connect(self._edited)
        self._dice.clicked.connect(self.fix_seed)
        self._reset.clicked.connect(self._reset_all)

    # --- the config

    def config(self) -> GenerationConfig:
        """The parameters that are set."""
        numbers = {name: field.value() for name, field in self.fields.items()}
        return GenerationConfig(**numbers, stop=from_lines(self.stop.text.text()))  # type: ignore[arg-type]

    def set_config(self, config: GenerationConfig) -> None:
        """Show these parameters, without a word to anybody."""
        for name, field in self.fields.items():
            if field.value() != getattr(config, name) or field.property("wrong"):
                field.show_value(getattr(config, name))
        if from_lines(self.stop.text.text()) != config.stop:
            self.stop.show_value(to_lines(config.stop) or None)
        self._show_stop_hint()
        self._show_reset()

    def set_unsupported(self, names: frozenset[str]) -> None:
        """Show which parameters the model of now does not take; they can still be set for another one."""
        self._unsupported = names
        for name, label in self._labels.items():
            label.setProperty("quiet", name in names)
            label.style().polish(label)
        for name in PARAMETERS:
            self._show_note(name, "")

    def _edited(self) -> None:
        self._show_stop_hint()
        self._show_reset()
        self.config_edited.emit()

    def fix_seed(self) -> None:
        """Write a random seed down."""
        self.fields["seed"].give(random.randrange(2**31))  # noqa: S311 - a seed to look at, not a secret

    def _reset_all(self) -> None:
        self.set_config(GenerationConfig())
        self._edited()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for name, field in self.fields.items():
                self._show_note(name, field.accessibleDescription())

    # --- words

    def note(self, name: str) -> str:
        """What is said below a parameter; empty when nothing."""
        return self._notes[name].text()

    def _show_note(self, name: str, trouble: str) -> None:
        """Below a field: why its text cannot be used, or that the model does not take it."""
        note = self._notes[name]
        untaken = "not taken by this model" if name in self._unsupported else ""
        note.setText(trouble or untaken)
        note.setStyleSheet(f"color: {theme.current().bad}" if trouble else "")
        note.setVisible(bool(trouble or untaken))

    def _show_stop_hint(self) -> None:
        self.stop.text.setPlaceholderText("none; one on each line, \\n for a line end")

    def _show_reset(self) -> None:
        self._reset.setVisible(self.config() != GenerationConfig())
