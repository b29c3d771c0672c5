"""Model folders of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.gguf_file import gguf, written
from workbench.models.library import find_models, known_folders


def test_models_are_found_where_they_lie_and_once(tmp_path: Path) -> None:
    hub = tmp_path / "hub" / "models--a--b"
    (hub / "blobs").mkdir(parents=True)
    blob = written(hub / "blobs", gguf(), "0123")
    for snapshot in ("one", "two"):
        folder = hub / "snapshots" / snapshot
        folder.mkdir(parents=True)
        (folder / "Zebra.gguf").symlink_to(blob)
    studio = tmp_path / "studio" / "somebody"
    studio.mkdir(parents=True)
    written(studio, gguf(), "ant.GGUF")
    written(studio, b"eyes", "mmproj-ant.gguf")
    written(studio, b"", "notes.txt")
    found = find_models([tmp_path / "hub", tmp_path / "studio", tmp_path / "nowhere"])
    assert [model.path.name for model in found] == ["ant.GGUF", "Zebra.gguf"]
    assert found[0].size_bytes == len(gguf())


def test_split_files_are_one_model_and_incomplete_ones_none(tmp_path: Path) -> None:
    for name in ("a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b-00001-of-00002.gguf"):
        written(tmp_path, b"12345", name)
    (model,) = find_models([tmp_path])
    assert model.path.name == "a-00001-of-00002.gguf"
    assert (len(model.parts), model.size_bytes) == (2, 10)


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    written(tmp_path, b"1", "a.gguf")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(find_models([tmp_path])) == 1


def test_known_folders_exist(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub = tmp_path / "hf" / "hub"
    hub.mkdir(parents=True)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    assert hub in known_folders()
    assert home / "models" not in known_folders()
    (home / "models").mkdir()
    assert known_folders()[0] == home / "models"
