"""Running experiments: every cell is asked once, whatever happens to the program on the way.

An experiment's life, on the loop's thread
1. Its cells are read from the store: those that have an answer keep it, those whose answer nobody has judged are
   judged, the others are asked. So starting and resuming are the same.
2. The cells to ask go on in lanes. The lane of a profile keeps as many requests in flight as its server takes
   (`pace`). The lane of this machine's models goes through one model after the other, so that each is loaded
   once, and gives its engine many cells at a time, in the order in which their prompts begin alike.
3. Before a cell is asked the store notes its run's id. The run is stored by the scheduler; then the cell is judged
   in a thread, since a check may compute for long, and the judgement stored.
4. A model that cannot answer at all (no such model, a refused key) is given up after its first such failure: a
   thousand cells would fail alike. Its other cells wait for a resume.

A cell that was answered before from the same request is not asked again: its run is taken from the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from workbench.core import rendering
from workbench.core.case import Case
from workbench.core.check import Judgement, Subject
from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, CellState, Experiment, checks_of
from workbench.core.run import RatedRun, Run
from workbench.errors import StoreError
from workbench.running.catalog import Catalog
from workbench.running.checks import Checker
from workbench.running.experiment_plan import Asked, Lane, jobs, lanes, request_hash, validate
from workbench.running.job import Ended
from workbench.running.job import checked as request_of
from workbench.running.loop import Loop
from workbench.running.model_identities import model_identities
from workbench.running.scheduler import RunHandle, Scheduler
from workbench.store import Store, StoreThread

LOCAL_AT_ONCE = 64
"""Cells handed to a local model's engine at a time; it decodes as many at once as fit."""

CLOUD_AHEAD = 64
"""Cells of a profile under way; how many of them are sent at once is the pace's."""

_HOPELESS = frozenset({401, 402, 403, 404})
"""Statuses that the next cell of the same model would get as well."""

Listener = Callable[[Cell, "Event | CellRecord"], None]
"""Called on the loop's thread with what streams into a cell, and last with its record; it must not block."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an experiment is run."""

    concurrency: int | None = None
    """Requests in flight to each profile, from the first on; None begins with a few and adapts."""
    cache: bool = True
    """Take answers that were made before from the same request."""
    retry_errors: bool = False
    """Ask again for cells that failed."""
    only: frozenset[Cell] | None = None
    """Ask only for these; None is all."""
    again: frozenset[Cell] = frozenset()
    """Ask for these whatever they have, and not out of the cache: another sample."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a running of an experiment ended."""

    stopped: bool = False
    given_up: Mapping[str, str] = field(default_factory=dict)
    """Model references that could not answer at all, with the reason."""


@dataclass(frozen=True, slots=True)
class ExperimentHandle:
    """An experiment on its way."""

    experiment_id: str
    done: Future[Ending]
    """Carries UserError for an experiment that cannot be run and StoreError when the workspace fails."""
    _stop: Callable[[], None] = field(repr=False)

    def stop(self) -> None:
        """Stop what runs and begin nothing more; returns at once. What is finished stays."""
        self._stop()


class Experiments:
    """Starts experiments and brings each to its end."""

    def __init__(self, loop: Loop, store: StoreThread, catalog: Catalog, scheduler: Scheduler) -> None:
        self._loop = loop
        self.store = store
        self.catalog = catalog
        self.scheduler = scheduler
        self._running: dict[_Running, asyncio.Future[Ending]] = {}
        self.checker = Checker()

    def start(self, experiment_id: str, listener: Listener, options: Options | None = None) -> ExperimentHandle:
        """Run an experiment of the store, or go on with it. From any thread, without waiting."""
        running = _Running(self, experiment_id, listener, options or Options())
        done = self._loop.submit(self._live(running))
        return ExperimentHandle(experiment_id, done, lambda: self._loop.call(running.stop))

    async def _live(self, running: _Running) -> Ending:
        ended = asyncio.ensure_future(running.live())
        self._running[running] = ended
        try:
            return await ended
        finally:
            del self._running[running]

    async def close(self) -> None:
        """Stop all and wait until each has ended. On the loop's thread."""
        for running in self._running:
            running.stop()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await asyncio.to_thread(self.checker.close)


