"""What is taken away or turned in an ablation: a choice of four, each with what it would make."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLineEdit, QRadioButton, QSizePolicy, QWidget

from workbench.core.ablation import Ablated, ablated
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.errors import UserError

PARAMETER = "parameter"

_WAYS = (
    ("examples", "Each example left out", "Which of the few-shot examples earn their place."),
    ("shots", "0 to 8 shots", "How many examples are enough: the pass rate as a curve."),
    ("sections", "Sections on and off", "What each section of the prompt is worth."),
    (PARAMETER, "A parameter", "The pass rate along its values."),
)
_PARAMETERS = {
    "temperature": "Temperature",
    "top_p": "Top P",
    "min_p": "Min P",
    "top_k": "Top K",
    "repeat_penalty": "Repeat penalty",
    "max_tokens": "Max tokens",
}
_USUAL = {
    "temperature": "0, 0.5, 1",
    "top_p": "0.5, 0.8, 1",
    "min_p": "0, 0.05, 0.2",
    "top_k": "1, 20, 100",
    "repeat_penalty": "1, 1.1, 1.3",
    "max_tokens": "64, 256, 1024",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a way comes to for the prompt at hand."""

    variants: tuple[Ablated, ...] = ()
    problem: str = ""
    """Why there are none."""


class AblationWays(QWidget):
    """One of the ways is chosen; those that the prompt gives nothing for are off and say why."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompt = Prompt()
        self._config = GenerationConfig()
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        self.parameter = Choice("Parameter", _PARAMETERS)
        self.values = QLineEdit(_USUAL["temperature"])
        self.values.setAccessibleName("Values of the parameter, parted by commas")
        self.values.setPlaceholderText("0, 0.5, 1")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.BETWEEN)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnStretch(1, 1)
        self._notes = {}
        for row, (way, title, note) in enumerate(_WAYS):
            button = self.buttons[way] = QRadioButton(title)
            button.setAccessibleName(title)
            self._group.addButton(button)
            self._notes[way] = theme.plain_label(note, "quiet")
            self._notes[way].setWordWrap(True)
            self._notes[way].setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(button, 2 * row, 0)
            grid.addWidget(self._notes[way], 2 * row, 1)
            if way == PARAMETER:
                grid.addLayout(self._parameter_row(), 2 * row + 1, 1)
        self._connect()

    def _parameter_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.INSIDE)
        row.addWidget(self.parameter)
        row.addWidget(self.values, 1)
        return row

    def _connect(self) -> None:
        self._group.buttonClicked.connect(lambda _button: self.changed.emit())
        self.parameter.chosen.connect(self._take_parameter)
        self.values.textEdited.connect(lambda _text: self._take_values())

    def what(self) -> str:
        """As `core.ablation.ablated` takes it; empty while nothing is chosen."""
        way = next((way for way, button in self.buttons.items() if button.isChecked()), "")
        return self._as_what(way)

    def found(self) -> Found:
        """What the chosen way comes to."""
        return self._found(self.what()) if self.what() else Found(problem="Choose what is to be taken away.")

    def show_prompt(self, prompt: Prompt, config: GenerationConfig) -> None:
        """Offer the ways that this prompt allows; the chosen one stays where it is among them."""
        self._prompt, self._config = prompt, config
        for way, _title, note in _WAYS:
            problem = "" if way == PARAMETER else self._found(way).problem
            self.buttons[way].setEnabled(not problem)
            self._notes[way].setText(problem or note)
        chosen = self._group.checkedButton()
        if chosen is None or not chosen.isEnabled():
            next(button for button in self.buttons.values() if button.isEnabled()).setChecked(True)
        self.changed.emit()

    def _as_what(self, way: str) -> str:
        return f"{self.parameter.word()}={self.values.text()}" if way == PARAMETER else way

    def _found(self, what: str) -> Found:
        try:
            return Found(ablated(what, self._prompt, self._config))
        except UserError as error:
            return Found(problem=str(error))

    def _take_parameter(self, name: str) -> None:
        self.values.setText(_USUAL[name])
        self._take_values()

    def _take_values(self) -> None:
        self.buttons[PARAMETER].setChecked(True)
        self.changed.emit()
