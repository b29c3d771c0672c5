"""How the program starts its own small programs, also when it is frozen and has no Python beside it."""

from __future__ import annotations

import sys
from pathlib import Path


def command(program: Path, argument: str) -> list[str]:
    """Start a file of ours by Python; a frozen program is itself that, told by an argument (see `__main__`)."""
    if getattr(sys, "frozen", False):
        return [sys.executable, argument]
    # -P: the file's own folder must not stand before the standard library.
    return [sys.executable, "-P", str(program)]
