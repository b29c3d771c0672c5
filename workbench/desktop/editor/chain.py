"""The chain-of-thought section: whether the model reasons, how it is asked to, how the answer is told apart."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from workbench.core.prompt import ChainOfThought
from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.editor.text_edit import TextEdit

MODES = {
    "off": "Off",
    "instruction": "Instruction",
    "examples": "Shown in the examples",
    "model": "The model's own",
}
_EXPLAINED = {
    "off": "The model answers at once.",
    "instruction": "The instruction below is added to the system message.",
    "examples": "The instruction is added, and every example shows its reasoning before its output.",
    "model": "A reasoning model thinks by itself; nothing is added to the prompt.",
}
_EFFORTS = {"minimal": "Minimal", "low": "Low", "medium": "Medium", "high": "High"}
PARTINGS = {"none": "Not at all", "marker": "By a marker", "tags": "By <answer> tags"}
_PARTED = {
    "none": "The whole text is the answer.",
    "marker": "What follows the last marker is the answer.",
    "tags": "What stands between the tags is the answer.",
}


class ChainForm(QWidget):
    """The fields of a chain of thought; those that the mode does not use are not shown."""

    changed = Signal(str, dict)
    """Words for the undo history, and the fields that a person chose anew."""

    def __init__(self) -> None:
        super().__init__()
        self.mode = Choice("Chain of thought", MODES)
        self.effort = Choice("Effort of the reasoning", _EFFORTS)
        self.parting = Choice("How the answer is told apart", PARTINGS)
        self.instruction = TextEdit(
            "Chain-of-thought instruction", hint="What asks the model to reason", boxed=True
        )
        self.marker = TextEdit("Answer marker", hint="Answer:", language=None, single=True, boxed=True)
        self.marker.setMaximumWidth(220)
        self._explained = theme.plain_label(role="quiet")
        self._parted = theme.plain_label(role="quiet")
        for label in (self._explained, self._parted):
            label.setWordWrap(True)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(12, 8, 12, 8)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(4)
        for title, field in (
            ("Mode", _row(self.mode)),
            ("", self._explained),
            ("Effort", _row(self.effort)),
            ("Instruction", self.instruction),
            ("Answer", _row(self.parting, self.marker)),
            ("", self._parted),
        ):
            self._form.addRow(theme.plain_label(title, "quiet"), field)
        self.mode.chosen.connect(lambda word: self.changed.emit("reasoning mode", {"mode": word}))
        self.effort.chosen.connect(lambda word: self.changed.emit("reasoning effort", {"effort": word}))
        self.parting.chosen.connect(lambda word: self.changed.emit("answer parting", {"parting": word}))

    def show_chain(self, chain: ChainOfThought) -> None:
        """Show this chain of thought."""
        self.mode.show_word(chain.mode)
        self.effort.show_word(chain.effort)
        self.parting.show_word(chain.parting)
        self.instruction.set_text(chain.instruction)
        self.marker.set_text(chain.marker)
        self._explained.setText(_EXPLAINED[chain.mode])
        self._parted.setText(_PARTED[chain.parting])
        asked = chain.mode in ("instruction", "examples")
        for row, needed in enumerate((True, True, chain.mode == "model", asked, asked, asked)):
            self._form.setRowVisible(row, needed)
        self.marker.setVisible(chain.parting == "marker")


def summary(chain: ChainOfThought) -> str:
    """The chain of thought in a few words, for the header; empty when it is off."""
    if chain.mode == "off":
        return ""
    effort = f", {chain.effort} effort" if chain.mode == "model" else ""
    return MODES[chain.mode].lower() + effort


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return row
