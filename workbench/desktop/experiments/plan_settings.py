"""How an experiment is run (requests at once, cache, what it may cost), and what its answers are checked for."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.core.plan import MOST_CONCURRENCY, Plan
from workbench.desktop import theme
from workbench.desktop.dialog_buttons import ok_and_cancel

_MOST_DOLLARS = 100_000.0
_UNCHECKED = "No check yet: where a case has an expected answer and no checks, an answer has to be that one."


class PlanSettings(QDialog):
    """Asks how a plan is run; nothing changes until it is taken over."""

    taken = Signal(object)
    """The Plan."""

    def __init__(self, plan: Plan, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("How it is run")
        self._plan = plan
        self.concurrency = QSpinBox(minimum=0, maximum=MOST_CONCURRENCY, value=plan.concurrency or 0)
        self.concurrency.setSpecialValueText("as many as the server takes")
        self.concurrency.setToolTip(
            "Requests in flight to each server. A model of this machine decides by itself."
        )
        self.cache = QCheckBox("Take answers that were made before from the same request")
        self.cache.setChecked(plan.cache)
        self.limit = QDoubleSpinBox(minimum=0, maximum=_MOST_DOLLARS, decimals=2, singleStep=0.5)
        self.limit.setSuffix(" $")
        self.limit.setSpecialValueText("no limit")
        self.limit.setValue(plan.spending_limit or 0)
        self.limit.setToolTip("A run stops before it costs more than this.")
        form = QFormLayout()
        form.setHorizontalSpacing(theme.BETWEEN)
        form.setVerticalSpacing(theme.INSIDE)
        for title, field in (("Requests at once", self.concurrency), ("Spending limit", self.limit)):
            field.setAccessibleName(title)
            field.lineEdit().setTextMargins(theme.UNIT, 0, 0, 0)
            form.addRow(theme.plain_label(title), field)
        form.addRow("", self.cache)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.BETWEEN)
        column.addLayout(form)
        column.addWidget(ok_and_cancel(self))

    def plan(self) -> Plan:
        """The plan with what stands in the fields."""
        return replace(
            self._plan,
            concurrency=self.concurrency.value() or None,
            cache=self.cache.isChecked(),
            spending_limit=self.limit.value() or None,
        )

    def accept(self) -> None:
        """Take it over."""
        self.taken.emit(self.plan())
        super().accept()


class PlanChecks(QDialog):
    """Asks what every answer of a plan is checked for."""

    taken = Signal(object)
    """The Plan."""

    def __init__(self, plan: Plan, parent: QWidget) -> None:
        from workbench.desktop.test_sets.checks_editor import ChecksEditor

        super().__init__(parent)
        self.setWindowTitle("Checks of every case")
        self._plan = plan
        self.editor = ChecksEditor(hint=_UNCHECKED)
        self.editor.set_checks(plan.checks)
        self._buttons = ok_and_cancel(self)
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.editor.edited.connect(lambda: self._ok.setEnabled(self.editor.is_valid()))
        hint = theme.plain_label(
            "Asked of every answer, besides the checks of its own that a case has. New checks judge the answers "
            "that are there: running again takes those from the cache.",
            "quiet",
        )
        hint.setWordWrap(True)
        place = QScrollArea()
        place.setWidgetResizable(True)
        inside = QWidget()
        cards = QVBoxLayout(inside)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.addWidget(self.editor)
        cards.addStretch()
        place.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(hint)
        column.addWidget(place, 1)
        column.addWidget(self._buttons)
        self.resize(720, 480)

    def accept(self) -> None:
        """Take the checks over, if they are some."""
        if self.editor.is_valid():
            self.taken.emit(replace(self._plan, checks=self.editor.checks()))
            super().accept()
