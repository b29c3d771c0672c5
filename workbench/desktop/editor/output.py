"""The output-format section: free text, or JSON with a schema that is checked while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.prompt import OutputFormat, OutputKind, Prompt
from workbench.core.rendering import json_schema
from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.errors import UserError

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
        words, color = _verdict(OutputFormat(kind=_kind(self.kind.word()), schema=self.schema.text()))
        self.verdict.setText(words)
        self.verdict.setStyleSheet(f"color: {color}")


def summary(output: OutputFormat) -> str:
    """The format in a few words, for the header; empty for free text."""
    if output.kind == "text":
        return ""
    return "JSON with a schema" if output.schema.strip() else "any JSON"


def _kind(word: str) -> OutputKind:
    return "json" if word == "json" else "text"


def _verdict(output: OutputFormat) -> tuple[str, str]:
    colors = theme.current()
    if output.kind == "text":
        return "Whatever the model writes.", colors.muted
    if not output.schema.strip():
        return "Any JSON; write a schema to ask for more.", colors.muted
    try:
        schema = json_schema(Prompt(output_format=output))
    except UserError as error:
        return f"✗ {error}", colors.bad
    if wrong := _wrong_in(schema or {}):
        return f"✗ Not a JSON schema: {wrong}.", colors.bad
    return "✓ A valid schema.", colors.good


def _wrong_in(schema: object) -> str:
    """What the schema's own schema says against it; empty when nothing."""
    from jsonschema import Draft202012Validator

    try:
        error = next(iter(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema)), None)
    except RecursionError:
        return "it is nested too deeply"
    if error is None:
        return ""
    where = ".".join(str(step) for step in error.absolute_path)
    return f"{error.message} at {where}"[:200] if where else error.message[:200]
