"""One window a workspace: the second start raises the first, and a crash locks nobody out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer
from pytestqt.qtbot import QtBot

from workbench.desktop.instance import Instance

START = """
import sys
from pathlib import Path
from workbench.desktop.application import run_window
sys.exit(run_window(Path(sys.argv[1]), new_window="--new-window" in sys.argv))
"""


def second_start(path: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, str(path), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_second_start_raises_the_first_window_and_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    first = Instance(tmp_path / "w.db")
    assert first.claim()
    with qtbot.waitSignal(first.raise_asked, timeout=30_000):
        second = second_start(tmp_path / "w.db")
    out, _ = second.communicate(timeout=30)
    assert second.returncode == 0
    assert "brought to the front" in out
    first.close()


def test_the_same_file_by_another_path_is_the_same_workspace(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert Instance(tmp_path / "w.db").name == Instance(tmp_path / "link" / ".." / tmp_path.name / "w.db").name
    assert Instance(tmp_path / "w.db").name != Instance(tmp_path / "other.db").name


def test_what_a_crash_left_behind_is_removed(qtbot: QtBot, tmp_path: Path) -> None:
    crashing = f"""
import os, signal
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from workbench.desktop.instance import Instance
app = QCoreApplication([])
assert Instance(Path({str(tmp_path / "w.db")!r})).claim()
print("claimed", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", crashing], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "claimed\n"
    assert done.returncode == -signal.SIGKILL
    mine = Instance(tmp_path / "w.db")
    assert not mine.raise_other()
    assert mine.claim()
    mine.close()


@pytest.mark.usefixtures("qapp")
def test_a_window_that_hangs_does_not_keep_a_new_one_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.desktop.instance.ANSWER_MS", 100)
    deaf = QLocalServer()
    mine = Instance(tmp_path / "w.db")
    assert deaf.listen(mine.name), deaf.errorString()
    assert not mine.raise_other()
    deaf.close()


def test_another_window_opens_when_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    first = Instance(tmp_path / "w.db")
    first.claim()
    raised: list[bool] = []
    first.raise_asked.connect(lambda: raised.append(True))
    second = second_start(tmp_path / "w.db", "--new-window")
    try:
        qtbot.waitUntil(lambda: (tmp_path / "w.db").exists() or second.poll() is not None, timeout=30_000)
        assert second.poll() is None, "it runs on"
        assert not raised
    finally:
        os.kill(second.pid, signal.SIGKILL)
        second.communicate(timeout=30)
        first.close()
