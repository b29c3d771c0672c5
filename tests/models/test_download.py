"""Downloads against a real server: resumed, verified, and never half a model under a model's name."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.loopback_hub import Cut, LoopbackHub, Spoil, Stall, Status
from tests.models.gguf_file import FIELDS, TENSORS, gguf
from workbench.errors import BadFile, NotFound, ServerError, UserError
from workbench.models import download as downloading
from workbench.models.download import Patience, Progress, download
from workbench.models.hub import Hub
from workbench.models.library import OWN, Folder, find_models
from workbench.models.ticket import Ticket, begun, discard, make_ticket, read_ticket, ticket_path, unfinished

REPOSITORY = "owner/tiny-GGUF"
NAME = "tiny-Q8_0.gguf"
QUICK = Patience(retries=2, first_wait=0.01, longest_wait=0.02)


def model(size: int, fill: int = 7) -> bytes:
    """A model file of about this many bytes."""
    data = gguf(tensors=(("token_embd.weight", (64, size // 68), 8),))
    start = len(data) - size // 2
    return data[:start] + bytes((n * fill) % 251 for n in range(len(data) - start))


DATA = model(1_000_000)


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        running.add(REPOSITORY, {NAME: DATA, "README.md": b"hello"})
        yield running


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


class Log:
    """What was reported."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)

    def notes(self) -> str:
        return " ".join(progress.note for progress in self.seen)


def ticket(hub: LoopbackHub, library: Path, name: str = NAME) -> Ticket:
    """A ticket as the listing of the hub gives it."""

    async def made() -> Ticket:
        client = Hub(hub.url, hub.token)
        try:
            (found,) = [one for one in await client.models(REPOSITORY) if one.name == name]
            return make_ticket(hub.url, REPOSITORY, found.files, library)
        finally:
            await client.close()

    return asyncio.run(made())


def bring(
    hub: LoopbackHub, wanted: Ticket, report: Callable[[Progress], None] | None = None, *, stall: float = 30
) -> Path:
    """Download, and return the path."""

    async def brought() -> Path:
        client = Hub(hub.url, hub.token, stall_seconds=stall)
        try:
            return (await download(wanted, client, report or Log(), patience=QUICK)).path
        finally:
            await client.close()

    return asyncio.run(brought())


def part(wanted: Ticket) -> Path:
    return wanted.part(wanted.files[0])


def ranges(hub: LoopbackHub) -> list[str]:
    return [seen.headers.get("range", "") for seen in hub.file_requests]


def test_a_file_comes_whole_with_progress(hub: LoopbackHub, library: Path) -> None:
    log, wanted = Log(), ticket(hub, library)
    path = bring(hub, wanted, log)
    assert path == library / "owner" / "tiny-GGUF" / NAME
    assert path.read_bytes() == DATA
    assert [one.name for one in path.parent.iterdir()] == [NAME]
    assert [one.done for one in log.seen] == sorted(one.done for one in log.seen)
    assert (log.seen[-1].done, log.seen[-1].total) == (len(DATA), len(DATA))
    assert [found.path for found in find_models([Folder(library, OWN)])] == [path]


def test_a_file_that_is_there_is_not_brought_again(hub: LoopbackHub, library: Path) -> None:
    wanted = ticket(hub, library)
    bring(hub, wanted)
    bring(hub, wanted)
    assert len(hub.file_requests) == 1


def test_another_file_of_that_name_is_not_overwritten(hub: LoopbackHub, library: Path) -> None:
    wanted = ticket(hub, library)
    wanted.path.parent.mkdir(parents=True)
    wanted.path.write_bytes(b"mine")
    with pytest.raises(UserError, match="is there already, with another size"):
        bring(hub, wanted)
    assert wanted.path.read_bytes() == b"mine"


