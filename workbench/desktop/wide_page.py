"""A page that takes the whole width beside the library: one experiment or test set, a tab among the prompts.

While one is in front, the variables, the parameters and the results of prompts are put away; they come back with
the next prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.desktop.bridge import Bridge
    from workbench.running import Workspace
    from workbench.store import Changed

PageKind = Literal["experiment", "test_set"]


class WidePage(QWidget):
    """What the tabs need of a page. Made when it is opened; it reads what it shows from the store by itself."""

    changed_title = Signal()
    """`title` or `note` says something else."""
    status = Signal(str)
    """What just happened, for the status line."""
    gone = Signal()
    """What it shows was deleted; its tab is to go."""
    running_changed = Signal()
    """What it can do now is another: it began or ended a run, or it can be run now."""

    def __init__(
        self, kind: PageKind, identifier: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.kind: PageKind = kind
        self.id = identifier
        self.workspace = workspace
        self.bridge = bridge
        self.title = ""
        """The name on the tab."""
        self.note = ""
        """A few quiet characters behind it: how far a run is."""
        self.undo_stack: QUndoStack | None = None
        """The steps that Undo and Redo of the window take; without one they are switched off."""
        self.bar: QWidget | None = None
        """What stands in the run bar while the page is in front; the page stays its owner in all but place."""

    @property
    def key(self) -> str:
        """`experiment:ID` or `test_set:ID`, unique among the tabs."""
        return f"{self.kind}:{self.id}"

    def closing(self) -> bool:
        """Store what is not stored yet; False keeps the page open."""
        return True

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        """The store has changed; read again what is touched."""

    def take_files(self, paths: Sequence[Path]) -> bool:
        """Files were dropped while it is in front; whether they were for it."""
        return False

    def can_run(self) -> bool:
        """Whether `run` would begin something."""
        return False

    def is_running(self) -> bool:
        """Whether there is something to stop."""
        return False

    def run(self) -> None:
        """Run what it shows."""

    def stop(self) -> None:
        """Stop what runs."""

    def rename(self) -> None:
        """Let the person give it another name."""
