"""The SHA-256 of a model file, computed once and remembered for as long as its size and time stay the same."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from threading import Event

from workbench import paths

_PIECE = 4 * 1024 * 1024


def file_hash(path: Path, stop: Event) -> str | None:
    """As hexadecimal digits; None when the file cannot be read or `stop` is set meanwhile. Takes its time."""
    try:
        facts = path.stat()
        known = _note(path)
        content = {"path": str(path), "size": facts.st_size, "modified": facts.st_mtime_ns}
        with suppress(OSError, ValueError, AttributeError):
            noted = json.loads(known.read_text("utf-8"))
            if content.items() <= noted.items():
                return str(noted["sha256"])
        found = _computed(path, stop)
    except OSError:
        return None
    if found:
        with suppress(OSError):  # the next start computes it again
            known.parent.mkdir(parents=True, exist_ok=True)
            known.write_text(json.dumps({**content, "sha256": found}), "utf-8")
    return found


def _note(path: Path) -> Path:
    """Where the hash of the file at this path is remembered."""
    name = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return paths.cache_folder() / "model-hashes" / f"{name}.json"


def _computed(path: Path, stop: Event) -> str | None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if stop.is_set():
                return None
            digest.update(piece)
    return digest.hexdigest()
