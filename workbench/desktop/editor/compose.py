"""The Compose tab: all sections of one prompt below each other, and the one history of their changes.

The prompt is one value. Typing changes one text of it at a time and costs what that section is long; everything
else is a `Change` from one prompt to another that shares what stayed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QUndoStack
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from workbench.core.prompt import SECTION_TITLES, SECTIONS, Prompt, Section
from workbench.desktop import theme
from workbench.desktop.editor import chain, output
from workbench.desktop.editor.chain import ChainForm
from workbench.desktop.editor.context_bar import ContextBar
from workbench.desktop.editor.example_card import ExampleCard
from workbench.desktop.editor.examples import ExampleList, Examples
from workbench.desktop.editor.output import OutputForm
from workbench.desktop.editor.place import Place, text_at, with_text
from workbench.desktop.editor.section import SectionBox
from workbench.desktop.editor.source import Splice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.desktop.editor.undo import Change, Typing
from workbench.running.counting import PromptCount

_HINTS: dict[Section, str] = {
    "system": "Who the model is, what it does, what it must not do",
    "context": "Background that the model should know; sent after the system text",
    "examples": "Inputs with good outputs, sent as turns before the question",
    "chain_of_thought": "Whether the model reasons before it answers",
    "user": "What is asked; {{name}} makes a variable",
    "prefill": "How the answer begins; the model goes on from it",
    "output_format": "Free text; or JSON that follows a schema",
}
_LINES: dict[Section, int] = {"system": 3, "user": 3}
_OPTIONAL: tuple[Section, ...] = ("context", "examples", "chain_of_thought", "prefill", "output_format")


class Compose(QWidget):
    """The sections of a prompt, and how full the context is."""

    edited = Signal()
    """The prompt is another one, by typing, choosing, undo or redo."""

    def __init__(self, undo_stack: QUndoStack) -> None:
        super().__init__()
        self._prompt = Prompt()
        self._stack = undo_stack
        self._count: PromptCount | None = None
        self.examples = ExampleList()
        self.chain = ChainForm()
        self.output = OutputForm()
        self._fields: dict[Section, TextEdit] = {}
        self.sections: dict[Section, SectionBox] = {s: self._make_section(s) for s in SECTIONS}
        self.context_bar = ContextBar()
        self._arrange()
        self._connect()
        self.load(Prompt())

    # --- the prompt

    def prompt(self) -> Prompt:
        """The prompt as it is now."""
        return self._prompt

    def load(self, prompt: Prompt) -> None:
        """Show another prompt with a history of its own; empty optional sections are folded."""
        self._stack.clear()
        self._show(prompt)
        for section in SECTIONS:
            self.sections[section].set_open(is_open=section not in _OPTIONAL or self._is_used(section))
        self.scroll_to_top()

    def set_prompt(self, prompt: Prompt, words: str = "restore version") -> None:
        """Become another prompt, as a step that can be undone."""
        if prompt != self._prompt:
            self._stack.push(Change(self, words, self._prompt, prompt))

    def apply_prompt(self, prompt: Prompt, section: Section | None, example: int | None) -> None:
        """Become another prompt and bring what changed into view; for the commands of the history."""
        changed = tuple(s for s in SECTIONS if getattr(prompt, s) != getattr(self._prompt, s))
        self._show(prompt)
        for name in changed:
            if self._is_used(name):
                self.sections[name].set_open(is_open=True)
        if section == "examples" and example is not None and 0 <= example < len(prompt.examples):
            self._bring_into_view(self.examples.card(example))
        elif changed:
            self._bring_into_view(self.sections[section or changed[0]].header)
        self.edited.emit()

    def apply_splice(self, place: Place, splice: Splice) -> None:
        """Undo or redo typing: the text, the cursor, and the place in view."""
        edit = self.field(place)
        self.sections[place.section].set_open(is_open=True)
        edit.put(splice)
        self._took(place, edit)
        edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_cursor(edit)

    def field(self, place: Place) -> TextEdit:
        """The text field at a place; opens the card of an example."""
        match place.section:
            case "examples":
                return self.examples.card(place.example).field(place.field)
            case "chain_of_thought":
                return self.chain.marker if place.field == "marker" else self.chain.instruction
            case "output_format":
                return self.output.schema
            case _:
                return self._fields[place.section]

    def _show(self, prompt: Prompt) -> None:
        self._prompt = prompt
        for section, edit in self._fields.items():
            edit.set_text(text_at(prompt, Place(section)))
        self.examples.show_examples(prompt.examples, with_reasoning=prompt.chain_of_thought.mode == "examples")
        self.chain.show_chain(prompt.chain_of_thought)
        self.output.show_format(prompt.output_format)
        self._show_summaries()
        self._show_example_counts()

    def _is_used(self, section: Section) -> bool:
        """Whether a section has something to show when it is unfolded."""
        match section:
            case "chain_of_thought":
                return self._prompt.chain_of_thought.mode != "off"
            case "output_format":
                return self._prompt.output_format.kind != "text"
            case _:
                return bool(getattr(self._prompt, section))

    # --- what a person does

    def _spliced(self, place: Place, splice: Splice) -> None:
        edit = self.field(place)
        self._stack.push(Typing(self, place, splice))
        self._took(place, edit)

    def _took(self, place: Place, edit: TextEdit) -> None:
        """A text field changed: so did the prompt, in this place only."""
        self._prompt = with_text(self._prompt, place, edit.text())
        if place.section == "examples":
            self.examples.took(place.example, self._prompt.examples)
        elif place.section == "output_format":
            self._show_summaries()
        self.edited.emit()

    def _change(self, words: str, section: Section, value: Any, example: int | None = None) -> None:
        after = replace(self._prompt, **{section: value})
        self._stack.push(Change(self, words, self._prompt, after, section=section, example=example))

    def _change_examples(self, words: str, examples: Examples, example: int) -> None:
        self._change(words, "examples", examples, example)

    def _listen_to_example(self, edit: TextEdit, card: ExampleCard, name: Any) -> None:
        self._listen(edit, lambda: Place("examples", name, card.index))

    # --- counts

    def show_counts(self, count: PromptCount | None) -> None:
        """The tokens of the prompt for the model of now; None when they cannot be counted."""
        self._count = count
        for section, box in self.sections.items():
            box.show_count(count.per_section.get(section) if count else None, exact=not count or count.exact)
        self._show_example_counts()
        if count is None:
            self.context_bar.show_tokens(None, None)
        else:
            self.context_bar.show_tokens(count.total, count.context, exact=count.exact)

    def _show_example_counts(self) -> None:
        count = self._count
        self.examples.show_counts(count.per_example if count else (), exact=not count or count.exact)

    def _show_summaries(self) -> None:
        self.sections["examples"].show_summary(self.examples.summary())
        self.sections["chain_of_thought"].show_summary(chain.summary(self._prompt.chain_of_thought))
        self.sections["output_format"].show_summary(output.summary(self._prompt.output_format))

    # --- building

    def _make_section(self, section: Section) -> SectionBox:
        bodies: dict[Section, QWidget] = {
            "examples": self.examples,
            "chain_of_thought": self.chain,
            "output_format": self.output,
        }
        body = bodies.get(section)
        if body is None:
            edit = TextEdit(SECTION_TITLES[section], hint=_HINTS[section], lines=_LINES.get(section, 2))
            edit.setViewportMargins(8, 0, 4, 0)
            self._fields[section] = edit
            body = edit
        hint = _HINTS[section] if section in _OPTIONAL else ""
        box = SectionBox(SECTION_TITLES[section], body, hint=hint)
        box.opened.connect(body.setFocus)
        return box

    def _arrange(self) -> None:
        self._page = _Page()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in SECTIONS:
            column.addWidget(self.sections[section])
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.context_bar)

    def _connect(self) -> None:
        for section, edit in self._fields.items():
            self._listen_at(edit, Place(section))
        for place in (
            Place("chain_of_thought", "instruction"),
            Place("chain_of_thought", "marker"),
            Place("output_format", "schema"),
        ):
            self._listen_at(self.field(place), place)
        self.examples.changed.connect(self._change_examples)
        self.examples.field_made.connect(self._listen_to_example)
        self.chain.changed.connect(
            lambda words, new: self._change(
                words, "chain_of_thought", replace(self._prompt.chain_of_thought, **new)
            )
        )
        self.output.changed.connect(
            lambda words, new: self._change(words, "output_format", replace(self._prompt.output_format, **new))
        )

    def _listen_at(self, edit: TextEdit, place: Place) -> None:
        self._listen(edit, lambda: place)

    def _listen(self, edit: TextEdit, place: Callable[[], Place]) -> None:
        """Every field of the prompt speaks to the one history; its place is asked for when it does."""
        edit.spliced.connect(lambda splice: self._spliced(place(), splice))
        edit.undo_asked.connect(self._stack.undo)
        edit.redo_asked.connect(self._stack.redo)
        edit.cursorPositionChanged.connect(lambda: self._follow_cursor(edit))

    # --- view

    def scroll_to_top(self) -> None:
        """Show the first section."""
        self._scroll.verticalScrollBar().setValue(0)

    def _follow_cursor(self, edit: TextEdit) -> None:
        if edit.hasFocus():
            self._show_cursor(edit)

    def _show_cursor(self, edit: TextEdit) -> None:
        """Scroll so that the cursor is seen, once the field has its new size."""
        QTimer.singleShot(0, edit, lambda: self._show_rectangle(edit.viewport(), edit.cursorRect()))

    def _bring_into_view(self, widget: QWidget) -> None:
        QTimer.singleShot(0, widget, lambda: self._show_rectangle(widget, widget.rect()))

    def _show_rectangle(self, widget: QWidget, rectangle: QRect) -> None:
        top = widget.mapTo(self._page, QPoint(0, rectangle.top())).y()
        bottom = top + min(rectangle.height(), self._scroll.viewport().height() - 16)
        bar = self._scroll.verticalScrollBar()
        if top - 8 < bar.value():
            bar.setValue(top - 8)
        elif bottom + 8 > bar.value() + self._scroll.viewport().height():
            bar.setValue(bottom + 8 - self._scroll.viewport().height())


class _Page(QWidget):
    """What the sections stand on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.current().surface))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)
