"""The line at the bottom says which models are on their way here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import MakeWindow
from tests.loopback_hub import LoopbackHub, Stall
from tests.models.gguf_file import gguf
from workbench.desktop.dialogs.models import ModelsDialog
from workbench.desktop.window import MainWindow
from workbench.running import Workspace
from workbench.running.hub_access import open_hub

REPOSITORY = "owner/tiny-GGUF"
PATIENCE = 20_000


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        running.add(REPOSITORY, {"tiny-Q8_0.gguf": gguf(tensors=(("token_embd.weight", (64, 10_000), 8),))})
        yield running


def start(workspace: Workspace, hub: LoopbackHub) -> str:
    """Download the hub's one model."""
    client = open_hub(hub.url)
    (model,) = workspace.loop.submit(client.models(REPOSITORY)).result(10)
    workspace.loop.submit(client.close()).result(10)
    return workspace.downloads.start(hub.url, REPOSITORY, model).result(10)


def test_downloads_are_in_sight_wherever_the_person_is(qtbot: QtBot, window: MainWindow, hub: LoopbackHub) -> None:
    assert window.status.downloads.isHidden()
    hub.faults.append(Stall(400_000))
    workspace = window.desk.workspace
    download_id = start(workspace, hub)
    shown = window.status.downloads
    qtbot.waitUntil(lambda: shown.isVisible() and "1 download running" in shown.text(), timeout=PATIENCE)
    workspace.downloads.pause(download_id).result(10)
    qtbot.waitUntil(lambda: shown.text() == "1 download paused", timeout=PATIENCE)
    hub.released.set()
    workspace.downloads.resume(download_id)
    qtbot.waitUntil(shown.isHidden, timeout=PATIENCE)


def test_what_the_last_session_left_is_in_sight_from_the_start_and_leads_to_where_it_is_resumed(
    qtbot: QtBot, make_window: MakeWindow, hub: LoopbackHub, home: Path
) -> None:
    leave_unfinished(hub, home)
    window = make_window()
    shown = window.status.downloads
    qtbot.waitUntil(lambda: shown.isVisible() and shown.text() == "1 download paused", timeout=PATIENCE)
    shown.click()
    (dialog,) = window.findChildren(ModelsDialog)
    qtbot.waitUntil(lambda: len(dialog.downloads.cards) == 1, timeout=PATIENCE)
    (card,) = dialog.downloads.cards.values()
    assert (card.pause.text(), card.cancel.text()) == ("Resume", "Discard")
    assert card.words().startswith("Paused at")
    hub.released.set()
    card.pause.click()
    qtbot.waitUntil(lambda: any("tiny-Q8_0" in one for one in dialog.list.references()), timeout=PATIENCE)
    qtbot.waitUntil(shown.isHidden, timeout=PATIENCE)
    dialog.accept()


def leave_unfinished(hub: LoopbackHub, home: Path) -> None:
    """A session that ends in the middle of a download."""
    hub.faults.append(Stall(400_000))
    workspace = Workspace(home / "earlier.db")
    workspace.start().result(30)
    came = threading.Event()
    workspace.downloads.listen(lambda seen: came.set() if seen and seen[0].progress.done else None)
    start(workspace, hub)
    assert came.wait(30)
    workspace.close()
