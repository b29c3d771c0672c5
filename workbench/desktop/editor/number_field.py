"""A number that may be left to the model: empty means its default."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from workbench.core.completion import GenerationConfig, checked
from workbench.errors import UserError

Number = float | int


class NumberField(QLineEdit):
    """One generation parameter; the last text that was a number in its range counts."""

    edited = Signal()
    """A person gave another number or took it away."""
    refused = Signal(str)
    """Why the text cannot be used; empty when it can."""

    def __init__(self, parameter: str, *, whole: bool, step: float, hint: str = "default") -> None:
        super().__init__()
        self._parameter, self._whole, self._step = parameter, whole, step
        self._value: Number | None = None
        self.setPlaceholderText(hint)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(112)
        self.setClearButtonEnabled(True)
        self.textEdited.connect(self._take)

    def value(self) -> Number | None:
        """The number, or None for the default."""
        return self._value

    def show_value(self, value: Number | None) -> None:
        """Show another number, without a word to anybody but about a text that is now gone."""
        self._value = value
        self.setText("" if value is None else f"{value:.10g}" if not self._whole else str(value))
        self._mark("")

    def give(self, value: Number | None) -> None:
        """Take a number as if a person had written it."""
        self.show_value(value)
        self.edited.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down step the number; Escape goes back to the last good one."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in steps and not event.modifiers():
            self._take_step(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape and self.text() != self._as_text():
            self.show_value(self._value)
        else:
            super().keyPressEvent(event)

    def _as_text(self) -> str:
        return "" if self._value is None else f"{self._value:.10g}" if not self._whole else str(self._value)

    def _take_step(self, direction: int) -> None:
        number = round((self._value or 0) + direction * self._step, 6)
        try:
            self.give(self._checked(int(number) if self._whole else number))
        except UserError:
            return  # the end of the range: stay

    def _take(self, text: str) -> None:
        try:
            value = self._parsed(text)
        except UserError as error:
            self._mark(str(error))
            return
        self._mark("")
        if value != self._value:
            self._value = value
            self.edited.emit()

    def _parsed(self, text: str) -> Number | None:
        text = text.strip().replace(",", ".")
        if not text:
            return None
        try:
            number: Number = int(text) if self._whole else float(text)
        except ValueError:
            wanted = "a whole number" if self._whole else "a number"
            raise UserError(f"{text!r} is not {wanted}.") from None
        return self._checked(number)

    def _checked(self, number: Number) -> Number:
        chosen: dict[str, Number] = {self._parameter: number}
        checked(GenerationConfig(**chosen))  # type: ignore[arg-type]
        return number

    def _mark(self, trouble: str) -> None:
        self.setAccessibleDescription(trouble)
        self.setProperty("wrong", bool(trouble))
        self.refused.emit(trouble)
