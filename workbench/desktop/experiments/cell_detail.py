"""One cell in full: its answer, how that differs from others, what the checks said, what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from workbench.core.completion import Delta, Event, Notice, ReasoningDelta
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant, checks_of
from workbench.core.rendering import part, render
from workbench.core.run import RatedRun, Rating, Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.editor.section import Elided
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.experiments.cell_difference import CellDifference, Other
from workbench.desktop.experiments.cell_face import live_face, settled_face
from workbench.desktop.experiments.check_list import CheckList
from workbench.desktop.experiments.live_text import LiveText
from workbench.desktop.plain_text import TextView
from workbench.desktop.results.answer_body import AnswerBody
from workbench.desktop.results.controls import icon_button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.footer import AnswerFooter
from workbench.desktop.results.live import LiveNumbers, ToneLabel
from workbench.desktop.results.opinion import Opinion
from workbench.desktop.results.run_detail import messages_text, settings_text
from workbench.desktop.results.trouble import ErrorCard, error_of
from workbench.desktop.theme import plain_label
from workbench.errors import UserError
from workbench.running import Workspace

EXPECTED, GOLDEN = "expected", "golden"
"""Choices of what an answer is compared with, beside the other columns' ids."""
_NO_ANSWER = "This cell has no answer yet."


class CellDetail(QWidget):
    """Shows one cell; saves what a person thinks of its answer."""

    closed = Signal()
    stepped = Signal(int)
    """Another case is wanted, so many on."""
    cell_chosen = Signal(object)
    """Another repetition, as a Cell."""
    turned = Signal()
    """The other place, below the grid or beside it, is wanted."""
    run_asked = Signal(object)
    rated = Signal(str, object)
    """A run's id and its new Rating, when it is saved."""
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._experiment: Experiment | None = None
        self._record: CellRecord | None = None
        self._others: tuple[CellRecord, ...] = ()
        self._make_head()
        self._make_pages()
        self._lay_out()
        self.opinion = Opinion(
            workspace,
            bridge,
            self,
            body=self.body,
            footer=self.footer,
            no_answer=_NO_ANSWER,
            no_run=_NO_ANSWER,
        )
        self._connect()

    def _make_head(self) -> None:
        self.title = Elided(quiet=False)
        self.title.setProperty("title", True)
        self.repetition = ElidedCombo()
        self.repetition.setAccessibleName("Repetition")
        self.badge = ToneLabel()
        self.numbers = LiveNumbers()
        self.reason = plain_label()
        self.reason.setWordWrap(True)
        self.previous = icon_button("arrow-up", "Previous case (K)")
        self.next = icon_button("arrow-down", "Next case (J)")
        self.turn = icon_button("split", "Put the detail below the grid or beside it")
        self.close_button = icon_button("close", "Close the detail (Esc)")

    def _make_pages(self) -> None:
        self.error = ErrorCard()
        self.body = AnswerBody(self._bridge)
        self.nothing = EmptyState("Not asked yet", "This cell has no answer.", "Run this cell")
        self._answer = QStackedWidget()
        self._answer.addWidget(self.body)
        self._answer.addWidget(self.nothing)
        self.difference = CellDifference()
        self.checks = CheckList()
        self.sent, self.case_text = TextView(), TextView()
        self.footer = AnswerFooter()
        self.footer.better.hide()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("The cell")
        self.tabs.tabBar().setAccessibleName("Parts of the cell")
        pages: dict[str, tuple[QWidget, str]] = {
            "Answer": (self._answer, "Answer of the cell"),
            "Diff": (self.difference, "Difference to another answer"),
            "Checks": (self.checks, "What the checks said"),
            "Prompt": (self.sent, "Prompt as sent"),
            "Case": (self.case_text, "Variables and expected answer"),
        }
        for title, (page, name) in pages.items():
            page.setAccessibleName(name)
            self.tabs.addTab(page, title)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title, 1)
        head.addWidget(self.repetition)
        for button in (self.previous, self.next, self.turn, self.close_button):
            head.addWidget(button)
        line = QHBoxLayout()
        line.addWidget(self.badge)
        line.addWidget(self.numbers, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(line)
        column.addWidget(self.reason)
        column.addWidget(self.error)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.footer)

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.closed)
        self.turn.clicked.connect(self.turned)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.repetition.activated.connect(self._choose_repetition)
        self.nothing.action_asked.connect(self._run)
        self.error.retry_asked.connect(self._run)
        self.opinion.status.connect(self.status)
        self.opinion.saved.connect(self.rated)
        self.opinion.changed.connect(self._show_comparisons)
        self.footer.difference_asked.connect(lambda key: self.show_difference(str(key)))
        self.difference.text_wanted.connect(self._read_other)

    # What is shown

    def cell(self) -> Cell | None:
        """The cell that is shown."""
        return self._record.cell if self._record else None

    def rated_run(self) -> RatedRun | None:
        """Its run, as far as it has ended."""
        return self.opinion.run

    def show_cell(
        self,
        experiment: Experiment,
        cell: Cell,
        record: CellRecord,
        run: RatedRun | None,
        others: Iterable[CellRecord],
        *,
        live: LiveText | None = None,
        baseline: str = "",
    ) -> None:
        """Show a cell with its run or what streams into it, and records of its case to compare it with."""
        before = self.opinion.run
        same = before is not None and run is not None and before.run.id == run.run.id
        self._experiment, self._record, self._others = experiment, record, tuple(others)
        self.opinion.run = run
        self._show_head(cell, live)
        if not same:
            self._show_answer(run, live)
        self._show_checks()
        self._show_inputs()
        self.opinion.show()
        self._show_comparisons(baseline)

    def _variant(self) -> Variant:
        experiment, record = self._shown()
        return next(one for one in experiment.variants if one.id == record.cell.variant)

    def _shown(self) -> tuple[Experiment, CellRecord]:
        if self._experiment is None or self._record is None:
            raise RuntimeError("no cell is shown")
        return self._experiment, self._record

    def _show_head(self, cell: Cell, live: LiveText | None) -> None:
        experiment, record = self._shown()
        number = next(at for at, case in enumerate(experiment.cases, 1) if case.id == cell.case)
        name = experiment.cases[number - 1].name
        case = f"Case {number}" + (f" · {name}" if name else "")
        self.title.show_text(f"{case} · {self._variant().title}")
        self.title.setToolTip(self.title.whole())
        self.repetition.setVisible(experiment.repeat > 1)
        if self.repetition.count() != experiment.repeat:
            self.repetition.clear()
            self.repetition.addItems([f"{at + 1} of {experiment.repeat}" for at in range(experiment.repeat)])
        self.repetition.setCurrentIndex(cell.repetition)
        face = live_face(live) if live else settled_face([record], "")
        self.badge.say(f"{face.sign} {face.word}", face.tone)
        failed = record.state == "failed"
        self.reason.setText("" if failed else face.note)
        self.reason.setVisible(bool(self.reason.text()))

    def _show_answer(self, rated: RatedRun | None, live: LiveText | None) -> None:
        self.error.hide()
        self.numbers.clear()
        self._answer.setCurrentWidget(self.body)
        if rated is not None:
            self.body.show_run(rated.run)
            self.numbers.show_run(rated.run)
            if rated.run.error:
                message, advice, details = error_of(rated.run)
                self.error.show_error(message, advice=advice, details=details)
        elif live is not None:
            self.body.begin()
            self.body.append_batch(live.text(), live.reasoning())
        elif self._shown()[1].run_id is None:
            self._answer.setCurrentWidget(self.nothing)
        else:
            self.body.begin()

    def take(self, events: Iterable[Event]) -> None:
        """More of the answer came."""
        kept = list(events)
        if self._answer.currentWidget() is self.nothing:
            self.body.begin()
            self._answer.setCurrentWidget(self.body)
        text = "".join(event.text for event in kept if isinstance(event, Delta))
        reasoning = "".join(event.text for event in kept if isinstance(event, ReasoningDelta))
        self.body.append_batch(text, reasoning)
        if text or reasoning:
            self.badge.say("▸ writing")
            self.reason.hide()
        for event in kept:
            if isinstance(event, Notice):
                self.reason.setText(event.text)
                self.reason.show()

    def _show_checks(self) -> None:
        experiment, record = self._shown()
        case = next(one for one in experiment.cases if one.id == record.cell.case)
        judgement = record.judgement
        checks = checks_of(experiment, case)
        self.checks.show_judgement(checks, judgement, self._workspace.experiments.checker.kinds)
        verdicts = judgement.verdicts if judgement else ()
        passed = sum(verdict.passed for verdict in verdicts)
        counted = f" {passed}/{len(verdicts)}" if verdicts else ""
        self.tabs.setTabText(self.tabs.indexOf(self.checks), f"Checks{counted}")

    def _show_inputs(self) -> None:
        experiment, record = self._shown()
        case = next(one for one in experiment.cases if one.id == record.cell.case)
        if (rated := self.opinion.run) is not None:
            self.sent.set_text(f"{messages_text(rated.run)}\n\n{settings_text(rated.run)}")
        else:
            self.sent.set_text(_to_be_sent(self._variant(), case.values))
        parts = [f"── {name} ──\n{value}" for name, value in case.values.items()]
        parts += ["Generated by a model."] if case.generated else []
        parts += [f"── expected answer ──\n{case.expected}"] if case.expected else []
        self.case_text.set_text("\n\n".join(parts) or "This case has no variables.")

    def _show_comparisons(self, baseline: str = "") -> None:
        choices = self._comparisons(self.opinion.rating())
        self.footer.set_comparisons({other.title: key for key, other in choices.items()})
        self.difference.show_choices((self._variant().title, self.body.answer()), choices, prefer=baseline)

    def _comparisons(self, rating: Rating) -> dict[str, Other]:
        experiment, record = self._shown()
        case = next(one for one in experiment.cases if one.id == record.cell.case)
        found = {EXPECTED: Other("Expected answer", case.expected)} if case.expected else {}
        if rating.golden is not None:
            found[GOLDEN] = Other("Golden answer", rating.golden)
        titles = {variant.id: variant.title for variant in experiment.variants}
        for other in self._others:
            if other.run_id is None or other.state != "done" or other.cell == record.cell:
                continue
            if other.cell.variant != record.cell.variant:
                found[other.cell.variant] = Other(titles[other.cell.variant], run_id=other.run_id)
            else:
                number = other.cell.repetition + 1
                found[f"#{number}"] = Other(f"Repetition {number}", run_id=other.run_id)
        return found

    def _read_other(self, run_id: str) -> None:
        self._bridge.when(
            self._workspace.store.read(lambda store: store.run(run_id)),
            lambda rated: self.difference.show_answer(run_id, answer_of(rated.run)),
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    # What a person makes of it

    def show_difference(self, against: str = "") -> None:
        """The answer against one of the choices; against the one of before where none is named."""
        if not self.footer.comparisons():
            self.status.emit("There is nothing to compare this answer with.")
            return
        self.tabs.setCurrentWidget(self.difference)
        if against:
            self.difference.choose(against)

    def _choose_repetition(self, at: int) -> None:
        if self._record is not None:
            self.cell_chosen.emit(replace(self._record.cell, repetition=at))

    def _run(self) -> None:
        if self._record is not None:
            self.run_asked.emit(frozenset({self._record.cell}))


def answer_of(run: Run) -> str:
    """The answer alone, parted from the reasoning."""
    return part(run.prompt.chain_of_thought, run.text).answer


def _to_be_sent(variant: Variant, values: Mapping[str, str]) -> str:
    """The messages that asking would send, or why it cannot."""
    try:
        messages = render(variant.prompt, values).messages
    except UserError as error:
        return str(error)
    return "\n\n".join(f"── {message.role} ──\n{message.content}" for message in messages)
