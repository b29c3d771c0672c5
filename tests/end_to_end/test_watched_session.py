"""Whole sessions under watch: offline opens no socket, and the window's own thread waits for nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.screen import ROOT

WITNESS = Path(__file__).parent / "witness"

pytestmark = pytest.mark.timeout(240)


def watched(home: Path, *arguments: str) -> tuple[str, list[str]]:
    """Run a Python command to its end: what it prints, and what it and its children asked of the network."""
    seen = home / "witness"
    environment = {
        **os.environ,
        "WITNESS": str(seen),
        "PYTHONPATH": str(WITNESS),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        (sys.executable, *arguments),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = seen.read_text().splitlines()
    return done.stdout, lines


def network(lines: list[str]) -> list[str]:
    """What was done, without the lines in which a process says that it is watched."""
    return [line for line in lines if line.split()[1] != "began"]


def test_the_command_line_with_the_embedded_model_opens_no_socket(home: Path, tmp_path: Path) -> None:
    workbench = ("-m", "workbench")
    golden = tmp_path / "golden.txt"
    golden.write_text("As it should have been.")
    answer, lines = watched(home, *workbench, "run", "Support reply", "--model", "starter", "--max-tokens", "8")
    assert answer.strip()
    assert any("workbench.worker" in line for line in lines), "the model's process is watched too"
    for arguments in (
        ("history", "list"),
        ("models", "list"),
        ("rate", "last", "--good", "--golden", str(golden)),
        ("training", "export", "--format", "trl-prompt-completion", "--out", str(tmp_path / "data")),
    ):
        _, lines = watched(home, *workbench, *arguments)
    assert network(lines) == []


def test_the_window_opens_no_socket_and_its_thread_touches_no_file(home: Path, tmp_path: Path) -> None:
    """Edit, run, rate, save, search, every dialog, import and export: see `watched_window`."""
    folder = tmp_path / "training"
    said, lines = watched(home, "-m", "tests.end_to_end.watched_window", str(home / "workspace.db"), str(folder))
    assert any("workbench.worker" in line for line in lines), "the model's process is watched too"
    assert network(lines) == []
    assert (folder / "train.jsonl").exists()
    assert json.loads(said) == {}, "the UI thread waited for these, asked from there"


def test_the_witness_sees(home: Path) -> None:
    """Otherwise the other tests would prove nothing."""
    _, lines = watched(home, "-c", "import socket; socket.socket().close(); socket.socket(socket.AF_UNIX).close()")
    assert len(network(lines)) == 1
