"""The name under which a window is found that has a workspace, and whether there may be one.

Apart from `instance`, whose sockets need a library that most starts can do without.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QCryptographicHash, QDir


def claim_name(workspace: Path) -> str:
    """The same for every way to write the path, another for every user of the machine."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    place = f"{user}:{os.path.realpath(workspace)}"
    digest = QCryptographicHash.hash(os.fsencode(place), QCryptographicHash.Algorithm.Sha256)
    return f"prompt-workbench-{bytes(digest.data()).hex()[:24]}"


def may_be_claimed(workspace: Path) -> bool:
    """Whether asking is worth it: a local socket is a file in Qt's folder for temporary ones, but on Windows."""
    return sys.platform == "win32" or Path(QDir.tempPath(), claim_name(workspace)).exists()
