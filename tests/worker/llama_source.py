"""What llama-cpp-python's source package carries of llama.cpp: chat templates, vocabularies with expected tokens.

They are third parties' files and not part of this checkout. The set-up keeps them when it compiles llama.cpp;
`LLAMA_SOURCE` names an unpacked source package instead. `LLAMA_PEERS` names a folder with llama-server.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prompt-workbench"

MISSING = "llama.cpp's source package is not at hand: run make setup, or set LLAMA_SOURCE to an unpacked one"
NO_SERVER = "llama-server is not at hand: set LLAMA_PEERS to the folder that it was built in"


def models_folder() -> Path | None:
    """The folder with `templates` and the vocabularies."""
    kept = CACHE / f"llama-cpp-python-{version('llama-cpp-python')}-models"
    source = Path(os.environ.get("LLAMA_SOURCE") or kept)
    places = (source / "vendor" / "llama.cpp" / "models", source / "models", source)
    return next((place for place in places if (place / "templates").is_dir()), None)


def templates() -> tuple[Path, ...]:
    """All chat templates; none without the source package."""
    folder = models_folder()
    return tuple(sorted((folder / "templates").glob("*.jinja"))) if folder else ()


def vocabularies() -> tuple[Path, ...]:
    """The vocabulary files that have expected tokens beside them."""
    folder = models_folder()
    found = sorted(folder.glob("ggml-vocab-*.gguf")) if folder else []
    return tuple(path for path in found if path.with_name(path.name + ".inp").is_file())


def llama_server() -> Path | None:
    """The program to compare with."""
    folder = Path(os.environ.get("LLAMA_PEERS") or "/nonexistent")
    places = (folder / "llama-server", folder / "bin" / "llama-server", folder / "build" / "bin" / "llama-server")
    return next((place for place in places if place.is_file()), None)
