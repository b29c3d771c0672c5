"""The line at the bottom says which models are on their way here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.loopback_hub import LoopbackHub, Stall
from tests.models.gguf_file import gguf
from workbench.desktop.window import MainWindow
from workbench.running.hub_access import open_hub

REPOSITORY = "owner/tiny-GGUF"
PATIENCE = 20_000


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        running.add(REPOSITORY, {"tiny-Q8_0.gguf": gguf(tensors=(("token_embd.weight", (64, 10_000), 8),))})
        yield running


def test_downloads_are_in_sight_wherever_the_person_is(qtbot: QtBot, window: MainWindow, hub: LoopbackHub) -> None:
    assert window.status.downloads.isHidden()
    hub.faults.append(Stall(400_000))
    workspace = window.desk.workspace
    client = open_hub(hub.url)
    (model,) = workspace.loop.submit(client.models(REPOSITORY)).result(10)
    workspace.loop.submit(client.close()).result(10)
    download_id = workspace.downloads.start(hub.url, REPOSITORY, model).result(10)
    shown = window.status.downloads
    qtbot.waitUntil(lambda: shown.isVisible() and "1 download running" in shown.text(), timeout=PATIENCE)
    workspace.downloads.pause(download_id).result(10)
    qtbot.waitUntil(lambda: shown.text() == "1 download paused", timeout=PATIENCE)
    hub.released.set()
    workspace.downloads.resume(download_id)
    qtbot.waitUntil(shown.isHidden, timeout=PATIENCE)
