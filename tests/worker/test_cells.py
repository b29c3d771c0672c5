"""The book-keeping of the cache's cells."""

from __future__ import annotations

import random

from workbench.worker.cells import Cells


def test_a_shared_cell_is_free_when_its_last_user_has_gone() -> None:
    cells = Cells(10)
    taken = cells.take(6)
    cells.share(taken[:4])
    assert cells.free == 4
    cells.release(taken)
    assert cells.free == 6
    cells.release(taken[:4])
    assert cells.free == 10


def test_no_cell_is_given_to_two() -> None:
    cells, chance = Cells(50), random.Random(1)  # noqa: S311 - no secret
    held: list[list[int]] = []
    for _ in range(500):
        if held and chance.random() < 0.5:
            cells.release(held.pop(chance.randrange(len(held))))
        elif cells.free:
            held.append(cells.take(chance.randint(0, min(9, cells.free))))
        used = [cell for one in held for cell in one]
        assert len(used) == len(set(used)) == 50 - cells.free


def test_the_cells_that_a_branch_has_alone_are_those_at_its_end() -> None:
    cells = Cells(10)
    taken = cells.take(6)
    assert cells.alone(taken) == 6
    cells.share(taken[:4])
    assert cells.alone(taken) == 2
    assert cells.alone(taken[:4]) == 0
    assert cells.alone([]) == 0
