"""Cells of an experiment through a provider's batch API: sent as files, asked about, taken when they are ready.

A batch's life
1. It is noted in the store with the run ids that its answers will have. Then its file is uploaded under a name
   that holds our id, and the batch is made with our id in its metadata; the server's names are noted after each
   step.
2. It is asked about, ever more seldom, until it has ended. Its answers become runs and cells, each under the id
   that was noted, so that a second taking of the same answers changes nothing.
3. Cells that the server left unanswered (it expired, or was cancelled) stay waiting.

A program that was killed finds its open batches in the store and goes on asking. Where the kill came between the
server's answer and our note of it, the batch or its file is found at the server by our id. So nothing is sent
twice.

Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from workbench.core.batch import Batch, BatchState
from workbench.core.completion import Finished, Notice, Timings
from workbench.core.experiment import Cell
from workbench.core.identifier import new_id
from workbench.core.model_reference import parse
from workbench.core.profile import Profile
from workbench.core.run import Run
from workbench.errors import ServerError
from workbench.providers.batch_api import BatchApi, RemoteBatch, Result, batch_line
from workbench.running.backoff import Backoff
from workbench.running.experiment_plan import Asked
from workbench.running.job import checked as request_of
from workbench.running.presets import batch_share
from workbench.running.prices import PriceBook
from workbench.running.recording import Recording, sendable
from workbench.store import Store, StoreThread

MOST_REQUESTS = 50_000
MOST_BYTES = 100 * 1024 * 1024
"""Of one file; OpenAI takes 50,000 requests and 200 MB."""

_SLOWER = 1.5
"""By what the wait grows from asking to asking."""

_LONGEST_FACTOR = 3.0
"""Asking is slower than retrying: at most so many times the longest wait of a retry."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a batch ended."""

    sentence: str = ""
    """Why cells of it have no answer; empty when all have."""
    stopped: bool = False
    """Whether nobody waits for it any more; it goes on at the server."""


IN_BATCH = "In a batch at "
"""How the notices of cells begin whose batch is at work."""

Lacking = Mapping[str, frozenset[str]]
"""What each model, by its reference, does not take."""

Take = Callable[[Asked, Run], Awaitable[None]]
"""Called with every answer."""

Tell = Callable[[Cell, Notice], None]


