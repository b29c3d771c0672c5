"""The scheduler: every job becomes one stored run, whatever happens to it on the way.

A job's life, on the loop's thread
1. `Scheduler.start` checks the job in the caller's thread and hands it over; the money that it can cost is
   reserved, a slot of its provider is awaited.
2. The store hears of the run before the request is sent, and of its text while it streams, so that a killed
   program loses at most two seconds of it.
3. Events go to the listener as they come. A failed attempt is repeated as `backoff` says, but never after text
   was shown; a parameter that the model turns out not to take is left out, and the run says so. Cancelling ends
   the provider's task, which frees its socket at once, also while a retry is awaited.
4. The run is stored, then the listener gets `Ended`. A run that cannot be stored is delivered all the same, with
   the reason in `details["not_stored"]`, and kept here until it can.

Each job is two tasks: the outer one always lives to its `Ended`; only the inner one, which streams, is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.completion import Delta, Event, Notice, ReasoningDelta, Request
from workbench.core.identifier import new_id
from workbench.core.run import Run
from workbench.errors import StoreError, WorkbenchError
from workbench.running.backoff import MOST_RETRIES, STEADY, Backoff, is_limit, notice
from workbench.running.catalog import Catalog, Entry
from workbench.running.drafts import Drafts
from workbench.running.job import Ended, Job, checked
from workbench.running.loop import Loop
from workbench.running.prices import PriceBook
from workbench.running.recording import Recording, Sendable, sendable
from workbench.running.spending import Reservation, Spending
from workbench.store import Store, StoreThread

Listener = Callable[[str, Event | Ended], None]
"""Called on the loop's thread with the run's id; it must not block."""

FLUSH_SECONDS = 1.5
"""How old unstored text may get; with the time of a commit this stays below two seconds."""

BEGIN_SECONDS = 1.0
"""How long a request waits for the store to note it; a busy store must not hold an answer back."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunHandle:
    """A job on its way."""

    run_id: str
    _cancel: Callable[[], None] = field(repr=False)

    def cancel(self) -> None:
        """Stop it, now or before it starts; returns at once, and a second time does nothing."""
        self._cancel()


class _Running:
    """A job between start and end."""

    def __init__(
        self,
        job: Job,
        recording: Recording,
        request: Request,
        listener: Listener,
        reservation: Reservation | None,
    ) -> None:
        self.job = job
        self.reservation = reservation
        """The money for it; None until it is reserved."""
        self.recording = recording
        self.request = request
        self.listener = listener
        self.streaming: asyncio.Task[None] | None = None
        self.cancelled = False
        self.flushing: asyncio.TimerHandle | None = None
        """Set from the first unstored piece of text until it is stored."""
        self.unflushed = False
        """Whether text came that is in no flush yet."""

    def tell(self, event: Event | Ended) -> None:
        """Hand an event to the listener; a bug in it must not cost the run."""
        try:
            self.listener(self.recording.id, event)
        except Exception:  # noqa: BLE001 - reported with its traceback
            _log.exception("The listener of run %s failed on %s.", self.recording.id, type(event).__name__)

    def cancel(self) -> None:
        """End the stream. Only once: a second cancellation would interrupt the cleaning up."""
        if not self.cancelled:
            self.cancelled = True
            if self.streaming:
                self.streaming.cancel()

    def end_flushing(self) -> None:
        """No flush from now on: the whole run is about to be stored."""
        self.unflushed = False
        if self.flushing:
            self.flushing.cancel()


