"""A download: every file of a model, each resumed where it stands, verified, and only then given its name.

A file of the hub may change while it is downloaded or between two attempts. What lies in the part file belongs to
the content whose tag stands in the ticket; anything else the server says (another tag, another length, the whole
file instead of a range) makes it start over, with the hub's listing asked anew. Cancelling the task is a pause.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from workbench.core.size import size_text
from workbench.errors import BadFile, NotFound, ServerError, UserError
from workbench.models.gguf import read_metadata
from workbench.models.hub import Answer, Hub, HubFile
from workbench.models.part_file import PartFile, set_aside
from workbench.models.ticket import Mark, Ticket, close_ticket, write_ticket

T = TypeVar("T")
Doing = Literal["downloading", "checking", "waiting"]

SPARE_BYTES = 256 * 1024 * 1024
"""Left free on the disk: a full one harms every program, this one's workspace first."""

_REPORT_SECONDS = 0.1
_SPEED_SECONDS = 5.0
_MOST_CHANGES = 3
_LONGEST_WAIT_ASKED = 120.0
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a broken connection is mended before the download gives up; any progress starts the count anew."""

    retries: int = 6
    first_wait: float = 1.0
    longest_wait: float = 30.0

    def wait(self, error: ServerError, failures: int) -> float | None:
        """Seconds before the next attempt; None when it is given up."""
        if not error.retryable or failures > self.retries:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= _LONGEST_WAIT_ASKED else None
        return min(self.first_wait * 2.0 ** (failures - 1), self.longest_wait)


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is."""

    done: int
    total: int
    """Bytes of all files together."""
    doing: Doing = "downloading"
    bytes_per_second: float | None = None
    note: str = ""
    """Why it waits."""

    @property
    def seconds_left(self) -> float | None:
        """At the present speed; None while it is not known."""
        return (self.total - self.done) / self.bytes_per_second if self.bytes_per_second else None


def describe(progress: Progress) -> str:
    """A line about a download: share, speed, time left."""
    if progress.doing == "waiting":
        return progress.note
    share = 100 * progress.done / max(1, progress.total)
    text = f"{share:5.1f}% of {size_text(progress.total)}"
    if progress.doing == "checking":
        return f"{text}, checking"
    if progress.bytes_per_second:
        text += f", {size_text(round(progress.bytes_per_second))}/s"
    if (left := progress.seconds_left) is not None:
        text += f", {round(left) // 60}:{round(left) % 60:02d} min left"
    return text


Report = Callable[[Progress], None]


async def download(ticket: Ticket, hub: Hub, report: Report, *, patience: Patience = PATIENT) -> Ticket:
    """Bring all files of a ticket; returns it as it was in the end, for the files may have changed meanwhile.

    Raises NotFound, ServerError, BadFile, UserError; what has come is kept, and a later call goes on from there.
    """
    return await _Download(ticket, hub, report, patience).run()


class _Changed(Exception):
    """The file on the hub is not the one that was begun."""