@pytest.mark.parametrize("tags", [True, False], ids=["with tags", "without tags"])
def test_a_broken_connection_is_mended_from_where_it_broke(hub: LoopbackHub, library: Path, tags: bool) -> None:
    hub.tags = tags
    hub.faults += [Cut(300_000), Cut(200_000)]
    log = Log()
    assert bring(hub, ticket(hub, library), log).read_bytes() == DATA
    assert ranges(hub)[0] == ""
    first, second = (int(text.removeprefix("bytes=").rstrip("-")) for text in ranges(hub)[1:])
    assert 0 < first <= 300_000 < second <= 500_000
    assert [bool(seen.headers.get("if-range")) for seen in hub.file_requests] == [False, tags, tags]
    assert "Trying again" in log.notes()


def test_a_stalled_server_is_left_and_asked_again(hub: LoopbackHub, library: Path) -> None:
    hub.faults.append(Stall(400_000))
    log = Log()
    assert bring(hub, ticket(hub, library), log, stall=0.3).read_bytes() == DATA
    assert "sent nothing for" in log.notes()
    assert len(ranges(hub)) == 2


def test_a_server_that_stays_broken_is_given_up_and_what_came_is_kept(hub: LoopbackHub, library: Path) -> None:
    hub.faults += [Cut(300_000), *[Cut(0)] * 5]
    wanted = ticket(hub, library)
    with pytest.raises(ServerError, match=r"connection broke|ended .* early"):
        bring(hub, wanted)
    assert part(wanted).stat().st_size == 300_000
    assert find_models([Folder(library, OWN)]) == ()
    hub.faults.clear()
    assert bring(hub, next(unfinished(library))).read_bytes() == DATA
    assert ranges(hub)[-1] == "bytes=300000-"


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_asked_again_when_it_says(hub: LoopbackHub, library: Path, code: int) -> None:
    hub.faults.append(Status(code, {"Retry-After": "0"}))
    assert bring(hub, ticket(hub, library)).read_bytes() == DATA


def test_a_server_that_asks_for_an_hour_is_believed(hub: LoopbackHub, library: Path) -> None:
    hub.faults.append(Status(429, {"Retry-After": "3600"}))
    with pytest.raises(ServerError, match="Wait 3600 s, then resume"):
        bring(hub, ticket(hub, library))


@pytest.mark.parametrize(("code", "words"), [(401, "access token"), (403, "does not hand out")])
def test_a_refused_file_is_not_asked_for_again(hub: LoopbackHub, library: Path, code: int, words: str) -> None:
    hub.faults.append(Status(code))
    with pytest.raises(ServerError, match=words):
        bring(hub, ticket(hub, library))
    assert len(hub.file_requests) == 1


def test_a_server_without_ranges_sends_it_all_again(hub: LoopbackHub, library: Path) -> None:
    hub.ranges = False
    hub.faults.append(Cut(700_000))
    assert bring(hub, ticket(hub, library)).read_bytes() == DATA
    assert len(ranges(hub)) == 2


def test_a_hub_without_a_file_host_serves_too(hub: LoopbackHub, library: Path) -> None:
    hub.redirects = False
    hub.faults.append(Cut(500_000))
    assert bring(hub, ticket(hub, library)).read_bytes() == DATA
    assert hub.file_requests == []


@pytest.mark.parametrize("redirects", [True, False], ids=["file host", "hub alone"])
def test_a_file_that_changed_on_the_hub_starts_over(hub: LoopbackHub, library: Path, redirects: bool) -> None:
    hub.redirects = redirects
    wanted = ticket(hub, library)
    hub.faults += [Cut(400_000), *[Status(403)] * 1]
    with pytest.raises(ServerError):
        bring(hub, wanted)
    assert part(wanted).stat().st_size == 400_000
    newer = model(1_200_000, fill=11)
    hub.add(REPOSITORY, {NAME: newer})
    assert bring(hub, next(unfinished(library))).read_bytes() == newer
    assert list(unfinished(library)) == []


def test_a_new_start_after_a_change_does_not_go_on_with_the_old_beginning(hub: LoopbackHub, library: Path) -> None:
    hub.faults += [Cut(400_000), Status(403)]
    with pytest.raises(ServerError):
        bring(hub, ticket(hub, library))
    assert begun(ticket(hub, library), library).marks  # the same files: goes on
    newer = model(1_200_000, fill=11)
    hub.add(REPOSITORY, {NAME: newer})
    fresh = begun(ticket(hub, library), library)
    assert not part(fresh).exists()
    assert bring(hub, fresh).read_bytes() == newer


