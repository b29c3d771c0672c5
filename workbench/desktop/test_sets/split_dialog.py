"""How many cases are held out, and which: shown before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.case import Case
from workbench.core.case_split import split
from workbench.desktop import theme
from workbench.desktop.dialog_buttons import accept_by_keys
from workbench.desktop.plain_text import shown
from workbench.desktop.results.controls import button

_MOST_ANSWERS = 50
_WHY = (
    "Improve prompts on the development cases only, and judge them on those held out: a prompt that was fitted to "
    "the cases it is judged on looks better than it is."
)


class SplitDialog(QDialog):
    """Asks for the share that is held out."""

    def __init__(self, cases: Sequence[Case], parent: QWidget) -> None:
        super().__init__(parent)
        self._cases = tuple(cases)
        self.setWindowTitle("Split into development and held-out cases")
        self.resize(520, 480)
        self.share = _number("Share that is held out", 0, 100, 20)
        self.share.setSuffix("%")
        self.seed = _number("Seed", 0, 999_999, 0)
        self.seed.setToolTip("The same seed holds out the same cases; another one others")
        self.alike = QCheckBox("The same share of every expected answer")
        self.alike.setChecked(True)
        generated = sum(case.generated for case in self._cases)
        self.own = QCheckBox(f"Keep generated cases in development ({generated:,})")
        self.own.setToolTip("What judges a prompt should be real")
        self.own.setChecked(bool(generated))
        self.own.setVisible(bool(generated))
        self.summary = theme.plain_label()
        self.table = _answers_table()
        self.cancel = button("Cancel")
        self.accept_button = button("Split", "Split the cases", primary=True)
        self._lay_out()
        for field in (self.share, self.seed):
            field.valueChanged.connect(lambda _value: self._show())
        for toggle in (self.alike, self.own):
            toggle.toggled.connect(lambda _on: self._show())
        self.cancel.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self.accept)
        accept_by_keys(self, self.accept_button.click)
        self._show()

    def _lay_out(self) -> None:
        why = theme.plain_label(_WHY, "quiet")
        why.setWordWrap(True)
        why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.BETWEEN)
        form.setVerticalSpacing(theme.INSIDE)
        form.addRow("Held out", self.share)
        form.addRow("Seed", self.seed)
        buttons = QHBoxLayout()
        buttons.addWidget(self.summary, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(why)
        column.addLayout(form)
        column.addWidget(self.alike)
        column.addWidget(self.own)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)

    def cases(self) -> tuple[Case, ...]:
        """The cases in their order, each in its part."""
        kept = self.own.isChecked()
        asked = [case for case in self._cases if not (kept and case.generated)]
        parts = {
            case.id: case.part
            for case in split(
                asked, self.share.value() / 100, seed=self.seed.value(), stratified=self.alike.isChecked()
            )
        }
        from dataclasses import replace

        return tuple(replace(case, part=parts.get(case.id, "development")) for case in self._cases)

    def _show(self) -> None:
        done = self.cases()
        held_out = [case for case in done if case.part == "held_out"]
        self.summary.setText(f"{len(done) - len(held_out):,} development · {len(held_out):,} held out")
        all_answers = Counter(case.expected.strip() for case in done)
        out = Counter(case.expected.strip() for case in held_out)
        rows = all_answers.most_common(_MOST_ANSWERS)
        self.table.setRowCount(len(rows))
        for row, (answer, number) in enumerate(rows):
            title = shown(" ".join(answer[:120].split())) or "(none)"
            for column, text in enumerate((title, f"{number - out[answer]:,}", f"{out[answer]:,}")):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)


def _number(name: str, least: int, most: int, value: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(least, most)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setFixedWidth(112)
    made.lineEdit().setTextMargins(theme.UNIT, 0, 0, 0)
    return made


def _answers_table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setAccessibleName("Expected answers and how many cases of each")
    table.setHorizontalHeaderLabels(["Expected answer", "Development", "Held out"])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    return table
