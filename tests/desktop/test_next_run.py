"""What a press of Run sends: the draft as it stands, with values that were given, be they empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.core.version import content_id
from workbench.desktop.editor.text_edit import TextEdit
from workbench.desktop.window import MainWindow
from workbench.running.prices import Price


def run(qtbot: QtBot, window: MainWindow) -> Run:
    """Press Run with a model that says back what it was sent."""
    window.desk.results.set_references(("echo:one",))
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS) as finished:
        window.actions_by_id["run"].trigger()
    assert finished.args
    ended = finished.args[0]
    assert isinstance(ended, Run)
    return ended


def field_of(qtbot: QtBot, window: MainWindow, name: str) -> TextEdit:
    """Where a variable's value is typed; it appears by itself."""

    def found() -> list[TextEdit]:
        fields = window.desk.side.variables.findChildren(TextEdit)
        return [field for field in fields if field.accessibleName() == f"Value of {name}"]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=OPENING_MS)
    return found()[0]


def test_a_run_demands_no_version_and_makes_none(window: MainWindow, qtbot: QtBot) -> None:
    before = window.document.opened.versions
    changed = Prompt(user="Never saved as a version")
    window.document.editor.set_prompt(changed)
    ended = run(qtbot, window)
    assert (ended.text, ended.prompt) == ("Never saved as a version", changed)
    assert ended.version == content_id(changed) not in {version.id for version in before}
    prompt_id = window.document.id
    now = window.desk.workspace.store.read(lambda store: store.versions(prompt_id)).result(10)
    assert now == before


def test_a_variable_that_nobody_filled_in_stops_the_run_before_it_is_one(window: MainWindow, qtbot: QtBot) -> None:
    window.document.editor.set_prompt(Prompt(user="Dear {{recipient}}, hello."))
    window.desk.results.set_references(("echo:one",))
    window.actions_by_id["run"].trigger()
    pane = window.desk.results.active_pane()
    qtbot.waitUntil(pane.error.isVisible, timeout=OPENING_MS)
    assert "No value for {{recipient}}." in pane.error.report()
    assert "Fill in the variable or choose a case." in pane.error.report()
    assert window.desk.workspace.store.read(lambda store: store.runs()).result(10) == ()
    QTest.keyClicks(field_of(qtbot, window, "recipient"), "Ada")
    assert run(qtbot, window).text == "Dear Ada, hello."
    assert not pane.error.isVisible()


def test_a_variable_that_was_emptied_on_purpose_is_empty(window: MainWindow, qtbot: QtBot) -> None:
    window.document.editor.set_prompt(Prompt(user="Dear {{recipient}}, hello."))
    field = field_of(qtbot, window, "recipient")
    QTest.keyClicks(field, "A")
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    ended = run(qtbot, window)
    assert ended.text == "Dear , hello."
    assert ended.values == {"recipient": ""}


def test_the_estimate_is_marked_as_one_and_names_the_date_of_its_oldest_price(
    window: MainWindow, qtbot: QtBot
) -> None:
    old, new = Price(1, 2, 1, "2025-03"), Price(3, 4, 3, "2026-11-21")
    window.desk.workspace.prices.take({"work:old": old, "work:new": new}, frozenset())
    bar = window.frame.run_bar
    window.desk.results.set_references(("work:old", "work:new", "starter"))
    qtbot.waitUntil(lambda: bar.estimate.text().startswith("≈ 3 calls · "), timeout=OPENING_MS)
    assert bar.estimate.text().endswith("$")
    assert "Estimated by prices of 2025-03" in bar.estimate.toolTip()
    window.desk.results.set_references(("starter",))
    qtbot.waitUntil(lambda: bar.estimate.text() == "≈ 1 call · free", timeout=OPENING_MS)
    assert "Estimated" not in bar.estimate.toolTip()