def test_a_file_that_went_from_the_hub_says_so(hub: LoopbackHub, library: Path) -> None:
    wanted = ticket(hub, library)
    del hub.repositories[REPOSITORY][NAME]
    with pytest.raises(NotFound, match=f"has no file {NAME}"):
        bring(hub, wanted)


@pytest.mark.parametrize("redirects", [True, False], ids=["file host", "hub alone"])
def test_a_wrong_hash_is_set_aside_and_no_list_shows_it(hub: LoopbackHub, library: Path, redirects: bool) -> None:
    hub.redirects = redirects
    wanted = ticket(hub, library)
    hub.faults.append(Spoil(500_000))
    with pytest.raises(BadFile, match=rf"SHA-256 is wrong. It was set aside as {NAME}\.damaged") as refused:
        bring(hub, wanted)
    assert hashlib.sha256(DATA).hexdigest() in refused.value.details
    assert find_models([Folder(library, OWN)]) == ()
    assert not part(wanted).exists()
    assert bring(hub, wanted).read_bytes() == DATA  # a second try starts from nothing


def test_a_file_that_is_no_model_is_set_aside(hub: LoopbackHub, library: Path) -> None:
    hub.add(REPOSITORY, {"page.gguf": b"<html>" * 400})
    with pytest.raises(BadFile, match=r"page\.gguf is an HTML page.* was set aside"):
        bring(hub, ticket(hub, library, "page.gguf"))
    assert find_models([Folder(library, OWN)]) == ()
    assert list(unfinished(library)) == []


def test_split_files_come_as_a_set_and_are_listed_when_all_are_there(hub: LoopbackHub, library: Path) -> None:
    first = gguf({**FIELDS, "split.count": 2}, TENSORS[:2])
    second = gguf({"split.no": 1}, TENSORS[2:])
    hub.add(REPOSITORY, {"Q8/big-00001-of-00002.gguf": first, "Q8/big-00002-of-00002.gguf": second})
    wanted = ticket(hub, library, "Q8/big.gguf")
    hub.faults += [None, Status(403)]
    with pytest.raises(ServerError):
        bring(hub, wanted)
    assert wanted.path.exists()
    assert find_models([Folder(library, OWN)]) == ()
    (left,) = unfinished(library)
    log = Log()
    path = bring(hub, left, log)
    (found,) = find_models([Folder(library, OWN)])
    assert (found.path, len(found.parts), found.size_bytes) == (path, 2, len(first) + len(second))
    assert len(hub.file_requests) == 3  # the first part was not asked for again
    assert log.seen[-1].done == log.seen[-1].total == len(first) + len(second)


