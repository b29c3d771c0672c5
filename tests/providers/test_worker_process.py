"""How the child process is started."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from workbench.providers.llamacpp import LlamaCpp


def test_the_child_sees_no_keys_and_finds_the_package_from_anywhere(
    runner: asyncio.Runner,
    own: Callable[..., LlamaCpp],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("HARMLESS", "kept")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('a file beside the prompt was imported')")
    before = set(psutil.Process().children())
    runner.run(own().load())
    (child,) = set(psutil.Process().children()) - before
    assert "OPENAI_API_KEY" not in child.environ()
    assert child.environ()["HARMLESS"] == "kept"
