"""Variables: a field appears for each, keeps its value, and can be filled from a case."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.case import Case, TestSet
from workbench.desktop.editor.value_field import ValueField
from workbench.desktop.editor.variables import VariablesPanel
from workbench.desktop.tab_order import stops_in

CASES = TestSet(
    "t",
    "tickets",
    (
        Case("a", {"name": "Ann", "ticket": "late"}, "Sorry"),
        Case("b", {"name": "Bob", "ticket": "broken"}),
        Case("c", {"name": "Cy", "ticket": ""}, "What?"),
    ),
)


@pytest.fixture
def panel(qtbot: QtBot) -> VariablesPanel:
    made = VariablesPanel()
    qtbot.addWidget(made)
    made.resize(300, 500)
    made.set_names(("name", "ticket"))
    made.show()
    return made


def fields(panel: VariablesPanel) -> dict[str, ValueField]:
    QApplication.processEvents()
    found = [f for f in panel.findChildren(ValueField) if f.isVisible()]
    return {f.text.accessibleName(): f for f in sorted(found, key=lambda f: f.y())}


def test_fields_stand_in_the_order_of_the_names(panel: VariablesPanel) -> None:
    panel.set_names(("ticket", "new", "name"))
    assert list(fields(panel)) == ["Value of ticket", "Value of new", "Value of name"]


def test_what_was_not_given_is_left_out_and_what_was_emptied_is_empty(panel: VariablesPanel, qtbot: QtBot) -> None:
    assert panel.values() == {}
    text = fields(panel)["Value of name"].text
    with qtbot.waitSignal(panel.values_edited):
        qtbot.keyClicks(text, "A")
    assert panel.values() == {"name": "A"}
    qtbot.keyClick(text, Qt.Key.Key_Backspace)
    assert panel.values() == {"name": ""}


def test_a_value_comes_back_with_its_variable(panel: VariablesPanel) -> None:
    panel.set_values({"name": "Ann", "ticket": "late"})
    panel.set_names(("ticket",))
    assert panel.values() == {"ticket": "late"}
    panel.set_names(("name", "ticket"))
    assert panel.values() == {"name": "Ann", "ticket": "late"}


def test_cases_fill_the_fields_and_show_the_expected_answer(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_cases(CASES)
    with qtbot.waitSignal(panel.values_edited):
        panel.step_case(1)
    assert (panel.case_id(), panel.values()) == ("a", {"name": "Ann", "ticket": "late"})
    assert panel.expected.text() == "Sorry"
    panel.step_case(-1)
    assert panel.case_id() == "c"
    assert panel.values()["ticket"] == ""
    panel.step_case(1)
    assert panel.case_id() == "a"


def test_changed_values_are_no_case_any_more(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_cases(CASES)
    panel.step_case(1)
    text = fields(panel)["Value of name"].text
    qtbot.keyClicks(text, "x")
    assert panel.case_id() is None
    assert not panel.expected.isVisible()
    qtbot.keyClick(text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.case_id() == "a"


def test_values_of_a_case_are_found_again_after_loading(panel: VariablesPanel) -> None:
    panel.set_cases(CASES)
    panel.set_values({"name": "Bob", "ticket": "broken"})
    assert panel.case_id() == "b"


def test_j_and_k_step_when_nobody_is_typing(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_cases(CASES)
    qtbot.keyClick(panel, Qt.Key.Key_J)
    qtbot.keyClick(panel, Qt.Key.Key_J)
    assert panel.case_id() == "b"
    qtbot.keyClick(panel, Qt.Key.Key_K)
    assert panel.case_id() == "a"
    qtbot.keyClick(fields(panel)["Value of name"].text, Qt.Key.Key_J)
    assert panel.values()["name"] == "jAnn"


def test_the_values_of_now_can_become_a_case(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_values({"name": "Dee"})
    with qtbot.waitSignal(panel.save_case_requested) as asked:
        panel.save_case()
    assert asked.args == [{"name": "Dee"}]


def test_another_test_set_does_not_offer_old_cases(panel: VariablesPanel) -> None:
    panel.set_cases(CASES)
    panel.set_cases(None)
    panel.set_case("a")
    assert panel.values() == {}


def test_no_variables_says_how_to_make_one(panel: VariablesPanel) -> None:
    panel.set_names(())
    assert "{{name}}" in panel.hint()


def test_tab_goes_through_the_fields_as_they_stand(panel: VariablesPanel) -> None:
    panel.set_names(("new", "ticket", "name"))
    stops = [
        stop.accessibleName() for stop in stops_in(panel) if stop.accessibleName().startswith(("Value", "Exp"))
    ]
    assert stops == ["Value of new", "Value of ticket", "Value of name", "Expected answer"]
