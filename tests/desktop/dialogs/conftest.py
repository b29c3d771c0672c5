"""Fixtures of the dialogs."""

from pathlib import Path

import pytest

from tests.desktop.results.workspaces import bridge, server, workspace

__all__ = ["bridge", "server", "workspace"]


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own: the dialogs look for other programs' models in it."""
    folder = tmp_path / "person"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_TOKEN", "LLAMA_CACHE", "OLLAMA_MODELS"):
        monkeypatch.delenv(name, raising=False)
    return folder
