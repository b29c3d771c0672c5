"""Runs that are asked for beside an experiment's cells, such as a judge's: each request once.

Everything here belongs to the loop's thread. Like the answer of a cell, an answer that was stored before from the
same request is taken from the store. So a judge is not asked twice about one answer, whatever happens to the
program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from workbench.core.completion import Event
from workbench.core.run import Run
from workbench.errors import StoreError
from workbench.running.experiment_plan import request_hash
from workbench.running.job import Ended, Job, checked
from workbench.running.scheduler import RunHandle, Scheduler
from workbench.running.spending import Reservation
from workbench.store import Store, StoreThread

ANSWERED = frozenset({"stop", "length", "content_filter"})
"""Stop reasons of runs that have an answer."""


_HOPELESS = frozenset({401, 402, 403, 404})
"""Statuses that the next request to the same model would get as well."""


class Stopped(Exception):
    """The person, or a spending limit, stopped the experiment before this was answered."""


class Asking:
    """Asks models on behalf of one running of an experiment."""

    def __init__(
        self,
        store: StoreThread,
        scheduler: Scheduler,
        *,
        identify: Callable[[str], Mapping[str, Any]],
        reserve: Callable[[Job], Awaitable[Reservation]],
        note: Callable[[str], None],
    ) -> None:
        """`identify` gives what makes a model that model, for the hash of a request; `reserve` the money for one.

        `reserve` raises Stopped where a spending limit is in the way. `note` hears the id of every run that is
        made, before the store hears of the run.
        """
        self._store = store
        self._scheduler = scheduler
        self._identify = identify
        self._reserve = reserve
        self._note = note
        self._under_way: dict[bytes, asyncio.Task[Run]] = {}
        self._handles: dict[str, RunHandle] = {}
        self._stopped = False

    async def run(self, job: Job, repetition: int = 0) -> Run:
        """The run that answers a job, made now or before; one that failed comes back too. Raises Stopped."""
        request = checked(job)
        key = request_hash(request, self._identify(job.model), repetition)
        if key not in self._under_way:
            task = self._under_way[key] = asyncio.create_task(self._asked(key, job))
            task.add_done_callback(lambda done: self._forget(key, done))
        # Shielded: others may wait for the same answer.
        return await asyncio.shield(self._under_way[key])

    def is_stopped(self) -> bool:
        """Whether nothing more is begun."""
        return self._stopped

    def stop(self) -> None:
        """Stop what is under way and begin nothing more."""
        self._stopped = True
        for handle in self._handles.values():
            handle.cancel()

    def _forget(self, key: bytes, done: asyncio.Task[Run]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waits gets it; that nobody waits any more is no mistake

    async def _asked(self, key: bytes, job: Job) -> Run:
        known: Run | None = await self._read(lambda store: store.answer(key))
        if known:
            return known
        reservation = await self._reserve(job)
        if self._stopped:
            reservation.settle(None)
            raise Stopped
        run = await self._made(job, reservation)
        if "not_stored" in run.details:
            raise StoreError(run.details["not_stored"])
        if run.stop_reason == "cancelled":
            raise Stopped
        if run.stop_reason in ANSWERED:
            await asyncio.wrap_future(self._store.write(lambda store: store.keep_answer(key, run.id)))
        return run

    async def _made(self, job: Job, reservation: Reservation) -> Run:
        ended: asyncio.Future[Run] = asyncio.get_running_loop().create_future()

        def listen(_: str, event: Event | Ended) -> None:
            if isinstance(event, Ended):
                ended.set_result(event.run)

        handle = self._scheduler.start(job, listen, reservation)
        self._note(handle.run_id)
        self._handles[handle.run_id] = handle
        try:
            return await ended
        finally:
            del self._handles[handle.run_id]

    async def _read(self, ask: Callable[[Store], Any]) -> Any:
        return await asyncio.wrap_future(self._store.read(ask))


def is_hopeless(run: Run) -> bool:
    """Whether every request to the same model would fail as this one did: no such model, a refused key."""
    error = run.details.get("error", {})
    return error.get("by") == "input" or error.get("status") in _HOPELESS
