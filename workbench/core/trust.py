"""Files that a person trusts to be run: by their path and by what they said when they were trusted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Trust = Literal["trusted", "changed", "unknown"]
"""Trusted as it is · trusted once, but changed since · never trusted."""


@dataclass(frozen=True, slots=True)
class TrustedFile:
    """A file that a person trusts."""

    path: str
    """The whole path, links followed."""
    sha256: str
    """Of what the file said when it was trusted."""
    trusted_at: datetime


def fingerprint(content: bytes) -> str:
    """What tells one content from every other."""
    return hashlib.sha256(content).hexdigest()
