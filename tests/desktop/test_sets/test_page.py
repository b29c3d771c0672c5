"""A test set as a page: what is edited is stored, what others store is shown, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import PATIENCE, Open
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.prompt import Prompt
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.trust import TrustDialog
from workbench.desktop.test_sets import edits
from workbench.desktop.test_sets import page as page_module
from workbench.desktop.test_sets.file_trust import FileTrust
from workbench.desktop.test_sets.import_dialog import ImportDialog
from workbench.desktop.test_sets.page import TestSetPage
from workbench.running import Workspace
from workbench.running.python_checks import trust_in
from workbench.store import Changed, Store

CASES = (
    Case("1", {"ticket": "My parcel is late", "tone": "calm"}, "delivery"),
    Case("2", {"ticket": "Refund me", "tone": "angry"}, "refund", generated=True),
)


def stored(workspace: Workspace, page: TestSetPage) -> tuple[Case, ...]:
    return workspace.store.read(lambda store: store.test_set(page.id)).result(10).cases


def settle(qtbot: QtBot, page: TestSetPage) -> None:
    page.saving.save()
    qtbot.waitUntil(page.saving.is_settled, timeout=PATIENCE)


def test_what_is_edited_saves_itself(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.table.choose([0], 1)
    page.table.edit_current()
    QTest.keyClicks(QApplication.focusWidget(), "Where is it?")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert page.state.text() == "saving…"
    qtbot.waitUntil(lambda: stored(workspace, page)[0].values["ticket"] == "Where is it?", timeout=PATIENCE)
    qtbot.waitUntil(lambda: page.state.text() == "saved", timeout=PATIENCE)
    page.model.undo_stack.undo()
    qtbot.waitUntil(lambda: stored(workspace, page) == CASES, timeout=PATIENCE)


def test_an_empty_page_takes_a_block_from_a_spreadsheet(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened()
    assert page.pages.currentWidget() is page.empty
    page.setFocus()
    QGuiApplication.clipboard().setText('ticket\texpected\n"two\nlines"\trefund\nHello\tgreeting\n')
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.pages.currentWidget() is page.table
    assert page.summary.text() == "2 cases"
    assert "names the columns" in page.message.text()
    settle(qtbot, page)
    assert [(case.values["ticket"], case.expected) for case in stored(workspace, page)] == [
        ("two\nlines", "refund"),
        ("Hello", "greeting"),
    ]
    page.message._act()
    assert page.summary.text() == "3 cases"


def test_checks_beside_the_table_are_the_cases(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.table.choose([0])
    page.panel.checks.add_check(Check("contains", ""))
    for letter in "parcel":
        QTest.keyClicks(QApplication.focusWidget(), letter)
    assert page.model.cases[0].checks == (Check("contains", "parcel"),)
    assert page.model.index(0, page.model.checks_column).data() == "contains “parcel”"
    page.table.choose([1])
    assert page.panel.checks.checks() == ()
    page.table.choose([0])
    settle(qtbot, page)
    assert stored(workspace, page)[0].checks == (Check("contains", "parcel"),)
    page.model.undo_stack.undo()
    assert page.model.cases[0].checks in ((), (Check("contains"),))
    assert page.panel.checks.checks() == page.model.cases[0].checks


def test_a_check_that_is_not_right_yet_stays_while_its_case_is_shown(opened: Open) -> None:
    page = opened(*CASES)
    page.table.choose([0])
    page.panel.checks.add_check(Check("starts_with", ""))
    page.model.setData(page.model.index(0, 1), "edited meanwhile")
    assert len(page.panel.checks.rows) == 1
    page.table.choose([1])
    assert page.panel.checks.rows == []


def test_several_cases_take_part_mark_and_checks_together(opened: Open) -> None:
    page = opened(*CASES)
    page.table.choose([0, 1])
    page.panel.part_chosen.emit("held_out")
    assert [case.part for case in page.model.cases] == ["held_out"] * 2
    assert page.summary.text() == "2 cases · 2 held out · 1 generated"
    page.panel.checks.add_check(Check("is_json"))
    page.panel.share.click()
    assert [case.checks for case in page.model.cases] == [(Check("is_json"),)] * 2
    page.panel.vouch.click()
    assert not any(case.generated for case in page.model.cases)
    page.panel.pass_score_given.emit(0.5)
    assert page.model.cases[0].pass_score == 0.5


def test_a_heading_can_be_called_a_case_until_the_next_step(opened: Open) -> None:
    page = opened(*CASES)
    block = (("ticket", "Expected"), ("New", "x"))
    page.table.choose([0], 1)
    page.table.paste_block(block, 1)
    assert "names the columns" in page.message.text()
    page.model.setData(page.model.index(1, 1), "typed meanwhile")
    assert not page.message.text()  # it would take back what was typed
    page.table.paste_block(block, 1)
    page.message._action.click()
    assert [case.values["ticket"] for case in page.model.cases] == ["ticket", "New"]


def test_what_another_program_writes_is_taken_in(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    said: list[str] = []
    page.status.connect(said.append)
    with Store.open(workspace.path) as other:
        other.save_test_set("Tickets", [*CASES, Case("3", {"ticket": "New", "order": "7"})])
        other.rename_test_set(page.id, "Mail")
    page.look()
    qtbot.waitUntil(lambda: len(page.model.cases) == 3, timeout=PATIENCE)
    assert page.model.columns == ["ticket", "tone", "order"]
    assert page.title == "Mail"
    assert any("another program" in text for text in said)


def test_an_edit_keeps_what_another_program_added(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.model.setData(page.model.index(0, 1), "ours")
    with Store.open(workspace.path) as other:
        other.save_test_set("Tickets", [*CASES, Case("3", {"ticket": "theirs", "tone": ""})])
    settle(qtbot, page)
    qtbot.waitUntil(lambda: len(page.model.cases) == 3, timeout=PATIENCE)
    assert [case.values["ticket"] for case in stored(workspace, page)] == ["ours", "Refund me", "theirs"]


def test_our_own_save_changes_nothing_on_the_screen(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.model.setData(page.model.index(0, 1), "ours")
    settle(qtbot, page)
    page.take_changes((Changed("test_set", page.id),))
    qtbot.wait(100)
    assert page.model.undo_stack.canUndo()


def test_a_test_set_that_is_gone_is_said(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    workspace.store.write(lambda store: store.delete_test_set(page.id)).result(10)
    with qtbot.waitSignal(page.gone, timeout=PATIENCE):
        page.take_changes((Changed("test_set", page.id),))


def test_edits_of_one_that_is_gone_can_be_kept(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.model.setData(page.model.index(0, 1), "ours")
    with Store.open(workspace.path) as other:
        other.delete_test_set(page.id)
    page.saving.save()
    qtbot.waitUntil(lambda: "not there any more" in page.message.text(), timeout=PATIENCE)
    with qtbot.waitSignal(page.gone, timeout=PATIENCE):
        page.message._act()
    kept = workspace.store.read(lambda store: store.test_set("Tickets")).result(10)
    assert kept.cases[0].values["ticket"] == "ours"


def test_closing_saves_what_was_typed_last(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.table.choose([0], 1)
    page.table.edit_current()
    QTest.keyClicks(QApplication.focusWidget(), "last words")
    assert page.closing()
    page.close()
    workspace.store.write(lambda _store: None).result(10)
    assert stored(workspace, page)[0].values["ticket"] == "last words"


def test_what_cannot_be_saved_is_not_closed_silently(
    qtbot: QtBot, opened: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(*CASES)
    page.model.setData(page.model.index(0, 1), "ours")
    page.saving._refused(OSError("no space left"))
    assert page.state.text() == "not saved"
    assert "tried again" in page.message.text()
    asked: list[str] = []
    monkeypatch.setattr(page_module, "confirmed", lambda _page, question, *_: bool(asked.append(question)))
    assert not page.closing()
    assert asked == ["Tickets could not be saved."]
    settle(qtbot, page)
    assert page.message.text() == ""
    assert stored(workspace, page)[0].values["ticket"] == "ours"


def test_the_variables_of_its_prompt_are_columns(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    prompt = workspace.store.write(
        lambda store: store.create_prompt("Mail", Prompt(user="{{ticket}} {{language}}"))
    ).result(10)
    page = opened(*CASES, prompt_id=prompt.id)
    assert page.model.columns == ["ticket", "tone", "language"]
    assert page.prompt_id == prompt.id


def test_names_are_asked_for_and_checked(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.rename()
    page.question.field.setText("Mail")
    page.question.accept()
    qtbot.waitUntil(lambda: page.title == "Mail", timeout=PATIENCE)
    page.ask_column(2)
    page.question.field.setText("two words")
    page.question.accept()
    assert "cannot stand in a prompt" in page.message.text()
    page.ask_column(0)
    page.question.field.setText("order")
    page.question.accept()
    assert page.model.columns == ["order", "ticket", "tone"]
    page.ask_rename(0)
    page.question.field.setText("number")
    page.question.accept()
    assert page.model.columns[0] == "number"


def test_a_file_goes_out_and_comes_in(qtbot: QtBot, opened: Open, tmp_path: Path) -> None:
    page = opened(*CASES)
    path = tmp_path / "cases.jsonl"
    said: list[str] = []
    page.status.connect(said.append)
    page.doors.send_file(path)
    qtbot.waitUntil(path.exists, timeout=PATIENCE)
    other = opened(name="Other")
    other.doors.bring_file(path)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None, timeout=PATIENCE)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ImportDialog)
    qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=PATIENCE)
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: len(other.model.cases) == 2, timeout=PATIENCE)
    assert [case.expected for case in other.model.cases] == ["delivery", "refund"]
    other.model.undo_stack.undo()
    assert other.model.cases == []


def test_a_file_that_cannot_be_read_says_why(qtbot: QtBot, opened: Open, tmp_path: Path) -> None:
    page = opened(*CASES)
    page.doors.bring_file(tmp_path / "nowhere.csv")
    qtbot.waitUntil(lambda: "Nothing was imported." in page.message.text(), timeout=PATIENCE)
    assert "nowhere.csv cannot be read" in page.message.text()


def test_the_width_of_columns_is_remembered(
    qtbot: QtBot, opened: Open, workspace: Workspace, bridge: Bridge
) -> None:
    page = opened(*CASES)
    page.table.setColumnWidth(1, 333)
    qtbot.waitUntil(
        lambda: (
            workspace.store.read(lambda store: store.setting(f"test_set_layout:{page.id}")).result(10) is not None
        ),
        timeout=PATIENCE,
    )
    again = TestSetPage(workspace, bridge, None, page.id)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.table.columnWidth(1) == 333, timeout=PATIENCE)
    edits.move_column(again.model, 0, 1)
    assert again.model.columns == ["tone", "ticket"]
    assert again.table.columnWidth(2) == 333
    again.model.undo_stack.undo()
    assert tuple(again.model.cases) == CASES


def test_the_height_of_rows_is_remembered(qtbot: QtBot, opened: Open, workspace: Workspace) -> None:
    page = opened(*CASES)
    page.lines.show_word("5")
    page.lines.chosen.emit("5")
    qtbot.waitUntil(
        lambda: workspace.store.read(lambda store: store.setting("test_set_layout")).result(10) is not None,
        timeout=PATIENCE,
    )
    high = page.table.verticalHeader().defaultSectionSize()
    other = opened(*CASES, name="Other")
    qtbot.waitUntil(lambda: other.lines.word() == "5", timeout=PATIENCE)
    assert other.table.verticalHeader().defaultSectionSize() == high


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_widget_that_takes_focus_has_a_name(opened: Open, qapp: QApplication, name: theme.ThemeName) -> None:
    theme.apply(qapp, name)
    page = opened(*CASES)
    page.table.choose([1])
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in page.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
    assert nameless == []


def test_a_python_file_is_read_before_it_is_trusted(
    qtbot: QtBot, opened: Open, workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "tone.py"
    file.write_text("def check(output, context):\n    return True\n")
    check = Check("python", {"file": str(file)})
    page = opened(replace(CASES[0], checks=(check,)))
    page.table.choose([0])
    trust = page.panel.findChild(FileTrust)
    assert trust is not None
    qtbot.waitUntil(lambda: "Not trusted" in trust.state.text(), timeout=PATIENCE)
    trust.read.click()
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), TrustDialog), timeout=PATIENCE)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, TrustDialog)
    assert "def check" in dialog.source.toPlainText()
    dialog.files.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.go_on.click()
    qtbot.waitUntil(lambda: "✓" in trust.state.text(), timeout=PATIENCE)
    assert workspace.store.read(lambda store: trust_in(store, check)).result(10) == "trusted"
    file.write_text("import os\n")
    trust.show_file(str(file))
    qtbot.waitUntil(lambda: "Changed" in trust.state.text(), timeout=PATIENCE)
    assert page.panel.checks.checks() == (check,)


def test_a_file_of_cases_is_dropped(qtbot: QtBot, opened: Open, tmp_path: Path) -> None:
    page = opened()
    path = tmp_path / "cases.csv"
    path.write_text("ticket,expected\none,A\n")
    assert not page.take_files([tmp_path / "notes.txt", tmp_path / "prompt.json"])
    assert page.take_files([path])
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ImportDialog), timeout=PATIENCE)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ImportDialog)
    qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=PATIENCE)
    dialog.accept_button.click()
    assert [case.values["ticket"] for case in page.model.cases] == ["one"]
