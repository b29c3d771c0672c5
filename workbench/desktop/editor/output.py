"""The output-format section: free text, or JSON with a schema that is checked while it is typed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.prompt import OutputFormat, OutputKind, Prompt
from workbench.core.rendering import json_schema
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.editor.choice import Choice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.errors import UserError
from workbench.matching.json_schema import problem

KINDS = {"text": "Text", "json": "JSON"}


class OutputForm(QWidget):
    """The kind of answer, and the schema of a JSON one."""

    changed = Signal(str, dict)
    """Words for the undo history, and the fields that a person chose anew."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = Choice("Output format", KINDS)
        self.schema = TextEdit(
            "JSON schema", hint="A JSON schema; empty means any JSON", language="json", lines=3, boxed=True
        )
        self.verdict = theme.plain_label()
        self.verdict.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.kind)
        top.addWidget(self.verdict, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.schema)
        self._check_soon = QTimer(self, singleShot=True, interval=150)
        self._check_soon.timeout.connect(self._check)
        self.schema.textChanged.connect(self._check_soon.start)
        self._checking = Computation(self)
        self._checking.finished.connect(self._say)
        self.kind.chosen.connect(lambda word: self.changed.emit("output format", {"kind": word}))

    def show_format(self, output: OutputFormat) -> None:
        """Show this output format."""
        self.kind.show_word(output.kind)
        self.schema.set_text(output.schema)
        self.schema.setVisible(output.kind == "json")
        self._check_soon.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._check_soon.start()

    def _check(self) -> None:
        """Say beside the choice whether the schema can be used."""
        output = OutputFormat(kind=_kind(self.kind.word()), schema=self.schema.text())
        self._checking.start(lambda: _verdict(output))

    def _say(self, verdict: _Verdict) -> None:
        colors = theme.current()
        color = {None: colors.muted, True: colors.good, False: colors.bad}[verdict.good]
        self.verdict.setText(verdict.words)
        self.verdict.setStyleSheet(f"color: {color}")


def summary(output: OutputFormat) -> str:
    """The format in a few words, for the header; empty for free text."""
    if output.kind == "text":
        return ""
    return "JSON with a schema" if output.schema.strip() else "any JSON"


def _kind(word: str) -> OutputKind:
    return "json" if word == "json" else "text"


@dataclass(frozen=True, slots=True)
class _Verdict:
    words: str
    good: bool | None = None
    """Whether the schema can be used; None where there is none."""


def _verdict(output: OutputFormat) -> _Verdict:
    if output.kind == "text":
        return _Verdict("Whatever the model writes.")
    if not output.schema.strip():
        return _Verdict("Any JSON; write a schema to ask for more.")
    try:
        wrong = problem(json_schema(Prompt(output_format=output)))
    except UserError as error:
        wrong = str(error)
    return _Verdict(f"✗ {wrong}", good=False) if wrong else _Verdict("✓ A valid schema.", good=True)
