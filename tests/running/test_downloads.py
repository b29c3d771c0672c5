"""Downloads that belong to the workspace: paused, resumed, cancelled, and found again by the next program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from tests.loopback_hub import Cut, LoopbackHub, Spoil, Stall, Status
from tests.models.gguf_file import gguf
from workbench.models.download import Patience
from workbench.models.hub import HubModel
from workbench.running import Workspace
from workbench.running.downloads import Download, Downloads
from workbench.running.hub_access import find_token, open_hub

REPOSITORY = "owner/tiny-GGUF"
DATA = gguf(tensors=(("token_embd.weight", (64, 10_000), 8),))


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        running.add(REPOSITORY, {"tiny-Q8_0.gguf": DATA, "other-Q4_0.gguf": DATA + bytes(32)})
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(tmp_path / "workspace.db")
    opened.start().result(30)
    yield opened
    opened.close()


class Watch:
    """The downloads as a view sees them; waits for what it is told to."""

    def __init__(self, downloads: Downloads) -> None:
        self._changed = threading.Condition()
        self.seen: tuple[Download, ...] = ()
        downloads.listen(self._hear)

    def _hear(self, seen: tuple[Download, ...]) -> None:
        with self._changed:
            self.seen = seen
            self._changed.notify_all()

    def until(self, holds: Callable[[tuple[Download, ...]], bool]) -> tuple[Download, ...]:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.seen), 20), self.seen
            return self.seen

    def until_state(self, state: str) -> Download:
        return self.until(lambda seen: bool(seen) and seen[0].state == state)[0]


def offered(workspace: Workspace, hub: LoopbackHub) -> dict[str, HubModel]:
    client = open_hub(hub.url)
    models = workspace.loop.submit(client.models(REPOSITORY)).result(10)
    workspace.loop.submit(client.close()).result(10)
    return {model.name: model for model in models}


def start(workspace: Workspace, hub: LoopbackHub, name: str = "tiny-Q8_0.gguf") -> str:
    return workspace.downloads.start(hub.url, REPOSITORY, offered(workspace, hub)[name]).result(10)


def test_a_finished_download_is_a_model_on_the_list(workspace: Workspace, hub: LoopbackHub) -> None:
    watch = Watch(workspace.downloads)
    start(workspace, hub)
    done = watch.until_state("finished")
    assert done.path.read_bytes() == DATA
    assert done.progress.done == done.progress.total == len(DATA)
    assert done.reference in [choice.reference for choice in workspace.catalog.references().result(10)]


def test_a_paused_download_goes_on_where_it_was(workspace: Workspace, hub: LoopbackHub) -> None:
    hub.faults.append(Stall(400_000))
    watch = Watch(workspace.downloads)
    download_id = start(workspace, hub)
    watch.until(lambda seen: bool(seen) and seen[0].progress.done > 0)
    workspace.downloads.pause(download_id).result(10)
    assert watch.until_state("paused").progress.done > 0
    assert all(choice.place == "starter" for choice in workspace.catalog.references().result(10))
    hub.released.set()
    workspace.downloads.resume(download_id)
    assert watch.until_state("finished").path.read_bytes() == DATA
    assert hub.file_requests[-1].headers["range"].startswith("bytes=")


def test_a_cancelled_download_leaves_nothing(workspace: Workspace, hub: LoopbackHub, home: Path) -> None:
    hub.faults.append(Stall(400_000))
    watch = Watch(workspace.downloads)
    download_id = start(workspace, hub)
    watch.until(lambda seen: bool(seen) and seen[0].progress.done > 0)
    workspace.downloads.cancel(download_id).result(10)
    watch.until(lambda seen: seen == ())
    assert list((home / "models").iterdir()) == []


def test_what_the_last_program_left_is_found_paused(
    workspace: Workspace, hub: LoopbackHub, tmp_path: Path
) -> None:
    hub.faults.append(Stall(400_000))
    watch = Watch(workspace.downloads)
    download_id = start(workspace, hub)
    watch.until(lambda seen: bool(seen) and seen[0].progress.done > 0)
    workspace.close()
    hub.released.set()
    later = Workspace(tmp_path / "later.db")
    later.start().result(30)
    try:
        watch = Watch(later.downloads)
        later.downloads.find_unfinished().result(10)
        left = watch.until_state("paused")
        assert (left.id, left.name, left.repository) == (download_id, "tiny-Q8_0", REPOSITORY)
        assert left.progress.done > 0
        later.downloads.resume(left.id)
        assert watch.until_state("finished").path.read_bytes() == DATA
    finally:
        later.close()


def test_a_failed_download_says_why_and_can_be_tried_again(workspace: Workspace, hub: LoopbackHub) -> None:
    hub.faults += [Cut(200_000), Status(403), Spoil(0)]
    watch = Watch(workspace.downloads)
    download_id = start(workspace, hub)
    failed = watch.until_state("failed")
    assert failed.error
    assert "does not hand out" in failed.error.message
    workspace.downloads.resume(download_id)
    watch.until(lambda seen: seen[0].error is not None and "SHA-256" in seen[0].error.message)
    workspace.downloads.resume(download_id)
    assert watch.until_state("finished").path.read_bytes() == DATA


def test_two_run_at_once_and_the_second_start_of_one_is_the_same(workspace: Workspace, hub: LoopbackHub) -> None:
    hub.faults += [Stall(1000), Stall(1000)]
    watch = Watch(workspace.downloads)
    ids = {start(workspace, hub), start(workspace, hub, "other-Q4_0.gguf"), start(workspace, hub)}
    assert len(ids) == 2
    watch.until(lambda seen: [one.state for one in seen] == ["running"] * 2)
    hub.released.set()
    watch.until(lambda seen: [one.state for one in seen] == ["finished"] * 2)


def test_patience_that_is_given_is_used(workspace: Workspace, hub: LoopbackHub) -> None:
    hub.faults += [Cut(0)] * 3
    downloads = Downloads(workspace.loop, workspace.store, patience=Patience(retries=5, first_wait=0.01))
    watch = Watch(downloads)
    downloads.start(hub.url, REPOSITORY, offered(workspace, hub)["tiny-Q8_0.gguf"]).result(10)
    watch.until_state("finished")


def test_the_token_of_the_environment_goes_to_named_hubs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example.com")

    def token(address: str, **more: bool) -> str | None:
        found = find_token(address, **more)
        return found.key if found else None

    assert token("https://huggingface.co") == token("https://mirror.example.com/") == "hf_secret"
    assert token("https://from-a-workspace.example.com") is None
    assert token("https://from-the-command-line.example.com", named_by_hand=True) == "hf_secret"
    assert token("http://unencrypted.example.com", named_by_hand=True) is None
    assert token("http://127.0.0.1:9", named_by_hand=True) == "hf_secret"
    assert "hf_secret" not in repr(find_token("https://huggingface.co"))
