"""The answer itself: plain while it streams; then as text, Markdown or JSON, told from its reasoning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.rendering import Parted, part
from workbench.core.run import Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.plain_text import TextView
from workbench.desktop.results import markdown
from workbench.desktop.results.json_check import JsonCheck, check_json
from workbench.desktop.results.reasoning import ReasoningBlock
from workbench.desktop.results.rendered import MarkdownView
from workbench.desktop.theme import plain_label

T = TypeVar("T")
View = Literal["text", "markdown", "json", "written"]
_MARGIN = 8
_LEAST = 40
"""Pixels of an answer that are left when an error needs the room."""
_TITLES: dict[View, tuple[str, str]] = {
    "text": ("Text", "The answer as plain text"),
    "markdown": ("Markdown", "The answer as Markdown, without pictures"),
    "json": ("JSON", "The answer as JSON, held against the prompt's schema"),
    "written": ("As written", "Everything the model wrote, reasoning and markers included"),
}


class AnswerBody(QWidget):
    """One run's text. `begin`, then batches, then `finish`; or `show_run` for a run that ended long ago."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._run: Run | None = None
        self._parted = Parted("", "", found=True)
        self._streamed = False
        self._view: View = "text"
        self.reasoning = ReasoningBlock()
        self.text_view = TextView()
        self.markdown_view = MarkdownView()
        self.json_view = TextView()
        self.json_view.setAccessibleName("Answer as JSON")
        self.written_view = TextView()
        self.written_view.setAccessibleName("Everything the model wrote")
        self._pages: dict[View, TextView | MarkdownView] = {
            "text": self.text_view,
            "markdown": self.markdown_view,
            "json": self.json_view,
            "written": self.written_view,
        }
        self._stack = QStackedWidget()
        for page in self._pages.values():
            page.document().setDocumentMargin(_MARGIN)
            page.setMinimumHeight(_LEAST)
            self._stack.addWidget(page)
        # It takes the room that is left, so that an error above it is not squeezed first.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(_LEAST)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_bar())
        column.addWidget(self.reasoning)
        column.addWidget(self._stack, 1)

    def _make_bar(self) -> QWidget:
        self._bar = QWidget()
        self.note = plain_label()
        self.note.setProperty("quiet", True)
        self.note.setWordWrap(True)
        self._buttons: dict[View, QToolButton] = {}
        group = QButtonGroup(self._bar)
        self._choice = QWidget()
        row = QHBoxLayout(self._choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for view, (title, tip) in _TITLES.items():
            button = QToolButton()
            button.setText(title)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(_chooser(self.choose_view, view))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[view] = button
        row.addStretch()
        column = QVBoxLayout(self._bar)
        column.setContentsMargins(8, 0, 8, 2)
        column.setSpacing(2)
        column.addWidget(self._choice)
        column.addWidget(self.note)
        self._bar.hide()
        return self._bar

    # The stream

    def begin(self) -> None:
        """An empty page for a run that starts."""
        self._run = None
        self._parted = Parted("", "", found=True)
        self._streamed = False
        self.text_view.set_text("")
        self.reasoning.clear()
        self._say("")
        self._wait_with_views()
        self._stack.setCurrentWidget(self.text_view)

    def _wait_with_views(self) -> None:
        """Keep the room of the views while it streams, so that the text does not jump when it has ended."""
        for view in ("json", "written"):
            self._buttons[view].hide()
        self._buttons["text"].setChecked(True)
        self._choice.setEnabled(False)
        self._choice.show()
        self._bar.show()

    def hide_views(self) -> None:
        """Nothing streams in after all."""
        self._bar.hide()

    def append_batch(self, text: str, reasoning: str) -> None:
        """What came since the last drain."""
        self.reasoning.append_batch(reasoning)
        if text:
            if not self._streamed:
                self.reasoning.answer_began()
            self._streamed = True
            self.text_view.append_batch(text)

    def finish(self, run: Run) -> None:
        """The run ended: part the answer from its reasoning and offer the other views."""
        self._run = run
        self._parted = part(run.prompt.chain_of_thought, run.text)
        self.reasoning.set_text("\n\n".join(text for text in (run.reasoning, self._parted.reasoning) if text))
        if self._parted.answer != self.text_view.text():
            self.text_view.set_text(self._parted.answer)
        self._say(self._plain_note(run))
        self._buttons["written"].setVisible(self._parted.answer != run.text)
        self._buttons["json"].setVisible(run.prompt.output_format.kind == "json" or _looks_like_json(run.text))
        self._choice.setEnabled(True)
        self._choice.setVisible(bool(run.text) and run.stop_reason != "error")
        self._bar.setVisible(bool(run.text or self.note.text()))
        self.choose_view(self._view if not self._buttons[self._view].isHidden() else "text")

    def show_run(self, run: Run) -> None:
        """Show a run that ended before."""
        self.begin()
        self.finish(run)

    def answer(self) -> str:
        """The answer, without its reasoning; what streams in while a run is on its way."""
        return self._parted.answer if self._run else self.text_view.text()

    def _plain_note(self, run: Run) -> str:
        """What a person should know about how this came about."""
        notes = []
        chain = run.prompt.chain_of_thought
        if not self._parted.found and run.text:
            sought = f"“{chain.marker}”" if chain.parting == "marker" else "<answer>"
            notes.append(f"No {sought} in the answer: this is the whole text")
        if not run.text and run.stop_reason in ("stop", "length"):
            notes.append("The model wrote nothing")
        if retries := run.details.get("retries"):
            count = len(retries) if isinstance(retries, list) else retries
            notes.append(f"{count} {'retry' if count == 1 else 'retries'}")
        if unsent := run.details.get("not_sent"):
            notes.append(", ".join(name.replace("_", "-") for name in unsent) + " not sent")
        if reason := run.details.get("not_stored"):
            notes.append(f"Not stored yet: {reason}")
        return " · ".join(notes)

    def _say(self, note: str) -> None:
        self.note.setText(note)
        self.note.setVisible(bool(note))

    # The views

    def view(self) -> View:
        """Which view is chosen."""
        return self._view

    def choose_view(self, view: View) -> None:
        """Show the answer in another way; what takes time is made off the UI thread."""
        self._view = view
        self._buttons[view].setChecked(True)
        run = self._run
        if run is None:
            return
        self._say(self._plain_note(run))
        match view:
            case "markdown":
                self._compute(run, markdown.safe_html, self._show_markdown, self._no_markdown)
            case "json":
                self._compute(run, lambda text: check_json(text, run.prompt), self._show_json, self._no_markdown)
            case "written":
                self.written_view.set_text(run.text)
                self._stack.setCurrentWidget(self.written_view)
            case "text":
                self._stack.setCurrentWidget(self.text_view)

    def _compute(
        self,
        run: Run,
        make: Callable[[str], T],
        show: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        answer, view = self._parted.answer, self._view

        def is_current() -> bool:
            return self._run is run and self._view == view

        self._bridge.when(
            compute(lambda: make(answer)),
            lambda made: show(made) if is_current() else None,
            lambda error: failed(error) if is_current() else None,
            owner=self,
        )

    def _show_markdown(self, html: str) -> None:
        self.markdown_view.show_html(html)
        self._stack.setCurrentWidget(self.markdown_view)

    def _no_markdown(self, error: BaseException) -> None:
        if not isinstance(error, markdown.TooLong):
            raise error
        self._say("Too long to be shown as Markdown")
        self._stack.setCurrentWidget(self.text_view)

    def _show_json(self, check: JsonCheck) -> None:
        self._say(f"{'✓' if check.valid else '✗'} {check.verdict}")
        self.json_view.set_text(check.pretty)
        self._stack.setCurrentWidget(self.json_view)


def _chooser(choose: Callable[[View], None], view: View) -> Callable[[], None]:
    return lambda: choose(view)


def _looks_like_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[", "`")
