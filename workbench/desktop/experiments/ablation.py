"""Ablation of a prompt: choose what is taken away, see the columns that this makes, and have the experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import MOST_REPETITIONS
from workbench.core.plan import Plan
from workbench.core.version import PromptVersion
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.ablation_ways import AblationWays
from workbench.desktop.results.chooser import ModelBox, VersionBox
from workbench.desktop.results.controls import button
from workbench.errors import UserError
from workbench.running import ModelChoice, Workspace
from workbench.running.ablation import Subject, plan
from workbench.store import PromptRecord, PromptSummary, Store, TestSetSummary

T = TypeVar("T")

_CHECKS: tuple[tuple[str, tuple[Check, ...]], ...] = (
    ("What the test set asks", ()),
    ("Contains the expected answer", (Check("contains_in_any_case"),)),
    ("Is the expected answer", (Check("equals"),)),
)
_WHY = (
    "Every column is the prompt with one thing taken away. On the same cases it shows what that thing is worth, "
    "or that it may go."
)


@dataclass(frozen=True, slots=True)
class _Library:
    """What there is to choose from."""

    prompts: tuple[PromptSummary, ...]
    test_sets: tuple[TestSetSummary, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A prompt, with what belongs to it."""

    record: PromptRecord
    versions: tuple[PromptVersion, ...]
    test_set_id: str | None


