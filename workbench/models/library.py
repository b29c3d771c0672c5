"""Model files that are already on this machine, found in the folders where programs keep them.

Files are used where they lie and never copied. Everything here reads the disk: call it in a thread.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadFile
from workbench.models import ollama
from workbench.models.split import split_name, split_parts
from workbench.paths import data_folder

_DEEPEST = 8
"""Folders below a library folder."""

OWN = "own folder"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with models in it."""

    path: Path
    program: str
    """Whose it is, for people."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model of a library."""

    path: Path
    """Its file, the first one of a split model."""
    parts: tuple[Path, ...]
    size_bytes: int
    name: str
    """The file's name without numbers and ending, or what its program calls it."""
    program: str
    """Whose folder it was found in."""


def download_folder() -> Path:
    """Where downloads go, as OWNER/NAME/FILE."""
    return data_folder() / "models"


def known_folders(own: Iterable[Path] = ()) -> tuple[Folder, ...]:
    """The folders of this program and of others that exist here, then the person's own; each once."""
    usual = (
        Folder(download_folder(), "Prompt Workbench"),
        *(Folder(path, "LM Studio") for path in _studio_folders()),
        Folder(_hub_cache(), "Hugging Face"),
        Folder(Path(os.environ.get("LLAMA_CACHE") or Path.home() / ".cache" / "llama.cpp"), "llama.cpp"),
        *(Folder(path, "Ollama") for path in _ollama_folders()),
    )
    found: dict[Path, Folder] = {}
    for folder in (*usual, *(Folder(path, OWN) for path in own)):
        if folder.program == OWN or folder.path.is_dir():
            found.setdefault(folder.path, folder)
    return tuple(found.values())


def find_models(folders: Iterable[Folder]) -> tuple[ModelFile, ...]:
    """Every model below these folders, each once, by name; unreadable folders are passed over."""
    found: dict[Path, ModelFile] = {}
    visited: set[tuple[int, int]] = set()
    for folder in folders:
        for path, name in _candidates(folder.path, visited):
            if model := _model(path, name, folder.program):
                # The Hugging Face cache shows one blob under the name of every snapshot.
                found.setdefault(_real(model.path), model)
    return tuple(sorted(found.values(), key=lambda model: (model.name.lower(), model.path)))


def title(path: Path) -> str:
    """A model file's name for people."""
    if name := ollama.name_of(path):
        return name
    split = split_name(path.name)
    return split.prefix if split else path.stem if path.suffix.lower() == ".gguf" else path.name


def _candidates(folder: Path, visited: set[tuple[int, int]]) -> Iterator[tuple[Path, str]]:
    """Model files with their names; Ollama's have none of their own."""
    if ollama.is_store(folder):
        yield from ollama.named_blobs(folder).items()
    else:
        yield from ((path, title(path)) for path in _model_files(folder, _DEEPEST, visited))


def _model_files(folder: Path, depth: int, visited: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return
    # Links may lead in circles, or to a folder that is on the list already.
    if (place := (status.st_dev, status.st_ino)) in visited:
        return
    visited.add(place)
    for entry in entries:
        name = entry.name.lower()
        if _is_folder(entry):
            if depth:
                yield from _model_files(Path(entry.path), depth - 1, visited)
        elif name.endswith(".gguf") and not name.startswith("mmproj"):
            yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _model(path: Path, name: str, program: str) -> ModelFile | None:
    """The model whose first file this is; None for the other files of a split model and for incomplete ones."""
    try:
        parts = split_parts(path)
        if parts[0].name != path.name:
            return None
        return ModelFile(path, parts, sum(part.stat().st_size for part in parts), name, program)
    except (BadFile, OSError):
        return None


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _studio_folders() -> Iterator[Path]:
    """Where LM Studio keeps models: in its usual folders, and where its settings say."""
    home = Path.home()
    yield home / ".lmstudio" / "models"
    yield home / ".cache" / "lm-studio" / "models"
    for settings in (home / ".lmstudio" / "settings.json", home / ".cache" / "lm-studio" / "settings.json"):
        try:
            chosen = json.loads(settings.read_text("utf-8"))["downloadsFolder"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(chosen, str) and chosen:
            yield Path(chosen)


def _hub_cache() -> Path:
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")


def _ollama_folders() -> Iterator[Path]:
    if chosen := os.environ.get("OLLAMA_MODELS"):
        yield Path(chosen)
    yield Path.home() / ".ollama" / "models"
    yield Path("/usr/share/ollama/.ollama/models")  # the service of the Linux installer