def test_a_full_disk_is_said_with_numbers_before_anything_is_asked(
    hub: LoopbackHub, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ticket(hub, library)
    asked = len(hub.requests)
    monkeypatch.setattr(downloading, "SPARE_BYTES", shutil.disk_usage(library).free - 1000)
    with pytest.raises(UserError, match=r"needs 1 MB more on the disk, and 1 kB can be used.*Free some space"):
        bring(hub, wanted)
    assert len(hub.requests) == asked
    assert list(library.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX")
def test_a_disk_that_fills_on_the_way_keeps_what_has_come(hub: LoopbackHub, library: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, 2**18))"
    code = _PROGRAM.replace("PLACEHOLDER", limit)
    wanted = ticket(hub, library)
    done = subprocess.run(
        [sys.executable, "-c", code, hub.url, str(library), NAME],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"{NAME} cannot be written: File too large. Free some space, then resume" in done.stderr
    assert part(wanted).stat().st_size == 2**18
    assert bring(hub, next(unfinished(library))).read_bytes() == DATA


def test_a_cancelled_download_goes_on_later(hub: LoopbackHub, library: Path) -> None:
    hub.faults.append(Stall(600_000))
    wanted = ticket(hub, library)

    async def paused() -> None:
        client = Hub(hub.url)
        came = asyncio.Event()
        task = asyncio.create_task(
            download(wanted, client, lambda progress: came.set() if progress.done else None, patience=QUICK)
        )
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()

    asyncio.run(paused())
    kept = part(wanted).stat().st_size
    assert 0 < kept <= 600_000
    hub.released.set()
    assert bring(hub, next(unfinished(library))).read_bytes() == DATA
    assert ranges(hub)[-1] == f"bytes={kept}-"


_PROGRAM = """
import asyncio, sys
from pathlib import Path
from workbench.errors import UserError
from workbench.models.download import download
from workbench.models.hub import Hub
from workbench.models.ticket import make_ticket
PLACEHOLDER
async def main(url, library, name):
    hub = Hub(url)
    (model,) = [one for one in await hub.models("owner/tiny-GGUF") if one.name == name]
    ticket = make_ticket(url, "owner/tiny-GGUF", model.files, Path(library))
    await download(ticket, hub, lambda progress: print(progress.done, flush=True))
try:
    asyncio.run(main(*sys.argv[1:]))
except UserError as error:
    sys.exit(str(error))
"""


def test_a_killed_program_loses_nothing_that_was_written(hub: LoopbackHub, library: Path) -> None:
    hub.faults.append(Stall(800_000))
    wanted = ticket(hub, library)
    code = _PROGRAM.replace("PLACEHOLDER", "")
    with subprocess.Popen(
        [sys.executable, "-c", code, hub.url, str(library), NAME], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        next(line for line in child.stdout if int(line) > 0)
        with pytest.raises(UserError, match="is being downloaded already"):  # by the other program
            bring(hub, wanted)
        child.send_signal(signal.SIGKILL)
    kept = part(wanted).stat().st_size
    assert kept > 0
    assert find_models([Folder(library, OWN)]) == ()
    hub.released.set()
    assert bring(hub, next(unfinished(library))).read_bytes() == DATA
    assert ranges(hub)[-1] == f"bytes={kept}-"


def test_a_file_that_was_whole_before_the_end_is_not_asked_for_again(hub: LoopbackHub, library: Path) -> None:
    wanted = ticket(hub, library)
    wanted.path.parent.mkdir(parents=True)
    part(wanted).write_bytes(DATA)
    assert bring(hub, wanted).read_bytes() == DATA
    assert hub.file_requests == []


def test_a_discarded_download_leaves_nothing(hub: LoopbackHub, library: Path) -> None:
    hub.faults += [Cut(300_000), Status(403)]
    with pytest.raises(ServerError):
        bring(hub, ticket(hub, library))
    discard(next(unfinished(library)))
    assert list(library.iterdir()) == []


def test_a_discarded_set_takes_its_finished_files_along_and_no_others(hub: LoopbackHub, library: Path) -> None:
    parts = {f"big-0000{n}-of-00003.gguf": gguf({"n": n, **FIELDS}) for n in (1, 2, 3)}
    hub.add(REPOSITORY, parts)
    wanted = ticket(hub, library, "big.gguf")
    wanted.path.parent.mkdir(parents=True)
    mine = wanted.target(wanted.files[0])
    mine.write_bytes(parts["big-00001-of-00003.gguf"])
    hub.faults += [None, Status(403)]
    with pytest.raises(ServerError):
        bring(hub, wanted)
    discard(next(unfinished(library)))
    assert list(mine.parent.iterdir()) == [mine]


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"endpoint": 1}', "\x00"])
def test_a_damaged_ticket_is_passed_over(hub: LoopbackHub, library: Path, damage: str) -> None:
    hub.faults += [Cut(300_000), Status(403)]
    with pytest.raises(ServerError):
        bring(hub, ticket(hub, library))
    path = ticket_path(next(unfinished(library)))
    path.write_text(damage)
    with pytest.raises(BadFile, match="is not a download that can go on"):
        read_ticket(path, library)
    assert list(unfinished(library)) == []
