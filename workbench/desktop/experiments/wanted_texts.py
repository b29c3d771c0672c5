"""Which answers' texts a grid still needs: those of rows that were painted, asked for a moment later and once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.desktop.experiments.grid_cells import GridCells, Place

_PAUSE_MS = 30
"""How long painted rows are gathered: what is scrolled past meanwhile is not fetched."""
_AHEAD = 20
"""Rows whose texts are fetched along with those on the screen, either way."""


class WantedTexts(QObject):
    """Asks for the texts of one grid's answers."""

    wanted = Signal(object)
    """A frozenset of run ids."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._seen: dict[int, None] = {}
        """Rows with a text missing, in the order in which they were painted."""
        self._asked: dict[str, set[Place]] = {}
        """Runs whose texts are on their way, with the places that wait for them."""
        self._cells: GridCells | None = None
        self._rows: Sequence[int] = ()
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self._ask_for_seen)

    def begin(self, cells: GridCells) -> None:
        """Ask for the texts of other cells from now on."""
        self._cells, self._seen, self._asked = cells, {}, {}

    def see(self, row: int, rows: Sequence[int]) -> None:
        """A row without all its texts was painted; `rows` are the cases of all rows."""
        self._seen.pop(row, None)
        self._seen[row] = None
        self._rows = rows
        if not self._soon.isActive():
            self._soon.start()

    def _ask_for_seen(self) -> None:
        """The last rows that were painted are those on the screen; they and their neighbours are asked for."""
        seen, self._seen = self._seen, {}
        if seen:
            last = next(reversed(seen))
            near = [row for row in seen if abs(row - last) <= _AHEAD]
            self.ask_for(self._rows[max(0, min(near) - _AHEAD) : max(near) + _AHEAD])

    def ask_for(self, cases: Iterable[int]) -> None:
        """Ask for the texts of some cases, as far as they are missing and not on their way."""
        if (cells := self._cells) is None:
            return
        new = set()
        for place in product(cases, range(cells.width)):
            if (run_id := cells.missing(*place)) is not None:
                if run_id not in self._asked:
                    new.add(run_id)
                self._asked.setdefault(run_id, set()).add(place)
        if new:
            self.wanted.emit(frozenset(new))

    def arrived(self, run_ids: Iterable[str]) -> set[Place]:
        """The places that waited for these texts."""
        return {place for run_id in run_ids for place in self._asked.pop(run_id, ())}
