"""Fixtures of the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.results.workspaces import bridge, server, workspace
from workbench.core.case import Case
from workbench.desktop.bridge import Bridge
from workbench.desktop.test_sets.page import TestSetPage
from workbench.running import Workspace

__all__ = ["bridge", "server", "workspace"]

PATIENCE = 20_000
Open = Callable[..., TestSetPage]


@pytest.fixture
def opened(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Iterator[Open]:
    """Opens the page of a new test set with these cases, and waits until they are there."""
    made: list[TestSetPage] = []

    def open_page(*cases: Case, name: str = "Tickets", prompt_id: str | None = None) -> TestSetPage:
        test_set = workspace.store.write(
            lambda store: store.new_test_set(name, cases, prompt_id=prompt_id)
        ).result(10)
        page = TestSetPage(workspace, bridge, None, test_set.id)
        made.append(page)
        page.resize(1200, 700)
        page.show()
        qtbot.waitUntil(lambda: bool(page.title), timeout=PATIENCE)
        return page

    yield open_page
    for page in made:
        page.saving.flush()
        page.close()
        page.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
