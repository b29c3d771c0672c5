"""Model folders of this machine, laid out as the programs lay them out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.models.gguf_file import gguf, written
from workbench.models.library import OWN, Folder, find_models, known_folders, title


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    folder = tmp_path / "person"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name in ("HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS"):
        monkeypatch.delenv(name, raising=False)
    return folder


def own(*paths: Path) -> list[Folder]:
    return [Folder(path, OWN) for path in paths]


def put_ollama(store: Path, name: str, digit: str, data: bytes, kind: str = "model") -> Path:
    """A model in a store of Ollama's."""
    digest = f"sha256:{digit * 64}"
    manifest = store / "manifests" / name
    manifest.parent.mkdir(parents=True, exist_ok=True)
    other = {"mediaType": "application/vnd.ollama.image.template", "digest": f"sha256:{'e' * 64}"}
    layers = [{"mediaType": f"application/vnd.ollama.image.{kind}", "digest": digest, "size": len(data)}, other]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    (store / "blobs").mkdir(exist_ok=True)
    return written(store / "blobs", data, digest.replace(":", "-"))


def test_a_hub_cache_shows_every_file_once_by_its_name(tmp_path: Path) -> None:
    cache = tmp_path / "hub" / "models--a--b"
    (cache / "blobs").mkdir(parents=True)
    blob = written(cache / "blobs", gguf(), "0123")
    written(cache / "blobs", gguf()[:50], "4567.incomplete")
    for snapshot in ("one", "two"):
        folder = cache / "snapshots" / snapshot
        folder.mkdir(parents=True)
        (folder / "Zebra.gguf").symlink_to(blob)
        (folder / "gone.gguf").symlink_to(cache / "blobs" / "89ab")
    (model,) = find_models(own(tmp_path / "hub"))
    assert (model.name, model.path.name, model.size_bytes) == ("Zebra", "Zebra.gguf", len(gguf()))
    assert model.path.parent.parent.name == "snapshots"


def test_split_snapshots_of_a_hub_cache_are_one_model(tmp_path: Path) -> None:
    cache = tmp_path / "models--a--b"
    snapshot = cache / "snapshots" / "one"
    snapshot.mkdir(parents=True)
    for number in (1, 2):
        (snapshot / f"big-0000{number}-of-00002.gguf").symlink_to(written(cache, b"12345", f"blob{number}"))
    (model,) = find_models(own(tmp_path))
    assert (model.name, len(model.parts), model.size_bytes) == ("big", 2, 10)


def test_other_files_are_no_models(tmp_path: Path) -> None:
    for name in (
        "ant.GGUF",
        "mmproj-ant.gguf",
        "notes.txt",
        "bee.gguf.part",
        "bee.gguf.download",
        "x.gguf.damaged",
    ):
        written(tmp_path, b"1", name)
    assert [model.path.name for model in find_models(own(tmp_path, tmp_path / "nowhere"))] == ["ant.GGUF"]


def test_split_files_are_one_model_and_incomplete_ones_none(tmp_path: Path) -> None:
    for name in ("a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b-00001-of-00002.gguf"):
        written(tmp_path, b"12345", name)
    (model,) = find_models(own(tmp_path))
    assert model.path.name == "a-00001-of-00002.gguf"
    assert (len(model.parts), model.size_bytes) == (2, 10)


def test_folders_that_link_in_circles_end(tmp_path: Path) -> None:
    written(tmp_path, b"1", "a.gguf")
    for name in ("loop", "again", "once-more"):
        (tmp_path / name).symlink_to(tmp_path)
    assert len(find_models(own(tmp_path, tmp_path / "loop"))) == 1


def test_ollamas_models_have_ollamas_names(person: Path) -> None:
    store = person / ".ollama" / "models"
    usual = put_ollama(store, "registry.ollama.ai/library/llama3.2/1b", "1", b"one")
    put_ollama(store, "registry.ollama.ai/library/zz-again/latest", "1", b"one")
    put_ollama(store, "registry.ollama.ai/somebody/mine/latest", "2", b"three")
    put_ollama(store, "hf.co/somebody/other-GGUF/Q4_K_M", "3", b"five!")
    put_ollama(store, "registry.ollama.ai/library/adapter/only", "4", b"x", kind="adapter")
    put_ollama(store, "registry.ollama.ai/library/gone/latest", "5", b"x").unlink()
    (store / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / "broken").write_text("{")
    found = find_models(known_folders())
    assert [(model.name, model.program, model.size_bytes) for model in found] == [
        ("hf.co/somebody/other-GGUF:Q4_K_M", "Ollama", 5),
        ("llama3.2:1b", "Ollama", 3),
        ("somebody/mine:latest", "Ollama", 5),
    ]
    assert title(usual) == "llama3.2:1b"


def test_a_digest_that_is_a_path_leads_nowhere(tmp_path: Path) -> None:
    blob = put_ollama(tmp_path, "registry.ollama.ai/library/a/b", "1", b"one")
    manifest = tmp_path / "manifests/registry.ollama.ai/library/a/b"
    manifest.write_text(manifest.read_text().replace("sha256:" + "1" * 64, f"../blobs/{blob.name}"))
    assert find_models(own(tmp_path)) == ()


def test_the_usual_folders_are_known_when_they_exist(
    home: Path, person: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert known_folders() == ()
    elsewhere = tmp_path / "elsewhere"
    for folder in (
        home / "models",
        person / ".lmstudio" / "models",
        person / ".cache" / "huggingface" / "hub",
        person / ".cache" / "llama.cpp",
        person / ".ollama" / "models",
        elsewhere,
    ):
        folder.mkdir(parents=True)
    (person / ".lmstudio" / "settings.json").write_text(json.dumps({"downloadsFolder": str(elsewhere)}))
    found = known_folders([tmp_path / "mine", person / ".ollama" / "models"])
    assert [folder.program for folder in found] == [
        "Prompt Workbench", "LM Studio", "LM Studio", "Hugging Face", "llama.cpp", "Ollama", OWN,
    ]  # fmt: skip
    assert found[2].path == elsewhere
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("OLLAMA_MODELS", str(elsewhere))
    assert "Hugging Face" not in {folder.program for folder in known_folders()}


def test_a_title_is_the_name_without_its_numbers() -> None:
    assert title(Path("x/Big-Q4_K_M-00001-of-00003.gguf")) == "Big-Q4_K_M"
    assert title(Path("x/small.v1.gguf")) == "small.v1"
    assert title(Path("x/odd.bin")) == "odd.bin"