class AblationDialog(QDialog):
    """Makes a plan; nothing is stored or run here."""

    made = Signal(object)
    """The Plan, to be kept and shown."""

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        parent: QWidget | None = None,
        *,
        prompt_id: str | None = None,
        model: str = "starter",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ablation")
        self._workspace = workspace
        self._bridge = bridge
        self._wanted = prompt_id
        self._chosen: _Chosen | None = None
        self._cases: tuple[Case, ...] | None = None
        self._make_fields(model)
        self._lay_out()
        self._connect()
        self.resize(640, 600)
        bridge.when(workspace.catalog.references(), self._show_models, lambda _: None, owner=self)
        self._read(lambda store: _Library(store.prompts(), store.test_set_list()), self._show_library)
        self._show()

    # Parts

    def _make_fields(self, model: str) -> None:
        self.prompt = _combo("Prompt")
        self.version = VersionBox()
        self.version.setToolTip("The state of the prompt that is looked into")
        self.model = ModelBox()
        self.model.set_reference(model)
        for box in (self.version, self.model):  # they give way in a pane's header, and fill a form
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setMinimumContentsLength(12)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.test_set = _combo("Test set")
        self.checks = _combo("Passes when")
        for title, checks in _CHECKS:
            self.checks.addItem(title, checks)
        self.repeat = QSpinBox()
        self.repeat.setRange(1, MOST_REPETITIONS)
        self.repeat.setAccessibleName("Answers to each case")
        self.repeat.setFixedWidth(112)
        self.ways = AblationWays()
        self.columns = QListWidget()
        self.columns.setAccessibleName("Columns of the experiment")
        self.summary = theme.plain_label("", "quiet")
        self.summary.setWordWrap(True)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.cancel = button("Cancel")
        self.make = button("Make experiment", "Make an experiment of these columns", primary=True)

    def _lay_out(self) -> None:
        why = theme.plain_label(_WHY, "quiet")
        why.setWordWrap(True)
        why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(theme.BETWEEN)
        form.setVerticalSpacing(theme.INSIDE)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Prompt", self.prompt),
            ("Version", self.version),
            ("Model", self.model),
            ("Test set", self.test_set),
            ("Passes when", self.checks),
            ("Repeat", self.repeat),
        )
        for title, field in rows:
            form.addRow(theme.plain_label(title), field)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.INSIDE)
        buttons.addWidget(self.summary, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.make)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(why)
        column.addLayout(form)
        column.addWidget(theme.plain_label("Taken away or turned", "heading"))
        column.addWidget(self.ways)
        column.addWidget(theme.plain_label("Columns", "heading"))
        column.addWidget(self.columns, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.prompt.activated.connect(lambda _row: self._read_prompt())
        self.version.version_chosen.connect(self._show_prompt)
        self.test_set.activated.connect(lambda _row: self._read_cases())
        self.checks.activated.connect(lambda _row: self._show())
        self.repeat.valueChanged.connect(lambda _value: self._show())
        self.ways.changed.connect(self._show)
        self.cancel.clicked.connect(self.reject)
        self.make.clicked.connect(self.accept)

    # What is chosen

    def plan(self) -> Plan:
        """The plan of what is chosen. Raises UserError, which says what is missing."""
        if self._chosen is None:
            raise UserError("There is no prompt yet.", advice="Write one first.")
        if self.test_set.currentData() is None:
            raise UserError("There is no test set yet.", advice="Make one: its cases tell the columns apart.")
        if self._cases is not None and not self._cases:
            raise UserError("The test set has no case.", advice="Add some, or choose another one.")
        if found := self.ways.found().problem:
            raise UserError(found)
        checks: tuple[Check, ...] = self.checks.currentData()
        if not checks and self._cases and not any(case.expected or case.checks for case in self._cases):
            raise UserError(
                "The test set says of no case what a good answer is.",
                advice="Add expected answers or checks to it.",
            )
        return plan(
            self._subject(self._chosen),
            self.ways.what(),
            [self.model.reference()],
            test_set_id=self.test_set.currentData(),
            checks=checks,
            repeat=self.repeat.value(),
        )

    def accept(self) -> None:
        """Hand the plan over."""
        self.made.emit(self.plan())
        super().accept()

    def _subject(self, chosen: _Chosen) -> Subject:
        record, version = chosen.record, self.version.version()
        if version is None:
            return Subject(record.prompt, record.config, record.name, record.id)
        return Subject(version.prompt, record.config, f"{record.name} v{version.number}", record.id)

    # What is read

    def _show_library(self, library: _Library) -> None:
        for prompt in library.prompts:
            self.prompt.addItem(prompt.name, prompt.id)
        for test_set in library.test_sets:
            count = f"{test_set.cases:,} case{'' if test_set.cases == 1 else 's'}"
            self.test_set.addItem(f"{test_set.name} · {count}", test_set.id)
        self.prompt.setCurrentIndex(max(self.prompt.findData(self._wanted), 0 if library.prompts else -1))
        self._read_prompt()

    def _show_models(self, choices: tuple[ModelChoice, ...]) -> None:
        self.model.set_models(choices)
        self.model.setToolTip("The model of every column")

    def _read_prompt(self) -> None:
        prompt_id = self.prompt.currentData()
        if prompt_id is None:
            self._show()
            return

        def ask(store: Store) -> _Chosen:
            known = store.test_set_for(prompt_id)
            return _Chosen(store.prompt(prompt_id), store.versions(prompt_id), known.id if known else None)

        def show(chosen: _Chosen) -> None:
            if prompt_id == self.prompt.currentData():
                self._take_prompt(chosen)

        self._read(ask, show)

    def _take_prompt(self, chosen: _Chosen) -> None:
        self._chosen = chosen
        self.version.set_versions(())
        self.version.set_versions(chosen.versions)
        if chosen.test_set_id is not None and (at := self.test_set.findData(chosen.test_set_id)) >= 0:
            self.test_set.setCurrentIndex(at)
        self._show_prompt()
        self._read_cases()

    def _show_prompt(self) -> None:
        if self._chosen is not None:
            subject = self._subject(self._chosen)
            self.ways.show_prompt(subject.prompt, subject.config)

    def _read_cases(self) -> None:
        test_set_id = self.test_set.currentData()
        self._cases = None
        if test_set_id is None:
            self._show()
            return

        def show(cases: tuple[Case, ...]) -> None:
            if test_set_id == self.test_set.currentData():
                self._cases = cases
                self._show()

        self._read(lambda store: store.test_set(test_set_id).cases, show)

    def _read(self, ask: Callable[[Store], T], show: Callable[[T], None]) -> None:
        """Ask the store; what is gone by now is as if it had never been there."""
        self._bridge.when(self._workspace.store.read(ask), show, lambda _: self._show(), owner=self)

    # What it comes to

    def _show(self) -> None:
        """The columns that this makes, or why it makes none."""
        labels = [one.label for one in self.ways.found().variants] if self._chosen else []
        if labels != [self.columns.item(row).text() for row in range(self.columns.count())]:
            self.columns.clear()
            self.columns.addItems(labels)
        try:
            self.plan()
        except UserError as error:
            self.make.setEnabled(False)
            self.summary.setText(str(error))
            return
        self.make.setEnabled(self._cases is not None)
        cases = len(self._cases or ())
        answers = len(labels) * cases * self.repeat.value()
        self.summary.setText(f"{len(labels)} columns × {cases:,} cases: {answers:,} answers")


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.setMinimumContentsLength(12)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made
