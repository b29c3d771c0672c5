"""A variable that is new in the prompt has its column in the open table, and what a person did stays undoable."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.desktop.experiments.test_page import LONG_MS
from workbench.core.case import Case
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.desktop.test_sets import edits
from workbench.desktop.test_sets.page import TestSetPage
from workbench.desktop.window import MainWindow


def open_set(window: MainWindow, qtbot: QtBot) -> tuple[TestSetPage, str]:
    """The open page of a test set, and its prompt's id."""
    assert window.workspace is not None

    def write(store) -> tuple[str, str]:  # type: ignore[no-untyped-def]
        prompt = store.create_prompt("Ask", Prompt(user="{{ticket}}"))
        made = store.new_test_set("Asked", (Case("1", {"ticket": "Where?"}),), prompt_id=prompt.id)
        return prompt.id, made.id

    prompt_id, test_set_id = window.workspace.store.write(write).result(10)
    page = window.desk.pages.open("test_set", test_set_id)
    assert isinstance(page, TestSetPage)
    qtbot.waitUntil(lambda: page.model.columns == ["ticket"], timeout=LONG_MS)
    return page, prompt_id


def save_draft(window: MainWindow, prompt_id: str, text: str) -> None:
    assert window.workspace is not None
    window.workspace.store.write(
        lambda store: store.save_draft(prompt_id, Prompt(user=text), {}, GenerationConfig())
    ).result(10)


def test_what_is_typed_in_the_editor_has_its_column_when_the_page_comes_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    page, prompt_id = open_set(window, qtbot)
    window.desk.documents.step(1)
    qtbot.waitUntil(lambda: not page.isVisible(), timeout=LONG_MS)
    for half in ("{{ticket}} {{ton}}", "{{ticket}} {{tone}}"):
        save_draft(window, prompt_id, half)
    assert page.model.columns == ["ticket"]

    window.desk.pages.open("test_set", page.id)
    qtbot.waitUntil(lambda: page.model.columns == ["ticket", "tone"], timeout=LONG_MS)
    assert page.table.horizontalHeader().isSectionHidden(2) is False


def test_a_page_in_front_gets_the_column_at_once(window: MainWindow, qtbot: QtBot) -> None:
    page, prompt_id = open_set(window, qtbot)
    said: list[str] = []
    page.status.connect(said.append)
    save_draft(window, prompt_id, "{{ticket}} {{tone}} {{tone}}")
    qtbot.waitUntil(lambda: page.model.columns == ["ticket", "tone"], timeout=LONG_MS)
    assert "{{tone}}" in said[-1]
    page.model.setData(page.model.index(0, 2), "calm")
    assert page.model.cases[0].values == {"ticket": "Where?", "tone": "calm"}


def test_undo_and_redo_of_other_columns_go_on(window: MainWindow, qtbot: QtBot) -> None:
    page, prompt_id = open_set(window, qtbot)
    edits.add_column(page.model, "mine", 1)
    save_draft(window, prompt_id, "{{ticket}} {{tone}}")
    qtbot.waitUntil(lambda: page.model.columns == ["ticket", "mine", "tone"], timeout=LONG_MS)
    page.model.undo_stack.undo()
    assert page.model.columns == ["ticket", "tone"]
    page.model.undo_stack.redo()
    assert page.model.columns == ["ticket", "mine", "tone"]


def test_a_column_that_was_deleted_does_not_come_back_with_the_next_letter(
    window: MainWindow, qtbot: QtBot
) -> None:
    page, prompt_id = open_set(window, qtbot)
    save_draft(window, prompt_id, "{{ticket}} {{tone}}")
    qtbot.waitUntil(lambda: len(page.model.columns) == 2, timeout=LONG_MS)
    edits.delete_column(page.model, 1)
    save_draft(window, prompt_id, "{{ticket}} {{tone}} {{length}}")
    qtbot.waitUntil(lambda: page.model.columns == ["ticket", "length"], timeout=LONG_MS)
