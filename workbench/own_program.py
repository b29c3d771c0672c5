"""How the program starts its own small programs, also when it is frozen and has no Python beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SECRETS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
"""Ends of the names of environment variables that no child needs to see."""


def command(argument: str, *program: str | Path) -> list[str]:
    """Start a file or, after `-m`, a module by Python; a frozen program is told by the argument (`__main__`)."""
    if getattr(sys, "frozen", False):
        return [sys.executable, argument]
    # -P: neither the file's own folder nor the current one must stand before the standard library.
    return [sys.executable, "-P", *map(str, program)]


def keyless() -> dict[str, str]:
    """This program's environment without what looks like a key."""
    return {name: value for name, value in os.environ.items() if not name.upper().endswith(_SECRETS)}


def environment() -> dict[str, str]:
    """The environment in which a module of this package is found from anywhere, without keys."""
    kept, root = keyless(), str(Path(__file__).parent.parent)
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH"))))}
