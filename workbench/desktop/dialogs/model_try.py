"""A short chat prompt at a local model, kept nowhere: what it is like, before it is chosen for anything."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import aclosing

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.core.completion import (
    Delta,
    Event,
    Finished,
    Message,
    Notice,
    ReasoningDelta,
    Request,
)
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.plain_text import TextView
from workbench.desktop.results import figures
from workbench.desktop.results.controls import button
from workbench.desktop.results.trouble import ErrorCard, NoticeBar, show_exception
from workbench.desktop.theme import plain_label
from workbench.running import Ended, Workspace

_FIRST = "In two sentences: what are you good at?"


class ModelTry(QWidget):
    """A question, an answer while it comes, and its figures."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._asked: Future[None] | None = None
        self._listen = bridge.listener(self._take)
        self.question = QPlainTextEdit(_FIRST)
        self.question.setAccessibleName("Question")
        self.question.setPlaceholderText("Ask something")
        self.question.setTabChangesFocus(True)
        self.question.setFont(theme.text_font())
        self.question.setFixedHeight(72)
        self.send = button("Ask", "Ask the model (Ctrl+Return)", primary=True)
        self.send.clicked.connect(self.ask)
        self.figures = plain_label("Answers of a try are not kept.", "quiet")
        self.notice = NoticeBar()
        self.notice.stop_asked.connect(self.stop)
        self.answer = TextView()
        self.answer.setAccessibleName("Answer")
        self.error = ErrorCard()
        self._lay_out()
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.ask)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.send)
        row.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.question)
        column.addLayout(row)
        column.addWidget(self.notice)
        column.addWidget(self.error)
        column.addWidget(self.answer, 1)

    def ask(self) -> None:
        """Ask what stands in the field; nothing while an answer is under way."""
        text = self.question.toPlainText().strip()
        if not text or self._asked:
            return
        self.error.hide()
        self.answer.set_text("")
        self.figures.setText("")
        self.send.setEnabled(False)
        self.notice.show_notice(Notice("Asking the model"))
        self._asked = self._workspace.loop.submit(self._answer(text))
        self._bridge.when(self._asked, lambda _done: self._ended(), self._failed, owner=self)

    def stop(self) -> None:
        """Stop the answer; what has come of it stays."""
        if self._asked:
            self._asked.cancel()
            self._ended()
            self.figures.setText("■ stopped")

    async def _answer(self, text: str) -> None:
        """On the loop's thread."""
        async with self._workspace.catalog.lease(self._reference) as (entry, name):
            request = Request(name, (Message("user", text),))
            async with aclosing(entry.provider.complete(request)) as events:
                async for event in events:
                    self._listen("", event)

    def _take(self, _id: str, events: list[Event | Ended]) -> None:
        texts = [event.text for event in events if isinstance(event, Delta | ReasoningDelta)]
        if texts:
            self.answer.append_batch("".join(texts))
        for event in events:
            match event:
                case Notice():
                    self.notice.show_notice(event)
                case Delta() | ReasoningDelta():
                    self.notice.show_notice(Notice("Answering"))
                case Finished():
                    self.figures.setText(_told(event))

    def _ended(self) -> None:
        self._asked = None
        self.notice.hide()
        self.send.setEnabled(True)

    def _failed(self, error: BaseException) -> None:
        self._ended()
        show_exception(self.error, error, retry=False)


def _told(end: Finished) -> str:
    usage, timings = end.usage, end.timings
    parts = [
        figures.outcome(end.stop_reason).text,
        f"first word after {figures.duration(timings.ttft_ms)}",
        f"{timings.tokens_per_second:.1f} tokens/s" if timings.tokens_per_second else "",
        f"{usage.completion_tokens:,} tokens" if usage else "",
    ]
    return " · ".join(filter(None, parts))
