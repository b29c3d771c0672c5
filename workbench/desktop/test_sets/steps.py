"""Steps that change the table of a test set, and the undo commands made of them.

Applying a step to the table gives the step that takes it back, so a command needs no second description of what
it does, and holds only the cases that it touches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from workbench.core.case import Case


@dataclass(frozen=True, slots=True)
class Put:
    """Other cases in these rows."""

    cases: Mapping[int, Case]


@dataclass(frozen=True, slots=True)
class Insert:
    """More cases before this row."""

    at: int
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """So many cases fewer, from this row on."""

    at: int
    count: int


@dataclass(frozen=True, slots=True)
class Order:
    """The cases in another order: the row numbers of now, as they will follow."""

    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A variable more, with the texts of cases by their ids."""

    at: int
    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoColumn:
    """A variable fewer."""

    at: int


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """A variable by another name."""

    at: int
    name: str


Step = Put | Insert | Take | Order | NewColumn | NoColumn | NamedColumn


class Stepped(Protocol):
    """What takes steps."""

    def apply(self, step: Step) -> Step:
        """Take a step; the answer takes it back."""


_MERGED = 1


class Edit(QUndoCommand):
    """What a person did, as steps that happen together."""

    def __init__(self, table: Stepped, words: str, steps: Sequence[Step], *, merge: str = "") -> None:
        super().__init__(words)
        self._table, self._steps, self._merge = table, tuple(steps), merge
        self._back: tuple[Step, ...] = ()

    def redo(self) -> None:
        self._back = tuple(self._table.apply(step) for step in self._steps)

    def undo(self) -> None:
        for step in reversed(self._back):
            self._table.apply(step)

    def id(self) -> int:
        return _MERGED if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """One step for what is edited letter by letter: the checks of one case."""
        if not isinstance(other, Edit) or other._merge != self._merge:
            return False
        self._steps = other._steps
        return True
