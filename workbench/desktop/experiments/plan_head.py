"""The head of an experiment's page: its name, the cases, the checks, and how it is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QSpinBox, QToolButton, QWidget

from workbench.core.experiment import MOST_REPETITIONS
from workbench.core.plan import Part, Plan
from workbench.desktop import theme
from workbench.desktop.elided_combo import ElidedCombo
from workbench.store import TestSetSummary

NEW_TEST_SET = "new test set"
_REPEAT_WIDTH = 76
_UNDOING = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
_PARTS: tuple[tuple[Part, str], ...] = (
    ("all", "All cases"),
    ("development", "Development"),
    ("held_out", "Held out"),
)


class PlanHead(QWidget):
    """Shows a plan and says how a person wants it changed."""

    edited = Signal(object)
    """The Plan as it is to be."""
    checks_asked = Signal()
    settings_asked = Signal()
    test_set_asked = Signal()
    """The chosen test set is to be opened."""
    new_test_set_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self.name = _Name()
        self.name.setAccessibleName("Name of the experiment")
        self.name.editingFinished.connect(self._rename)
        self.test_set = ElidedCombo()
        self.test_set.setAccessibleName("Test set")
        self.test_set.setToolTip("The cases that every column answers")
        self.test_set.setMinimumContentsLength(14)
        self.test_set.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.part = ElidedCombo()
        self.part.setAccessibleName("Part of the test set")
        self.part.setToolTip("Work on the development cases; keep the held-out ones for the last word.")
        for part, title in _PARTS:
            self.part.addItem(title, part)
        self.open_set = _button("open", "Open the test set")
        self.checks = _button("check", "What every answer is checked for", text="Checks")
        self.repeat = QSpinBox(minimum=1, maximum=MOST_REPETITIONS)
        self.repeat.setAccessibleName("Answers of each column to each case")
        self.repeat.setToolTip("How often each column answers each case: more than once shows what is chance.")
        self.repeat.setPrefix("× ")
        self.repeat.setFixedWidth(_REPEAT_WIDTH)
        self.repeat.lineEdit().setTextMargins(theme.UNIT, 0, 0, 0)
        self.repeat.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.repeat.setKeyboardTracking(False)
        self.more = _button("settings", "Requests at once, cache, spending limit")
        self._arrange()
        self.test_set.activated.connect(self._choose_test_set)
        self.part.activated.connect(lambda row: self._edit(part=self.part.itemData(row)))
        self.repeat.valueChanged.connect(lambda count: self._edit(repeat=count))
        self.checks.clicked.connect(self.checks_asked)
        self.more.clicked.connect(self.settings_asked)
        for field in (self.name, self.repeat):
            field.installEventFilter(self)
        self.open_set.clicked.connect(self.test_set_asked)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.name, 1)
        for widget in (self.test_set, self.open_set, self.part, self.checks, self.repeat, self.more):
            row.addWidget(widget)

    def show_plan(self, plan: Plan, test_sets: Sequence[TestSetSummary], *, was_run: bool) -> None:
        """Show this plan, and offer these test sets; one that was run without any has cases of its own."""
        if not (self.name.hasFocus() and self._is_typed(self.name)):
            self.name.setText(plan.name)
            self.name.setCursorPosition(0)  # a long name is read from its beginning
        self._plan = plan
        with QSignalBlocker(self.repeat), QSignalBlocker(self.part), QSignalBlocker(self.test_set):
            self._offer(plan, test_sets, "Cases of its suite" if was_run else "Choose a test set…")
            self.part.setCurrentIndex(self.part.findData(plan.part))
            self.part.setEnabled(plan.test_set_id is not None)
            self.repeat.setValue(plan.repeat)
        count = len(plan.checks)
        self.checks.setText(f"Checks · {count}" if count else "Checks")
        self.open_set.setEnabled(plan.test_set_id is not None)

    def _offer(self, plan: Plan, test_sets: Sequence[TestSetSummary], none: str) -> None:
        self.test_set.clear()
        if plan.test_set_id is None:
            self.test_set.addItem(none, None)
        for known in test_sets:
            self.test_set.addItem(f"{known.name} · {known.cases:,}", known.id)
        self.test_set.insertSeparator(self.test_set.count())
        self.test_set.addItem("New test set…", NEW_TEST_SET)
        place = self.test_set.findData(plan.test_set_id) if plan.test_set_id else 0
        if place < 0:
            self.test_set.insertItem(0, "A test set that was deleted", plan.test_set_id)
            place = 0
        self.test_set.setCurrentIndex(place)

    def _choose_test_set(self, row: int) -> None:
        chosen = self.test_set.itemData(row)
        if chosen == NEW_TEST_SET:
            if self._plan is not None:
                self.test_set.setCurrentIndex(max(self.test_set.findData(self._plan.test_set_id), 0))
            self.new_test_set_asked.emit()
        elif chosen is not None:
            self._edit(test_set_id=chosen)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Undo in a field is the field's own while something is typed there, and the plan's else."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            undoing = any(event.matches(key) for key in _UNDOING)
            if undoing and not self._is_typed(watched):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def _is_typed(self, field: QObject) -> bool:
        """Whether a field says something that the plan has not taken over."""
        if field is self.repeat:
            return self.repeat.cleanText() != self.repeat.textFromValue(self.repeat.value())
        return self._plan is not None and self.name.text() != self._plan.name

    def _rename(self) -> None:
        if self._plan is None:
            return
        name = self.name.text().strip()
        if name:
            self._edit(name=name)
        else:
            self.name.setText(self._plan.name)

    def _edit(self, **changes: object) -> None:
        if self._plan is None:
            return
        plan = replace(self._plan, **changes)  # type: ignore[arg-type]
        if plan != self._plan:
            self._plan = plan
            self.edited.emit(plan)


class _Name(QLineEdit):
    """A name that is read as a heading, and edited where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("title", True)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.undo_all()
            return
        super().keyPressEvent(event)

    def undo_all(self) -> None:
        """Back to the name that it had."""
        while self.isUndoAvailable():
            self.undo()
        self.clearFocus()


def _button(icon: str, tip: str, *, text: str = "") -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(16, 16))
    button.setToolTip(tip)
    button.setAccessibleName(text or tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if text:
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
