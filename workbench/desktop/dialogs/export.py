"""Export: what is rated good becomes training data; seen before it is written, with every refusal explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import file_choice
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs.gathering import Preview, Progress, Stopped, gather, write
from workbench.desktop.plain_text import TextView
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.live import ToneLabel
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.paths import data_folder
from workbench.running import Workspace
from workbench.store import PromptSummary
from workbench.training import FORMATS, Exported, Recipe

_EXPLAINED = {
    "openai-sft": "One conversation a row, the good answer last. OpenAI, Together, Fireworks, Axolotl, Unsloth.",
    "trl-prompt-completion": "Prompt and completion apart, so that only the answer is trained. TRL, Unsloth.",
    "trl-preference": "A chosen and a rejected answer to one prompt, for DPO and ORPO. TRL, Unsloth, Axolotl.",
    "openai-dpo": "A preferred and a rejected answer to one prompt, in OpenAI's own shape.",
}
_OPTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "few_shot": ("Few-shot", {"Leave the examples out": "fold", "Keep the examples as turns": "keep"}),
    "system": ("System", {"Keep the system message": "keep", "Drop it: teach without it": "drop"}),
    "reasoning": (
        "Reasoning",
        {
            "Answer only": "answer_only",
            "As the model wrote it": "in_content",
            "In <think> tags": "think_tags",
            "In reasoning_content": "reasoning_content",
        },
    ),
}
_SCORES = {"Rated good, or 4 and 5": None, "3 and better": 3, "4 and better": 4, "5 only": 5}
_NOTHING = {
    "completion": (
        "Nothing to export yet",
        "Rate an answer good (✓ or the key G), give it 4 or 5, or edit a golden answer (E). Each becomes a row.",
    ),
    "preference": (
        "No pairs yet",
        "Edit a golden answer (E), rate two answers to the same variables differently, or mark one as better (A).",
    ),
}
_TICK_MS = 100


@dataclass(frozen=True, slots=True)
class _Question:
    """What a preview is for."""

    format: str
    recipe: Recipe
    prompt_id: str | None


class ExportDialog(QDialog):
    """Format, recipe and folder on the left; what would be written on the right."""

    run_asked = Signal(str)
    """Show this run: a refused row was chosen."""
    exported = Signal(object)
    """What was written."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._question: _Question | None = None
        self._found: Preview | None = None
        self._gathering = Progress()
        self._writing: Progress | None = None
        self.setWindowTitle("Export training data")
        self.resize(980, 660)
        self._make_choices()
        self._make_preview()
        self._make_bottom()
        self._lay_out()
        self._connect()
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._show_progress)
        self._load_prompts()
        self.refresh()

    # Parts

    def _make_choices(self) -> None:
        self.format = _combo("Format", {form.title: name for name, form in FORMATS.items()})
        self._explanation = plain_label("", "quiet")
        self._explanation.setWordWrap(True)
        self.prompt = _combo("Prompt", {"All prompts": ""})
        self.options = {name: _combo(title, choices) for name, (title, choices) in _OPTIONS.items()}
        self.score = _combo("Good means", dict(_SCORES))

    def _make_preview(self) -> None:
        self.counts = plain_label()
        self.counts.setProperty("title", True)
        self.warning = ToneLabel()
        self.warning.setWordWrap(True)
        self.rows = TextView()
        self.rows.setAccessibleName("First rows")
        self.rows.document().setDocumentMargin(8)
        self.refused = QTableWidget(0, 2)
        self.refused.setAccessibleName("Refused runs")
        self.refused.setHorizontalHeaderLabels(["Run", "Why it is refused"])
        self.refused.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.refused.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.refused.verticalHeader().hide()
        self.refused.setShowGrid(False)
        self.refused.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.refused.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.refused.setTabKeyNavigation(False)
        self.show_run = button("Show run", "Show the selected run in the history")
        self.empty = EmptyState(*_NOTHING["completion"])
        self.error = ErrorCard()

    def _make_bottom(self) -> None:
        self.folder = QLineEdit(str(data_folder() / "exports" / "training"))
        self.folder.setAccessibleName("Target folder")
        self.browse = button("Choose…", "Choose the target folder")
        self.export_button = button("Export", "Write the training files")
        self.export_button.setDefault(True)
        self.export_button.setProperty("primary", True)
        self.export_button.setEnabled(False)
        self.close_button = button("Close", "Close")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Export progress")
        self.progress.hide()
        self.cancel_button = button("Cancel", "Cancel the export; nothing is written")
        self.cancel_button.hide()
        self.outcome = plain_label()
        self.outcome.setWordWrap(True)
        self.open_folder = button("Open folder", "Open the folder with the training files")
        self.open_folder.setAutoDefault(False)  # Return closes what is done, and starts no other program
        self.open_folder.hide()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow("Format", self.format)
        form.addRow("", self._explanation)
        form.addRow("Prompt", self.prompt)
        form.addRow("Good means", self.score)
        for name, (title, _choices) in _OPTIONS.items():
            form.addRow(title, self.options[name])
        left = QWidget()
        lefts = QVBoxLayout(left)
        lefts.setContentsMargins(0, 0, 0, 0)
        lefts.addLayout(form)
        lefts.addStretch()
        split = QuietSplitter(left, self._preview_side(), sizes=(340, 600))
        target = QHBoxLayout()
        target.addWidget(QLabel("Folder"))
        target.addWidget(self.folder, 1)
        target.addWidget(self.browse)
        closing = QHBoxLayout()
        for widget, stretch in (
            (self.outcome, 1),
            (self.open_folder, 0),
            (self.progress, 1),
            (self.cancel_button, 0),
        ):
            closing.addWidget(widget, stretch)
        closing.addWidget(self.close_button)
        closing.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(split, 1)
        column.addWidget(self.error)
        column.addLayout(target)
        column.addLayout(closing)

    def _preview_side(self) -> QWidget:
        refused = QWidget()
        inside = QVBoxLayout(refused)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.refused, 1)
        inside.addWidget(self.show_run, 0, Qt.AlignmentFlag.AlignRight)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("What is exported")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Rows or refused runs")
        self.tabs.addTab(self.rows, "First rows")
        self.tabs.addTab(refused, "Refused")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tabs)
        self._pages.addWidget(self.empty)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.counts)
        column.addWidget(self.warning)
        column.addWidget(self._pages, 1)
        return side

    def _connect(self) -> None:
        for combo in (self.format, self.prompt, self.score, *self.options.values()):
            combo.currentIndexChanged.connect(lambda _row: self.refresh())
        self.refused.itemSelectionChanged.connect(
            lambda: self.show_run.setEnabled(bool(self.refused.selectedItems()))
        )
        self.refused.doubleClicked.connect(lambda _index: self._show_refused())
        self.show_run.clicked.connect(self._show_refused)
        self.browse.clicked.connect(self._choose_folder)
        self.export_button.clicked.connect(self.export)
        self.cancel_button.clicked.connect(self._cancel)
        self.close_button.clicked.connect(self.reject)
        self.open_folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self.open_folder.property("folder")))
        )

    def _load_prompts(self) -> None:
        self._bridge.when(
            self._workspace.store.read(lambda store: store.prompts()),
            self._offer_prompts,
            self._failed,
            owner=self,
        )

    def _offer_prompts(self, prompts: tuple[PromptSummary, ...]) -> None:
        self.prompt.blockSignals(True)
        for prompt in prompts:
            self.prompt.addItem(prompt.name, prompt.id)
        self.prompt.blockSignals(False)

    # The preview

    def recipe(self) -> Recipe:
        """The recipe as chosen."""
        chosen = {name: combo.currentData() for name, combo in self.options.items()}
        return Recipe(**chosen, minimum_score=self.score.currentData())

    def refresh(self) -> None:
        """Gather anew; an earlier gathering is stopped."""
        name = self.format.currentData()
        self._explanation.setText(_EXPLAINED.get(name, ""))
        self._gathering.stop()
        progress, path = Progress(), self._workspace.store.path
        self._gathering = progress
        question = _Question(name, self.recipe(), self.prompt.currentData() or None)
        self._question, self._found = question, None
        self.export_button.setEnabled(False)
        self.error.hide()
        self._clear_done()
        self.counts.setText("Reading the rated runs …")
        self._bridge.when(
            compute(lambda: gather(path, question.format, question.recipe, question.prompt_id, progress)),
            lambda found: self._show_preview(question, found),
            lambda error: self._not_gathered(question, error),
            owner=self,
        )
        self._clock.start()

    def _not_gathered(self, question: _Question, error: BaseException) -> None:
        if question is self._question and not isinstance(error, Stopped):
            self._clock.stop()
            self.counts.setText("")
            self._failed(error)

    def _show_preview(self, question: _Question, found: Preview) -> None:
        if question is not self._question:
            return
        self._clock.stop()
        self._found = found
        self.counts.setText(summary(found))
        self.warning.say("\n".join(f"⚠ {warning}" for warning in found.warnings), "warning")
        self.warning.setVisible(bool(found.warnings))
        self.rows.set_text(found.text)
        self._show_refusals(found)
        self.empty.say(*_NOTHING[found.format.kind])
        self._pages.setCurrentWidget(self.tabs if found.rows or found.refused else self.empty)
        self.tabs.setCurrentIndex(0 if found.rows else 1)
        self.export_button.setEnabled(bool(found.rows) and self._writing is None)

    def _show_refusals(self, found: Preview) -> None:
        self.tabs.setTabText(1, f"Refused · {len(found.refused):,}")
        shown = found.refused[:1_000]
        self.refused.setRowCount(len(shown))
        for row, refusal in enumerate(shown):
            run = QTableWidgetItem(refusal.run_id[:12])
            run.setData(Qt.ItemDataRole.UserRole, refusal.run_id)
            self.refused.setItem(row, 0, run)
            self.refused.setItem(row, 1, QTableWidgetItem(refusal.reason))
        self.show_run.setEnabled(False)

    def _show_refused(self) -> None:
        chosen = self.refused.selectedItems()  # a row can be chosen before there is a current cell
        if chosen and (item := self.refused.item(chosen[0].row(), 0)):
            self.run_asked.emit(str(item.data(Qt.ItemDataRole.UserRole)))

    # The export

    def _choose_folder(self) -> None:
        name = file_choice.folder(self, "Folder for the training files", self.folder.text())
        if name:
            self.folder.setText(name)

    def export(self) -> None:
        """Write the files; everything or nothing."""
        found = self._found
        if found is None or self._writing is not None:
            return
        folder, name = Path(self.folder.text().strip()), self._workspace.store.path.name
        progress = Progress()
        self._writing = progress
        self.error.hide()
        self._clear_done()
        self._show_writing(on=True)
        self.rows.setFocus()  # not Cancel, which would hear the Return that is held down
        self._bridge.when(
            compute(lambda: write(found, folder, name, progress)),
            self._written,
            self._not_written,
            owner=self,
        )
        self._clock.start()

    def _written(self, exported: Exported) -> None:
        self._end_writing()
        warnings = " ".join(exported.warnings)
        count = f"{exported.rows:,} row{'' if exported.rows == 1 else 's'}"
        self.outcome.setText(f"✓ {count} written to {exported.folder}. {warnings}".strip())
        self.open_folder.setProperty("folder", str(exported.folder))
        self.open_folder.show()
        self.close_button.setFocus()
        self.exported.emit(exported)

    def _not_written(self, error: BaseException) -> None:
        self._end_writing()
        if isinstance(error, Stopped):
            self.outcome.setText("Cancelled; nothing was written.")
        else:
            self._failed(error)

    def _end_writing(self) -> None:
        self._writing = None
        self._clock.stop()
        self._show_writing(on=False)

    def _show_writing(self, *, on: bool) -> None:
        self.progress.setVisible(on)
        self.cancel_button.setVisible(on)
        self.outcome.setHidden(on)
        self.export_button.setEnabled(not on and self._found is not None)
        for widget in (self.format, self.prompt, self.score, *self.options.values(), self.folder, self.browse):
            widget.setEnabled(not on)

    def _clear_done(self) -> None:
        self.outcome.setText("")
        self.open_folder.hide()

    def _cancel(self) -> None:
        if self._writing is not None:
            self._writing.stop()

    def _show_progress(self) -> None:
        if self._writing is not None:
            self.progress.setRange(0, self._writing.total)
            self.progress.setValue(min(self._writing.done, self._writing.total))
        elif self._gathering.done:
            self.counts.setText(f"Reading the rated runs … {self._gathering.done:,}")

    def _failed(self, error: BaseException) -> None:
        show_exception(self.error, error, retry=False)

    def reject(self) -> None:
        """Closing stops what is still gathered or written."""
        self._gathering.stop()
        self._cancel()
        super().reject()


def summary(found: Preview) -> str:
    """`12 rows · 3 refused · 40 rated runs are not good`."""
    kind = "row" if found.format.kind == "completion" else "pair"
    parts = [f"{found.rows:,} {kind}{'' if found.rows == 1 else 's'}"]
    if found.refused:
        parts.append(f"{len(found.refused):,} refused")
    if found.training_set.not_good and kind == "row":
        parts.append(f"{found.training_set.not_good:,} not rated good")
    return " · ".join(parts)


def _combo(name: str, choices: Mapping[str, object]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    for title, choice in choices.items():
        combo.addItem(title, choice)
    return combo
