"""What happens to the workspace beside the window's own work, and is shown in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS, MakeWindow
from tests.store.samples import a_run, cut_a_page_off_its_tree
from workbench.store import Store, upkeep


def test_damage_found_in_the_background_is_shown_with_a_next_step(
    make_window: MakeWindow, qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch, expected_log: None
) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 0)  # as a large file, which is checked beside the work
    path = home / "workspace.db"
    with Store.open(path) as store:
        for n in range(300):
            store.finish_run(a_run(f"answer {n} " * 50))
    cut_a_page_off_its_tree(path)
    window = make_window(path)
    qtbot.waitUntil(lambda: "is damaged" in window.frame.messages.text(), timeout=OPENING_MS)
    assert "Start the program again" in window.frame.messages.advice()
    assert window.isVisible()
