"""Chance that is the same in every test run."""

from __future__ import annotations

import random


def seeded(number: int) -> random.Random:
    """A generator for simulations, not for secrets."""
    return random.Random(number)  # noqa: S311
