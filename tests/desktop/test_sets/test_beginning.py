"""An empty test set says what to do, and every way that it names is a button that does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import PATIENCE, Open
from workbench.core.prompt import Prompt
from workbench.desktop import file_choice
from workbench.desktop.test_sets.generate_dialog import GenerateDialog
from workbench.desktop.test_sets.import_dialog import ImportDialog
from workbench.running import Workspace


def test_it_names_the_variables_of_its_prompt(opened: Open, workspace: Workspace) -> None:
    prompt = workspace.store.write(
        lambda store: store.create_prompt("Ask", Prompt(user="{{ticket}} in {{language}}"))
    ).result(10)
    page = opened(prompt_id=prompt.id)
    assert page.pages.currentWidget() is page.empty
    assert page.empty.columns.text() == "Its prompt asks for {{ticket}} {{language}}."
    assert not page.filter.isVisible()


def test_pasting_by_the_button(opened: Open) -> None:
    page = opened()
    said: list[str] = []
    page.status.connect(said.append)
    QGuiApplication.clipboard().clear()
    page.empty.ways["paste"].click()
    assert said[-1] == "There is no text on the clipboard. Copy a block of a spreadsheet first."

    QGuiApplication.clipboard().setText("ticket\texpected\nWhere?\tdelivery\n")
    page.empty.ways["paste"].click()
    assert [case.values for case in page.model.cases] == [{"ticket": "Where?"}]
    assert page.pages.currentWidget() is page.table
    assert page.filter.isVisible()


def test_typing_the_first_case(opened: Open) -> None:
    page = opened()
    page.setFocus()
    for _ in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert page.empty.ways["add"].hasFocus()
    QTest.keyClick(page.empty.ways["add"], Qt.Key.Key_Space)
    assert len(page.model.cases) == 1
    assert page.table.hasFocus()


def test_importing_and_generating(
    qtbot: QtBot, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("ticket,expected\nWhere?,delivery\n")
    monkeypatch.setattr(file_choice, "open_file", lambda *_args, **_more: str(file))
    page = opened()
    page.empty.ways["bring"].click()
    qtbot.waitUntil(lambda: page.findChild(ImportDialog) is not None, timeout=PATIENCE)
    page.findChild(ImportDialog).reject()
    page.empty.ways["generate"].click()
    assert page.findChild(GenerateDialog) is not None
    page.findChild(GenerateDialog).reject()
