"""An open workspace, a bridge and a server on this machine, for the tests of the results and the dialogs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.loopback import LoopbackServer
from workbench.core.profile import Profile
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.running import Workspace

__all__ = ["bridge", "server", "workspace"]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A new workspace with the starter prompts."""
    opened = Workspace(tmp_path / "workspace.db")
    opened.start().result(30)
    yield opened
    opened.close()


@pytest.fixture
def bridge(qapp: QApplication) -> Iterator[Bridge]:
    theme.apply(qapp, "light")
    made = Bridge()
    yield made
    made.close()


@pytest.fixture
def server(workspace: Workspace) -> Iterator[LoopbackServer]:
    """A server that the workspace knows as `lab`."""
    with LoopbackServer() as running:
        lab = Profile("lab", running.base_url, ("tiny", "large"))
        workspace.store.write(lambda store: store.save_profile(lab)).result(10)
        yield running
