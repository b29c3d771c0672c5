"""Model files that are already on this machine, found in the folders where programs keep them.

Files are used where they lie and never copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadFile
from workbench.models.split import split_parts
from workbench.paths import data_folder

_DEEPEST = 8
"""Folders below a library folder; a link that leads back up ends here."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model of a library."""

    path: Path
    """Its file, the first one of a split model."""
    parts: tuple[Path, ...]
    size_bytes: int


def known_folders() -> tuple[Path, ...]:
    """Folders of this program, LM Studio and the Hugging Face cache that exist here."""
    home = Path.home()
    hub = Path(os.environ.get("HF_HOME") or home / ".cache" / "huggingface")
    folders = (
        data_folder() / "models",
        home / ".lmstudio" / "models",
        home / ".cache" / "lm-studio" / "models",
        Path(os.environ.get("HF_HUB_CACHE") or hub / "hub"),
    )
    return tuple(folder for folder in folders if folder.is_dir())


def find_models(folders: Iterable[Path]) -> tuple[ModelFile, ...]:
    """Every model below these folders, each once, by name; unreadable folders are passed over."""
    found: dict[Path, ModelFile] = {}
    for folder in folders:
        for path in _model_files(folder, _DEEPEST):
            if model := _model(path):
                # The Hugging Face cache shows one blob under the name of every snapshot.
                found.setdefault(model.path.resolve(), model)
    return tuple(sorted(found.values(), key=lambda model: (model.path.name.lower(), model.path)))


def _model_files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if depth:
                yield from _model_files(entry, depth - 1)
        elif entry.suffix.lower() == ".gguf" and not entry.name.lower().startswith("mmproj"):
            yield entry


def _model(path: Path) -> ModelFile | None:
    """The model whose first file this is; None for the other files of a split model and for incomplete ones."""
    try:
        parts = split_parts(path)
        if parts[0].name != path.name:
            return None
        return ModelFile(path, parts, sum(part.stat().st_size for part in parts))
    except (BadFile, OSError):
        return None
