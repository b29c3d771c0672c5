"""Keys and passwords that must not be taught to a model: the patterns that are beyond doubt."""

from __future__ import annotations

import re

_TAIL = r"(?=[A-Za-z_-]*[0-9])"  # a digit somewhere: `sk-learn-is-a-fine-library` is no key

_PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("an API key", "sk-", re.compile(rf"(?<![A-Za-z0-9])sk-{_TAIL}[A-Za-z0-9_-]{{16,}}")),
    ("a payment key", "k_live_", re.compile(r"(?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{16,}")),
    ("an AWS key", "AKIA", re.compile(r"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![0-9A-Z])")),
    ("an AWS key", "ASIA", re.compile(r"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}(?![0-9A-Z])")),
    ("a GitHub token", "gh", re.compile(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{30,}")),
    ("a GitHub token", "github_pat_", re.compile(r"github_pat_[A-Za-z0-9_]{30,}")),
    ("a Google key", "AIza", re.compile(r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}")),
    ("a Hugging Face token", "hf_", re.compile(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}")),
    ("a Slack token", "xox", re.compile(r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a private key", "PRIVATE KEY", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
)
"""What it is, a text that it must hold (found much faster than the pattern), and the pattern."""


def find_secret(text: str) -> str | None:
    """What a text seems to hold, such as `an AWS key`; never the secret itself."""
    for name, hint, pattern in _PATTERNS:
        if hint in text and pattern.search(text):
            return name
    return None
