"""Running experiments: every cell is asked once, whatever happens to the program on the way.

An experiment's life, on the loop's thread
1. Its cells are read from the store: those that have an answer keep it, those whose answer nobody has judged are
   judged, the others are asked. So starting and resuming are the same.
2. The cells to ask go on in lanes. The lane of a profile keeps as many requests in flight as its server takes
   (`pace`). The lane of this machine's models goes through one model after the other, so that each is loaded
   once, and gives its engine many cells at a time, in the order in which their prompts begin alike.
3. Before a cell is asked the store notes its run's id. The run is stored by the scheduler; then the cell is judged
   (`judging`) and the judgement stored. What a model of this machine has to judge waits until the lanes are done.
4. A model that cannot answer at all (no such model, a refused key) is given up after its first such failure: a
   thousand cells would fail alike. Its other cells wait for a resume.

A cell that was answered before from the same request is not asked again: its run is taken from the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, CellState, Experiment
from workbench.core.model_reference import parse
from workbench.core.run import Run
from workbench.errors import NotFound, StoreError, UserError
from workbench.running.asking import Asking, Stopped, is_hopeless
from workbench.running.awake import Awake
from workbench.running.backoff import Backoff
from workbench.running.batch_cells import BatchCells
from workbench.running.batches import Batches
from workbench.running.catalog import Catalog
from workbench.running.checks import Checker
from workbench.running.embedding import Embeddings
from workbench.running.experiment_plan import Asked, Lane, jobs, lanes, models_of, request_hash, validate
from workbench.running.job import Ended, Job
from workbench.running.job import checked as request_of
from workbench.running.judging import Judging
from workbench.running.loop import Loop
from workbench.running.model_identities import model_identities
from workbench.running.prices import PriceBook
from workbench.running.python_checks import PythonChecks
from workbench.running.scheduler import RunHandle, Scheduler
from workbench.running.spending import LimitReached, Purse, Reservation, Spending
from workbench.store import Store, StoreThread

LOCAL_AT_ONCE = 64
"""Cells handed to a local model's engine at a time; it decodes as many at once as fit."""

CLOUD_AHEAD = 64
"""Cells of a profile under way; how many of them are sent at once is the pace's."""

