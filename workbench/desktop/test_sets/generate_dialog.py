"""Cases that a model proposes: asked for, looked at while they come, and taken over by a person or not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QSpinBox,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.case import Case
from workbench.core.completion import Delta, Event, Notice
from workbench.core.prompt import Prompt, variables
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialog_buttons import accept_by_keys
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.plain_text import shown
from workbench.desktop.results.chooser import ModelBox
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.trouble import ErrorCard, error_of, show_exception
from workbench.desktop.test_sets.growing_text import GrowingText
from workbench.errors import UserError, WorkbenchError
from workbench.running import Ended, ModelChoice, Workspace
from workbench.running import generated_cases as generated
from workbench.running.scheduler import RunHandle
from workbench.store import Store

Prompts = tuple[tuple[str, str, Prompt], ...]
"""Ids, names and drafts."""


class GenerateDialog(QDialog):
    """Asks a model for cases. Those that stay ticked are the answer."""

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        parent: QWidget,
        *,
        cases: Sequence[Case],
        columns: Sequence[str],
        prompt_id: str | None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._bridge = workspace, bridge
        self._known, self._own_columns, self._prompt_id = tuple(cases), tuple(columns), prompt_id
        self._prompts: Prompts = ()
        self._handle: RunHandle | None = None
        self._text = ""
        self._found: list[Case] = []
        """What earlier answers came to."""
        self._coming: tuple[Case, ...] = ()
        """What the answer that is being written came to so far."""
        self._shown: tuple[str, ...] = ()
        """The columns of the proposals."""
        self.setWindowTitle("Generate test cases")
        self.resize(900, 640)
        self._make_form()
        self._make_table()
        self._lay_out()
        self._connect()
        self._load()
        self._show_state()

    # Parts

    def _make_form(self) -> None:
        self.prompt = ElidedCombo()
        self.prompt.setAccessibleName("Prompt that the cases are for")
        self.model = ModelBox()
        self.model.setMinimumWidth(200)
        self.count = QSpinBox()
        self.count.setRange(1, generated.MOST)
        self.count.setValue(10)
        self.count.setAccessibleName("How many cases")
        self.count.setFixedWidth(96)
        self.count.lineEdit().setTextMargins(theme.UNIT, 0, 0, 0)
        self.answers = QCheckBox("with an expected answer")
        self.answers.setChecked(True)
        self.wish = GrowingText(
            "What the cases should be like", "such as: angry customers, empty orders, two languages"
        )
        self.start = button("Generate", "Ask the model for cases", primary=True)
        self.stop = button("Stop", "Stop the model; what came is kept")

    def _make_table(self) -> None:
        self.table = QTableWidget(0, 0)
        self.table.setAccessibleName("Proposed cases")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(44)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.empty = EmptyState(
            "Nothing proposed yet",
            "A model reads the prompt and some of the cases and proposes others. You choose which of them are "
            "added; they stay marked as generated until you vouch for them.",
        )
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.table)
        self.error = ErrorCard()
        self.progress = theme.plain_label("", "quiet")
        self.cancel = button("Cancel")
        self.accept_button = button("Add", "Add the ticked cases", primary=True)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(theme.BETWEEN)
        form.setVerticalSpacing(theme.INSIDE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Prompt", self.prompt)
        form.addRow("Model", self.model)
        number = QHBoxLayout()
        number.setSpacing(theme.BETWEEN)
        number.addWidget(self.count)
        number.addWidget(self.answers)
        number.addStretch()
        number.addWidget(self.stop)
        number.addWidget(self.start)
        form.addRow("Wanted", self.wish)
        form.addRow("Cases", number)
        buttons = QHBoxLayout()
        buttons.addWidget(self.progress, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.BETWEEN)
        column.addLayout(form)
        column.addWidget(self.error)
        column.addWidget(self.pages, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.start.clicked.connect(self.generate)
        self.stop.clicked.connect(self._stop)
        self.error.retry_asked.connect(self.generate)
        self.cancel.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self.accept)
        accept_by_keys(self, self.accept_button.click)
        self.table.itemChanged.connect(lambda _item: self._show_state())
        self.model.add_asked.connect(
            lambda: self.progress.setText("Add models under Models in the library, then come back.")
        )

    def _load(self) -> None:
        self._bridge.when(self._workspace.catalog.references(), self._show_models, self._failed, owner=self)
        self._bridge.when(self._workspace.store.read(_prompts), self._show_prompts, self._failed, owner=self)

    def _show_models(self, choices: tuple[ModelChoice, ...]) -> None:
        self.model.set_models(choices)

    def _show_prompts(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self.prompt.clear()
        self.prompt.addItem("none: by the columns alone", None)
        for prompt_id, name, _ in prompts:
            self.prompt.addItem(name, prompt_id)
        self.prompt.setCurrentIndex(max(self.prompt.findData(self._prompt_id), 0))

    # Asking

    def generate(self) -> None:
        """Ask the model; proposals that are there stay."""
        prompt = next((draft for known, _, draft in self._prompts if known == self.prompt.currentData()), None)
        columns = tuple(dict.fromkeys((*self._own_columns, *(variables(prompt) if prompt else ()))))
        self.error.hide()
        self._keep_coming()
        try:
            job = generated.asking(
                prompt,
                columns,
                (*self._known, *self._found),
                count=self.count.value(),
                model=self.model.reference(),
                wish=self.wish.toPlainText(),
                with_expected=self.answers.isChecked(),
            )
            self._shown, self._text = columns, ""
            self._handle = self._workspace.scheduler.start(job, self._bridge.listener(self._take))
        except UserError as error:
            self._failed(error)
        self._show_columns()
        self._show_state()

    def _take(self, run_id: str, events: list[Event | Ended]) -> None:
        """What came since the last drain."""
        if self._handle is None or run_id != self._handle.run_id:
            return
        before = self._text
        for event in events:
            match event:
                case Delta(text):
                    self._text += text
                case Notice(text):
                    self.progress.setText(text)
                case Ended():
                    self._ended(event)
                    return
        if "}" in self._text[len(before) :]:
            self._read()

    def _read(self) -> int:
        """Show what the answer came to; the answer is how many cases said what is known already."""
        read = generated.read(self._text, self._shown, (*self._known, *self._found), most=self.count.value())
        for case in read.cases[len(self._coming) :]:
            self._append(case)
        self._coming = (*self._coming, *read.cases[len(self._coming) :])
        self._show_state()
        return read.duplicates

    def _ended(self, ended: Ended) -> None:
        self._handle = None
        duplicates = self._read()
        run, new = ended.run, len(self._coming)
        self._keep_coming()
        self._show_state()
        if run.error:
            message, advice, details = error_of(run)
            self.error.show_error(message, advice=advice, details=details)
        elif not new and run.stop_reason != "cancelled":
            known = f" All {duplicates} that came are known already." if duplicates else ""
            self.error.show_error(
                f"The answer holds no new case.{known}", advice="Try another model or wish.", details=run.text
            )
        elif duplicates:
            self.progress.setText(f"{new:,} new · {duplicates:,} known already, left out")

    def _keep_coming(self) -> None:
        self._found += self._coming
        self._coming = ()

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _failed(self, error: BaseException) -> None:
        show_exception(self.error, error, retry=isinstance(error, WorkbenchError))

    # Proposals

    def cases(self) -> tuple[Case, ...]:
        """The ticked ones."""
        proposed = (*self._found, *self._coming)
        return tuple(case for row, case in enumerate(proposed) if self._is_ticked(row))

    def _is_ticked(self, row: int) -> bool:
        item = self.table.item(row, 0)
        return item is not None and item.checkState() == Qt.CheckState.Checked

    def _show_columns(self) -> None:
        heads = [*self._shown, "Expected answer"]
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        for column in range(len(heads)):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _append(self, case: Case) -> None:
        self.table.blockSignals(True)
        row = self.table.rowCount()
        self.table.setRowCount(row + 1)
        for column, text in enumerate((*(case.values.get(name, "") for name in self._shown), case.expected)):
            item = QTableWidgetItem(shown(text[:1_000]))
            item.setToolTip(shown(text[:2_000]))
            if not column:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
            self.table.setItem(row, column, item)
        self.table.blockSignals(False)

    def _show_state(self) -> None:
        running, proposed = self._handle is not None, len(self._found) + len(self._coming)
        began, ended = running and self.start.hasFocus(), not running and self.stop.hasFocus()
        self.stop.setVisible(running)
        self.start.setEnabled(not running)
        self.start.setText("Generate more" if proposed and not running else "Generate")
        self.pages.setCurrentWidget(self.table if proposed else self.empty)
        # A button that goes hands its focus on, to Cancel in the end, which drops what has come.
        if began or ended:
            (self.stop if began else self.table if proposed else self.start).setFocus()
        if running:
            self.progress.setText(f"{len(self._coming):,} of {self.count.value():,} cases so far …")
        elif proposed:
            self.progress.setText(f"{proposed:,} proposed")
        ticked = len(self.cases())
        self.accept_button.setText(f"Add {ticked:,} case{'' if ticked == 1 else 's'}" if ticked else "Add")
        self.accept_button.setEnabled(bool(ticked) and not running)

    def done(self, result: int) -> None:
        """However it is closed, nothing goes on behind it."""
        self._stop()
        super().done(result)


def _prompts(store: Store) -> Prompts:
    return tuple((record.id, record.name, store.prompt(record.id).prompt) for record in store.prompts())
