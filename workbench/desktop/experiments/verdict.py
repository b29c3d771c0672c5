"""The verdict on an experiment: what is better and how sure that is, where to look, and pictures of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.blind import BlindVote
from workbench.core.experiment import CellRecord, Experiment
from workbench.core.pictures.figures import counted
from workbench.core.run import Rating
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import Computation
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.experiments.picture_view import shown_palette
from workbench.desktop.experiments.report_button import ReportButton
from workbench.desktop.experiments.understanding import FIGURES, Question, Understood, understand
from workbench.desktop.experiments.verdict_parts import CaseList, FigureTable, PictureWall, Sentences
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.theme import plain_label
from workbench.running import Workspace
from workbench.store import PassCounts

EVERY_SECONDS = 1.0
"""How often it is computed anew at most while answers come in."""

_REST = 3.0
"""How many times as long as it took a computation waits for the next: most of the time belongs to the grid."""

_NOTHING = ("No verdict yet", "As soon as answers are checked, this says which column is better.")
_COMPUTING = ("Computing the verdict", "It comes in a moment.")


class VerdictView(QWidget):
    """Understands an experiment again and again while it runs, as long as it is looked at."""

    cell_asked = Signal(object)
    """A Cell that a person wants to see."""
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._experiment: Experiment | None = None
        self._records: tuple[CellRecord, ...] = ()
        self._history: tuple[PassCounts, ...] = ()
        self._ratings: Mapping[str, Rating] = {}
        self._votes: tuple[BlindVote, ...] = ()
        self._stale = False
        self._busy = False
        self._began = self._took = 0.0
        self._urgent = False
        self._computing = Computation(self)
        self._computing.finished.connect(self._show)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._compute)
        self._make_parts()
        self._lay_out()

    def _make_parts(self) -> None:
        self.state = plain_label("", "quiet")
        self.report_button = ReportButton(self._workspace, self._bridge)
        self.report_button.status.connect(self.status)
        self.sentences, self.pictures = Sentences(), PictureWall()
        self.figures, self.checks = FigureTable("Figures of the columns"), FigureTable("Passes of each check")
        self.pictures.status.connect(self.status)
        self.baseline, self.other = ElidedCombo(), ElidedCombo()
        self.baseline.setAccessibleName("Baseline column")
        self.other.setAccessibleName("Column that is compared with the baseline")
        for combo in (self.baseline, self.other):
            combo.activated.connect(self._ask_again)
        self.worse_title, self.better_title, self.flaky_title = (plain_label("", "heading") for _ in range(3))
        self.worse, self.better = CaseList("Cases that got worse"), CaseList("Cases that got better")
        self.flaky = CaseList("Flaky cases")
        for cases in (self.worse, self.better, self.flaky):
            cases.cell_asked.connect(self.cell_asked)
        self.judges = plain_label()
        self.judges.setWordWrap(True)
        self.judges.setAccessibleName("Agreement of the judges")
        self.empty = EmptyState(*_NOTHING)

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(16)
        for part in (
            self.sentences,
            self.figures,
            self.checks,
            self._changes(),
            self._wavering(),
            self._agreement(),
            self.pictures,
        ):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(scroll)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 0)
        head.addWidget(self.state)
        head.addStretch()
        head.addWidget(self.report_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(self.pages, 1)

    def _changes(self) -> QWidget:
        """Baseline and other, with the cases that came out differently."""
        self.changes = QWidget()
        self.changes.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(plain_label("Cases that changed from", "heading"))
        choice.addWidget(self.baseline, 1)
        choice.addWidget(plain_label("to", "heading"))
        choice.addWidget(self.other, 1)
        choice.addStretch(1)
        lists = QHBoxLayout()
        lists.setSpacing(16)
        for title, cases in ((self.worse_title, self.worse), (self.better_title, self.better)):
            part = QVBoxLayout()
            part.setSpacing(4)
            part.addWidget(title)
            part.addWidget(cases)
            part.setAlignment(Qt.AlignmentFlag.AlignTop)
            lists.addLayout(part, 1)
        column = QVBoxLayout(self.changes)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(choice)
        column.addLayout(lists)
        return self.changes

    def _wavering(self) -> QWidget:
        self.wavering = QWidget()
        column = QVBoxLayout(self.wavering)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.flaky_title)
        column.addWidget(self.flaky)
        return self.wavering

    def _agreement(self) -> QWidget:
        self.judging = QWidget()
        column = QVBoxLayout(self.judging)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(plain_label("Models as judges", "heading"))
        column.addWidget(self.judges)
        return self.judging

    def show_experiment(self, experiment: Experiment, records: Iterable[CellRecord]) -> None:
        """Understand this experiment; may be called with every batch of answers."""
        new = self._experiment is None or self._experiment.id != experiment.id
        self._experiment, self._records = experiment, tuple(records)
        self._stale = True
        if new:
            self._begin(experiment)
        self._schedule()

    def _begin(self, experiment: Experiment) -> None:
        """Another experiment than before."""
        self._history, self._ratings, self._votes = (), {}, ()
        self._computing.drop()
        self._busy = False
        self._urgent = True
        self.empty.say(*(_COMPUTING if any(record.judgement for record in self._records) else _NOTHING))
        self.pages.setCurrentWidget(self.empty)
        self.state.clear()
        for combo in (self.baseline, self.other):
            combo.clear()
            for variant in experiment.variants:
                combo.addItem(variant.title, variant.id)
        self.other.setCurrentIndex(min(1, len(experiment.variants) - 1))
        self.report_button.set_experiment(experiment)
        self._look_up(experiment.id)

    def _look_up(self, experiment_id: str) -> None:
        """Have the store say what the records do not: earlier runs, and what the person thinks of the answers."""
        asked = self._workspace.store.read(
            lambda store: (
                store.pass_history(experiment_id),
                store.experiment_ratings(experiment_id),
                store.votes(experiment_id),
            )
        )
        self._bridge.when(asked, lambda found: self._take_looked_up(experiment_id, *found), self._fail, owner=self)

    def _take_looked_up(
        self,
        experiment_id: str,
        history: tuple[PassCounts, ...],
        ratings: Mapping[str, Rating],
        votes: tuple[BlindVote, ...],
    ) -> None:
        same = self._experiment is not None and self._experiment.id == experiment_id
        if same and (history, ratings, votes) != (self._history, self._ratings, self._votes):
            self._history, self._ratings, self._votes = history, ratings, votes
            self._ask_again()

    # Computing

    def _ask_again(self) -> None:
        """A person, and not an answer that came in, changed what is asked."""
        self._stale = self._urgent = True
        self._schedule()

    def _schedule(self) -> None:
        """Compute soon: at once after a rest, once a second at most, and only what somebody looks at."""
        if self._stale and self.isVisible() and not self._busy and self._experiment is not None:
            rest = 0.0 if self._urgent else max(EVERY_SECONDS, _REST * self._took)
            self._timer.start(max(0, round(1_000 * (self._began + rest - monotonic()))))

    def _compute(self) -> None:
        if self._experiment is None or self._busy:
            return
        self._stale, self._urgent, self._busy, self._began = False, False, True, monotonic()
        question = Question(
            experiment=self._experiment,
            records=self._records,
            history=self._history,
            ratings=self._ratings,
            votes=self._votes,
            baseline=self.baseline.currentData(),
            other=self.other.currentData(),
            palette=shown_palette(),
        )
        self._computing.start(lambda: understand(question))

    def _show(self, found: Understood) -> None:
        self._busy = False
        self._took = monotonic() - self._began
        self.report_button.setEnabled(found.done > 0)
        self.state.setText(f"{found.done:,} of {counted(found.cells, 'answer')}")
        if found.done:
            self._show_figures(found)
            self._show_cases(found)
            self.pictures.show_pictures(found.shown, found.saved)
            self.pages.setCurrentIndex(1)
        self._schedule()

    def _show_figures(self, found: Understood) -> None:
        self.sentences.show_said(found.decided, found.undecided, found.correction)
        self.figures.show_rows(FIGURES[: len(found.rows[0])], found.rows)
        self.checks.setVisible(bool(found.checks))
        if found.checks:
            columns = (variant.title for variant in found.question.experiment.variants)
            self.checks.show_rows(("Passed, check by check", *columns), found.checks)

    def _show_cases(self, found: Understood) -> None:
        self.changes.setVisible(found.checked and self.baseline.count() > 1)
        worse, better = counted(len(found.worse), "case"), counted(len(found.better), "case")
        self.worse_title.setText(f"✗  {worse} passed before and no longer" if found.worse else "No case got worse")
        self.better_title.setText(
            f"✓  {better} failed before and no longer" if found.better else "No case got better"
        )
        self.worse.show_cells(found.worse)
        self.better.show_cells(found.better)
        repeat = found.question.experiment.repeat
        self.wavering.setVisible(repeat > 1)
        flaky = counted(len(found.flaky), "flaky case")
        self.flaky_title.setText(
            f"≈  {flaky}: the same question, asked {repeat} times, passed only sometimes"
            if found.flaky
            else "No flaky case: repetitions came out alike"
        )
        self.flaky.show_cells(found.flaky)
        self.judges.setText("\n\n".join(found.judges))
        self.judging.setVisible(bool(found.judges))

    def _fail(self, error: BaseException) -> None:
        self.status.emit(str(error))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._experiment is not None:
            self._look_up(self._experiment.id)  # someone may have rated answers meanwhile
        self._schedule()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._experiment is not None:
            self._ask_again()
