"""A model of Ollama's is called as Ollama calls it, also when Ollama no longer has it."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workbench.core import model_names as known_names
from workbench.core.model_reference import named, parse, short_name
from workbench.errors import ModelLoadError, WorkbenchError
from workbench.models.gguf import read_metadata
from workbench.providers.llamacpp import LlamaCpp
from workbench.running import Workspace, model_names
from workbench.running.catalog import choices
from workbench.running.report_parts import without_folders
from workbench.store import Changed

DIGEST = "a" * 64


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a program that has just been started."""
    monkeypatch.setattr(known_names, "_names", {})


@pytest.fixture
def blob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in a store of Ollama's."""
    store = tmp_path / "ollama"
    monkeypatch.setenv("OLLAMA_MODELS", str(store))
    manifest = store / "manifests" / "registry.ollama.ai" / "library" / "llama3" / "8b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{DIGEST}"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    file = store / "blobs" / f"sha256-{DIGEST}"
    file.parent.mkdir()
    file.write_bytes(b"GGUF")
    return file


@contextmanager
def opened(home: Path) -> Iterator[Workspace]:
    workspace = Workspace(home / "workspace.db")
    workspace.start().result(30)
    try:
        yield workspace
    finally:
        workspace.close()


def test_a_workspace_learns_the_names_at_its_start_and_keeps_them(
    home: Path, blob: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = f"local:{blob}"
    assert short_name(reference) == blob.name
    kept = threading.Event()

    def hear(changes: tuple[Changed, ...]) -> None:
        if any((change.kind, change.id) == ("setting", model_names.SETTING) for change in changes):
            kept.set()

    workspace = Workspace(home / "workspace.db")
    workspace.store.listen(hear)
    workspace.start().result(30)
    assert kept.wait(30)
    workspace.close()
    assert short_name(reference) == "llama3:8b"
    assert short_name(f"{reference}+lora:/a/tone.gguf") == "llama3:8b + tone"

    monkeypatch.setattr(known_names, "_names", {})
    shutil.rmtree(blob.parent.parent)
    with opened(home):
        assert short_name(reference) == "llama3:8b"


def test_the_reference_stays_and_what_a_person_reads_has_the_name(home: Path, blob: Path) -> None:
    reference = f"local:{blob}"
    with opened(home) as workspace:
        workspace.store.write(lambda store: store.add_local_model(str(blob))).result(10)
        offered = {one.reference: one.title for one in workspace.store.read(choices).result(10)}
    assert offered[reference] == "llama3:8b"
    assert str(parse(reference)) == reference
    assert named(reference) == without_folders(reference) == "local:llama3:8b"


def test_other_files_are_called_as_before(blob: Path) -> None:
    known_names.take({str(blob): "llama3:8b"})
    assert named("local:/models/tiny.gguf") == "local:/models/tiny.gguf"
    assert named("work:gpt-4o") == "work:gpt-4o"
    assert named("no reference") == "no reference"
    assert short_name("local:/models/tiny.gguf") == "tiny"


def test_what_is_wrong_with_a_file_is_said_with_its_name(blob: Path) -> None:
    known_names.take({str(blob): "llama3:8b"})
    with pytest.raises(WorkbenchError, match=r"^llama3:8b is "):
        read_metadata(blob)

    async def load() -> None:
        provider = LlamaCpp(blob)
        try:
            await provider.load()
        finally:
            await provider.close()

    with pytest.raises(ModelLoadError, match=r"^llama3:8b cannot be loaded: "):
        asyncio.run(load())