class Batches:
    """The batch APIs that a workspace's experiments use."""

    def __init__(self, store: StoreThread, prices: PriceBook, backoff: Backoff) -> None:
        self._store = store
        self._prices = prices
        self._backoff = backoff

    async def send(self, experiment_id: str, asked: Sequence[Asked], lacking: Lacking) -> tuple[Batch, ...]:
        """Note these cells of one profile as batches, and send them.

        Raises ModelError and UserError; what was noted stays open then, and `finish` sends it.
        """
        sent = []
        async with self._api(parse(asked[0].job.model).profile) as api:
            for part in _parts(api.profile, asked, lacking):
                cells = tuple((run_id, one.cell) for run_id, one, _ in part)
                batch = Batch(new_id(), experiment_id, api.profile.name, cells)
                await self._begin(batch)
                sent.append(await self._sent(api, batch, [line for _, _, line in part], fresh=True))
        return tuple(sent)

    async def finish(
        self,
        batch: Batch,
        asked: Mapping[Cell, Asked],
        *,
        lacking: Lacking,
        take: Take,
        tell: Tell,
        stop: asyncio.Event,
    ) -> Outcome:
        """Wait until a batch has ended and take its answers; one that was never sent is sent first.

        Raises ModelError and UserError where the server cannot be asked; the batch stays open then.
        """
        async with self._api(batch.profile) as api:
            if batch.state == "begun":
                lines = [_line(api.profile, run_id, asked[cell], lacking) for run_id, cell in batch.cells]
                batch = await self._sent(api, batch, lines, fresh=False)
            remote = await self._ended(api, batch, tell, stop)
            if remote is None:
                return Outcome(stopped=True)
            taken = await self._take(api, batch, remote, asked, take)
        state: BatchState = "cancelled" if remote.status == "cancelled" else "ended"
        await self._note(batch, state, batch.input_file, batch.remote_id)
        return Outcome(_sentence(batch, remote, len(batch.cells) - taken))

    async def cancel(self, experiment_id: str) -> int:
        """Ask the servers to give up the open batches of an experiment; how many there were.

        What was answered by then is taken by the next resume. Raises ModelError and UserError.
        """
        waiting = self._store.read(lambda store: store.open_batches(experiment_id))
        batches = await asyncio.wrap_future(waiting)
        for batch in batches:
            async with self._api(batch.profile) as api:
                found = None if batch.remote_id else await api.find(batch.id)
                if remote_id := found.id if found else batch.remote_id:
                    await api.cancel(remote_id)
                    await self._note(batch, "sent", batch.input_file, remote_id)
                else:  # nothing of it ever arrived
                    await self._note(batch, "cancelled", batch.input_file, "")
        return len(batches)

    @asynccontextmanager
    async def _api(self, profile_name: str) -> AsyncIterator[BatchApi]:
        from workbench.providers.keys import find_access

        profile = await asyncio.wrap_future(self._store.read(lambda store: store.profile(profile_name)))
        api = BatchApi(profile, await asyncio.to_thread(find_access, profile))
        try:
            yield api
        finally:
            await api.close()

    # Sending

    async def _sent(self, api: BatchApi, batch: Batch, lines: Sequence[str], *, fresh: bool) -> Batch:
        """The batch at work at its server. Unless it is `fresh`, what was done before is looked for there."""
        tries = 0
        while True:
            try:
                if not fresh and (found := await api.find(batch.id)):
                    return await self._note(batch, "sent", batch.input_file, found.id)
                file_id = batch.input_file or (None if fresh else await api.find_file(_file_name(batch)))
                if not file_id:
                    file_id = await api.upload(_file_name(batch), "".join(lines).encode())
                batch = await self._note(batch, "begun", file_id, "")
                return await self._note(batch, "sent", file_id, (await api.create(file_id, batch.id)).id)
            except ServerError as error:
                # The server may have done what it did not get to say, so the next attempt looks for it.
                fresh = False
                seconds = self._backoff.wait(error, tries)
                if seconds is None:
                    raise
                tries += 1
            await asyncio.sleep(seconds)

    # Waiting

    async def _ended(self, api: BatchApi, batch: Batch, tell: Tell, stop: asyncio.Event) -> RemoteBatch | None:
        """The batch when it has ended; None when stopped before. Raises what no further asking would mend."""
        seconds, said = self._backoff.first, ""
        while not stop.is_set():
            remote = await _status(api, batch.remote_id)
            if remote and remote.has_ended:
                return remote
            if remote and (now := _progress(batch, remote)) != said:
                said = now
                share = remote.completed / remote.total if remote.total else None
                for _, cell in batch.cells:
                    tell(cell, Notice(said, share))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)
            seconds = min(seconds * _SLOWER, self._backoff.longest * _LONGEST_FACTOR)
        return None

    # Taking

    async def _take(
        self, api: BatchApi, batch: Batch, remote: RemoteBatch, asked: Mapping[Cell, Asked], take: Take
    ) -> int:
        """Make runs of the answers; how many there were."""
        cells, taken = dict(batch.cells), 0
        for file_id in filter(None, (remote.output_file, remote.error_file)):
            for result in await api.results(file_id):
                cell = cells.pop(result.custom_id, None)
                if cell is None or result.unanswered or cell not in asked:
                    continue
                run = self._run(api.profile, remote, asked[cell], result)
                await take(asked[cell], run)
                taken += 1
        return taken

    def _run(self, profile: Profile, remote: RemoteBatch, asked: Asked, result: Result) -> Run:
        """The run of an answer, at the batch's price; made when it was sent."""
        recording = Recording(result.custom_id, asked.job, request_of(asked.job), self._prices)
        share = batch_share(profile)
        recording.details["batch"] = {"id": remote.id, "price_share": share}
        for piece in result.pieces:
            recording.take(piece)
        if result.stop_reason:
            # An answer has no time of its own here; that of the whole batch is how long one had to wait for it.
            waited = Timings(None, remote.milliseconds)
            recording.take(Finished(result.stop_reason, result.usage, waited, result.details))
        run = recording.run("error" if result.error else None, result.error)
        cost = None if run.cost is None else run.cost * share
        return replace(run, created_at=_sent_at(result.custom_id), cost=cost)

    # The store

    async def _begin(self, batch: Batch) -> None:
        await asyncio.wrap_future(self._store.write(lambda store: store.begin_batch(batch)))

    async def _note(self, batch: Batch, state: BatchState, input_file: str, remote_id: str) -> Batch:
        def note(store: Store) -> None:
            store.note_batch(batch.id, state=state, input_file=input_file, remote_id=remote_id)

        await asyncio.wrap_future(self._store.write(note))
        return replace(batch, state=state, input_file=input_file, remote_id=remote_id)


async def _status(api: BatchApi, remote_id: str) -> RemoteBatch | None:
    """How a batch is; None where the server could not say so just now. Raises ServerError."""
    try:
        return await api.status(remote_id)
    except ServerError as error:
        if not error.retryable and error.status is not None:
            raise
        return None  # a night has many short failures of a network


def _parts(profile: Profile, asked: Iterable[Asked], lacking: Lacking) -> Iterator[list[tuple[str, Asked, str]]]:
    """The cells in files that are not too large: run id, cell, line."""
    part: list[tuple[str, Asked, str]] = []
    size = 0
    for one in asked:
        run_id = new_id()
        line = _line(profile, run_id, one, lacking)
        if part and (len(part) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append((run_id, one, line))
        size += len(line)
    if part:
        yield part


def _line(profile: Profile, run_id: str, asked: Asked, lacking: Lacking) -> str:
    model = parse(asked.job.model).model
    unsupported = lacking.get(asked.job.model, frozenset())
    return batch_line(profile, run_id, sendable(request_of(asked.job), unsupported, model=model).request)


def _file_name(batch: Batch) -> str:
    return f"workbench-{batch.id}.jsonl"


def _progress(batch: Batch, remote: RemoteBatch) -> str:
    counted = f": {remote.completed:,} of {remote.total:,} answered" if remote.total else ""
    return f"{IN_BATCH}{batch.profile}, {remote.status.replace('_', ' ')}{counted}."


def _sentence(batch: Batch, remote: RemoteBatch, missing: int) -> str:
    """Why cells are left without an answer."""
    if not missing:
        return ""
    why = {
        "failed": f"did not begin. It says “{remote.said.rstrip('.')}”" if remote.said else "did not begin",
        "expired": "ran out of its 24 hours",
        "cancelled": "was cancelled",
    }.get(remote.status, "ended")
    return f"The batch at {batch.profile} {why}; {missing:,} of {len(batch.cells):,} cells wait for a resume."


def _sent_at(run_id: str) -> datetime:
    """The moment in a run's id, which is when its request was sent."""
    return datetime.fromtimestamp(int(run_id[:12], 16) / 1_000, UTC)
