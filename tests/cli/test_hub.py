"""`workbench models` and the hub: listing, downloading, and where models are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.loopback_hub import Cut, LoopbackHub, Status
from tests.models.gguf_file import gguf
from workbench.models.download import Progress, describe

REPOSITORY = "owner/tiny-GGUF"
DATA = gguf(tensors=(("token_embd.weight", (64, 10_000), 8),))


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in ("HF_TOKEN", "HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """The hub of the environment."""
    with LoopbackHub() as running:
        running.add(REPOSITORY, {"tiny-Q8_0.gguf": DATA, "README.md": b"x" * 600})
        for number in (1, 2):
            running.add(REPOSITORY, {f"big-Q4_K_M-0000{number}-of-00002.gguf": gguf()})
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def test_a_repository_is_found_and_its_models_are_listed(shell: Shell, hub: LoopbackHub) -> None:
    assert shell("models", "search", "tiny", "--json").lines() == [
        {"repository": REPOSITORY, "downloads": 10, "gated": False}
    ]
    said = shell("models", "files", REPOSITORY)
    assert said.code == 0
    head, big, tiny = said.out.splitlines()
    assert head.split() == ["FILE", "SIZE", "QUANTISATION", "HERE", "NOTE"]
    assert big.split()[:1] == ["big-Q4_K_M.gguf"]
    assert "2 files; good balance" in big
    assert "fits" in tiny
    assert shell("models", "files", REPOSITORY, "--json").lines()[1]["size_bytes"] == len(DATA)


@pytest.mark.parametrize("name", ["tiny-Q8_0.gguf", "tiny-Q8_0", "q8_0"])
def test_a_download_prints_the_models_reference(shell: Shell, hub: LoopbackHub, home: Path, name: str) -> None:
    path = home / "models" / "owner" / "tiny-GGUF" / "tiny-Q8_0.gguf"
    said = shell("models", "download", REPOSITORY, name)
    assert (said.code, said.out) == (0, f"local:{path}\n")
    assert path.read_bytes() == DATA
    assert f"local:{path}" in shell("models", "list").out


def test_a_download_that_failed_goes_on_with_the_same_command(shell: Shell, hub: LoopbackHub) -> None:
    hub.faults += [Cut(300_000), Status(403)]
    said = shell("models", "download", REPOSITORY, "Q8_0")
    assert (said.code, said.out) == (3, "")
    assert "does not hand out file tiny-Q8_0.gguf" in said.err
    assert shell("models", "download", REPOSITORY, "Q8_0").code == 0
    assert hub.file_requests[-1].headers["range"] == "bytes=300000-"


def test_a_file_that_is_not_there_is_answered_with_those_that_are(shell: Shell, hub: LoopbackHub) -> None:
    said = shell("models", "download", REPOSITORY, "Q2_K")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "has no model Q2_K. It has: big-Q4_K_M.gguf, tiny-Q8_0.gguf." in said.err


def test_another_hub_is_named_by_hand(shell: Shell, hub: LoopbackHub) -> None:
    with LoopbackHub() as other:
        other.add("a/b", {"c-F16.gguf": DATA})
        assert (
            shell("models", "files", "a/b", "--endpoint", other.url, "--json").lines()[0]["file"] == "c-F16.gguf"
        )
    assert hub.requests == []
    said = shell("models", "files", "a/b", "--endpoint", "nowhere")
    assert (said.code, "'nowhere' is not the address of a hub" in said.err) == (2, True)


def test_folders_of_models_are_added_searched_and_removed(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "ant-Q4_0.gguf").write_bytes(gguf())
    assert str(folder) in shell("models", "folders", "--add", str(folder)).out
    assert "ant" not in shell("models", "list").out
    (found,) = [one for one in shell("models", "list", "--all", "--json").lines() if one["title"] == "ant-Q4_0"]
    assert found["reference"] == f"local:{folder / 'ant-Q4_0.gguf'}"
    shell("models", "add", str(folder / "ant-Q4_0.gguf"))
    assert shell("models", "list", "--all").out.count("ant-Q4_0.gguf") == 1
    assert str(folder) not in shell("models", "folders", "--remove", str(folder)).out
    assert shell("models", "folders", "--remove", str(folder)).code == 2
    assert "There is no folder" in shell("models", "folders", "--add", str(tmp_path / "none")).err


def test_a_download_is_worded_with_share_speed_and_time_left() -> None:
    assert describe(Progress(250_000_000, 1_000_000_000, bytes_per_second=10e6)) == (
        " 25.0% of 1.0 GB, 10 MB/s, 1:15 min left"
    )
    assert describe(Progress(1, 2, "waiting", None, "The hub is busy.")) == "The hub is busy."
    assert describe(Progress(1_000_000_000, 1_000_000_000, "checking")) == "100.0% of 1.0 GB, checking"
