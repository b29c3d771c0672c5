"""What is rated good is seen as rows before it is written; what is refused says why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from tests.store.samples import a_run
from workbench.core.completion import Message
from workbench.core.run import Rating, Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.export import ExportDialog
from workbench.desktop.dialogs.gathering import Progress, Stopped, gather, write
from workbench.running import Workspace
from workbench.store import Store
from workbench.training import Recipe


def rated(workspace: Workspace, *pairs: tuple[Run, Rating]) -> None:
    def add(store: Store) -> None:
        for run, rating in pairs:
            store.finish_run(run)
            store.rate(run.id, rating)

    workspace.store.write(add).result(30)


def named(name: str, **changes: object) -> Run:
    """A run of an input of its own."""
    messages = (Message("system", "You are brief."), Message("user", f"Say hello to {name}."))
    return a_run(f"Hello, {name}.", values={"greeting": "hello", "name": name}, messages=messages, **changes)


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge, tmp_path: Path) -> ExportDialog:
    rated(
        workspace,
        *((named(f"n{n}"), Rating("good")) for n in range(3)),
        (named("edited"), Rating(golden="Dear edited, hello.")),
        (named("cut", stop_reason="length"), Rating("good")),
        (named("bad"), Rating("bad")),
    )
    made = ExportDialog(workspace, bridge)
    qtbot.addWidget(made)
    made.folder.setText(str(tmp_path / "out"))
    made.show()
    return made


def ready(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: "Reading" not in dialog.counts.text() and bool(dialog.counts.text()), timeout=10_000)


def test_the_preview_counts_shows_rows_and_warns_of_too_few(qtbot: QtBot, dialog: ExportDialog) -> None:
    ready(qtbot, dialog)
    assert dialog.counts.text() == "4 rows · 1 refused · 1 not rated good"
    first = json.loads(dialog.rows.text().split("\n\n")[0])
    assert first["messages"][-1]["content"] == "Hello, n0."
    assert "at least 10" in dialog.warning.text()


def test_a_refused_run_says_why_and_leads_to_the_run(qtbot: QtBot, dialog: ExportDialog) -> None:
    ready(qtbot, dialog)
    assert dialog.refused.rowCount() == 1
    dialog.refused.selectRow(0)
    dialog.refused.setCurrentCell(-1, -1, QItemSelectionModel.SelectionFlag.NoUpdate)
    with qtbot.waitSignal(dialog.run_asked) as asked:
        dialog.show_run.click()
    assert len(asked.args[0]) == 32
    reason = dialog.refused.item(0, 1)
    assert reason is not None
    assert len(reason.text()) > 10


def test_the_files_are_written_and_the_place_is_said(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    ready(qtbot, dialog)
    with qtbot.waitSignal(dialog.exported, timeout=20_000) as done:
        dialog.export_button.click()
    lines = (tmp_path / "out" / "train.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == done.args[0].rows == 4
    assert str(tmp_path / "out") in dialog.outcome.text()
    assert dialog.open_folder.isVisible()
    assert dialog.focusWidget() is dialog.close_button, "Return, pressed again, closes and opens no other program"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["facts"] == {"workspace": "workspace.db"}


def test_pairs_come_from_edited_answers(qtbot: QtBot, dialog: ExportDialog) -> None:
    ready(qtbot, dialog)
    dialog.format.setCurrentIndex(dialog.format.findData("trl-preference"))
    qtbot.waitUntil(lambda: dialog.counts.text().startswith("1 pair"), timeout=10_000)
    row = json.loads(dialog.rows.text())
    assert row["chosen"][-1]["content"] == "Dear edited, hello."


def test_the_recipe_changes_the_rows(qtbot: QtBot, dialog: ExportDialog) -> None:
    ready(qtbot, dialog)
    dialog.options["system"].setCurrentIndex(1)
    qtbot.waitUntil(lambda: '"system"' not in dialog.rows.text() and dialog.rows.text() != "", timeout=10_000)


def test_a_folder_with_other_files_is_left_alone(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    ready(qtbot, dialog)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    dialog.export_button.click()
    qtbot.waitUntil(dialog.error.isVisible, timeout=10_000)
    assert "thesis.txt" in dialog.error.report()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]
    assert dialog.export_button.isEnabled()


def test_nothing_rated_teaches_what_to_do(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> None:
    made = ExportDialog(workspace, bridge)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(made.empty.isVisible, timeout=10_000)
    assert made.empty.title() == "Nothing to export yet"
    assert not made.export_button.isEnabled()


def test_a_cancelled_export_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    rated(workspace, *((named(f"n{n}"), Rating("good")) for n in range(5)))
    path = workspace.store.path
    found = gather(path, "openai-sft", Recipe(), None, Progress())
    stopping = Progress()
    stopping.stop()
    with pytest.raises(Stopped):
        write(found, tmp_path / "out", "w", stopping)
    assert not list(tmp_path.glob("*out*"))
    with pytest.raises(Stopped):
        gather(path, "openai-sft", Recipe(), None, stopping)


def test_progress_counts_rows(workspace: Workspace, tmp_path: Path) -> None:
    rated(workspace, *((named(f"n{n}"), Rating("good")) for n in range(5)))
    found = gather(workspace.store.path, "openai-sft", replace(Recipe(), system="drop"), None, Progress())
    progress = Progress()
    write(found, tmp_path / "out", "w", progress)
    assert (progress.done, progress.total) == (5, 5)
