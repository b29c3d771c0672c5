"""A workspace that cannot be opened: the window says why and what to do, and stays."""

from __future__ import annotations

import os
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS, MakeWindow
from tests.store.samples import make_newer
from workbench.store import Store


def test_a_workspace_of_a_newer_program_is_left_as_it_is(
    make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    path = home / "workspace.db"
    Store.open(path).close()
    make_newer(path)
    content = path.read_bytes()
    window = make_window(wait=False)
    with qtbot.waitSignal(window.not_opened, timeout=OPENING_MS):
        window.show()
    assert "written by a newer Prompt Workbench" in window.frame.messages.text()
    assert "Install the newer program" in window.frame.messages.advice()
    assert not window.actions_by_id["run"].isEnabled()
    assert path.read_bytes() == content


def test_a_damaged_workspace_is_set_aside_and_one_can_begin_anew(
    make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    path = home / "workspace.db"
    Store.open(path).close()
    content = path.read_bytes()
    broken = content[:100] + os.urandom(len(content) - 100)
    path.write_bytes(broken)
    window = make_window(wait=False)
    with qtbot.waitSignal(window.not_opened, timeout=OPENING_MS):
        window.show()
    assert "is damaged. It was set aside as workspace.db.damaged-" in window.frame.messages.text()
    assert window.frame.messages.advice()
    (aside,) = home.glob("workspace.db.damaged-*")
    assert aside.read_bytes() == broken
    with qtbot.waitSignal(window.opened, timeout=OPENING_MS):
        window.frame.messages._action.click()
    assert window.document.name == "Support reply"
