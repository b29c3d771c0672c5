"""Opening and closing the one thing that window and command line hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import StoreError
from workbench.running import Workspace


def test_a_new_workspace_holds_the_starter_prompts_once(home: Path) -> None:
    for _ in range(2):
        workspace = Workspace(home / "new" / "workspace.db")
        workspace.start().result(30)
        names = [prompt.name for prompt in workspace.store.read(lambda store: store.prompts()).result(10)]
        workspace.close()
        assert len(names) == len(set(names)) == 4


def test_a_file_that_cannot_be_opened_says_so_and_closes(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(StoreError, match=tmp_path.name):
        workspace.start().result(30)
    workspace.close()


def test_closing_twice_and_closing_without_a_start_are_harmless(home: Path) -> None:
    Workspace(home / "never.db").close()
    workspace = Workspace(home / "workspace.db")
    workspace.start().result(30)
    workspace.close()
    workspace.close()
