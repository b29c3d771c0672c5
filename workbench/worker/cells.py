"""Which cells of the cache are in use: a cell holds one token, for all the branches that have it in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Cells:
    """A count of users for every cell.

    The numbers are ours: llama.cpp has its own and does not tell them. It does the same with them, so that what is
    free here is free there.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = list(range(count))
        self._users = [0] * count

    @property
    def free(self) -> int:
        """Cells without a user."""
        return len(self._free)

    def take(self, count: int) -> list[int]:
        """Free cells, with one user from now on."""
        taken = self._free[-count:] if count else []
        del self._free[len(self._free) - count :]
        for cell in taken:
            self._users[cell] = 1
        return taken

    def share(self, cells: Iterable[int]) -> None:
        """One user more for each."""
        for cell in cells:
            self._users[cell] += 1

    def alone(self, cells: Sequence[int]) -> int:
        """How many of a branch's cells, from its end on, have no other user."""
        return next((count for count, cell in enumerate(reversed(cells)) if self._users[cell] > 1), len(cells))

    def release(self, cells: Iterable[int]) -> None:
        """One user fewer for each."""
        for cell in cells:
            self._users[cell] -= 1
            if not self._users[cell]:
                self._free.append(cell)
