"""Blind comparison: votes between two answers whose names are hidden until the result is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from workbench.core.blind import BlindVote, Winner
from workbench.core.case import Case
from workbench.core.experiment import CellRecord, Experiment
from workbench.core.pictures.figures import counted
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.blind_deal import Dealt, Shown, look
from workbench.desktop.experiments.blind_match import MatchView
from workbench.desktop.experiments.blind_result import BlindResult
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.theme import plain_label
from workbench.running import Workspace

_WINNERS: dict[str, Winner] = {"first": "first", "second": "second", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class _Settled:
    """A pair that is behind us, for taking it back."""

    shown: Shown
    vote: BlindVote | None
    """None for a skipped one."""


class BlindView(QWidget):
    """Deals pairs of answers of an experiment, keeps the votes, and shows what they come to."""

    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._experiment: Experiment | None = None
        self._records: tuple[CellRecord, ...] = ()
        self._cases: Mapping[str, Case] = {}
        self._begin()
        self.progress = plain_label("", "quiet")
        self.progress.setAccessibleName("Votes so far")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName("Share of the pairs that have a vote")
        self.undo = button("Take back", "Take the last vote or skip back (Ctrl+Z)")
        self.result_button = button("Show result", "Stop here: show the names and the win rates")
        for one in (self.undo, self.result_button):
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they vote
        self.match, self.result = MatchView(), BlindResult()
        self.empty = EmptyState("", "")
        self.pages = QStackedWidget()
        for page in (self.empty, self.match, self.result):
            self.pages.addWidget(page)
        self._lay_out()
        self.match.chosen.connect(self.choose)
        self.match.undo_asked.connect(self.take_back)
        self.undo.clicked.connect(self.take_back)
        self.result_button.clicked.connect(self.show_result)
        self.result.back_asked.connect(self.go_on)
        self.result.status.connect(self.status)
        self._show_state()

    def _begin(self) -> None:
        """Know nothing of an experiment yet."""
        self._votes: list[BlindVote] = []
        self._behind: list[_Settled] = []
        self._settled: set[frozenset[str]] = set()
        self._ready: deque[Shown] = deque()
        self._current: Shown | None = None
        self._left = 0
        self._asking = False
        self._known = False
        self._stale = False
        self._revealed = False

    def _lay_out(self) -> None:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.progress)
        row.addWidget(self.bar)
        row.addStretch()
        row.addWidget(self.undo)
        row.addWidget(self.result_button)
        self.head = head
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addWidget(head)
        column.addWidget(self.pages, 1)
        self.setFocusProxy(self.match)

    def show_experiment(self, experiment: Experiment, records: Iterable[CellRecord]) -> None:
        """Compare this experiment's answers; more of them for the same one leave what is on the screen."""
        new = self._experiment is None or self._experiment.id != experiment.id
        self._experiment, self._records = experiment, tuple(records)
        self._cases = {case.id: case for case in experiment.cases}
        self._stale = True
        if new:
            self._begin()
            self.match.clear()
            self.result.clear()
            asked = self._workspace.store.read(lambda store: store.votes(experiment.id))
            self._bridge.when(asked, lambda votes: self._take_votes(experiment.id, votes), self._fail, owner=self)
        elif self._current is None:
            self._refill()
        self._show_state()

    def current(self) -> Shown | None:
        """The pair that is shown."""
        return self._current

    def votes(self) -> tuple[BlindVote, ...]:
        """The votes on this experiment."""
        return tuple(self._votes)

    # What a person does

    def choose(self, choice: str) -> None:
        """Vote `first`, `second` or `tie` on the pair that is shown, or `skip` it."""
        experiment, shown = self._experiment, self._current
        if experiment is None or shown is None or self._revealed:
            return
        winner, vote = _WINNERS.get(choice), None
        if winner is not None:
            vote = BlindVote(shown.match, winner, datetime.now(UTC))
            self._votes.append(vote)
            kept = self._workspace.store.write(lambda store: store.vote(experiment.id, shown.match, winner))
            self._bridge.when(kept, lambda _: None, lambda error: self._lose(vote, error), owner=self)
        self._settled.add(shown.match.runs)
        self._behind.append(_Settled(shown, vote))
        self._left = max(0, self._left - 1)
        self._next()

    def take_back(self) -> None:
        """Show the last pair again, its vote taken back."""
        experiment = self._experiment
        if experiment is None or not self._behind or self._revealed:
            return
        last = self._behind.pop()
        match = last.shown.match
        if last.vote in self._votes:
            self._votes.remove(last.vote)
            kept = self._workspace.store.write(lambda store: store.take_back_vote(experiment.id, match))
            self._bridge.when(kept, lambda _: None, self._fail, owner=self)
        self._settled.discard(match.runs)
        if self._current is not None:
            self._ready.appendleft(self._current)
        self._left += 1
        self._show(last.shown)

    def show_result(self) -> None:
        """Show the names; the votes so far count."""
        if self._experiment is None or not self._votes:
            return
        self._revealed = True
        self.result.show_votes(self._experiment, tuple(self._votes))
        self._show_state()
        self.result.back.setFocus()

    def go_on(self) -> None:
        """Hide the names again."""
        self._revealed = False
        self.result.clear()
        self._show_state()
        self.match.setFocus()

    # Pairs

    def _take_votes(self, experiment_id: str, votes: tuple[BlindVote, ...]) -> None:
        if self._experiment is None or self._experiment.id != experiment_id:
            return
        self._votes = [*votes, *self._votes]
        self._known = True
        self._refill()

    def _refill(self) -> None:
        """Have the next pairs made ready, unless that is on its way."""
        experiment = self._experiment
        if experiment is None or self._asking or not self._known:
            return
        self._asking, self._stale = True, False
        records, votes = self._records, tuple(self._votes)
        held = {shown.match.runs for shown in self._ready}
        settled = frozenset(self._settled | held | ({self._current.match.runs} if self._current else set()))
        asked = self._workspace.store.read(lambda store: look(store, experiment, records, votes, settled))
        self._bridge.when(asked, lambda dealt: self._take(experiment.id, dealt), self._fail, owner=self)

    def _take(self, experiment_id: str, dealt: Dealt) -> None:
        if self._experiment is None or self._experiment.id != experiment_id:
            return
        self._asking = False
        self._settled |= dealt.equal
        fresh = [shown for shown in dealt.shown if shown.match.runs not in self._settled]
        self._ready.extend(fresh)
        self._left = dealt.left + len(self._ready) - len(fresh) + (self._current is not None)
        if self._current is None and self._ready:
            self._next()
        elif self._current is None and (dealt.left > 0 or self._stale):
            self._refill()  # only equal answers so far, or new ones came meanwhile
        self._show_state()

    def _next(self) -> None:
        self._current = None
        if self._ready:
            self._show(self._ready.popleft())
        else:
            self.match.clear()
        if len(self._ready) < 2:
            self._refill()
        self._show_state()

    def _show(self, shown: Shown) -> None:
        self._current = shown
        self.match.show_match(shown, self._cases[shown.match.case])
        self._show_state()

    def _lose(self, vote: BlindVote | None, error: BaseException) -> None:
        """A vote that could not be stored does not count."""
        if vote in self._votes:
            self._votes.remove(vote)
            self._settled.discard(vote.match.runs)
        self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._asking = False
        self.status.emit(str(error))
        self._show_state()

    # What is shown

    def _show_state(self) -> None:
        count = len(self._votes)
        self.progress.setText(f"{counted(count, 'vote')} · {_left(self._left)}")
        self.bar.setMaximum(max(1, count + self._left))
        self.bar.setValue(count)
        self.undo.setEnabled(bool(self._behind) and not self._revealed)
        self.result_button.setEnabled(bool(count) and not self._revealed)
        self.result.back.setEnabled(self._current is not None)
        if self._revealed:
            self.pages.setCurrentWidget(self.result)
        elif self._current is not None:
            self.pages.setCurrentWidget(self.match)
        else:
            self.empty.say(*self._nothing())
            self.pages.setCurrentWidget(self.empty)
        self.head.setVisible(bool(count) or self._current is not None)

    def _nothing(self) -> tuple[str, str]:
        """Why no pair is shown."""
        if self._experiment is None:
            return "Blind comparison", "Open an experiment to vote on its answers without knowing whose they are."
        if len(self._experiment.variants) < 2:
            return "One column alone", "Add a second column to vote between their answers."
        if self._asking or not self._known:
            return "Looking for answers that differ", "The next pair comes at once."
        if self._votes:
            return "Every pair has its vote", "Show the result, or run more cases for more pairs."
        if self._settled:
            return "Nothing left to vote on", "All other answers say the same, or were skipped."
        return (
            "No two answers yet",
            "Run the experiment: as soon as two columns have answered a case, you can vote.",
        )

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not isinstance(QApplication.focusWidget(), QTabBar):  # someone walks through the tabs by arrow keys
            self.match.setFocus()


def _left(count: int) -> str:
    return "no pair left" if not count else f"{counted(count, 'pair')} left"