class Scheduler:
    """Starts jobs and brings each to its end."""

    def __init__(
        self,
        loop: Loop,
        store: StoreThread,
        catalog: Catalog,
        *,
        prices: PriceBook,
        spending: Spending,
        backoff: Backoff = STEADY,
    ) -> None:
        self._loop = loop
        self._prices = prices
        self._spending = spending
        self._store = store
        self._catalog = catalog
        self._backoff = backoff
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsaved: dict[str, Run] = {}
        self._drafts = Drafts()

    def start(self, job: Job, listener: Listener, reservation: Reservation | None = None) -> RunHandle:
        """Run a job. From any thread, without waiting; the listener gets its events and at last `Ended`.

        A caller that has reserved the money hands the reservation over; otherwise the month's limit is asked, and
        a run that it does not allow ends with an error.

        Raises what `checked` raises, before anything is written or sent: the job itself is at fault. All that can
        fail later ends in the run.
        """
        request = checked(job)
        run_id = new_id()
        recording = Recording(run_id, job, request, self._prices)
        running = _Running(job, recording, request, listener, reservation)
        self._loop.call(self._begin, running)
        return RunHandle(run_id, lambda: self._loop.call(running.cancel))

    @property
    def unsaved(self) -> tuple[Run, ...]:
        """Runs that ended and could not be stored; they are tried again with the next one that ends."""
        return tuple(self._unsaved.values())

    async def close(self) -> None:
        """Cancel every job and wait until each is stored. On the loop's thread."""
        for running in list(self._running.values()):
            running.cancel()
        await asyncio.gather(*self._tasks)
        await self._save_unsaved()

    def _begin(self, running: _Running) -> None:
        self._running[running.recording.id] = running
        task = asyncio.create_task(self._live(running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self, running: _Running) -> None:
        """From hand-over to `Ended`."""
        recording = running.recording
        if running.cancelled:
            run = recording.run("cancelled")
        else:
            running.streaming = asyncio.create_task(self._stream(running))
            await asyncio.wait([running.streaming])
            run = _ended(running.streaming, recording, cancelled=running.cancelled)
        running.end_flushing()
        self._drafts.keep(run)
        run = await self._stored(run)
        if running.reservation:
            running.reservation.settle(run)
        del self._running[recording.id]
        running.tell(Ended(run))

    async def _stream(self, running: _Running) -> None:
        """Attempts, until one ends well or there is no sense in another."""
        recording, tries, first = running.recording, Counter[bool](), True
        if running.reservation is None:
            running.reservation = await self._spending.reserve(running.job.model, running.request)
        async with self._catalog.lease(running.job.model) as (entry, model):
            while True:
                sending = self._sending(running, entry, model)
                try:
                    return await self._attempt(running, entry, sending.request, first=first)
                except WorkbenchError as error:
                    first = False
                    if name := entry.learns(model, error):
                        running.tell(Notice(f"{model} does not take {name}: asking again without it."))
                        continue
                    # A server at its limit is not one that fails: its refusals are counted by themselves.
                    limited = is_limit(error)
                    most, tried = running.job.patience if limited else MOST_RETRIES, tries[limited]
                    seconds = None if recording.has_text else self._backoff.wait(error, tried, most=most)
                    if seconds is None:
                        raise
                    recording.retried(error, seconds)
                    running.tell(notice(error, seconds, tried, most=most))
                    tries[limited] += 1
                await asyncio.sleep(seconds)

    def _sending(self, running: _Running, entry: Entry, model: str) -> Sendable:
        """The request with what the model takes, as far as that is known by now."""
        job = running.job
        request = replace(running.request, draft=self._drafts.find(job), one_of_many=job.one_of_many)
        sending = sendable(request, entry.unsupported(model), model=model)
        if sending.left_out:
            running.recording.details["not_sent"] = list(sending.left_out)
        return sending

    async def _attempt(self, running: _Running, entry: Entry, request: Request, *, first: bool) -> None:
        async with entry.pace.turn() if entry.pace else nullcontext():
            if first:
                await self._noted(running.recording)
            running.recording.sent()
            # Closed by us, not when the garbage is collected: a bug below must not leave a server generating.
            async with aclosing(entry.provider.complete(request)) as events:
                async for event in events:
                    running.recording.take(event)
                    if isinstance(event, Delta | ReasoningDelta):
                        self._flush_soon(running)
                    running.tell(event)

    async def _noted(self, recording: Recording) -> None:
        """Tell the store of the run, and wait for it a moment; that it failed shows when the run is stored."""
        run = recording.run("cancelled")
        await asyncio.wait([_silent(self._store.write(lambda store: store.begin_run(run)))], timeout=BEGIN_SECONDS)

    def _flush_soon(self, running: _Running) -> None:
        running.unflushed = True
        if running.flushing is None:
            running.flushing = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush, running)

    def _flush(self, running: _Running) -> None:
        """Store the text so far; once that is written, the clock starts again for what came meanwhile."""
        run_id = running.recording.id
        text, reasoning = running.recording.text()
        running.unflushed = False
        written = _silent(self._store.write(lambda store: store.flush_run(run_id, text, reasoning)))

        def go_on(_: asyncio.Future[Any]) -> None:
            running.flushing = None
            if running.unflushed:
                self._flush_soon(running)

        written.add_done_callback(go_on)

    async def _stored(self, run: Run) -> Run:
        """The run, stored; or with a note why it is not, and kept."""
        try:
            await asyncio.wrap_future(self._store.write(_finish(run)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer in hand must not be lost to it
            if not isinstance(error, StoreError):
                _log.exception("Run %s was not stored.", run.id)
            run = replace(run, details={**run.details, "not_stored": str(error)})
            self._unsaved[run.id] = run
            return run
        await self._save_unsaved()
        return run

    async def _save_unsaved(self) -> None:
        """Store what could not be stored before; what still cannot be is kept."""
        for run in list(self._unsaved.values()):
            try:
                await asyncio.wrap_future(self._store.write(_finish(run)))
            except StoreError:
                return
            self._unsaved.pop(run.id, None)


def _finish(run: Run) -> Callable[[Store], None]:
    return lambda store: store.finish_run(run)


def _silent(future: Any) -> asyncio.Future[Any]:
    """The store's future for this loop; that it failed is not reported a second time."""
    wrapped: asyncio.Future[Any] = asyncio.wrap_future(future)
    wrapped.add_done_callback(lambda done: done.cancelled() or done.exception())
    return wrapped


def _ended(stream: asyncio.Task[None], recording: Recording, *, cancelled: bool) -> Run:
    """The run that a finished stream leaves."""
    if stream.cancelled():
        return recording.run("cancelled")
    match stream.exception():
        case None:
            return recording.run("cancelled" if cancelled and not recording.finished else None)
        case _ if cancelled:
            return recording.run("cancelled")
        case WorkbenchError() as error:
            return recording.run("error", error)
        case bug:
            return recording.run("error", _reported(bug, recording.id))


def _reported(bug: BaseException | None, run_id: str) -> WorkbenchError:
    """A bug as a run's error. Without its own message: what a library raises may quote a key."""
    place = "".join(traceback.format_tb(bug.__traceback__)) if bug else ""
    _log.error("Run %s failed with %s.\n%s", run_id, type(bug).__name__, place)
    advice = "Please report it; the log says where."
    return WorkbenchError(f"The workbench itself failed ({type(bug).__name__}).", advice=advice, details=place)
