"""How many threads compute best: one a physical core that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def useful_threads() -> int:
    """Physical cores, within the processors and the share that a container or taskset leaves us.

    More threads than that only wait for each other: decoding is bound by memory.
    """
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, allowed, _quota() or physical))


def _quota() -> int | None:
    """Whole processors that a container's share amounts to; None when it has no limit."""
    try:
        share, period = _QUOTA.read_text().split()
        return None if share == "max" else max(1, int(share) // int(period))
    except (OSError, ValueError):
        return None
