"""The Rendered tab shows the messages as they are sent, character by character."""

from __future__ import annotations

import json

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.prompt import Prompt
from workbench.core.rendering import render
from workbench.desktop.editor import PromptEditor
from workbench.desktop.editor.rendered import RenderedView
from workbench.running.counting import PromptCount

VALUES = {"company": "ACME", "ticket": "Where is it?"}


def opened(editor: PromptEditor) -> RenderedView:
    editor.show_tab(1)
    QApplication.processEvents()
    return editor.rendered


def test_messages_stand_below_each_other_with_their_roles(editor: PromptEditor, prompt: Prompt) -> None:
    view = opened(editor)
    editor.show_values(VALUES)
    text = view.text.toPlainText()
    wanted = "\n\n".join(f"{m.role}\n{m.content}" for m in render(prompt, VALUES).messages)
    assert text == wanted
    assert not view.missing.isVisible()


def test_missing_variables_are_named_and_left_standing(editor: PromptEditor) -> None:
    view = opened(editor)
    editor.show_values({"company": "ACME"})
    assert view.missing.isVisible()
    assert "ticket" in view.missing.text()
    assert "company" not in view.missing.text()
    assert "{{ticket}}" in view.text.toPlainText()


def test_it_follows_the_prompt_while_it_is_looked_at(editor: PromptEditor, qtbot: QtBot) -> None:
    view = opened(editor)
    editor.set_prompt(Prompt(user="changed"))
    qtbot.waitUntil(lambda: view.text.toPlainText() == "user\nchanged")


def test_nothing_to_send_is_said(editor: PromptEditor, qtbot: QtBot) -> None:
    view = opened(editor)
    editor.set_prompt(Prompt())
    qtbot.waitUntil(lambda: "nothing to send" in view.words())


def test_copying_gives_json_messages_or_the_string(editor: PromptEditor, prompt: Prompt) -> None:
    view = opened(editor)
    editor.show_values(VALUES)
    view.copy()
    messages = json.loads(QGuiApplication.clipboard().text())
    assert [m["content"] for m in messages] == [m.content for m in render(prompt, VALUES).messages]
    editor.show_counts(PromptCount(9, {}, (), True, "<|im_start|>system\n…", 100))
    button = next(b for b in view.findChildren(QToolButton) if b.text() == "After chat template")
    button.click()
    assert view.text.toPlainText() == "<|im_start|>system\n…"
    view.copy()
    assert QGuiApplication.clipboard().text() == "<|im_start|>system\n…"
    editor.show_counts(None)
    assert "chat template" in view.words()


def test_text_beyond_the_first_plane_is_marked_where_it_stands(editor: PromptEditor) -> None:
    editor.compose.load(Prompt(user="\U0001f600 {{ticket}} \x00 \ud800"))
    view = opened(editor)
    editor.show_values({})
    editor.rendered.show_prompt(editor.prompt())
    assert "{{ticket}}" in view.text.toPlainText()
