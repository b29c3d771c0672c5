"""Before cases of a file are added: what its columns become, what is left out, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QRadioButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.case import PARTS, Case, variables
from workbench.core.prompt import VARIABLE
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.dialog_buttons import accept_by_keys
from workbench.desktop.editor.choice import Choice
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.plain_text import shown
from workbench.desktop.results.controls import button
from workbench.desktop.results.live import ToneLabel
from workbench.desktop.test_sets.import_columns import Target, clash, guessed, mapped, without_known
from workbench.interchange.cases import CaseFile

_PARTS = {"": "as in the file", "development": "development", "held_out": "held out"}
_EXPECTED, _NAME, _NOTHING = "Expected answer", "Name", "Leave out"
_SAMPLES = 3


class ImportDialog(QDialog):
    """Asks how the cases of a file are taken over."""

    def __init__(
        self, file: CaseFile, name: str, cases: Sequence[Case], columns: Sequence[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._file, self._known, self._columns = file, tuple(cases), tuple(columns)
        self.setWindowTitle(f"Import {name}")
        self.resize(720, 520)
        self.heads = variables(file.cases)
        self.boxes: list[ElidedCombo] = []
        self._make_table()
        self.add = QRadioButton("Add to the cases of this test set")
        self.replace = QRadioButton(f"Replace them ({len(self._known):,})")
        self.add.setChecked(True)
        self.part = Choice("Part of the cases", _PARTS)
        self.fresh = QCheckBox("Leave out cases that are there already")
        self.fresh.setChecked(True)
        self.trouble = ToneLabel()
        self.cancel = button("Cancel")
        self.accept_button = button("Import", primary=True)
        self._cases: tuple[Case, ...] = ()
        self._counting = Computation(self)
        self._counting.finished.connect(self._count)
        self.accept_button.setDefault(True)
        self._lay_out()
        self._connect()
        self._show()
        self.accept_button.setFocus()  # most files fit as they are: Return takes them

    def _make_table(self) -> None:
        self.table = QTableWidget(len(self.heads), 3)
        self.table.setAccessibleName("Columns of the file")
        self.table.setHorizontalHeaderLabels(["Column", "Becomes", "Says"])
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(36)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setColumnWidth(0, 160)
        self.table.setColumnWidth(1, 200)
        has_expected = any(case.expected for case in self._file.cases)
        for row, head in enumerate(self.heads):
            target = guessed(head, self._columns, has_expected=has_expected)
            self.boxes.append(self._box(head, target))
            self.table.setItem(row, 0, QTableWidgetItem(shown(head)))
            self.table.setCellWidget(row, 1, self.boxes[-1])
            self.table.setItem(row, 2, QTableWidgetItem(self._sample(head)))

    def _box(self, head: str, target: Target) -> ElidedCombo:
        box = ElidedCombo()
        box.setEditable(True)
        box.setAccessibleName(f"What the column {head} becomes")
        names = dict.fromkeys((guessed(head, (), has_expected=True).name, *self._columns))
        box.addItems([*names, _EXPECTED, _NAME, _NOTHING])
        box.setCurrentText(_EXPECTED if target.kind == "expected" else target.name)
        box.currentTextChanged.connect(lambda _text: self._show())
        return box

    def _sample(self, head: str) -> str:
        texts = (case.values.get(head, "") for case in self._file.cases[:_SAMPLES])
        return shown("  ·  ".join(" ".join(text[:200].split()) for text in texts if text))

    def _lay_out(self) -> None:
        missing = theme.plain_label(self._left_out(), "quiet")
        missing.setWordWrap(True)
        missing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        missing.setVisible(bool(self._file.unsupported))
        part = QHBoxLayout()
        part.addWidget(theme.plain_label("Part", "quiet"))
        part.addWidget(self.part)
        part.addStretch()
        buttons = QHBoxLayout()
        buttons.addWidget(self.trouble, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(theme.plain_label(self._counted(), "quiet"))
        column.addWidget(self.table, 1)
        column.addWidget(missing)
        for widget in (self.add, self.replace, self.fresh):
            column.addWidget(widget)
        column.addLayout(part)
        column.addSpacing(theme.INSIDE)
        column.addLayout(buttons)
        for widget in (self.add, self.replace):
            widget.setVisible(bool(self._known))

    def _counted(self) -> str:
        cases = self._file.cases
        counts = [
            (len(cases), "cases"),
            (sum(bool(case.expected) for case in cases), "with an expected answer"),
            (sum(bool(case.checks) for case in cases), "with checks"),
            (sum(bool(case.name) for case in cases), "with a name"),
        ]
        return " · ".join(f"{number:,} {words}" for number, words in counts if number)

    def _left_out(self) -> str:
        listed = "; ".join(self._file.unsupported[:12])
        more = len(self._file.unsupported) - 12
        return f"Not taken over: {listed}{f'; and {more} more' if more > 0 else ''}."

    def _connect(self) -> None:
        self.cancel.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self.accept)
        accept_by_keys(self, self.accept_button.click)
        for toggle in (self.replace, self.fresh):
            toggle.toggled.connect(lambda _on: self._show())
        self.part.chosen.connect(lambda _word: self._show())

    # The answer

    def replaces(self) -> bool:
        """Whether the cases that are there go."""
        return self.replace.isChecked()

    def cases(self) -> tuple[Case, ...]:
        """The cases as they are taken over."""
        return self._cases

    def _targets(self) -> list[Target]:
        special = {_EXPECTED: Target("expected"), _NAME: Target("name"), _NOTHING: Target("left out")}
        texts = (box.currentText().strip() for box in self.boxes)
        return [special.get(text, Target("variable", text)) for text in texts]

    def _show(self) -> None:
        """Say at once what cannot be; what comes of the choices is computed beside, for it may be many cases."""
        targets = self._targets()
        wrong = clash(targets) or next(filter(None, map(_unusable, targets)), "")
        self._cases = ()
        self.trouble.say(wrong, "warning")
        self.accept_button.setEnabled(False)
        self._counting.drop()
        if not wrong:
            heads = dict(zip(self.heads, targets, strict=True))
            known = () if self.replaces() else self._known
            fresh, part, cases = self.fresh.isChecked(), self.part.word(), self._file.cases
            self._counting.start(lambda: _taken_over(cases, heads, known=known if fresh else None, part=part))

    def _count(self, found: object) -> None:
        assert isinstance(found, tuple)  # noqa: S101 - for the type checker
        self._cases, number = found, len(found)
        self.trouble.say("" if number else "All of these cases are there already.", "warning")
        self.accept_button.setText(f"Import {number:,} case{'' if number == 1 else 's'}" if number else "Import")
        self.accept_button.setEnabled(bool(number))


def _taken_over(
    cases: Sequence[Case], heads: Mapping[str, Target], *, known: Sequence[Case] | None, part: str
) -> tuple[Case, ...]:
    """The cases of a file by the choices; without those that say what the known ones or others before them say."""
    taken = mapped(cases, heads)
    if known is not None:
        taken = without_known(taken, known)
    chosen = next((one for one in PARTS if one == part), None)
    return taken if chosen is None else tuple(replace(case, part=chosen) for case in taken)


def _unusable(target: Target) -> str:
    if target.kind != "variable" or VARIABLE.fullmatch(f"{{{{{target.name}}}}}"):
        return ""
    return f"{target.name!r} cannot stand in a prompt: letters, digits, _, . and - after a first letter."
