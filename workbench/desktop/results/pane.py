"""One pane: a model, a version, the answer that streams in, its numbers, and what a person makes of it.

A pane holds at most one run on its way. Events come in batches, once per drain of the bridge; those of an
earlier run, which may still end, are told apart by the run id and dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.completion import Delta, Event, Notice, ReasoningDelta
from workbench.core.run import Rating, Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import figures
from workbench.desktop.results.answer_body import AnswerBody
from workbench.desktop.results.chooser import ModelBox, VersionBox
from workbench.desktop.results.controls import icon_button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.footer import AnswerFooter
from workbench.desktop.results.golden import GoldenDialog
from workbench.desktop.results.history_model import model_title
from workbench.desktop.results.live import LiveNumbers, OutcomeBadge
from workbench.desktop.results.trouble import ErrorCard, NoticeBar, error_of, show_exception
from workbench.errors import WorkbenchError
from workbench.running import Ended, Job, RunHandle, Workspace
from workbench.store import Store

_TICK_MS = 100


class AnswerPane(QFrame):
    """One of one to four places where answers stand side by side."""

    run_asked = Signal()
    retry_asked = Signal()
    add_asked = Signal()
    close_asked = Signal()
    add_model_asked = Signal()
    model_chosen = Signal(str)
    better_asked = Signal()
    difference_asked = Signal(object)
    comparisons_changed = Signal()
    ended = Signal(object)
    """The Run that this pane showed, once it ended."""
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._job: Job | None = None
        self._handle: RunHandle | None = None
        self._run: Run | None = None
        self._started = 0.0
        self._first: float | None = None
        self._pieces = 0
        self._unsaved_ratings = 0
        self.setProperty("pane", True)
        self.setMinimumWidth(240)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._show_progress)

    # Parts

    def _make_parts(self) -> None:
        self.model_box = ModelBox()
        self.version_box = VersionBox()
        self.add_button = icon_button("add-pane", "Add a pane beside this one")
        self.close_button = icon_button("close", "Close this pane")
        self.badge = OutcomeBadge()
        self.stop_button = icon_button("stop", "Stop this run")
        self.numbers = LiveNumbers()
        self.notice = NoticeBar()
        self.error = ErrorCard()
        self.body = AnswerBody(self._bridge)
        self.footer = AnswerFooter()
        self.empty = EmptyState(
            "The answer appears here",
            "Run the prompt on this pane's model. Add a pane to compare models or versions side by side.",
            "Run  Ctrl+Enter",
        )
        room = self.stop_button.sizePolicy()
        room.setRetainSizeWhenHidden(True)  # the line is as high afterwards, and the text below stays where it is
        self.stop_button.setSizePolicy(room)
        self.stop_button.hide()
        self.footer.hide()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 0)
        head.setSpacing(4)
        head.addWidget(self.model_box, 3)
        head.addWidget(self.version_box, 2)
        head.addWidget(self.add_button)
        head.addWidget(self.close_button)
        line = QHBoxLayout()
        line.setContentsMargins(12, 2, 12, 2)
        line.setSpacing(4)
        line.addWidget(self.badge)
        line.addWidget(self.stop_button)
        line.addWidget(self.numbers, 1)
        self._pages = QStackedWidget(self)
        filled = QWidget(self._pages)
        inside = QVBoxLayout(filled)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addLayout(line)
        inside.addWidget(self.notice)
        card = QVBoxLayout()
        card.setContentsMargins(8, 0, 8, 0)
        card.addWidget(self.error)
        inside.addLayout(card)
        inside.addWidget(self.body, 1)
        inside.addWidget(self.footer)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(filled)
        self._filled = filled
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.empty.action_asked.connect(self.run_asked)
        self.add_button.clicked.connect(self.add_asked)
        self.close_button.clicked.connect(self.close_asked)
        self.stop_button.clicked.connect(self.stop)
        self.notice.stop_asked.connect(self.stop)
        self.error.retry_asked.connect(self.retry_asked)
        self.model_box.add_asked.connect(self.add_model_asked)
        self.model_box.reference_chosen.connect(self.model_chosen)
        self.footer.rating.rated.connect(self._save_rating)
        self.footer.golden_asked.connect(self.edit_golden)
        self.footer.better_asked.connect(self.better_asked)
        self.footer.copy_asked.connect(self.copy_answer)
        self.footer.difference_asked.connect(self.difference_asked)
        self._keys: dict[str, Callable[[], object]] = {
            **{str(score): partial(self.rate, score) for score in range(1, 6)},
            "G": lambda: self._verdict("good"),
            **{key: lambda: self._verdict("bad") for key in ("B", "X")},
            "E": self.edit_golden,
            "A": self._mark_better,
            "C": self.copy_answer,
        }
        for key, do in self._keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    def take_key(self, key: str) -> bool:
        """Do what a key does here, although it was pressed elsewhere; whether it does anything."""
        if (do := self._keys.get(key)) is None:
            return False
        do()
        return True

    # What it runs

    def reference(self) -> str:
        """The model reference that this pane runs; empty when there is none to choose."""
        return self.model_box.reference()

    def title(self) -> str:
        """Model and version, as menus and differences name this pane."""
        version = self.version_box.version()
        name = model_title(self._run.model if self._run else self.reference())
        return f"{name} · v{version.number}" if version else name

    def run(self) -> Run | None:
        """The finished run that is shown, if any."""
        return self._run

    def is_running(self) -> bool:
        """Whether an answer is on its way."""
        return self._handle is not None

    def start(self, job: Job) -> None:
        """Run a job here; a run on its way is stopped first."""
        self.stop()
        self._job = job
        self._begin()
        try:
            self._handle = self._workspace.scheduler.start(job, self._bridge.listener(self._take))
        except WorkbenchError as error:
            self.show_error(error)
            return
        if self.model_box.hasFocus() or self.version_box.hasFocus():
            self.body.text_view.setFocus()  # the model is chosen; keys are for the answer now
        self._clock.start()
        self.badge.show_state("waiting")
        self.stop_button.show()

    def stop(self) -> None:
        """Stop what is on its way; what has come stays."""
        if self._handle is not None:
            self.badge.show_state("stopping")
            self._handle.cancel()

    def show_error(self, error: BaseException) -> None:
        """Something failed before a run could begin, such as a variable without a value."""
        self._begin()
        self.body.hide_views()
        self.badge.show_outcome(figures.outcome("error"))
        show_exception(self.error, error)

    def show_run(self, run: Run, rating: Rating) -> None:
        """Show a run of the past."""
        self._begin()
        self.body.show_run(run)
        self._show_end(run)
        self._show_rating(rating)

    def _begin(self) -> None:
        self._handle = None
        self._run = None
        self._started, self._first, self._pieces = time.monotonic(), None, 0
        self._clock.stop()
        self.body.begin()
        self.numbers.clear()
        self.badge.show_state("")
        for widget in (self.notice, self.error, self.footer, self.stop_button):
            widget.hide()
        self._pages.setCurrentWidget(self._filled)

    # The stream

    def _take(self, run_id: str, events: Sequence[Event | Ended]) -> None:
        """One drain's worth of events."""
        if self._handle is None or self._handle.run_id != run_id:
            return
        text = [event.text for event in events if isinstance(event, Delta)]
        reasoning = [event.text for event in events if isinstance(event, ReasoningDelta)]
        if text or reasoning:
            self._first = self._first or time.monotonic()
            self._pieces += len(text) + len(reasoning)
            self.notice.hide()
            self.badge.show_state("answering" if text else "reasoning")
            self.body.append_batch("".join(text), "".join(reasoning))
        for event in events:
            match event:
                case Notice():
                    self.notice.show_notice(event)
                case Ended():
                    self._end(event.run)
                    return

    def _end(self, run: Run) -> None:
        self._handle = None
        self._clock.stop()
        self.body.finish(run)
        self._show_end(run)
        self._show_rating(Rating())
        self.ended.emit(run)

    def _show_end(self, run: Run) -> None:
        self._run = run
        self.numbers.show_run(run)
        self.badge.show_outcome(figures.outcome(run.stop_reason))
        self.stop_button.hide()
        self.notice.hide()
        if run.stop_reason == "error":
            message, advice, details = error_of(run)
            self.error.show_error(message, advice=advice, details=details, retry=self._job is not None)
        self.footer.setVisible(bool(run.text))
        self.footer.better.setChecked(False)
        self.comparisons_changed.emit()

    def _show_progress(self) -> None:
        now = time.monotonic()
        first = None if self._first is None else (self._first - self._started) * 1000
        self.numbers.show_progress((now - self._started) * 1000, first, self._pieces)

    # What a person makes of it

    def rating(self) -> Rating:
        """The rating of the run that is shown."""
        return self.footer.rating.rating()

    def rate(self, score: int) -> None:
        """Give the shown answer 1 to 5; the same again takes it back."""
        if self._rateable():
            self.footer.rating.score(score)

    def _verdict(self, verdict: str) -> None:
        if self._rateable():
            self.footer.rating.toggle("good" if verdict == "good" else "bad")

    def _rateable(self) -> bool:
        """Whether there is an answer that ended; where there is none, the person is told."""
        if self._run is not None and self._run.text:
            return True
        still = "The answer is not finished yet." if self.is_running() else "There is no answer here yet."
        self.status.emit(still)
        return False

    def _mark_better(self) -> None:
        if self._rateable():
            self.better_asked.emit()

    def _save_rating(self, rating: Rating) -> None:
        if self._run is None:
            return
        run_id, rating = self._run.id, replace(rating, rated_at=None)
        self._show_rating(rating)
        self._unsaved_ratings += 1
        self._bridge.when(
            self._workspace.store.write(lambda store: store.rate(run_id, rating)),
            lambda _done: self._rating_saved(),
            self._rating_not_saved,
            owner=self,
        )

    def _rating_saved(self) -> None:
        self._unsaved_ratings -= 1

    def _rating_not_saved(self, error: BaseException) -> None:
        self._unsaved_ratings -= 1
        self.status.emit(f"The rating was not saved. {error}")

    def refresh_rating(self, run_id: str) -> None:
        """The rating of a run was changed somewhere; show it if it is ours."""
        if self._run is None or self._run.id != run_id or self._unsaved_ratings:
            return

        def read(store: Store) -> Rating:
            return store.rating(run_id)

        self._bridge.when(
            self._workspace.store.read(read),
            lambda rating: self._show_rating(rating) if self._run and self._run.id == run_id else None,
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    def _show_rating(self, rating: Rating) -> None:
        self.footer.rating.set_rating(rating)
        self.footer.set_golden(exists=rating.golden is not None)
        self.comparisons_changed.emit()

    def edit_golden(self) -> None:
        """Open the golden answer of the shown run."""
        self.footer.set_golden(exists=self.rating().golden is not None)  # a click has turned it over
        if not self._rateable():
            return
        dialog = GoldenDialog(self._bridge, self.body.answer(), self.rating(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._save_rating(dialog.rating()))
        dialog.open()

    def copy_answer(self) -> None:
        """Put the exact answer on the clipboard."""
        if self._rateable():
            QGuiApplication.clipboard().setText(self.body.answer())
            self.status.emit("Answer copied")
