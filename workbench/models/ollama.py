"""Ollama's store: models without a file name, named by manifests that point to blobs.

`manifests/HOST/NAMESPACE/MODEL/TAG` is JSON with layers; the layer of the model says which `blobs/sha256-…` it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

_MODEL_LAYER = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_USUAL_HOST, _USUAL_NAMESPACE = "registry.ollama.ai", "library"
_LARGEST_MANIFEST = 1 << 20


def is_store(folder: Path) -> bool:
    """Whether a folder is a store of Ollama's."""
    return (folder / "manifests").is_dir() and (folder / "blobs").is_dir()


def named_blobs(store: Path) -> dict[Path, str]:
    """The blobs that are models, with the name that Ollama calls them by: the first one of several."""
    found: dict[Path, str] = {}
    manifests = store / "manifests"
    for manifest in sorted(manifests.glob("*/*/*/*")):
        digest = _model_digest(manifest)
        blob = store / "blobs" / digest.replace(":", "-")
        if digest and blob.is_file():
            found.setdefault(blob, _name(manifest.relative_to(manifests)))
    return found


def name_of(path: Path) -> str:
    """What Ollama calls the model in this file; empty for a file that is none of its blobs."""
    if path.parent.name != "blobs" or not path.name.startswith("sha256-"):
        return ""
    return named_blobs(path.parent.parent).get(path, "")


def _model_digest(manifest: Path) -> str:
    """The digest of a manifest's model; empty when there is none."""
    try:
        if manifest.stat().st_size > _LARGEST_MANIFEST:
            return ""
        layers = json.loads(manifest.read_bytes())["layers"]
        digests = [str(layer["digest"]) for layer in layers if layer["mediaType"] == _MODEL_LAYER]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return digests[0] if len(digests) == 1 and _DIGEST.fullmatch(digests[0]) else ""


def _name(manifest: Path) -> str:
    """As `ollama list` shows it: `llama3:8b`, `somebody/model:tag`, `hf.co/somebody/model:Q4_K_M`."""
    host, namespace, model, tag = manifest.parts
    parts = [] if host == _USUAL_HOST else [host]
    if parts or namespace != _USUAL_NAMESPACE:
        parts.append(namespace)
    return "/".join([*parts, f"{model}:{tag}"])
