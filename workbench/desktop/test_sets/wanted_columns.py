"""The variables of a test set's prompt, each with its column in the table from the moment that it is there.

A column that came this way is no step of the person's: it stands behind all others, and undo leaves it alone. One
that the person deleted does not come back while the page is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from workbench.core.prompt import variables
from workbench.desktop.bridge import Bridge
from workbench.desktop.test_sets.table_model import CaseModel
from workbench.errors import NotFound
from workbench.store import Changed, Store, StoreThread


class WantedColumns(QObject):
    """Follows the prompt of a page. It looks when the page is in front: not at every half-typed name."""

    said = Signal(str)
    """Which column is new."""

    def __init__(self, model: CaseModel, store: StoreThread, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._store, self._bridge = model, store, bridge
        self._prompt_id: str | None = None
        self._wanted: tuple[str, ...] = ()
        self._is_due = False

    def begin(self, prompt_id: str | None, wanted: Sequence[str]) -> None:
        """Follow this prompt, whose variables have their columns."""
        self._prompt_id, self._wanted = prompt_id, tuple(wanted)

    def take_changes(self, changes: Sequence[Changed], *, in_front: bool) -> None:
        """The store has changed."""
        if self._prompt_id is not None and Changed("prompt", self._prompt_id) in changes:
            self._is_due = True
        if in_front:
            self.look()

    def look(self) -> None:
        """Read the prompt again if it has changed."""
        prompt_id = self._prompt_id
        if self._is_due and prompt_id is not None:
            self._is_due = False
            reading = self._store.read(lambda store: wanted_by(store, prompt_id))
            self._bridge.when(reading, self._take, lambda _error: None, owner=self)

    def _take(self, wanted: tuple[str, ...]) -> None:
        new = [name for name in wanted if name not in self._wanted and name not in self._model.columns]
        self._wanted = wanted
        for name in new:
            self._model.append_column(name)
        if new:
            names = ", ".join(f"{{{{{name}}}}}" for name in new)
            self.said.emit(f"New in the prompt: {names}. Each has its column now.")


def wanted_by(store: Store, prompt_id: str | None) -> tuple[str, ...]:
    """The variables of a prompt, none where it was deleted."""
    with suppress(NotFound):
        return variables(store.prompt(prompt_id).prompt) if prompt_id else ()
    return ()
