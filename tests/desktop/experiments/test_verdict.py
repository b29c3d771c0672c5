"""The verdict in the window: what it says, where it leads, what it saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.results.workspaces import bridge, workspace
from tests.store.answered import an_experiment, save_answered
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.experiment import Cell, CellRecord, Experiment, expand
from workbench.core.pictures.palette import DARK, LIGHT
from workbench.desktop import file_choice, theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments import verdict
from workbench.desktop.experiments.verdict import VerdictView
from workbench.running import Workspace
from workbench.store import Store

__all__ = ["bridge", "workspace"]


def stored(workspace: Workspace, do: Callable[[Store], object]) -> None:
    workspace.store.write(do).result(10)


def records(workspace: Workspace, experiment: Experiment) -> tuple[CellRecord, ...]:
    return workspace.store.read(lambda store: store.cells(experiment.id)).result(10)


def saved(workspace: Workspace, experiment: Experiment, passes: dict[str, str]) -> tuple[CellRecord, ...]:
    stored(workspace, lambda store: save_answered(store, experiment, passes))
    return records(workspace, experiment)


@pytest.fixture
def view(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Iterator[VerdictView]:
    made = VerdictView(workspace, bridge)
    qtbot.addWidget(made)
    made.resize(1_000, 800)
    made.show()
    yield made
    made.close()


def understood(qtbot: QtBot, view: VerdictView, experiment: Experiment, kept: tuple[CellRecord, ...]) -> None:
    view.show_experiment(experiment, kept)
    qtbot.waitUntil(lambda: view.pages.currentIndex() == 1)


def test_before_the_first_verdict_it_says_what_it_waits_for(view: VerdictView, workspace: Workspace) -> None:
    unasked = an_experiment(cases=2)
    view.show_experiment(unasked, [CellRecord(cell) for cell in expand(unasked)])
    assert view.empty.title() == "No verdict yet"
    answered = an_experiment(cases=2)
    view.show_experiment(answered, saved(workspace, answered, {"a": "--", "b": "++"}))
    assert view.empty.title() == "Computing the verdict"


def test_it_says_what_is_better_and_lists_the_figures(
    qtbot: QtBot, view: VerdictView, workspace: Workspace
) -> None:
    experiment = an_experiment(cases=8)
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "-" * 8, "b": "+" * 8}))
    assert view.sentences.decided.text().startswith(
        "Column Berta is better than Column Anton: 100 more of 100 cases pass"
    )
    assert not view.sentences.undecided.isVisible()
    assert "McNemar" in view.sentences.correction.text()
    table = view.figures
    shown = [[table.item(y, x).text() for x in range(4)] for y in range(table.rowCount())]
    assert shown == [
        ["Column Anton", "8 of 8", "0", "0% (0–32%)"],
        ["Column Berta", "8 of 8", "0", "100% (68–100%)"],
    ]
    assert view.state.text() == "16 of 16 answers"
    names = [picture.name for one in view.pictures.views() if (picture := one.picture())]
    assert names == ["pass-rates", "quality-time", "lengths", "times"]


def test_of_several_checks_it_says_which_one_a_column_fails(
    qtbot: QtBot, view: VerdictView, workspace: Workspace
) -> None:
    plain = an_experiment(cases=2)
    understood(qtbot, view, plain, saved(workspace, plain, {"a": "-+", "b": "++"}))
    assert not view.checks.isVisible()
    asked = replace(an_experiment(cases=2), checks=(Check("is_json"), Check("contains", "tea")))
    yes, open_ = Verdict(True, 1.0, "Yes."), Verdict(False, 0.0, "Nobody knows.", decided=False)
    judged = tuple(
        replace(record, judgement=Judgement(passed=False, score=0.5, verdicts=(yes, open_)))
        for record in saved(workspace, asked, {"a": "--", "b": "--"})
    )
    view.show_experiment(asked, judged)
    qtbot.waitUntil(view.checks.isVisible)
    shown = [[view.checks.item(y, x).text() for x in range(3)] for y in range(view.checks.rowCount())]
    assert shown == [
        ["is JSON", "100% (2 of 2)", "100% (2 of 2)"],
        ["contains “tea”", "0% (0 of 2), 2 undecided", "0% (0 of 2), 2 undecided"],
    ]
    assert view.checks.horizontalHeaderItem(1).text() == "Column Anton"


def test_cases_that_changed_lead_to_their_answers(qtbot: QtBot, view: VerdictView, workspace: Workspace) -> None:
    experiment = an_experiment({"a": "A", "b": "B", "c": "C"}, 4)
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "++--", "b": "+--+", "c": "++++"}))
    assert view.worse_title.text() == "✗  1 case passed before and no longer"
    assert [view.worse.item(row).text() for row in range(view.worse.count())] == ["case 1"]
    with qtbot.waitSignal(view.cell_asked) as asked:
        view.worse.itemClicked.emit(view.worse.item(0))
    assert asked.args == [Cell("b", "1")]
    view.better.setFocus()
    view.better.setCurrentRow(0)
    with qtbot.waitSignal(view.cell_asked) as asked:
        qtbot.keyClick(view.better, Qt.Key.Key_Return)
    assert asked.args == [Cell("b", "3")]
    view.other.setCurrentIndex(2)
    view.other.activated.emit(2)
    qtbot.waitUntil(lambda: view.worse_title.text() == "No case got worse")
    assert view.better.count() == 2


def test_flaky_cases_are_listed(qtbot: QtBot, view: VerdictView, workspace: Workspace) -> None:
    experiment = an_experiment(cases=2, repeat=3)
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+-++++", "b": "------"}))
    assert view.wavering.isVisible()
    assert "1 flaky case" in view.flaky_title.text()
    assert "2 of 3 passed   ·   Column Anton" in view.flaky.item(0).text()
    with qtbot.waitSignal(view.cell_asked) as asked:
        view.flaky.itemClicked.emit(view.flaky.item(0))
    assert asked.args == [Cell("a", "0", 1)]


def test_it_follows_a_running_experiment(
    qtbot: QtBot, view: VerdictView, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "EVERY_SECONDS", 0.05)
    experiment = an_experiment(cases=4)
    kept = saved(workspace, experiment, {"a": "++++", "b": "----"})
    half = tuple(one if one.cell.case in "01" else CellRecord(one.cell) for one in kept)
    view.show_experiment(experiment, ())
    assert view.pages.currentWidget() is view.empty
    view.show_experiment(experiment, half)
    qtbot.waitUntil(lambda: view.state.text() == "4 of 8 answers")
    view.show_experiment(experiment, kept)
    qtbot.waitUntil(lambda: view.state.text() == "8 of 8 answers")


def test_batches_in_quick_succession_are_computed_once_a_second_at_most(
    qtbot: QtBot, view: VerdictView, workspace: Workspace
) -> None:
    experiment = an_experiment(cases=4)
    kept = saved(workspace, experiment, {"a": "++++", "b": "----"})
    understood(qtbot, view, experiment, kept)
    shown: list[str] = []
    view._computing.finished.connect(lambda found: shown.append(found.done))
    qtbot.waitUntil(lambda: not view._busy and not view._timer.isActive())
    shown.clear()
    for _ in range(50):
        view.show_experiment(experiment, kept)
        QApplication.processEvents()
    assert len(shown) <= 1
    assert view._timer.isActive() or view._busy or shown


def test_nothing_is_computed_while_nobody_looks(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> None:
    view = VerdictView(workspace, bridge)
    qtbot.addWidget(view)
    experiment = an_experiment()
    view.show_experiment(experiment, saved(workspace, experiment, {"a": "+++", "b": "---"}))
    assert not view._timer.isActive()
    view.show()
    qtbot.waitUntil(lambda: view.pages.currentIndex() == 1)


def test_earlier_runs_become_a_picture(qtbot: QtBot, view: VerdictView, workspace: Workspace) -> None:
    old = replace(an_experiment(), created_at=datetime.now(UTC) - timedelta(days=1))
    saved(workspace, old, {"a": "+--", "b": "+--"})
    experiment = an_experiment()
    view.show_experiment(experiment, saved(workspace, experiment, {"a": "+++", "b": "+--"}))
    qtbot.waitUntil(
        lambda: any(one.picture() and one.picture().name == "history" for one in view.pictures.views())
    )
    (picture,) = (one.picture() for one in view.pictures.views() if one.picture().name == "history")
    assert "Column Anton: run 1 33%, run 2 100%." in picture.said


def test_pictures_follow_the_theme_and_are_saved_in_light_colours(
    qtbot: QtBot, qapp: QApplication, view: VerdictView, workspace: Workspace, tmp_path: Path
) -> None:
    experiment = an_experiment()
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+++", "b": "+--"}))
    theme.apply(qapp, "dark")
    try:
        qtbot.waitUntil(lambda: DARK.surface in view.pictures.views()[0].picture().svg)
        view.pictures.views()[0].save(tmp_path / "rates.svg")
        with qtbot.waitSignal(view.status):
            pass
        assert f'fill="{LIGHT.surface}"' in (tmp_path / "rates.svg").read_text("utf-8")
    finally:
        theme.apply(qapp, "light")


def test_a_picture_is_saved_as_png_and_what_goes_wrong_is_said(
    qtbot: QtBot, view: VerdictView, workspace: Workspace, tmp_path: Path
) -> None:
    experiment = an_experiment()
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+++", "b": "+--"}))
    one = view.pictures.views()[0]
    with qtbot.waitSignal(view.status) as said:
        one.save(tmp_path / "rates.png")
    assert said.args == [f"Saved {tmp_path / 'rates.png'}."]
    image = QImage(str(tmp_path / "rates.png"))
    assert (image.width(), image.height()) == (2 * one.picture().width, 2 * one.picture().height)
    with qtbot.waitSignal(view.status) as said:
        one.save(tmp_path / "nowhere" / "rates.png")
    assert "cannot be written" in said.args[0]
    with qtbot.waitSignal(view.status) as said:
        one.save(tmp_path / "rates.pdf")
    assert "'.pdf'" in said.args[0]


def test_the_report_is_saved(qtbot: QtBot, view: VerdictView, workspace: Workspace, tmp_path: Path) -> None:
    experiment = an_experiment()
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+++", "b": "+--"}))
    with qtbot.waitSignal(view.status) as said:
        view.report_button.save(tmp_path / "report.html")
        assert view.report_button.text() == "Stop writing"
    assert said.args == [f"Saved {tmp_path / 'report.html'}."]
    assert view.report_button.text() == "Save report…"
    assert "Column Berta" in (tmp_path / "report.html").read_text("utf-8")


def test_a_report_that_is_stopped_leaves_no_file(
    qtbot: QtBot, view: VerdictView, workspace: Workspace, tmp_path: Path
) -> None:
    experiment = an_experiment(cases=40)
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+" * 40, "b": "-" * 40}))
    with qtbot.waitSignal(view.status) as said:
        view.report_button.save(tmp_path / "report.html")
        view.report_button.press()
    assert said.args == ["The report was not written."]
    assert not list(tmp_path.glob("*report*"))


def test_without_a_check_it_says_so_and_compares_nothing(
    qtbot: QtBot, view: VerdictView, workspace: Workspace
) -> None:
    plain = an_experiment()
    experiment = replace(plain, checks=(), cases=tuple(replace(one, expected="") for one in plain.cases))
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+++", "b": "+++"}))
    assert view.sentences.correction.text().startswith("No answer is checked.")
    assert not view.sentences.decided.isVisible()
    assert not view.changes.isVisible()
    assert view.figures.item(0, 3).text() == ""
    names = [picture.name for one in view.pictures.views() if (picture := one.picture())]
    assert names == ["lengths", "times"]


def test_both_dialogs_lead_to_files(
    qtbot: QtBot, view: VerdictView, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment = an_experiment()
    understood(qtbot, view, experiment, saved(workspace, experiment, {"a": "+++", "b": "+--"}))
    typed = iter((tmp_path / "rates", tmp_path / "report"))
    monkeypatch.setattr(file_choice, "save_file", lambda *_: (str(next(typed)), "SVG picture (*.svg)"))
    with qtbot.waitSignal(view.status):
        view.pictures.views()[0].save_button.click()
    with qtbot.waitSignal(view.status):
        view.report_button.click()
    assert {path.name for path in tmp_path.glob("r*")} == {"rates.svg", "report.html"}
