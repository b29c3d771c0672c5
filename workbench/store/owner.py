"""Which process an unfinished run belongs to, and whether that process still lives.

A process id alone is given out again after its process ended, so the moment of its start is kept with it. On
Linux that moment is counted from the boot, which no clock that is set back can move; the boot is told by its
own id. Elsewhere the system keeps the moment itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TOLERANCE = 2.0  # seconds; systems round the moment of a start


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told apart from every other one that had or will have its id."""

    pid: int
    started: float
    boot: str


def this_process() -> Owner:
    """The process that asks."""
    process = psutil.Process()
    return Owner(process.pid, _started(process), _boot())


def is_alive(owner: Owner) -> bool:
    """Whether the process still runs; a process that may not be looked at counts as alive."""
    if owner.boot != _boot():
        return False
    try:
        process = psutil.Process(owner.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(_started(process) - owner.started) < _TOLERANCE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _started(process: psutil.Process) -> float:
    return process.create_time() - (psutil.boot_time() if _BOOT_ID.exists() else 0.0)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
