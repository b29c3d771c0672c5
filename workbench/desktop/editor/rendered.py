"""The Rendered tab: the messages exactly as they are sent, or the string after a local model's chat template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.prompt import Prompt, variables
from workbench.core.rendering import Rendered, render
from workbench.desktop import theme
from workbench.desktop.editor.message_text import MessageText, span_counts
from workbench.errors import UserError
from workbench.running.counting import PromptCount

_NO_TEMPLATE = (
    "Only a local model has a chat template here.\nA server applies its own, after the messages are sent."
)


class RenderedView(QWidget):
    """What a model gets; made anew only while it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._prompt = Prompt()
        self._values: dict[str, str] = {}
        self._count: PromptCount | None = None
        self._rendered: Rendered | None = None
        self._stale = True
        self._messages_button = _toggle("Messages", "The messages as they are sent")
        self._string_button = _toggle("After chat template", "The one string that a local model reads")
        self.missing = theme.plain_label()
        self.missing.setWordWrap(True)
        self._total = theme.plain_label(role="quiet")
        self._copy = QPushButton("Copy")
        self._copy.setIcon(theme.icon("copy"))
        self._copy.setToolTip("Copy the messages as JSON, or the string as it is")
        self.text = MessageText()
        self._nothing = theme.plain_label("", "quiet")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._arrange()
        self._messages_button.setChecked(True)
        self._messages_button.toggled.connect(self._changed)
        self._copy.clicked.connect(self.copy)

    def _arrange(self) -> None:
        group = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        for button in (self._messages_button, self._string_button):
            group.addButton(button)
            bar.addWidget(button)
        bar.addStretch(1)
        bar.addWidget(self._total)
        bar.addSpacing(8)
        bar.addWidget(self._copy)
        self.missing.setContentsMargins(12, 4, 12, 8)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.missing)
        layout.addLayout(self._stack, 1)  # before it is filled: what has no place yet would be a window of its own
        self._stack.addWidget(self.text)
        self._stack.addWidget(self._nothing)

    # --- what is shown

    def show_prompt(self, prompt: Prompt) -> None:
        """Show this prompt with the values of now."""
        self._prompt = prompt
        self._changed()

    def show_values(self, values: Mapping[str, str]) -> None:
        """Fill these values in."""
        self._values = dict(values)
        self._changed()

    def show_counts(self, count: PromptCount | None) -> None:
        """Tokens, and the string after the chat template where the model has one."""
        self._count = count
        self._changed()

    def copy(self) -> None:
        """Put what is shown on the clipboard."""
        QGuiApplication.clipboard().setText(self._as_text().encode("utf-8", "replace").decode())

    def _as_text(self) -> str:
        if self._string_button.isChecked():
            return self._count.text if self._count else ""
        messages = self._rendered.messages if self._rendered else ()
        plain = [{k: v for k, v in asdict(message).items() if v} for message in messages]
        return json.dumps(plain, indent=2, ensure_ascii=False)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._changed()

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        if not self._stale:
            return
        self._stale = False
        missing = tuple(name for name in variables(self._prompt) if name not in self._values)
        self._show_missing(missing)
        self._show_total()
        if self._string_button.isChecked():
            self._fill_string()
        else:
            self._fill_messages(missing)

    def _fill_messages(self, missing: tuple[str, ...]) -> None:
        standing = {name: f"{{{{{name}}}}}" for name in missing}
        try:
            self._rendered = render(self._prompt, self._values | standing)
        except UserError as error:
            self._rendered = None
            self._say(str(error))
            return
        self._stack.setCurrentIndex(0)
        count = self._count
        words = (
            span_counts(self._rendered, count.per_section, count.per_example, exact=count.exact) if count else {}
        )
        self.text.show_messages(self._rendered, words, missing=frozenset(missing))

    def _fill_string(self) -> None:
        if self._count is None or not self._count.text:
            self._say(_NO_TEMPLATE)
            return
        self._stack.setCurrentIndex(0)
        self.text.show_string(self._count.text)

    def words(self) -> str:
        """What is said in the place of the messages; empty when they are shown."""
        return self._nothing.text() if self._stack.currentIndex() == 1 else ""

    def _say(self, words: str) -> None:
        self._nothing.setText(words)
        self._stack.setCurrentIndex(1)

    def _show_missing(self, missing: tuple[str, ...]) -> None:
        self.missing.setVisible(bool(missing))
        names = ", ".join(missing[:12]) + (" …" if len(missing) > 12 else "")
        self.missing.setText(f"⚠ No value yet for {names}. Fill it in under Variables, or choose a case.")
        self.missing.setStyleSheet(f"color: {theme.current().warning}")

    def _show_total(self) -> None:
        count = self._count
        about = "" if not count or count.exact else "≈ "
        self._total.setText(f"{about}{count.total:,} tokens" if count else "")


def _toggle(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