class _Running:
    """An experiment between start and end."""

    def __init__(self, experiments: Experiments, experiment_id: str, listener: Listener, options: Options) -> None:
        self.experiment_id = experiment_id
        self._listener = listener
        self._options = options
        self._store = experiments.store
        self._catalog = experiments.catalog
        self._scheduler = experiments.scheduler
        self._checker = experiments.checker
        self._stopped = False
        self._given_up: dict[str, str] = {}
        self._handles: dict[str, RunHandle] = {}
        """Runs under way, by their ids."""

    def stop(self) -> None:
        """Begin nothing more and stop what is under way."""
        self._stopped = True
        for handle in self._handles.values():
            handle.cancel()

    async def live(self) -> Ending:
        """From the store's cells to the last judgement."""
        self._experiment = await self._read(lambda store: store.experiment(self.experiment_id))
        self._cases = {case.id: case for case in self._experiment.cases}
        await asyncio.to_thread(validate, self._experiment, self._checker.kinds)
        await self._write(lambda store: store.take_experiment(self.experiment_id))
        try:
            await self._run(await self._read(lambda store: store.cells(self.experiment_id)))
        finally:
            await self._write(lambda store: store.leave_experiment(self.experiment_id))
        return Ending(self._stopped, self._given_up)

    async def _run(self, records: Iterable[CellRecord]) -> None:
        states: set[CellState] = {"waiting", "failed"} if self._options.retry_errors else {"waiting"}
        only, kept = self._options.only, tuple(records)
        again = self._options.again
        cells = [
            one.cell
            for one in kept
            if one.cell in again or (one.state in states and (only is None or one.cell in only))
        ]
        asked = await asyncio.to_thread(jobs, self._experiment, cells)
        models = {one.job.model for one in asked}
        self._identities = await model_identities(self._store, self._catalog, models)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(
                    self._judge_all(one for one in kept if one.state == "done" and not one.judgement)
                )
                for lane in lanes(asked):
                    tasks.create_task(self._go(lane))
        except BaseExceptionGroup as group:
            self.stop()
            raise _first(group) from None

    async def _judge_all(self, records: Iterable[CellRecord]) -> None:
        """Judge what was answered when the program ended before it could."""
        for record in records:
            if record.run_id is not None and not self._stopped:
                await self._judged(record.cell, await self._stored(record.run_id), cached=record.cached)

    # A lane

    async def _go(self, lane: Lane) -> None:
        """Ask its cells, so many at a time."""
        if self._options.concurrency and not lane.local:
            await self._set_pace(lane, self._options.concurrency)
        ahead = LOCAL_AT_ONCE if lane.local else max(CLOUD_AHEAD, self._options.concurrency or 0)
        slots = asyncio.Semaphore(ahead)
        model = ""
        async with asyncio.TaskGroup() as tasks:
            under_way: set[asyncio.Task[None]] = set()
            for one in lane.asked:
                if lane.local and model != one.job.model:
                    await self._change_model(model, under_way)
                    model = one.job.model
                await slots.acquire()
                if self._stopped:
                    break
                if one.job.model in self._given_up:
                    slots.release()
                    continue
                task = tasks.create_task(self._answered(one, slots))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def _change_model(self, model: str, under_way: set[asyncio.Task[None]]) -> None:
        """One local model after the other: the next one may need all the memory."""
        if under_way:
            await asyncio.wait(under_way)
        if model:
            await self._catalog.unload(model)

    async def _set_pace(self, lane: Lane, at_once: int) -> None:
        try:
            async with self._catalog.lease(lane.asked[0].job.model) as (entry, _):
                if entry.pace:
                    entry.pace.set_most(at_once)
        except Exception:  # noqa: BLE001 - an unknown profile is what the cells' own runs will say
            return

    # A cell

    async def _answered(self, asked: Asked, slots: asyncio.Semaphore) -> None:
        try:
            request = request_of(asked.job)
            key = request_hash(request, self._identities[asked.job.model], asked.cell.repetition)
            run = await self._read(lambda store: store.answer(key)) if self._may_be_cached(asked.cell) else None
            if run is not None:
                self._begin(asked.cell, run.id, cached=True)
                await self._judged(asked.cell, run, cached=True)
                return
            run = await self._run_job(asked)
            await self._keep(asked, run, key)
        finally:
            slots.release()

    def _may_be_cached(self, cell: Cell) -> bool:
        return self._options.cache and cell not in self._options.again

    async def _run_job(self, asked: Asked) -> Run:
        """Ask; the cell's row is queued for the store before anything of its run is."""
        ended: asyncio.Future[Run] = asyncio.get_running_loop().create_future()

        def listen(_: str, event: Event | Ended) -> None:
            if isinstance(event, Ended):
                ended.set_result(event.run)
            else:
                self._listener(asked.cell, event)

        handle = self._scheduler.start(asked.job, listen)
        self._begin(asked.cell, handle.run_id, cached=False)
        self._handles[handle.run_id] = handle
        try:
            return await ended
        finally:
            del self._handles[handle.run_id]

    def _begin(self, cell: Cell, run_id: str, *, cached: bool) -> None:
        """Note the run of a cell. Nobody waits: the store writes in the order of asking."""
        self._store.write(lambda store: store.begin_cell(self.experiment_id, cell, run_id, cached=cached))

    async def _keep(self, asked: Asked, run: Run, key: bytes) -> None:
        if "not_stored" in run.details:
            raise StoreError(run.details["not_stored"])
        match state_of(run):
            case "done":
                if run.stop_reason != "content_filter":
                    self._store.write(lambda store: store.keep_answer(key, run.id))
                await self._judged(asked.cell, run, cached=False)
            case "failed":
                if _is_hopeless(run):
                    self._given_up.setdefault(asked.job.model, run.error or "")
                self._listener(asked.cell, _record(asked.cell, run, "failed"))
            case "waiting":
                self._listener(asked.cell, CellRecord(asked.cell))

    async def _judged(self, cell: Cell, run: Run, *, cached: bool) -> None:
        case = self._cases[cell.case]
        judgement = await asyncio.to_thread(judged, self._experiment, case, run, self._checker)
        await self._write(lambda store: store.judge_cell(self.experiment_id, cell, judgement))
        self._listener(cell, _record(cell, run, "done", judgement, cached=cached))

    # The store

    async def _stored(self, run_id: str) -> Run:
        rated: RatedRun = await self._read(lambda store: store.run(run_id))
        return rated.run

    async def _read(self, ask: Callable[[Store], Any]) -> Any:
        return await asyncio.wrap_future(self._store.read(ask))

    async def _write(self, do: Callable[[Store], None]) -> None:
        await asyncio.wrap_future(self._store.write(do))


