"""Checks as a list of cards: a case's own, or those that an experiment asks of every case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.core.check import Check, Kind
from workbench.desktop import theme
from workbench.desktop.results.controls import button
from workbench.desktop.test_sets.check_menu import Input
from workbench.desktop.test_sets.check_row import CheckRow
from workbench.desktop.wrapping_row import WrappingRow
from workbench.running.checks import Checker

if TYPE_CHECKING:
    from workbench.desktop.bridge import Bridge
    from workbench.desktop.test_sets.file_trust import FileTrust
    from workbench.running import Workspace

_HINT = "No check yet: where a case has an expected answer, an answer has to be that one."
_QUICK = (
    ("Is the expected answer", Check("equals")),
    ("Contains it", Check("contains_in_any_case")),
)
"""What most people want first."""


class ChecksEditor(QWidget):
    """Edits a tuple of checks. A card with something wrong in it says so and does not count until it is right."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None, *, hint: str = _HINT) -> None:
        super().__init__(parent)
        self.kinds: Mapping[str, Kind] = Checker().kinds
        self._offers: dict[Input, tuple[tuple[str, str], ...]] = {}
        self._trust: Callable[[], FileTrust] | None = None
        self.rows: list[CheckRow] = []
        self._hint = theme.plain_label(hint, "quiet")
        self._hint.setWordWrap(True)
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.add = button("Add check", "Add a check")
        self._quick = []
        for title, check in _QUICK:
            quick = button(title, f"Add the check: {title[0].lower()}{title[1:]}")
            quick.clicked.connect(lambda _checked=False, check=check: self.add_check(check))
            self._quick.append(quick)
        self.add.clicked.connect(lambda: self.add_check(Check("contains", "")))
        self._lay_out()
        self._show_hint()

    def _lay_out(self) -> None:
        buttons = WrappingRow(self.add, *self._quick, gap=theme.INSIDE)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(theme.INSIDE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.INSIDE)
        column.addWidget(self._hint)
        column.addLayout(self._cards)
        column.addWidget(buttons)

    def checks(self) -> tuple[Check, ...]:
        """The checks that are well formed, in their order."""
        return tuple(check for row in self.rows if (check := row.check()) is not None)

    def is_valid(self) -> bool:
        """Whether every card counts."""
        return all(row.check() is not None for row in self.rows)

    def set_checks(self, checks: Iterable[Check]) -> None:
        """Show other checks; the same ones again disturb nobody who is typing."""
        wanted = tuple(checks)
        if wanted != self.checks():
            self.begin(wanted)

    def begin(self, checks: Iterable[Check]) -> None:
        """Show other checks, and nothing of what was begun before and is not right yet."""
        wanted = tuple(checks)
        for row in self.rows[len(wanted) :]:
            self._drop(row)
        for number, check in enumerate(wanted):
            if number == len(self.rows):
                self._append().show_check(check)
            elif self.rows[number].check() != check:
                self.rows[number].show_check(check)
        self._show_hint()

    def offer(self, kind: Input, choices: Iterable[tuple[str, str]]) -> None:
        """Offer these models or columns, by title and what is written, where a check asks for one."""
        self._offers[kind] = kept = tuple(choices)
        for row in self.rows:
            row.offer(kind, kept)

    def attach(self, workspace: Workspace, bridge: Bridge) -> None:
        """Offer the workspace's models, and say of Python files whether they are trusted."""
        from workbench.desktop.test_sets.file_trust import FileTrust

        self._trust = lambda: FileTrust(workspace, bridge)
        for row in self.rows:
            row.values.set_trust(self._trust)
        bridge.when(
            workspace.catalog.references(),
            lambda choices: self.offer("model", ((choice.title, choice.reference) for choice in choices)),
            lambda _error: None,  # a model can be typed as well
            owner=self,
        )

    def add_check(self, check: Check) -> None:
        """Add a card with this check and begin with its value."""
        row = self._append()
        row.show_check(check)
        self._show_hint()
        self.edited.emit()
        (row.values.first() or row.kind).setFocus()

    def _append(self) -> CheckRow:
        row = CheckRow(self.kinds, len(self.rows) + 1)
        for kind, choices in self._offers.items():
            row.offer(kind, choices)
        if self._trust is not None:
            row.values.set_trust(self._trust)
        row.edited.connect(self.edited)
        row.removal_asked.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._cards.addWidget(row)
        return row

    def _remove(self, row: CheckRow) -> None:
        at = self.rows.index(row)
        self._drop(row)
        self._show_hint()
        self.edited.emit()
        (self.rows[min(at, len(self.rows) - 1)].kind if self.rows else self.add).setFocus()

    def _drop(self, row: CheckRow) -> None:
        self.rows.remove(row)
        self._cards.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _show_hint(self) -> None:
        self._hint.setVisible(not self.rows)
        for quick in self._quick:
            quick.setVisible(not self.rows)