class _Download:
    def __init__(self, ticket: Ticket, hub: Hub, report: Report, patience: Patience) -> None:
        self._ticket = ticket
        self._hub = hub
        self._report = report
        self._patience = patience
        self._before = 0
        self._speed = _Speed()
        self._told: tuple[float, Doing] = (0.0, "waiting")

    async def run(self) -> Ticket:
        await in_thread(self._begin)
        for index in range(len(self._ticket.files)):
            await self._bring_current(index)
            self._before += self._ticket.files[index].size_bytes
        await in_thread(self._close)
        return self._ticket

    def _begin(self) -> None:
        """Check names and space before anything is asked of the hub."""
        missing = self._ticket.size_bytes - self._ticket.received()
        folder = next(one for one in (self._ticket.folder, *self._ticket.folder.parents) if one.is_dir())
        free = shutil.disk_usage(folder).free
        if missing > 0 and missing + SPARE_BYTES > free:
            raise UserError(
                f"{self._ticket.path.name} needs {size_text(missing)} more on the disk, "
                f"and {size_text(max(0, free - SPARE_BYTES))} can be used.",
                advice=f"Free some space in {folder}, or choose a smaller file.",
            )
        write_ticket(self._ticket)

    def _close(self) -> None:
        """The last check: it is a model. Raises BadFile."""
        try:
            read_metadata(self._ticket.path)
        except BadFile as error:
            for file in self._ticket.files:
                set_aside(self._ticket.target(file), self._ticket.target(file))
            close_ticket(self._ticket)
            raise BadFile(
                f"{error.message} It came so from {self._hub.place} and was set aside.",
                advice="Choose another file.",
            ) from error
        close_ticket(self._ticket)

    async def _bring_current(self, index: int) -> None:
        """Bring a file as the hub has it now, also when that changes on the way."""
        for _ in range(_MOST_CHANGES):
            try:
                await self._bring(self._ticket.files[index])
            except _Changed:
                await self._relist(index)
            else:
                return
        raise ServerError(
            f"{self._ticket.files[index].path} keeps changing on {self._hub.place}.", advice="Try again later."
        )

    async def _relist(self, index: int) -> None:
        """Take the hub's present size and hash of a file into the ticket, and forget what has come of it."""
        old = self._ticket.files[index]
        listed = await self._hub.files(self._ticket.repository, revision=self._ticket.revision)
        new = next((file for file in listed if file.path == old.path), None)
        if new is None:
            raise NotFound(f"{self._hub.place} has {old.path} no more.", advice="List its files again.")
        files = tuple(new if file.path == old.path else file for file in self._ticket.files)
        marks = {path: mark for path, mark in self._ticket.marks.items() if path != old.path}
        self._ticket = replace(self._ticket, files=files, marks=marks)
        await in_thread(lambda: self._ticket.part(new).unlink(missing_ok=True))
        await in_thread(self._begin)

    async def _bring(self, file: HubFile) -> None:
        target = self._ticket.target(file)
        if await in_thread(lambda: _is_there(target, file)):
            self._tell(file.size_bytes)
            return
        part = await in_thread(lambda: PartFile(self._ticket.part(file), target))
        try:
            self._tell(min(part.found, file.size_bytes), "checking")
            await in_thread(lambda: part.take_up(file.size_bytes))
            await self._fill(part, file)
            self._tell(file.size_bytes, "checking")
            await in_thread(lambda: self._finish(part, file))
        finally:
            await in_thread(part.close)

    def _finish(self, part: PartFile, file: HubFile) -> None:
        part.finish(file.sha256)
        self._ticket = replace(self._ticket, finished=(*self._ticket.finished, file.path))
        write_ticket(self._ticket)

    async def _fill(self, part: PartFile, file: HubFile) -> None:
        """Bring what is missing, mending the connection as often as patience lasts."""
        failures, self._speed = 0, _Speed()
        while part.length < file.size_bytes:
            began_at = part.length
            try:
                await self._attempt(part, file)
            except ServerError as error:
                failures = 1 if part.length > began_at else failures + 1
                if (seconds := self._patience.wait(error, failures)) is None:
                    raise
                self._tell(part.length, "waiting", f"{error.message} Trying again in {seconds:.0f} s.")
                await asyncio.sleep(seconds)
                self._speed = _Speed()

    async def _attempt(self, part: PartFile, file: HubFile) -> None:
        """One request, from where the part file ends. Raises ServerError, _Changed."""
        mark = self._ticket.marks.get(file.path, Mark())
        if part.length and not mark.identity and not file.sha256:
            # Nothing would tell whether beginning and end belong together.
            await in_thread(part.start_over)
        headers = {"Range": f"bytes={part.length}-"} if part.length else {}
        if headers and mark.validator:
            headers["If-Range"] = mark.validator
        async with self._hub.open(
            self._ticket.repository, file.path, revision=self._ticket.revision, headers=headers
        ) as answer:
            await self._accept(answer, part, file, mark)
            await self._receive(answer, part, file)

    async def _accept(self, answer: Answer, part: PartFile, file: HubFile, mark: Mark) -> None:
        """Make sure that what comes belongs behind what has come."""
        if mark.identity and answer.identity and answer.identity != mark.identity:
            raise _Changed
        if answer.status == 416:
            raise _Changed
        if answer.status == 206:
            found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            if not found or int(found[1]) != part.length or int(found[3]) != file.size_bytes:
                raise _Changed
        else:
            length = answer.headers.get("content-length", "")
            if length.isdigit() and int(length) != file.size_bytes:
                raise _Changed
            await in_thread(part.start_over)  # the server does not know ranges
        new = Mark(answer.identity, answer.validator)
        if new != mark:
            self._ticket = replace(self._ticket, marks=self._ticket.marks | {file.path: new})
            await in_thread(lambda: write_ticket(self._ticket))

    async def _receive(self, answer: Answer, part: PartFile, file: HubFile) -> None:
        """Write what comes, as it comes: what a kill finds on the disk need not be sent again."""
        async for chunk in answer.chunks():
            if part.length + len(chunk) > file.size_bytes:
                raise _Changed
            await in_thread(partial(part.append, chunk))
            self._tell(part.length)
        if part.length < file.size_bytes:
            raise ServerError(
                f"{self._hub.place} ended {file.path} early.", advice="What has come is kept.", retryable=True
            )

    def _tell(self, done: int, doing: Doing = "downloading", note: str = "") -> None:
        """Report, though not every packet."""
        now = time.monotonic()
        if doing == self._told[1] == "downloading" and now - self._told[0] < _REPORT_SECONDS:
            return
        self._told = (now, doing)
        speed = self._speed.at(self._before + done) if doing == "downloading" else None
        self._report(Progress(self._before + done, self._ticket.size_bytes, doing, speed, note))


class _Speed:
    """Bytes a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, done: int) -> float | None:
        """The speed, now that so many bytes are there; None at first."""
        now = time.monotonic()
        self._seen.append((now, done))
        while self._seen[0][0] < now - _SPEED_SECONDS:
            self._seen.popleft()
        began, first = self._seen[0]
        return (done - first) / (now - began) if now - began > 0.3 and done > first else None


async def in_thread(do: Callable[[], T]) -> T:
    """Run something that blocks in a thread. A cancelled task leaves only when it is done: it uses a file."""
    running = asyncio.ensure_future(asyncio.to_thread(do))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _is_there(target: Path, file: HubFile) -> bool:
    """Whether a file is complete already. Raises UserError when another one has its name."""
    try:
        size = target.stat().st_size
    except OSError:
        return False
    if size != file.size_bytes:
        raise UserError(
            f"{target} is there already, with another size.", advice="Rename or remove it, then resume."
        )
    return True
