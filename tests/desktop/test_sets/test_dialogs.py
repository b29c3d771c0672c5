"""The dialogs before cases come in or change their part: what is shown is what is done."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import PATIENCE
from tests.loopback import LoopbackServer, answer, error
from workbench.core.case import Case
from workbench.core.prompt import Prompt
from workbench.desktop.bridge import Bridge
from workbench.desktop.test_sets.generate_dialog import GenerateDialog
from workbench.desktop.test_sets.import_dialog import ImportDialog
from workbench.desktop.test_sets.split_dialog import SplitDialog
from workbench.interchange.cases import CaseFile
from workbench.running import Workspace

KNOWN = (Case("1", {"ticket": "Where is it?"}, "delivery"),)
FILE = CaseFile(
    (
        Case("a", {"ticket": "Where is it?", "Answer": "delivery", "id": "7"}),
        Case("b", {"ticket": "Refund me", "Answer": "refund", "id": "8"}),
    ),
    ("the assertion python",),
)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_columns_become_what_they_are_called(qtbot: QtBot, parent: QWidget) -> None:
    dialog = ImportDialog(FILE, "new.csv", KNOWN, ("ticket",), parent)
    dialog.show()
    assert [box.currentText() for box in dialog.boxes] == ["ticket", "Expected answer", "id"]
    dialog.boxes[2].setCurrentText("Leave out")
    counted(qtbot, dialog, "Import 1 case")
    (case,) = dialog.cases()
    assert (dict(case.values), case.expected) == ({"ticket": "Refund me"}, "refund")
    dialog.fresh.setChecked(False)
    counted(qtbot, dialog, "Import 2 cases")
    dialog.boxes[2].setCurrentText("Name")
    dialog.part.show_word("held_out")
    dialog.part.chosen.emit("held_out")
    counted(qtbot, dialog, "Import 2 cases")
    assert [(case.name, case.part) for case in dialog.cases()] == [("7", "held_out"), ("8", "held_out")]
    assert "Not taken over: the assertion python." in [
        label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text")
    ]


def counted(qtbot: QtBot, dialog: ImportDialog, words: str) -> None:
    qtbot.waitUntil(
        lambda: dialog.accept_button.isEnabled() and dialog.accept_button.text() == words, timeout=PATIENCE
    )


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("ticket", "Expected answer", "ticket"), "Two columns become 'ticket'."),
        (("Leave out", "Expected answer", "Leave out"), "No column becomes a variable."),
        (("two words", "Expected answer", "id"), "'two words' cannot stand in a prompt"),
    ],
)
def test_what_cannot_be_is_said_and_not_imported(parent: QWidget, texts: tuple[str, ...], why: str) -> None:
    dialog = ImportDialog(FILE, "new.csv", KNOWN, ("ticket",), parent)
    for box, text in zip(dialog.boxes, texts, strict=True):
        box.setCurrentText(text)
    assert why in dialog.trouble.text()
    assert not dialog.accept_button.isEnabled()


def test_replacing_imports_what_is_there_already(qtbot: QtBot, parent: QWidget) -> None:
    same = CaseFile((Case("a", {"ticket": "Where is it?"}, "delivery"),))
    dialog = ImportDialog(same, "new.csv", KNOWN, ("ticket",), parent)
    qtbot.waitUntil(lambda: "there already" in dialog.trouble.text(), timeout=PATIENCE)
    assert not dialog.accept_button.isEnabled()
    dialog.replace.setChecked(True)
    counted(qtbot, dialog, "Import 1 case")


def test_the_split_is_shown_before_it_is_done(parent: QWidget) -> None:
    cases = [Case(str(n), {"n": str(n)}, "ab"[n % 2], generated=n >= 16) for n in range(20)]
    dialog = SplitDialog(cases, parent)
    dialog.share.setValue(50)
    assert dialog.summary.text() == "12 development · 8 held out"
    assert [dialog.table.item(0, column).text() for column in range(3)] == ["a", "6", "4"]
    assert not any(case.generated and case.part == "held_out" for case in dialog.cases())
    dialog.own.setChecked(False)
    assert dialog.summary.text() == "10 development · 10 held out"
    before = dialog.cases()
    dialog.seed.setValue(1)
    assert dialog.cases() != before


@pytest.fixture
def asking(
    qtbot: QtBot, workspace: Workspace, bridge: Bridge, parent: QWidget, server: LoopbackServer
) -> GenerateDialog:
    prompt = workspace.store.write(
        lambda store: store.create_prompt("Mail", Prompt(system="Classify.", user="{{ticket}}"))
    ).result(10)
    dialog = GenerateDialog(workspace, bridge, parent, cases=KNOWN, columns=("ticket",), prompt_id=prompt.id)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.prompt.currentText() == "Mail", timeout=PATIENCE)
    qtbot.waitUntil(lambda: bool(dialog.model.reference()), timeout=PATIENCE)
    dialog.model.set_reference("lab:tiny")
    return dialog


def proposed(*tickets: str) -> str:
    return json.dumps({"cases": [{"ticket": ticket, "expected": ticket.upper()} for ticket in tickets]})


def test_proposals_are_looked_at_before_they_are_added(
    qtbot: QtBot, asking: GenerateDialog, server: LoopbackServer
) -> None:
    server.script(
        answer("Here:\n" + proposed("one", "Where  is it?", "two", "three")), answer(proposed("two", "four"))
    )
    asking.wish.setPlainText("short ones")
    asking.start.setFocus()
    asking.start.click()
    assert asking.stop.hasFocus()
    qtbot.waitUntil(asking.start.isEnabled, timeout=PATIENCE)
    assert asking.table.hasFocus()  # and not Cancel, where Space would drop them
    sent = server.chats[0].body["messages"][-1]["content"]
    assert "Classify." in sent
    assert "short ones" in sent
    assert [case.values["ticket"] for case in asking.cases()] == ["one", "two", "three"]
    assert asking.progress.text() == "3 new · 1 known already, left out"
    asking.generate()
    qtbot.waitUntil(lambda: asking.start.isEnabled() and asking.table.rowCount() == 4, timeout=PATIENCE)
    asking.table.item(1, 0).setCheckState(Qt.CheckState.Unchecked)
    assert asking.accept_button.text() == "Add 3 cases"
    added = asking.cases()
    assert [(case.values["ticket"], case.expected) for case in added] == [
        ("one", "ONE"),
        ("three", "THREE"),
        ("four", "FOUR"),
    ]
    assert all(case.generated for case in added)


def test_an_answer_without_cases_shows_what_came(
    qtbot: QtBot, asking: GenerateDialog, server: LoopbackServer
) -> None:
    server.script(answer("I cannot do that."))
    asking.generate()
    qtbot.waitUntil(asking.error.isVisible, timeout=PATIENCE)
    assert "holds no new case" in asking.error.report()
    assert "I cannot do that." in asking.error.report()
    assert not asking.accept_button.isEnabled()


def test_a_server_that_fails_says_why(qtbot: QtBot, asking: GenerateDialog, server: LoopbackServer) -> None:
    server.script(error(401, "bad key"))
    asking.generate()
    qtbot.waitUntil(asking.error.isVisible, timeout=PATIENCE)
    assert "key" in asking.error.report()
    assert asking.start.isEnabled()


def test_without_a_variable_nothing_is_asked(qtbot: QtBot, asking: GenerateDialog, server: LoopbackServer) -> None:
    asking._own_columns = ()
    asking.prompt.setCurrentIndex(0)
    asking.generate()
    assert "no variable" in asking.error.report()
    assert server.chats == []
