"""Bytes in words."""

from __future__ import annotations

import pytest

from workbench.core.size import size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 kB"),
        (1, "1 kB"),
        (1_000, "1 kB"),
        (1_001, "2 kB"),
        (999_999, "1000 kB"),
        (94_000_000, "94 MB"),
        (1_440_000_000, "1.4 GB"),
        (11_520_000_000_000, "11,520.0 GB"),
    ],
)
def test_the_unit_fits_the_number(count: int, text: str) -> None:
    assert size_text(count) == text
