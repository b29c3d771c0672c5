"""What an experiment still needs before it can be run, where its table will be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.core.plan import Plan
from workbench.desktop import theme
from workbench.errors import WorkbenchError

_WIDTH = 520


class StartingPoint(QWidget):
    """Says the next step and offers it."""

    column_asked = Signal()
    test_set_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = theme.plain_label()
        self.title.setProperty("title", True)
        self.hint = theme.plain_label(role="quiet")
        for label in (self.title, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            label.setFixedWidth(_WIDTH)
        self.column = _button("Add a column")
        self.test_set = _button("Make a test set")
        self.column.clicked.connect(self.column_asked)
        self.test_set.clicked.connect(self.test_set_asked)
        row = QHBoxLayout()
        row.setSpacing(theme.INSIDE)
        row.addStretch()
        row.addWidget(self.column)
        row.addWidget(self.test_set)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setSpacing(theme.INSIDE)
        column.addStretch(2)
        for label in (self.title, self.hint):
            column.addLayout(_in_the_middle(label))
        column.addSpacing(theme.INSIDE)
        column.addLayout(row)
        column.addStretch(3)
        self._needs(column=False, test_set=False)

    def show_plan(self, plan: Plan) -> None:
        """What this plan needs."""
        self._needs(column=not plan.columns, test_set=plan.test_set_id is None)
        self.title.setText("What do you want to compare?" if not plan.columns else "On which cases?")
        self.hint.setText(
            "A column is a prompt in one of its versions on a model, with its parameters. Every column answers "
            "every case of a test set, so that what differs is the column."
            if not plan.columns
            else "Choose a test set above, or make a new one: paste cases from a spreadsheet, or import a file."
        )

    def show_problem(self, problem: BaseException | None) -> None:
        """Why it cannot be run, where more is missing than a column or a test set."""
        if self.column.isHidden() and self.test_set.isHidden() and problem is not None:
            self.title.setText("This cannot be run yet")
            advice = problem.advice if isinstance(problem, WorkbenchError) else ""
            self.hint.setText(f"{problem} {advice}".strip())

    def _needs(self, *, column: bool, test_set: bool) -> None:
        self.column.setVisible(column)
        self.test_set.setVisible(test_set and not column)


def _in_the_middle(label: QWidget) -> QHBoxLayout:
    """Between two stretches: an alignment would not give a wrapped text the height that it needs."""
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(label)
    row.addStretch()
    return row


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setProperty("primary", True)
    return button
