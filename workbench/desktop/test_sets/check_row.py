"""One check as a card: its kind, its value, and whether, how much and under which name it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.check import Check, Kind, checked
from workbench.desktop import theme
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.results.controls import icon_button
from workbench.desktop.results.live import ToneLabel
from workbench.desktop.test_sets.check_inputs import NotAValue
from workbench.desktop.test_sets.check_menu import Input, grouped
from workbench.desktop.test_sets.check_values import ValueFields
from workbench.errors import UserError

_KIND = Qt.ItemDataRole.UserRole


class CheckRow(QFrame):
    """A card to edit one check."""

    edited = Signal()
    removal_asked = Signal()

    def __init__(self, kinds: Mapping[str, Kind], number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._kinds = kinds
        name = f"Check {number}"
        self.negated = QCheckBox("not")
        self.negated.setAccessibleName(f"{name}: the opposite has to hold")
        self.negated.setToolTip("The opposite has to hold")
        self.kind = KindBox(kinds)
        self.kind.setAccessibleName(f"{name}: kind")
        self.values = ValueFields(name)
        self.more = icon_button("more", f"{name}: threshold, weight and name")
        self.more.setCheckable(True)
        self.remove = icon_button("close", f"Remove {name.lower()}")
        self.threshold = _number(f"{name}: threshold")
        self.weight = _number(f"{name}: weight")
        self.name = QLineEdit()
        self.name.setAccessibleName(f"{name}: name")
        self.name.setPlaceholderText("name in summaries")
        self.trouble = ToneLabel()
        self.tip = theme.plain_label("", "quiet")
        for label in (self.trouble, self.tip):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.INSIDE)
        head.addWidget(self.negated)
        head.addWidget(self.kind, 1)
        head.addWidget(self.more)
        head.addWidget(self.remove)
        self._options = QWidget()
        options = QHBoxLayout(self._options)
        options.setContentsMargins(0, 0, 0, 0)
        options.setSpacing(theme.INSIDE)
        for title, field in (("Threshold", self.threshold), ("Weight", self.weight)):
            options.addWidget(theme.plain_label(title, "quiet"))
            options.addWidget(field)
        options.addWidget(self.name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.INSIDE, theme.UNIT, theme.UNIT, theme.INSIDE)
        column.setSpacing(theme.UNIT)
        column.addLayout(head)
        column.addWidget(self.values)
        column.addWidget(self._options)
        column.addWidget(self.tip)
        column.addWidget(self.trouble)
        self._options.hide()

    def _connect(self) -> None:
        self.kind.activated.connect(lambda _row: self._take_kind())
        self.negated.clicked.connect(lambda _checked: self._changed())
        self.values.edited.connect(self._changed)
        for field in (self.threshold, self.weight, self.name):
            field.textEdited.connect(lambda _text: self._changed())
        self.more.toggled.connect(self._options.setVisible)
        self.remove.clicked.connect(self.removal_asked)

    def show_check(self, check: Check) -> None:
        """Show another check, without a word to anybody."""
        self.blockSignals(True)
        self.kind.show_kind(check.kind)
        self.negated.setChecked(check.negated)
        self.values.show_value(check.kind, check.value)
        self.threshold.setText("" if check.threshold is None else f"{check.threshold:.6g}")
        self.weight.setText("" if check.weight == 1 else f"{check.weight:.6g}")
        self.name.setText(check.name)
        self.more.setChecked(check != replace(check, threshold=None, weight=1.0, name=""))
        self._show_kind()
        self.problem()
        self.blockSignals(False)

    def check(self) -> Check | None:
        """The check; None as long as something in it is wrong."""
        try:
            return self._read()
        except (NotAValue, UserError):
            return None

    def problem(self) -> str:
        """What is wrong, which then stands in the card too; empty when nothing is."""
        said = ""
        try:
            self._read()
        except NotAValue as error:
            said = f"Not used yet: it {error}."
        except UserError as error:
            said = error.message
        self.trouble.say(said, "bad")
        self.trouble.setVisible(bool(said))
        return said

    def offer(self, kind: Input, choices: Iterable[tuple[str, str]]) -> None:
        """Offer these models or columns, by title and what is written."""
        self.values.offer(kind, choices)

    def _read(self) -> Check:
        kind = self.kind.chosen()
        value = self.values.value()
        if (known := self._kinds.get(kind)) and (wrong := known.refuse(value)):
            raise NotAValue(wrong)
        check = Check(
            kind,
            value,
            negated=self.negated.isChecked(),
            threshold=_read_number(self.threshold, "threshold", None),
            weight=_read_number(self.weight, "weight", 1.0),
            name=self.name.text().strip(),
        )
        return checked(check, self._kinds)

    def _take_kind(self) -> None:
        """Another kind keeps the value where it has a place for it."""
        try:
            before: Any = self.values.value()
        except NotAValue:
            before = None
        kind = self.kind.chosen()
        known = self._kinds.get(kind)
        self.values.show_value(kind, before if known is not None and not known.refuse(before) else None)
        self._show_kind()
        self._changed()
        if (first := self.values.first()) is not None:
            first.setFocus()

    def _show_kind(self) -> None:
        kind = self._kinds.get(self.kind.chosen())
        self.threshold.setPlaceholderText(f"{kind.threshold:g}" if kind else "")
        self.tip.setText(kind.tip if kind else "")
        self.tip.setVisible(bool(kind and kind.tip))

    def _changed(self) -> None:
        self.problem()
        self.edited.emit()


class KindBox(ElidedCombo):
    """The kinds by their titles, under headings."""

    def __init__(self, kinds: Mapping[str, Kind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(96)
        self.setMaxVisibleItems(30)
        model = QStandardItemModel(self)
        for title, members in grouped(kinds):
            heading = QStandardItem(title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            model.appendRow(heading)
            for kind in members:
                model.appendRow(_kind_item(kind, kinds))
        self.setModel(model)
        self._kinds = kinds

    def chosen(self) -> str:
        """The kind that is chosen."""
        return str(self.currentData(_KIND))

    def show_kind(self, kind: str) -> None:
        """Show a kind; one that is not offered is added."""
        if self.findData(kind, _KIND) < 0:
            model = self.model()
            if isinstance(model, QStandardItemModel):
                model.appendRow(_kind_item(kind, self._kinds))
        self.setCurrentIndex(self.findData(kind, _KIND))


def _kind_item(kind: str, kinds: Mapping[str, Kind]) -> QStandardItem:
    known = kinds.get(kind)
    item = QStandardItem(known.title if known else kind)
    item.setData(kind, _KIND)
    item.setToolTip(known.tip if known else "This program does not know this kind of check")
    return item


def _number(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setFixedWidth(56)
    made.setPlaceholderText("1")
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    return made


def _read_number(field: QLineEdit, what: str, usual: Any) -> Any:
    text = field.text().strip().replace(",", ".")
    if not text:
        return usual
    try:
        return float(text)
    except ValueError:
        raise NotAValue(f"needs a number as its {what}, not {text!r}") from None
