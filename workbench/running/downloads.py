"""Models on their way here: started, paused, resumed and cancelled from any thread, carried on by the loop.

They belong to the workspace, not to a dialog. A download that the last program left, however it ended, comes back
as a paused one. All state belongs to the loop's thread; what leaves it are frozen values.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from workbench.errors import BadFile, UserError, WorkbenchError
from workbench.models.download import PATIENT, Patience, Progress, download
from workbench.models.hub import HubModel
from workbench.models.library import download_folder, title
from workbench.models.ticket import Ticket, begun, discard, make_ticket, read_ticket, ticket_path, unfinished
from workbench.running.hub_access import open_hub
from workbench.running.loop import Loop
from workbench.store import StoreThread

AT_ONCE = 2
"""Downloads that run; the others wait. More would only share the same line."""

State = Literal["queued", "running", "paused", "failed", "finished"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Download:
    """A model on its way, as it stands."""

    id: str
    name: str
    repository: str
    path: Path
    """Where it will lie."""
    state: State
    progress: Progress
    error: WorkbenchError | None = None
    """Why it failed."""

    @property
    def reference(self) -> str:
        """How the model is called once it is here."""
        return f"local:{self.path}"


def summary(downloads: Iterable[Download]) -> str:
    """What is under way, in a few words; empty when nothing is."""
    seen = tuple(downloads)
    running = [one for one in seen if one.state in ("running", "queued")]
    waiting = sum(one.state in ("paused", "failed") for one in seen)
    done = sum(one.progress.done for one in running)
    share = 100 * done // max(1, sum(one.progress.total for one in running))
    words = [f"{_count(len(running))} running, {share}%"] if running else []
    return "; ".join([*words, *([f"{_count(waiting)} paused"] if waiting else [])])


def _count(number: int) -> str:
    return f"{number} download{'' if number == 1 else 's'}"


Listener = Callable[[tuple[Download, ...]], None]


class Downloads:
    """All downloads of a workspace."""

    def __init__(self, loop: Loop, store: StoreThread, *, patience: Patience = PATIENT) -> None:
        self._loop = loop
        self._store = store
        self._patience = patience
        self._shown: dict[str, Download] = {}
        self._tickets: dict[str, Ticket] = {}
        self._by_hand: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Listener] = []
        self._free = asyncio.Semaphore(AT_ONCE)

    def listen(self, listener: Listener) -> None:
        """Call this with all downloads now and whenever one changes, on the loop's thread."""
        self._loop.call(self._add_listener, listener)

    def unlisten(self, listener: Listener) -> None:
        """Stop calling it."""
        self._loop.call(lambda: self._listeners.remove(listener) if listener in self._listeners else None)

    def find_unfinished(self) -> Future[None]:
        """Take up what earlier programs left, as paused downloads."""
        return self._loop.submit(self._find_unfinished())

    def start(
        self, address: str, repository: str, model: HubModel, *, revision: str = "main", by_hand: bool = False
    ) -> Future[str]:
        """Download a model that a listing showed; the download's id comes back. Carries UserError."""
        return self._loop.submit(self._start(address, repository, model, revision, by_hand=by_hand))

    def pause(self, download_id: str) -> Future[None]:
        """Stop for now; what has come stays."""
        return self._loop.submit(self._pause(download_id))

    def resume(self, download_id: str) -> None:
        """Go on with a paused or failed download."""
        self._loop.call(self._run, download_id)

    def cancel(self, download_id: str) -> Future[None]:
        """Stop and remove what has come; a finished download only leaves the list."""
        return self._loop.submit(self._cancel(download_id))

    async def close(self) -> None:
        """Pause everything."""
        for download_id in list(self._tasks):
            await self._pause(download_id)

    async def wait(self, download_id: str) -> Download:
        """The download once it runs no more."""
        if task := self._tasks.get(download_id):
            await asyncio.wait([task])
        return self._shown[download_id]

    async def _start(self, address: str, repository: str, model: HubModel, revision: str, *, by_hand: bool) -> str:
        library = download_folder()
        wanted = make_ticket(address, repository, model.files, library, revision=revision)
        ticket = await asyncio.to_thread(begun, wanted, library)
        download_id = str(ticket.path)
        if download_id not in self._tasks:
            self._take_up(ticket)
            if by_hand:
                self._by_hand.add(download_id)
            self._run(download_id)
        return download_id

    async def _find_unfinished(self) -> None:
        for ticket in await asyncio.to_thread(lambda: list(unfinished(download_folder()))):
            if str(ticket.path) not in self._shown:
                received = await asyncio.to_thread(ticket.received)
                self._take_up(ticket, received)
        self._tell()

    def _take_up(self, ticket: Ticket, received: int = 0) -> None:
        download_id = str(ticket.path)
        self._tickets[download_id] = ticket
        self._shown[download_id] = Download(
            download_id,
            title(ticket.path),
            ticket.repository,
            ticket.path,
            "paused",
            Progress(received, ticket.size_bytes),
        )

    def _run(self, download_id: str) -> None:
        if download_id in self._tickets and download_id not in self._tasks:
            self._change(download_id, state="queued")
            task = self._tasks[download_id] = asyncio.create_task(self._carry_out(download_id))
            task.add_done_callback(lambda _done: self._tasks.pop(download_id, None))

    async def _carry_out(self, download_id: str) -> None:
        async with self._free:
            self._change(download_id, state="running")
            try:
                ticket = await self._bring(download_id)
                path = str(ticket.path)
                await asyncio.wrap_future(self._store.write(lambda store: store.add_local_model(path)))
            except WorkbenchError as error:
                self._change(download_id, state="failed", error=error)
            except OSError as error:
                self._change(download_id, state="failed", error=UserError(f"The disk failed: {error}."))
            else:
                done = Progress(ticket.size_bytes, ticket.size_bytes)
                self._change(download_id, state="finished", progress=done)

    async def _bring(self, download_id: str) -> Ticket:
        ticket = self._tickets[download_id]
        by_hand = download_id in self._by_hand
        hub = await asyncio.to_thread(lambda: open_hub(ticket.endpoint, named_by_hand=by_hand))
        try:
            return await download(
                ticket,
                hub,
                lambda progress: self._change(download_id, state="running", progress=progress),
                patience=self._patience,
            )
        finally:
            await hub.close()

    async def _pause(self, download_id: str) -> None:
        if task := self._tasks.get(download_id):
            task.cancel()
            await asyncio.wait([task])
            # It may have ended by itself just before.
            if self._shown[download_id].state in ("queued", "running"):
                self._change(download_id, state="paused")
                await self._reread(download_id)

    async def _reread(self, download_id: str) -> None:
        """A ticket learns on the way: tags, finished parts, a file that changed."""
        path = ticket_path(self._tickets[download_id])
        with suppress(BadFile):  # paused before it was written
            self._tickets[download_id] = await asyncio.to_thread(read_ticket, path, download_folder())

    async def _cancel(self, download_id: str) -> None:
        await self._pause(download_id)
        shown = self._shown.pop(download_id, None)
        ticket = self._tickets.pop(download_id, None)
        if shown and ticket and shown.state != "finished":
            try:
                await asyncio.to_thread(discard, ticket)
            except OSError as error:
                _log.info("A cancelled download could not be removed: %s", error)
        self._tell()

    def _change(
        self,
        download_id: str,
        *,
        state: State,
        progress: Progress | None = None,
        error: WorkbenchError | None = None,
    ) -> None:
        shown = self._shown[download_id]
        self._shown[download_id] = replace(shown, state=state, progress=progress or shown.progress, error=error)
        self._tell()

    def _add_listener(self, listener: Listener) -> None:
        self._listeners.append(listener)
        listener(tuple(self._shown.values()))

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(tuple(self._shown.values()))
