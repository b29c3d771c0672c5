"""A workspace of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the workspace lies; a name with a space and letters beyond ASCII, as people's folders have them."""
    return tmp_path / "Prömpt folder #1" / "workspace.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new, empty workspace."""
    with Store.open(path) as store:
        yield store
