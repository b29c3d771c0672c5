"""A workspace: one file with everything in it, open, and the parts that run prompts from it.

The window and the command line each hold exactly one of these, and nothing else of this floor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench.core.starter import StarterPrompt, load_starters
from workbench.paths import resources
from workbench.running import model_names, prices, spending
from workbench.running.backoff import STEADY, Backoff
from workbench.running.catalog import Catalog
from workbench.running.downloads import Downloads
from workbench.running.experiment import Experiments
from workbench.running.loop import Loop
from workbench.running.plugin_profile import follow_plugins
from workbench.running.prices import PriceBook
from workbench.running.scheduler import Scheduler
from workbench.running.spending import Spending
from workbench.store import Changed, StoreThread

CLOSE_SECONDS = 15.0
"""How long runs and models have to end when the program does."""


class Workspace:
    """The store, the loop, the catalog, the scheduler, experiments and downloads of one workspace file."""

    def __init__(self, path: Path, *, backoff: Backoff = STEADY) -> None:
        self.path = path
        self.store = StoreThread(path)
        self.loop = Loop()
        self.catalog = Catalog(self.store)
        self.prices = PriceBook()
        self.spending = Spending(self.store, self.prices)
        self.scheduler = Scheduler(
            self.loop, self.store, self.catalog, prices=self.prices, spending=self.spending, backoff=backoff
        )
        self.experiments = Experiments(
            self.loop, self.store, self.catalog, self.scheduler, self.spending, prices=self.prices, backoff=backoff
        )
        self.downloads = Downloads(self.loop, self.store)
        self._open = False
        self._taking: set[asyncio.Task[None]] = set()

    def start(self) -> Future[None]:
        """Open the file, making it with the starter prompts when it is new. Carries StoreError."""
        self.loop.start()
        self.store.listen(lambda changes: self.loop.call(self._take_changes, changes))
        return self.loop.submit(self._started())

    async def _started(self) -> None:
        await asyncio.wrap_future(self.store.start())
        self._open = True
        await asyncio.wrap_future(self.store.write(lambda store: store.seed_starter(starters())))
        await asyncio.wrap_future(self.store.read(model_names.take_kept))
        self._later(model_names.learn(self.store))
        await self._take_prices()

    def follow_plugins(self) -> None:
        """Bring the profile of installed `llm` plugins up to date, soon; from any thread."""
        self.loop.call(lambda: self._later(follow_plugins(self.store)))

    def _later(self, do: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(do)
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    def _take_changes(self, changes: tuple[Changed, ...]) -> None:
        """Go by changed profiles, prices and limits from the next request on. On the loop's thread."""
        self.catalog.forget_changed(changes)
        known = {("setting", prices.SETTING), ("setting", spending.SETTING)}
        if any(change.kind == "profile" or (change.kind, change.id) in known for change in changes):
            self._later(self._take_prices())

    async def _take_prices(self) -> None:
        own, limits = await asyncio.wrap_future(
            self.store.read(lambda store: (prices.kept(store), spending.kept_limits(store)))
        )
        self.prices.take(*own)
        self.spending.take(limits)

    def close(self) -> None:
        """Stop what runs and store it, let models and connections go, close the file.

        Blocks until done, though not for ever when a model does not let go; a second call does nothing.
        """
        if self._open:
            self._open = False
            with suppress(TimeoutError):
                self.loop.submit(self._closed()).result(CLOSE_SECONDS)
        self.loop.stop()
        self.store.close()

    async def _closed(self) -> None:
        await self.experiments.close()
        await self.scheduler.close()
        for task in self._taking:
            task.cancel()
        await asyncio.gather(*self._taking, return_exceptions=True)
        await self.downloads.close()
        await self.catalog.close()


def starters() -> Iterator[StarterPrompt]:
    """Read only when the store asks, which is once in the life of a workspace."""
    yield from load_starters(resources() / "starter")