def judged(experiment: Experiment, case: Case, run: Run, checker: Checker) -> Judgement:
    """Judge a run as the answer to a case."""
    subject = Subject(
        text=rendering.part(run.prompt.chain_of_thought, run.text).answer,
        expected=case.expected,
        values=case.values,
        latency_ms=run.timings.total_ms,
        cost=run.cost,
        tokens=run.usage.completion_tokens if run.usage else None,
    )
    return checker.judge(checks_of(experiment, case), subject, pass_score=case.pass_score)


def state_of(run: Run) -> CellState:
    """What a run makes of its cell."""
    match run.stop_reason:
        case "stop" | "length" | "content_filter":
            return "done"
        case "cancelled":
            return "waiting"
        case _:
            return "failed"


def _first(error: BaseException) -> BaseException:
    """What went wrong first, out of groups within groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _is_hopeless(run: Run) -> bool:
    error = run.details.get("error", {})
    return error.get("by") == "input" or error.get("status") in _HOPELESS


def _record(
    cell: Cell, run: Run, state: CellState, judgement: Judgement | None = None, *, cached: bool = False
) -> CellRecord:
    return CellRecord(
        cell=cell,
        run_id=run.id,
        cached=cached,
        state=state,
        judgement=judgement,
        stop_reason=run.stop_reason,
        error=run.error,
        total_ms=run.timings.total_ms,
        usage=run.usage,
        cost=run.cost,
    )
