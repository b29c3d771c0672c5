"""The cells of an experiment that go through batch APIs: those of now, and those that an earlier program sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from workbench.core.batch import Batch
from workbench.core.experiment import Cell
from workbench.core.run import Run
from workbench.errors import WorkbenchError
from workbench.running.batches import Batches, Lacking, Tell
from workbench.running.catalog import Catalog
from workbench.running.experiment_plan import Asked
from workbench.running.job import checked as request_of
from workbench.running.spending import LimitReached, Purse, Reservation, Spending

Answered = Callable[[Asked, Run], Awaitable[None]]
"""Stores an answer's run and judges it."""


class BatchCells:
    """The batches of one running of an experiment."""

    def __init__(
        self,
        experiment_id: str,
        *,
        batches: Batches,
        catalog: Catalog,
        spending: Spending,
        answered: Answered,
        tell: Tell,
    ) -> None:
        self._experiment_id = experiment_id
        self._batches = batches
        self._catalog = catalog
        self._spending = spending
        self._answered = answered
        self._tell = tell
        self._stopped = asyncio.Event()
        self._held: dict[Cell, Reservation] = {}
        self.left: dict[str, str] = {}
        """Model references whose cells were left without an answer, with the reason."""
        self.limit = ""
        """The spending limit that kept cells from being sent, as a sentence."""

    def stop(self) -> None:
        """Wait no longer; what is at a server goes on there and is taken by the next resume."""
        self._stopped.set()

    async def go(self, asked: Sequence[Asked], purse: Purse | None) -> None:
        """Send cells of one profile as batches, as many as the limits allow, and take their answers."""
        affordable = [one for one in asked if await self._reserved(one, purse)]
        if not affordable or self._stopped.is_set():
            return
        try:
            lacking = await self._lacking(affordable)
            sent = await self._batches.send(self._experiment_id, affordable, lacking)
        except WorkbenchError as error:
            self._leave(affordable, str(error))
            return
        await self._finish(sent, affordable, lacking)

    async def resume(self, batches: Sequence[Batch], asked: Sequence[Asked], purse: Purse | None) -> None:
        """Go on with batches that an earlier program sent, or was about to send."""
        for one in asked:
            self._held[one.cell] = await self._spending.hold(one.job.model, request_of(one.job), purse)
        try:
            lacking = await self._lacking(asked)
        except WorkbenchError as error:
            self._leave(asked, str(error))
            return
        await self._finish(batches, asked, lacking)

    async def _finish(self, batches: Sequence[Batch], asked: Sequence[Asked], lacking: Lacking) -> None:
        by_cell = {one.cell: one for one in asked}
        async with asyncio.TaskGroup() as tasks:
            for batch in batches:
                kept = {cell: by_cell[cell] for _, cell in batch.cells if cell in by_cell}
                tasks.create_task(self._finished(batch, kept, lacking))

    async def _finished(self, batch: Batch, asked: dict[Cell, Asked], lacking: Lacking) -> None:
        try:
            outcome = await self._batches.finish(
                batch, asked, lacking=lacking, take=self._take, tell=self._tell, stop=self._stopped
            )
        except WorkbenchError as error:
            self._leave(asked.values(), str(error))
            return
        if outcome.sentence:
            self._leave(asked.values(), outcome.sentence)
        self._let_go(asked)

    async def _take(self, asked: Asked, run: Run) -> None:
        await self._answered(asked, run)
        if held := self._held.pop(asked.cell, None):
            held.settle(run)

    async def _reserved(self, asked: Asked, purse: Purse | None) -> bool:
        """Whether the money for a cell is there; without waiting, since all of a file is under way at once."""
        try:
            self._held[asked.cell] = await self._spending.reserve(
                asked.job.model, request_of(asked.job), purse, wait=False
            )
        except LimitReached as error:
            self.limit = self.limit or str(error)
            return False
        return True

    async def _lacking(self, asked: Iterable[Asked]) -> Lacking:
        found: dict[str, frozenset[str]] = {}
        for reference in {one.job.model for one in asked}:
            async with self._catalog.lease(reference) as (entry, model):
                found[reference] = entry.unsupported(model)
        return found

    def _leave(self, asked: Iterable[Asked], why: str) -> None:
        kept = tuple(asked)
        for one in kept:
            self.left.setdefault(one.job.model, why)
        self._let_go(one.cell for one in kept)

    def _let_go(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            if held := self._held.pop(cell, None):
                held.settle(None)
