"""What every test needs: an own home, no screen, no network but loopback, and no unexpected warning."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_LOOPBACK = ("127.", "::1", "localhost")
_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""What all folders of a run's tests need, four times over."""


def pytest_configure() -> None:
    """Tests' folders lie in memory where there is room, or the run would wait for the disk for most of its time.

    No test can tell: what "on the disk" means after a power cut is nothing that a test could see. Whoever wants
    to see the files of a run that passes names a folder with `--basetemp`.
    """
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    # Else each of the hundred programs that are started would compile itself anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, so that no test reads or writes the person's."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline means offline: a connection to anywhere but this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning in our own log fails the test, unless it asks for the fixture `expected_log`."""
    yield
    if "expected_log" in request.fixturenames:
        return
    ours = (record for record in caplog.get_records("call") if record.name.startswith("workbench"))
    loud = [record for record in ours if record.levelno >= logging.WARNING]
    assert not loud, "\n".join(record.getMessage() for record in loud)


@pytest.fixture
def expected_log() -> None:
    """Asked for by tests that provoke warnings in the log."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can make a small disk")
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("root without the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
