"""The program's own small programs start with a Python beside it and without one, and see no keys."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.own_program import command, environment, keyless


def test_a_frozen_program_starts_itself_with_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("answer-check", "-m", "a.b") == [sys.executable, "-P", "-m", "a.b"]
    assert command("python-check", Path("a.py")) == [sys.executable, "-P", "a.py"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command("answer-check", "-m", "a.b") == [sys.executable, "answer-check"]


def test_a_child_finds_the_package_from_anywhere_and_sees_no_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("HARMLESS", "kept")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert "OPENAI_API_KEY" not in environment()
    assert keyless()["HARMLESS"] == environment()["HARMLESS"] == "kept"
    assert environment()["PYTHONPATH"].endswith(f"{os.pathsep}elsewhere")
    code = "import workbench.errors"
    subprocess.run([sys.executable, "-P", "-c", code], env=environment(), cwd=tmp_path, timeout=60, check=True)
