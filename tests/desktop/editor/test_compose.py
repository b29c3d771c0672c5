"""The Compose tab shows what a prompt has, how long it is, and says what empty sections are for."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.prompt import Example, OutputFormat, Prompt
from workbench.desktop.editor import PromptEditor
from workbench.desktop.editor.place import Place
from workbench.running.counting import PromptCount


def count(total: int = 300, context: int | None = 1000, *, exact: bool = True) -> PromptCount:
    return PromptCount(total, {"system": 84, "examples": 212}, (58, 0, 96), exact, "", context)


def test_a_prompt_comes_back_as_it_was_loaded(editor: PromptEditor, prompt: Prompt) -> None:
    assert editor.prompt() == prompt
    assert not editor.undo_stack.canUndo()


def test_empty_optional_sections_are_folded_and_say_what_they_are_for(editor: PromptEditor) -> None:
    editor.compose.load(Prompt(user="hi"))
    sections = editor.compose.sections
    assert [name for name, box in sections.items() if box.is_open()] == ["system", "user"]
    assert "Background" in sections["context"].header.summary.whole()
    assert "turns" in sections["examples"].header.summary.whole()


def test_unfolding_an_empty_section_lets_one_type_at_once(editor: PromptEditor, qtbot: QtBot) -> None:
    editor.compose.load(Prompt(user="hi"))
    qtbot.mouseClick(editor.compose.sections["context"].header, Qt.MouseButton.LeftButton)
    focus = editor.focusWidget()
    assert focus is editor.compose.field(Place("context"))
    qtbot.keyClicks(focus, "facts")
    assert editor.prompt().context == "facts"


def test_a_header_folds_by_keyboard(editor: PromptEditor, qtbot: QtBot) -> None:
    box = editor.compose.sections["system"]
    qtbot.keyClick(box.header, Qt.Key.Key_Space)
    assert not box.is_open()
    qtbot.keyClick(box.header, Qt.Key.Key_Return)
    assert box.is_open()


def test_summaries_follow_the_prompt(editor: PromptEditor) -> None:
    sections = editor.compose.sections
    assert sections["examples"].header.summary.whole() == "3 of 3 on"
    editor.compose.examples.card(1).enabled.click()
    assert sections["examples"].header.summary.whole() == "2 of 3 on"
    assert sections["chain_of_thought"].header.summary.whole() == "shown in the examples"
    assert sections["output_format"].header.summary.whole() == "JSON with a schema"


def test_tokens_stand_with_their_section_and_do_not_move_it(editor: PromptEditor) -> None:
    header = editor.compose.sections["system"].header
    empty = header.count.geometry()
    editor.show_counts(count())
    assert header.count.text() == "84 tok"
    assert header.count.geometry() == empty
    editor.show_counts(count(exact=False))
    assert header.count.text() == "≈ 84 tok"
    editor.show_counts(None)
    assert header.count.text() == ""


def test_the_context_bar_says_in_words_when_it_is_tight(editor: PromptEditor) -> None:
    bar = editor.compose.context_bar
    editor.show_counts(count(327, 8192))
    assert bar.text() == "327 / 8,192"
    editor.show_counts(count(7800, 8192, exact=False))
    assert bar.text() == "nearly full · ≈ 7,800 / 8,192"
    editor.show_counts(count(9000, 8192))
    assert bar.text() == "too long · 9,000 / 8,192"
    editor.show_counts(count(327, None))
    assert bar.text() == "327 tokens"


def test_a_schema_is_judged_beside_it(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    def says(schema: str, words: str) -> None:
        editor.set_prompt(replace(prompt, output_format=OutputFormat("json", schema)))
        qtbot.waitUntil(lambda: words in editor.compose.output.verdict.text())

    says('{"type": "object"}', "valid schema")
    says('{"type": "objekt"}', "not a valid schema")
    says("{", "not valid JSON")
    says("[1]", "must be a JSON object")
    says("", "Any JSON")
    says("[" * 50_000, "not valid JSON")


def test_reasoning_is_asked_for_only_when_it_is_shown(editor: PromptEditor) -> None:
    editor.compose.load(Prompt(examples=(Example("in", "out"),), user="x"))
    card = editor.compose.examples.card(0)
    card.set_open(is_open=True)
    assert card.field("reasoning").isHidden()
    editor.compose.chain.mode.chosen.emit("examples")
    assert not card.field("reasoning").isHidden()


def test_hundreds_of_examples_open_fast(editor: PromptEditor) -> None:
    examples = tuple(Example(f"input {n}", f"output {n}") for n in range(300))
    began = time.thread_time()
    editor.compose.load(Prompt(examples=examples, user="x"))
    QApplication.processEvents()
    assert time.thread_time() - began < 5


def test_typing_in_a_long_prompt_is_smooth(editor: PromptEditor, qtbot: QtBot) -> None:
    long = "Some words of a long prompt, many times.\n" * 25_000
    editor.compose.load(Prompt(system=long, context=long, user="short"))
    edit = editor.compose.field(Place("system"))
    edit.setFocus()
    edit.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    began = time.thread_time()
    for _ in range(20):
        qtbot.keyClick(edit, Qt.Key.Key_A)
        QApplication.processEvents()
    assert (time.thread_time() - began) / 20 < 0.2
    assert editor.prompt().system == long + "a" * 20


def test_a_section_grows_with_its_text(editor: PromptEditor, qtbot: QtBot) -> None:
    edit = editor.compose.field(Place("user"))
    before = edit.height()
    edit.setFocus()
    for _ in range(6):
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.height() > before
    assert not edit.verticalScrollBar().isVisible()


def test_tab_goes_through_the_sections(editor: PromptEditor, qtbot: QtBot) -> None:
    edit = editor.compose.field(Place("system"))
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    assert editor.focusWidget() is editor.compose.sections["context"].header


def test_everything_that_takes_the_focus_has_a_name(editor: PromptEditor) -> None:
    editor.compose.examples.card(0).set_open(is_open=True)
    for tab in range(3):
        editor.show_tab(tab)
        QApplication.processEvents()
        assert nameless(editor) == []


def nameless(window: QWidget) -> list[QWidget]:
    """The visible focusable widgets without an accessible name."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.focusProxy() is None
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
