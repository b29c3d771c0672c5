"""The variables of a prompt: a field for each, filled by hand or from a test case."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.case import Case, TestSet
from workbench.desktop import theme
from workbench.desktop.editor.choice import Choice
from workbench.desktop.editor.section import icon_button
from workbench.desktop.editor.value_field import ValueField
from workbench.desktop.plain_text import TextView
from workbench.desktop.tab_order import in_front_of

_EMPTY = "No variables.\n\nWrite {{name}} in the prompt, and a field for its value appears here."
_BY_HAND = ""
EXPECTED_LINES = 8
"""An expected answer that is longer scrolls by itself."""


class VariablesPanel(QWidget):
    """Values for the variables that the prompt has now; those of variables that went away are kept."""

    values_edited = Signal()
    """A person changed a value or chose a case."""
    save_case_requested = Signal(dict)
    """The values of now shall become a new case."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._kept: dict[str, str] = {}
        self._fields: dict[str, ValueField] = {}
        self._cases: dict[str, Case] = {}
        self.cases = Choice("Case", {_BY_HAND: "by hand"})
        self.cases.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._previous = icon_button("arrow-up", "Previous case", keys="K")
        self._next = icon_button("arrow-down", "Next case", keys="J")
        self._save = QPushButton("Save as new case")
        self._save.setProperty("link", True)
        self._save.setIcon(theme.icon("add"))
        self._expected_title = theme.plain_label("Expected answer", "heading")
        self.expected = TextView()
        self.expected.setAccessibleName("Expected answer")
        self.expected.setProperty("quiet", True)
        self._empty = theme.plain_label(_EMPTY, "quiet")
        self._arrange()
        self.cases.chosen.connect(self._choose)
        self._previous.clicked.connect(lambda: self.step_case(-1))
        self._next.clicked.connect(lambda: self.step_case(1))
        self._save.clicked.connect(self.save_case)
        self._show_state()

    def _arrange(self) -> None:
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(8, 4, 8, 0)
        bar.setSpacing(4)
        bar.addWidget(theme.plain_label("from case", "quiet"))
        bar.addWidget(self.cases, 1)
        bar.addWidget(self._previous)
        bar.addWidget(self._next)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self._empty.setWordWrap(True)
        inside = QVBoxLayout()
        inside.setContentsMargins(8, 8, 8, 8)
        inside.setSpacing(8)
        inside.addWidget(self._empty)
        inside.addLayout(self._column)
        inside.addWidget(self._expected_title)
        inside.addWidget(self.expected)
        inside.addWidget(self._save, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addLayout(inside)

    # --- names and values

    def set_names(self, names: tuple[str, ...]) -> None:
        """A field for each of these, in this order."""
        if names == self._names:
            return
        self._keep()
        for name in set(self._names) - set(names):
            field = self._fields.pop(name)
            self._column.removeWidget(field)
            field.hide()
            field.deleteLater()
        self._names = names
        for place, name in enumerate(names):
            if name not in self._fields:
                self._fields[name] = self._made(name)
            if self._column.indexOf(self._fields[name]) != place:
                self._column.insertWidget(place, self._fields[name])
        in_front_of(self.expected, *(self._fields[name] for name in names))
        self._show_state()

    def values(self) -> dict[str, str]:
        """The values that were given, of the variables that the prompt has now."""
        given = ((name, self._fields[name].value()) for name in self._names)
        return {name: value for name, value in given if value is not None}

    def set_values(self, values: Mapping[str, str]) -> None:
        """Show these values; variables that are not named here have none."""
        self._kept = dict(values)
        for name, field in self._fields.items():
            if field.value() != values.get(name):
                field.show_value(values.get(name))
        self._find_case()

    def show_missing(self) -> None:
        """Put the cursor into the first field that has no value yet, if there is one."""
        if missing := next((field for name in self._names if (field := self._fields[name]).value() is None), None):
            missing.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        """Values of fields that are about to go come back with their variable."""
        self._kept |= self.values()

    def _made(self, name: str) -> ValueField:
        field = ValueField(name)
        field.show_value(self._kept.get(name))
        field.edited.connect(self._edited)
        return field

    def _edited(self) -> None:
        self._find_case()
        self.values_edited.emit()

    def hint(self) -> str:
        """What is said in the place of the fields; empty when there are some."""
        return "" if self._names else self._empty.text()

    # --- cases

    def set_cases(self, test_set: TestSet | None) -> None:
        """Offer the cases of this test set."""
        self._cases = {case.id: case for case in test_set.cases} if test_set else {}
        self.cases.clear()
        self.cases.addItem("by hand", _BY_HAND)
        for number, case in enumerate(self._cases.values(), 1):
            self.cases.addItem(f"{number} · {_title(case)}", case.id)
        self._find_case()
        self._show_state()

    def case_id(self) -> str | None:
        """The case whose values stand in the fields; None when they were changed or written by hand."""
        return self.cases.word() or None

    def set_case(self, case_id: str) -> None:
        """Take the values of a case; one of another test set is not taken."""
        if case_id not in self._cases:
            return
        self._keep()
        self.set_values(self._kept | dict(self._cases[case_id].values))
        self.cases.show_word(case_id)
        self._show_expected()
        self.values_edited.emit()

    def step_case(self, step: int) -> None:
        """Take the next or previous case; after the last comes the first."""
        if not self._cases:
            return
        ids = list(self._cases)
        start = -1 if step > 0 else 0
        at = ids.index(self.cases.word()) if self.cases.word() in ids else start
        self.set_case(ids[(at + step) % len(ids)])

    def save_case(self) -> None:
        """Ask for a new case with the values of now."""
        self.save_case_requested.emit(self.values())

    def _choose(self, case_id: str) -> None:
        if case_id:
            self.set_case(case_id)
        else:
            self._find_case()

    def _find_case(self) -> None:
        """Choose the case that has the values of now: the one chosen before, if there are several."""
        values = self.values()

        def is_shown(case: Case) -> bool:
            return bool(values) and all(case.values.get(name) == value for name, value in values.items())

        chosen = self._cases.get(self.cases.word())
        if chosen is None or not is_shown(chosen):
            chosen = next(filter(is_shown, self._cases.values()), None)
        self.cases.show_word(chosen.id if chosen else _BY_HAND)
        self._show_expected()

    def _show_expected(self) -> None:
        case = self._cases.get(self.cases.word())
        expected = case.expected if case else ""
        if self.expected.text() != expected:
            self.expected.set_text(expected)
            lines = min(max(expected.count("\n") + len(expected) // 40 + 1, 1), EXPECTED_LINES)
            self.expected.setFixedHeight(lines * self.expected.fontMetrics().lineSpacing() + 3 * theme.UNIT)
        self._expected_title.setVisible(bool(expected))
        self.expected.setVisible(bool(expected))

    def _show_state(self) -> None:
        self._empty.setVisible(not self._names)
        self._save.setVisible(bool(self._names))
        self._bar.setVisible(bool(self._cases))
        self._show_expected()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J and K step through the cases, unless somebody is typing."""
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key())) if not event.modifiers() else None
        if step:
            self.step_case(step)
        else:
            super().keyPressEvent(event)


def _title(case: Case) -> str:
    words = " ".join((case.name or " · ".join(case.values.values()))[:200].split())
    return words if len(words) <= 60 else f"{words[:59]}…"
