"""The Versions tab: save, compare, label, restore."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion, content_id
from workbench.desktop.editor import PromptEditor
from workbench.desktop.editor.age import age
from workbench.desktop.editor.version_table import LABEL, VersionTable
from workbench.desktop.editor.versions import VersionsView

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def version(number: int, prompt: Prompt, message: str = "", label: str = "") -> PromptVersion:
    return PromptVersion(content_id(prompt), "p1", number, prompt, None, message, label, NOW)


@pytest.fixture
def versions(editor: PromptEditor, prompt: Prompt) -> VersionsView:
    first = replace(prompt, user="Answer {{ticket}}")
    second = replace(prompt, system="You are a bot of {{company}}.")
    editor.show_versions((version(2, second, "a bot"), version(1, first, "first", "production")), None)
    editor.show_tab(2)
    QApplication.processEvents()
    return editor.versions


def summaries(view: VersionsView) -> dict[str, str]:
    boxes = view.differences.boxes.items()
    return {name: box.header.summary.whole() for name, box in boxes if box.header.summary.whole() != "unchanged"}


def test_the_newest_version_is_compared_with_the_draft(versions: VersionsView) -> None:
    assert summaries(versions) == {"system": "1 change"}
    boxes = versions.differences.boxes
    assert [name for name, box in boxes.items() if box.is_open()] == ["system"]


def test_two_selected_versions_are_compared_with_each_other(versions: VersionsView) -> None:
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    versions.list.selectionModel().select(versions.list.model().index(1, 0), rows)
    assert set(summaries(versions)) == {"system", "user"}
    assert versions.differences.title() == "v1 → v2"


def test_the_comparison_follows_the_draft(versions: VersionsView, editor: PromptEditor, qtbot: QtBot) -> None:
    editor.set_prompt(replace(editor.prompt(), prefill="Hello"))
    qtbot.waitUntil(lambda: set(summaries(versions)) == {"system", "prefill"})


def test_restoring_is_a_step_that_can_be_undone(
    versions: VersionsView, editor: PromptEditor, qtbot: QtBot, prompt: Prompt
) -> None:
    versions.list.setCurrentIndex(versions.list.model().index(1, 0))
    with qtbot.waitSignal(editor.restored):
        button(versions, "Restore").click()
    assert editor.prompt().user == "Answer {{ticket}}"
    assert editor.tabs.currentIndex() == 0
    editor.undo_stack.undo()
    assert editor.prompt() == prompt


def test_saving_gives_the_message_once(versions: VersionsView, editor: PromptEditor, qtbot: QtBot) -> None:
    editor.show_tab(0)
    editor.ask_version_message()
    assert editor.focusWidget() is versions.message
    qtbot.keyClicks(versions.message, "shorter")
    with qtbot.waitSignal(editor.save_requested) as saved:
        qtbot.keyClick(versions.message, Qt.Key.Key_Return)
    assert saved.args == ["shorter"]
    assert versions.message.text() == ""


def test_a_label_is_edited_in_its_row(versions: VersionsView, editor: PromptEditor, qtbot: QtBot) -> None:
    versions.edit_label()
    line = versions.list.findChild(QLineEdit)
    assert line is not None
    line.setText("staging")
    with qtbot.waitSignal(editor.label_requested) as asked:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    newest = versions.selected()[0]
    assert asked.args == [newest.id, "staging"]
    assert versions.list.model().index(0, LABEL).data() == ""


def test_a_new_version_keeps_what_is_selected(
    versions: VersionsView, editor: PromptEditor, prompt: Prompt
) -> None:
    versions.list.setCurrentIndex(versions.list.model().index(1, 0))
    (chosen,) = versions.selected()
    table = versions.list.model()
    assert isinstance(table, VersionTable)
    editor.show_versions((version(3, prompt, "newest"), table.version(0), table.version(1)), content_id(prompt))
    assert table.rowCount() == 3
    assert versions.selected() == (chosen,)


def test_a_new_version_is_seen_in_a_list_of_one_row(
    versions: VersionsView, editor: PromptEditor, prompt: Prompt, qtbot: QtBot
) -> None:
    versions.list.setFixedHeight(versions.list.header().height() + 26)
    table = versions.list.model()
    assert isinstance(table, VersionTable)
    versions.list.scrollToBottom()
    editor.show_versions((version(3, prompt, "newest"), table.version(0), table.version(1)), None)
    QApplication.processEvents()
    assert versions.list.indexAt(QPoint(4, 4)).row() == 0


def test_no_version_says_what_one_is_for(editor: PromptEditor) -> None:
    editor.show_versions(())
    editor.show_tab(2)
    assert not editor.versions.list.isVisible()
    assert button(editor.versions, "Save version").isVisible()


def test_long_prompts_are_compared_away_from_the_window(
    versions: VersionsView, editor: PromptEditor, qtbot: QtBot
) -> None:
    editor.set_prompt(replace(editor.prompt(), context="some line of text\n" * 20_000))
    qtbot.waitUntil(
        lambda: "context" in summaries(versions) and "change" in summaries(versions)["context"], timeout=20_000
    )


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=90), "2026-08-22"),
        (timedelta(hours=-1), "just now"),
    ],
)
def test_ages(ago: timedelta, words: str) -> None:
    assert age(NOW - ago, NOW) == words


def button(view: VersionsView, text: str) -> QPushButton:
    return next(b for b in view.findChildren(QPushButton) if b.text() == text)
