"""Steps of editing a plan: each holds the plan before and after it, which share all that did not change."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from workbench.core.plan import Plan
from workbench.desktop.editor.undo import PAUSE

_REPEATED = 1
_WORDS = {
    "name": "new name",
    "test_set_id": "other test set",
    "part": "other part of the test set",
    "checks": "change of the checks",
    "repeat": "other number of answers",
}


class Planned(Protocol):
    """What steps work on."""

    def apply_plan(self, plan: Plan, said: str) -> None:
        """Become another plan, and say what happened."""


class PlanStep(QUndoCommand):
    """A person changed the plan, which says so already when this is pushed."""

    def __init__(
        self, planned: Planned, before: Plan, after: Plan, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(words(before, after))
        self._planned, self._before, self._after = planned, before, after
        self._when = clock()
        self._done = True

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._planned.apply_plan(self._after, f"Done again: {self.text()}")

    def undo(self) -> None:
        self._planned.apply_plan(self._before, f"Taken back: {self.text()}")

    def id(self) -> int:
        return _REPEATED if self.text() == _WORDS["repeat"] else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """A number that is counted up or down is one step."""
        if not isinstance(other, PlanStep) or other._when - self._when > PAUSE:
            return False
        self._after, self._when = other._after, other._when
        return True


def words(before: Plan, after: Plan) -> str:
    """What was done to a plan, in a few words."""
    if before.columns != after.columns:
        return _column_words(before, after)
    return next(
        (text for field, text in _WORDS.items() if getattr(before, field) != getattr(after, field)),
        "change of how it is run",
    )


def _column_words(before: Plan, after: Plan) -> str:
    old, new = {column.id for column in before.columns}, {column.id for column in after.columns}
    if new - old:
        return "new column" if len(new - old) == 1 else f"{len(new - old)} new columns"
    if old - new:
        return "column taken out"
    if {column.id: column for column in before.columns} == {column.id: column for column in after.columns}:
        return "column moved"
    return "change of a column"
