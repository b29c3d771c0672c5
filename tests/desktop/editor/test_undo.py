"""One history for the whole prompt, driven by real keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.prompt import Prompt
from workbench.desktop.editor import PromptEditor
from workbench.desktop.editor.place import Place
from workbench.desktop.editor.source import Splice
from workbench.desktop.editor.text_edit import TextEdit
from workbench.desktop.editor.undo import Typing, join

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def field(editor: PromptEditor, place: Place) -> TextEdit:
    found = editor.compose.field(place)
    found.setFocus()
    found.moveCursor(QTextCursor.MoveOperation.End)
    return found


def button(editor: PromptEditor, card: int, name: str) -> QAbstractButton:
    widget: QWidget = editor.compose.examples.card(card)
    return next(b for b in widget.findChildren(QAbstractButton) if b.accessibleName() == name)


def undo(editor: PromptEditor, qtbot: QtBot) -> None:
    qtbot.keyClick(editor.focusWidget() or editor, Qt.Key.Key_Z, CONTROL)


def test_typing_in_any_section_is_in_the_prompt_at_once(editor: PromptEditor, qtbot: QtBot) -> None:
    places = [
        Place("system"),
        Place("context"),
        Place("examples", "input", 1),
        Place("examples", "output", 2),
        Place("chain_of_thought", "instruction"),
        Place("chain_of_thought", "marker"),
        Place("user"),
        Place("prefill"),
        Place("output_format", "schema"),
    ]
    for place in places:
        qtbot.keyClicks(field(editor, place), "!")
    prompt = editor.prompt()
    assert prompt.system.endswith("!")
    assert prompt.context.endswith("!")
    assert prompt.examples[1].input == "refund!"
    assert prompt.examples[2].output == "hello!"
    assert prompt.chain_of_thought.instruction.endswith("!")
    assert prompt.chain_of_thought.marker == "Answer:!"
    assert prompt.user == "{{ticket}}!"
    assert prompt.prefill == "Dear!"
    assert prompt.output_format.schema.endswith("!")
    assert editor.undo_stack.count() == len(places)


def test_undo_goes_back_through_sections_word_by_word(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    qtbot.keyClicks(field(editor, Place("user")), " please now")
    qtbot.keyClicks(field(editor, Place("system")), " Short.")
    undo(editor, qtbot)
    assert editor.prompt() == replace(prompt, user="{{ticket}} please now")
    undo(editor, qtbot)
    assert editor.prompt().user == "{{ticket}} please "
    undo(editor, qtbot)
    assert editor.prompt() == prompt
    for _ in range(3):
        qtbot.keyClick(editor.focusWidget(), Qt.Key.Key_Z, CONTROL | SHIFT)
    assert editor.prompt() == replace(prompt, user="{{ticket}} please now", system=prompt.system + " Short.")


def test_undo_puts_cursor_and_focus_where_it_happened(editor: PromptEditor, qtbot: QtBot) -> None:
    edit = field(editor, Place("user"))
    edit.stand_at(2)
    qtbot.keyClicks(edit, "xyz")
    field(editor, Place("system"))
    undo(editor, qtbot)
    assert editor.focusWidget() is edit
    assert edit.textCursor().position() == 2


def test_deleting_and_pasting_are_undone_too(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    edit = field(editor, Place("system"))
    edit.selectAll()
    qtbot.keyClick(edit, Qt.Key.Key_Delete)
    edit.replace_selection("pasted\nlines")
    assert editor.prompt().system == "pasted\nlines"
    undo(editor, qtbot)
    assert editor.prompt().system == ""
    undo(editor, qtbot)
    assert editor.prompt() == prompt


def test_examples_can_be_added_moved_copied_switched_and_removed(
    editor: PromptEditor, qtbot: QtBot, prompt: Prompt
) -> None:
    one, two, three = prompt.examples
    qtbot.mouseClick(button(editor, 0, "Move down"), Qt.MouseButton.LeftButton)
    assert editor.prompt().examples == (two, one, three)
    qtbot.mouseClick(button(editor, 2, "Duplicate example"), Qt.MouseButton.LeftButton)
    assert editor.prompt().examples == (two, one, three, three)
    qtbot.mouseClick(button(editor, 0, "Remove example"), Qt.MouseButton.LeftButton)
    assert editor.prompt().examples == (one, three, three)
    editor.compose.examples.card(1).enabled.click()
    assert editor.prompt().examples == (one, replace(three, enabled=False), three)
    editor.compose.examples.add()
    assert len(editor.prompt().examples) == 4
    qtbot.keyClicks(field(editor, Place("examples", "input", 3)), "new")
    for _ in range(6):
        editor.undo_stack.undo()
    assert editor.prompt() == prompt
    for _ in range(6):
        editor.undo_stack.redo()
    assert editor.prompt().examples[3].input == "new"


def test_alt_and_arrows_move_an_example_with_its_open_card(
    editor: PromptEditor, qtbot: QtBot, prompt: Prompt
) -> None:
    edit = field(editor, Place("examples", "input", 0))
    qtbot.keyClick(edit, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [e.input for e in editor.prompt().examples] == ["refund", "late", "hi"]
    assert editor.compose.examples.card(1).is_open()
    assert not editor.compose.examples.card(0).is_open()
    qtbot.keyClicks(edit, "r")
    assert editor.prompt().examples[1].input == "later"


def test_dragging_the_handle_moves_an_example(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    cards = editor.compose.examples
    below = cards.mapToGlobal(cards.card(2).geometry().bottomLeft())
    cards.card(0).dragged.emit(below)
    cards.card(0).dropped.emit()
    assert [e.input for e in editor.prompt().examples] == ["refund", "hi", "late"]


def test_choices_and_restored_prompts_are_steps(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    editor.compose.chain.mode.chosen.emit("model")
    editor.compose.output.kind.chosen.emit("text")
    assert editor.prompt().chain_of_thought.mode == "model"
    assert editor.prompt().output_format.kind == "text"
    editor.set_prompt(Prompt(user="another"))
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    assert editor.prompt() == prompt


def test_loading_another_prompt_begins_a_new_history(editor: PromptEditor, qtbot: QtBot, prompt: Prompt) -> None:
    qtbot.keyClicks(field(editor, Place("user")), "abc")
    editor.compose.load(Prompt(user="other"))
    undo(editor, qtbot)
    assert editor.prompt() == Prompt(user="other")


def test_an_edit_is_told_once_per_pause(editor: PromptEditor, qtbot: QtBot) -> None:
    told: list[str] = []
    editor.prompt_edited.connect(lambda: told.append(editor.prompt().user))
    with qtbot.waitSignal(editor.prompt_edited):
        qtbot.keyClicks(field(editor, Place("user")), "abc")
    assert told == ["{{ticket}}abc"]


def test_undo_brings_the_changed_section_into_view(editor: PromptEditor, qtbot: QtBot) -> None:
    editor.set_prompt(replace(editor.prompt(), context="long\n" * 200))
    edit = field(editor, Place("user"))
    qtbot.keyClicks(edit, "abc")
    field(editor, Place("system")).moveCursor(QTextCursor.MoveOperation.Start)
    editor.compose.scroll_to_top()
    undo(editor, qtbot)
    qtbot.waitUntil(lambda: not edit.visibleRegion().isEmpty())


def test_a_pause_begins_a_new_step(editor: PromptEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.desktop.editor.undo.PAUSE", 1)
    times = iter([0.0, 0.5, 3.0])

    def typed(splice: Splice) -> Typing:
        return Typing(editor.compose, Place("user"), splice, clock=lambda: next(times))

    first = typed(Splice(0, "", "a"))
    assert first.mergeWith(typed(Splice(1, "", "b")))
    assert not first.mergeWith(typed(Splice(2, "", "c")))


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (Splice(0, "", "a"), Splice(1, "", "b"), Splice(0, "", "ab")),
        (Splice(0, "", "a "), Splice(2, "", "b"), None),
        (Splice(0, "", "a"), Splice(1, "", "\n"), None),
        (Splice(0, "", "a"), Splice(5, "", "b"), None),
        (Splice(3, "c", ""), Splice(2, "b", ""), Splice(2, "bc", "")),
        (Splice(3, "c", ""), Splice(3, "d", ""), Splice(3, "cd", "")),
        (Splice(0, "old", "n"), Splice(1, "", "e"), Splice(0, "old", "ne")),
        (Splice(0, "", "\U0001f600"), Splice(2, "", "b"), Splice(0, "", "\U0001f600b")),
        (Splice(0, "", "a"), Splice(0, "a", ""), None),
    ],
)
def test_what_belongs_to_one_word_is_one_step(first: Splice, second: Splice, joined: Splice | None) -> None:
    assert join(first, second) == joined