Listener = Callable[[Cell, "Event | CellRecord"], None]
"""Called on the loop's thread with what streams into a cell, and last with its record; it must not block.

A cell whose answer a model or a program judges is told of twice: answered, without a judgement, and then judged.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """How an experiment is run."""

    concurrency: int | None = None
    """Requests in flight to each profile, from the first on; None begins with a few and adapts."""
    cache: bool = True
    """Take answers that were made before from the same request."""
    retry_errors: bool = False
    """Ask again for cells that failed, and for verdicts that could not be had."""
    only: frozenset[Cell] | None = None
    """Ask only for these; None is all."""
    spending_limit: float | None = None
    """US dollars that the whole experiment may cost; before it is passed, it stops. None is no limit."""
    batch: bool = False
    """Send a profile's cells through its batch API: cheaper, and answered within a day."""
    again: frozenset[Cell] = frozenset()
    """Ask for these whatever they have, and not out of the cache: another sample."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a running of an experiment ended."""

    stopped: bool = False
    given_up: Mapping[str, str] = field(default_factory=dict)
    """Model references that could not answer at all, with the reason; judges too."""
    limit: str = ""
    """The spending limit that it stopped at, as a sentence; empty when there was none in the way."""
    unknown_costs: int = 0
    """Answers of unknown price that a limit could not count; 0 without a limit."""


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

    def __init__(
        self,
        loop: Loop,
        store: StoreThread,
        catalog: Catalog,
        scheduler: Scheduler,
        spending: Spending,
        *,
        prices: PriceBook,
        backoff: Backoff,
    ) -> None:
        self._loop = loop
        self.store = store
        self.catalog = catalog
        self.scheduler = scheduler
        self.spending = spending
        self.batches = Batches(store, prices, backoff)
        self.awake = Awake()
        self._running: dict[_Running, asyncio.Future[Ending]] = {}
        self.checker = Checker()

    async def validate(self, experiment: Experiment) -> None:
        """Raise UserError for what could only fail: a check, a case, a judge that there is not. On the loop."""
        await asyncio.to_thread(validate, experiment, self.checker.kinds)
        for model in sorted(models_of(experiment)):
            if name := parse(model).profile:
                await self._find_profile(name, model)

    async def _find_profile(self, name: str, model: str) -> None:
        try:
            await asyncio.wrap_future(self.store.read(lambda store: store.profile(name)))
        except NotFound as error:
            said = f"The judge {model} cannot be asked. {error.message}"
            raise UserError(said, advice=error.advice) from error

    def start(self, experiment_id: str, listener: Listener, options: Options | None = None) -> ExperimentHandle:
        """Run an experiment of the store, or go on with it. From any thread, without waiting."""
        running = _Running(self, experiment_id, listener, options or Options())
        done = self._loop.submit(self._live(running))
        return ExperimentHandle(experiment_id, done, lambda: self._loop.call(running.stop))

    async def _live(self, running: _Running) -> Ending:
        ended = asyncio.ensure_future(running.live())
        self._running[running] = ended
        try:
            async with self.awake.held():
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
        self._spending = experiments.spending
        self._purse: Purse | None = None
        self._too_dear: dict[str, str] = {}
        """Model references whose next cell would pass a spending limit, with the sentence that says so."""
        self._batch_cells = BatchCells(
            experiment_id,
            batches=experiments.batches,
            catalog=experiments.catalog,
            spending=experiments.spending,
            answered=self._answered_by_batch,
            tell=listener,
        )
        self._stopped = False
        self._given_up: dict[str, str] = {}
        self._identities: Mapping[str, Mapping[str, Any]] = {}
        self._asking = Asking(
            self._store,
            self._scheduler,
            identify=lambda model: self._identities[model],
            reserve=self._reserved_for_judge,
            note=self._note_asked,
        )
        self._loaded = ""
        """The model of this machine that was asked last."""
        self._handles: dict[str, RunHandle] = {}
        """Runs under way, by their ids."""

    def stop(self) -> None:
        """Begin nothing more and stop what is under way."""
        self._stopped = True
        for handle in self._handles.values():
            handle.cancel()
        self._asking.stop()
        self._batch_cells.stop()

    async def live(self) -> Ending:
        """From the store's cells to the last judgement."""
        self._experiment = await self._read(lambda store: store.experiment(self.experiment_id))
        self._judging = Judging(
            self._experiment,
            self._checker,
            asking=self._asking,
            embeddings=Embeddings(self._catalog),
            programs=PythonChecks(self._store),
            store=self._store,
            tell=lambda record: self._listener(record.cell, record),
        )
        await asyncio.to_thread(validate, self._experiment, self._checker.kinds)
        await self._write(lambda store: store.take_experiment(self.experiment_id))
        try:
            self._purse = await self._spending.purse(self.experiment_id, self._options.spending_limit)
            await self._run(await self._read(lambda store: store.cells(self.experiment_id)))
        finally:
            await self._write(lambda store: store.leave_experiment(self.experiment_id))
        return await self._ending()

    async def _ending(self) -> Ending:
        limited = self._purse is not None or self._spending.limits.month is not None
        spent = await self._read(lambda store: store.experiment_cost(self.experiment_id)) if limited else (0.0, 0)
        limit = next(iter(self._too_dear.values()), self._batch_cells.limit)
        given_up = {**self._given_up, **self._batch_cells.left, **self._judging.given_up}
        return Ending(self._stopped, given_up, limit, spent[1])

    async def _run(self, records: Iterable[CellRecord]) -> None:
        states: set[CellState] = {"waiting", "failed"} if self._options.retry_errors else {"waiting"}
        only, kept = self._options.only, tuple(records)
        again = self._options.again
        open_batches = await self._read(lambda store: store.open_batches(self.experiment_id))
        # What is at a server already is taken from there, whatever is asked for now: it is paid for.
        batched = {cell for batch in open_batches for _, cell in batch.cells}
        cells = [
            one.cell
            for one in kept
            if one.cell not in batched
            and (one.cell in again or (one.state in states and (only is None or one.cell in only)))
        ]
        asked = await asyncio.to_thread(jobs, self._experiment, cells)
        sent = await asyncio.to_thread(jobs, self._experiment, sorted(batched, key=str))
        models = {one.job.model for one in (*asked, *sent)} | models_of(self._experiment)
        self._identities = await model_identities(self._store, self._catalog, models)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._beside = tasks
                tasks.create_task(self._judge_all(self._unjudged(kept, but=frozenset(cells))))
                if open_batches:
                    tasks.create_task(self._batch_cells.resume(open_batches, sent, self._purse))
                for lane in lanes(asked):
                    in_batches = self._options.batch and lane.has_batches
                    tasks.create_task(self._go_in_batches(lane) if in_batches else self._go(lane))
            await self._judging.finish(self._catalog.unload, self._loaded)
        except BaseExceptionGroup as group:
            self.stop()
            raise _first(group) from None

    def _unjudged(self, records: Iterable[CellRecord], *, but: frozenset[Cell]) -> Iterator[CellRecord]:
        again = self._options.retry_errors
        return (one for one in records if one.cell not in but and self._judging.wants(one, again=again))

    async def _judge_all(self, records: Iterable[CellRecord]) -> None:
        """Judge what was answered when the program ended before it could."""
        for record in records:
            if record.run_id is not None and not self._stopped:
                run = await self._judging.stored(record.run_id)
                await self._judging.take(replace(record, judgement=None), run, self._beside)

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
                if lane.local and model != (base := str(parse(one.job.model).base)):
                    if under_way:  # one local model after the other; room is made for the next one if need be
                        await asyncio.wait(under_way)
                    model = self._loaded = base
                await slots.acquire()
                if self._stopped:
                    break
                if one.job.model in self._given_up or one.job.model in self._too_dear:
                    slots.release()
                    continue
                task = tasks.create_task(self._answered(one, slots))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def _go_in_batches(self, lane: Lane) -> None:
        """Send what nobody has answered before through the server's batch API."""
        unanswered = [one for one in lane.asked if not self._stopped and not await self._cached(one)]
        await self._batch_cells.go(unanswered, self._purse)

    async def _answered_by_batch(self, asked: Asked, run: Run) -> None:
        self._begin(asked.cell, run.id, cached=False)
        await self._write(lambda store: store.finish_run(run))
        await self._keep(asked, run, self._key(asked))

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
            if await self._cached(asked):
                return
            reservation = await self._reserved(asked)
            if reservation is None:
                return
            run = await self._run_job(asked, reservation)
            await self._keep(asked, run, self._key(asked))
        finally:
            slots.release()

    def _key(self, asked: Asked) -> bytes:
        return request_hash(request_of(asked.job), self._identities[asked.job.model], asked.cell.repetition)

    async def _cached(self, asked: Asked) -> bool:
        """Whether the cell's answer was made before; it is taken and judged then."""
        if not self._options.cache or asked.cell in self._options.again:
            return False
        key = self._key(asked)
        run = await self._read(lambda store: store.answer(key))
        if run is None:
            return False
        self._begin(asked.cell, run.id, cached=True)
        await self._judging.take(_record(asked.cell, run, "done", cached=True), run, self._beside)
        return True

    async def _reserved(self, asked: Asked) -> Reservation | None:
        """The money for a cell; None where a limit is in the way, or where the person stopped meanwhile."""
        try:
            reservation = await self._spending.reserve(asked.job.model, request_of(asked.job), self._purse)
        except LimitReached as error:
            self._too_dear.setdefault(asked.job.model, str(error))
            self._listener(asked.cell, CellRecord(asked.cell))
            return None
        if self._stopped or asked.job.model in self._too_dear:
            reservation.settle(None)
            return None
        return reservation

    async def _reserved_for_judge(self, job: Job) -> Reservation:
        """The money for a judge's answer. Raises Stopped where a limit is in the way: the verdict waits then."""
        try:
            return await self._spending.reserve(job.model, request_of(job), self._purse)
        except LimitReached as error:
            self._too_dear.setdefault(job.model, str(error))
            raise Stopped from error

    def _note_asked(self, run_id: str) -> None:
        """Let a judge's run count as this experiment's, whatever becomes of its verdict."""
        self._store.write(lambda store: store.note_asked(self.experiment_id, run_id))

    async def _run_job(self, asked: Asked, reservation: Reservation) -> Run:
        """Ask; the cell's row is queued for the store before anything of its run is."""
        ended: asyncio.Future[Run] = asyncio.get_running_loop().create_future()

        def listen(_: str, event: Event | Ended) -> None:
            if isinstance(event, Ended):
                ended.set_result(event.run)
            else:
                self._listener(asked.cell, event)

        handle = self._scheduler.start(asked.job, listen, reservation)
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
                await self._judging.take(_record(asked.cell, run, "done"), run, self._beside)
            case "failed":
                if is_hopeless(run):
                    self._given_up.setdefault(asked.job.model, run.error or "")
                self._listener(asked.cell, _record(asked.cell, run, "failed"))
            case "waiting":
                self._listener(asked.cell, CellRecord(asked.cell))

    # The store

    async def _read(self, ask: Callable[[Store], Any]) -> Any:
        return await asyncio.wrap_future(self._store.read(ask))

    async def _write(self, do: Callable[[Store], None]) -> None:
        await asyncio.wrap_future(self._store.write(do))


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


def _record(cell: Cell, run: Run, state: CellState, *, cached: bool = False) -> CellRecord:
    return CellRecord(
        cell=cell,
        run_id=run.id,
        cached=cached,
        state=state,
        stop_reason=run.stop_reason,
        error=run.error,
        total_ms=run.timings.total_ms,
        usage=run.usage,
        cost=run.cost,
    )
