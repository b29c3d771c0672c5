"""The screen that the journeys in the real window share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.end_to_end.screen import Screen, screen


@pytest.fixture(scope="module")
def shown() -> Iterator[Screen]:
    missing = [tool for tool in ("Xvfb", "openbox", "xdotool", "import") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"a real screen needs {', '.join(missing)}; make test installs them on Debian and Ubuntu")
    with screen() as made:
        yield made
