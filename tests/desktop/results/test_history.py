"""The history shows every run, a page at a time, and changes only the rows that changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.store.samples import a_run
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.core.run import Rating, Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import ResultsPanel
from workbench.desktop.results.comparing import DifferenceDialog
from workbench.desktop.results.history import HistoryView
from workbench.desktop.results.history_model import PAGE, HistoryModel, Question
from workbench.running import Job, Workspace
from workbench.store import Store


def add_runs(workspace: Workspace, *runs: Run) -> tuple[Run, ...]:
    def add(store: Store) -> None:
        for run in runs:
            store.finish_run(run)

    workspace.store.write(add).result(30)
    return runs


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Iterator[ResultsPanel]:
    made = ResultsPanel(workspace, bridge)
    qtbot.addWidget(made)
    made.resize(1200, 500)
    made.show()
    yield made
    made.stop_all()
    qtbot.waitUntil(lambda: not made.is_running(), timeout=20_000)


@pytest.fixture
def history(panel: ResultsPanel) -> HistoryView:
    return panel.history


def opened(qtbot: QtBot, panel: ResultsPanel, rows: int) -> HistoryModel:
    """The history in front, once it has this many rows."""
    panel.show_history()
    qtbot.waitUntil(lambda: panel.history.model.rowCount() == rows, timeout=10_000)
    return panel.history.model


def select(history: HistoryView, *rows: int) -> None:
    """Select rows; the last one is the current one."""
    selection = history.table.selectionModel()
    selection.clear()
    for row in rows:
        index = history.model.index(row, 0)
        selection.setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        )


def test_rows_come_in_pages_without_gaps_or_doubles(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> None:
    runs = add_runs(workspace, *(a_run(f"answer {n}") for n in range(PAGE + 30)))
    model = HistoryModel(workspace.store, bridge)
    model.ask(Question())
    qtbot.waitUntil(lambda: model.rowCount() == PAGE, timeout=10_000)
    assert model.canFetchMore()
    model.fetchMore()
    qtbot.waitUntil(lambda: model.rowCount() == PAGE + 30, timeout=10_000)
    assert not model.canFetchMore()
    assert [model.summary(row).id for row in range(model.rowCount())] == [run.id for run in reversed(runs)]


def test_the_model_keeps_the_rules_of_qt(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> None:
    """The tester checks every change, and asks for more pages at every chance."""
    first, *_ = add_runs(workspace, *(a_run(f"answer {n}") for n in range(PAGE + 30)))
    model = HistoryModel(workspace.store, bridge)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.ask(Question())
    qtbot.waitUntil(lambda: model.rowCount() == PAGE, timeout=10_000)
    model.fetchMore()
    qtbot.waitUntil(lambda: model.rowCount() == PAGE + 30, timeout=10_000)
    (added,) = add_runs(workspace, a_run("one more"))
    for run_id in (added.id, first.id):
        model.refresh(run_id)
    qtbot.waitUntil(lambda: model.rowCount() == PAGE + 31, timeout=10_000)
    model.ask(Question("nothing like it"))
    assert tester.parent() is model


def test_a_run_that_ends_appears_on_top_without_a_reset(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    add_runs(workspace, a_run("old"))
    model = opened(qtbot, panel, 1)
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    with qtbot.waitSignal(model.rowsInserted, timeout=10_000) as inserted:
        panel.set_references(("echo:a",))
        panel.answers.run_all(lambda pane: Job(Prompt(user="new"), {}, pane.reference()))
    assert inserted.args[1:] == [0, 0]
    assert model.summary(0).excerpt == "new"
    assert not resets


def test_a_rating_changes_its_row_alone(qtbot: QtBot, panel: ResultsPanel, workspace: Workspace) -> None:
    runs = add_runs(workspace, a_run("a"), a_run("b"), a_run("c"))
    model = opened(qtbot, panel, 3)
    rating = Rating("good", 4, "golden")

    def is_row_alone(first: QModelIndex, last: QModelIndex, _roles: list[int]) -> bool:
        return (first.row(), last.row()) == (1, 1)

    with qtbot.waitSignal(model.dataChanged, timeout=10_000, check_params_cb=is_row_alone):
        workspace.store.write(lambda store: store.rate(runs[1].id, rating)).result(10)
    assert model.data(model.index(1, 4)) == "★★★★☆ ✓ ✎"
    assert "golden answer" in model.data(model.index(1, 4), Qt.ItemDataRole.AccessibleTextRole)


def test_a_run_that_no_longer_fits_the_filter_leaves(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    runs = add_runs(workspace, a_run("a"), a_run("b"))
    for run in runs:
        workspace.store.write(lambda store, run=run: store.rate(run.id, Rating("good"))).result(10)
    model = opened(qtbot, panel, 2)
    panel.history.filter.setCurrentIndex(panel.history.filter.findData("good"))
    qtbot.waitUntil(lambda: model.question().only == "good" and model.rowCount() == 2, timeout=10_000)
    with qtbot.waitSignal(model.rowsRemoved, timeout=10_000) as removed:
        workspace.store.write(lambda store: store.rate(runs[0].id, Rating("bad"))).result(10)
    assert removed.args[1:] == [1, 1]


def test_search_and_filter_narrow_the_list_and_say_when_nothing_is_found(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    add_runs(
        workspace, a_run("a red fox"), a_run("a blue whale"), a_run("", stop_reason="error", error="It broke.")
    )
    model = opened(qtbot, panel, 3)
    history = panel.history
    history.search.setText("whale")
    qtbot.waitUntil(lambda: model.rowCount() == 1, timeout=10_000)
    assert model.summary(0).excerpt == "a blue whale"
    history.search.setText("giraffe")
    qtbot.waitUntil(history.empty.isVisible, timeout=10_000)
    assert history.empty.title() == "Nothing found"
    history.search.clear()
    history.filter.setCurrentIndex(history.filter.findData("failed"))
    qtbot.waitUntil(lambda: model.rowCount() == 1, timeout=10_000)
    assert model.data(model.index(0, 3)) == "It broke."


def test_an_answer_to_an_earlier_question_is_dropped(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> None:
    add_runs(workspace, a_run("a red fox"), a_run("a blue whale"))
    model = HistoryModel(workspace.store, bridge)
    model.ask(Question("fox"))
    model.ask(Question("whale"))
    qtbot.waitUntil(lambda: model.rowCount() == 1, timeout=10_000)
    qtbot.wait(100)
    assert [model.summary(row).excerpt for row in range(model.rowCount())] == ["a blue whale"]


def test_an_empty_history_teaches(qtbot: QtBot, panel: ResultsPanel) -> None:
    panel.show_history()
    qtbot.waitUntil(panel.history.empty.isVisible, timeout=10_000)
    assert panel.history.empty.title() == "No runs yet"


def test_the_selected_run_is_shown_in_full_and_reopened(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    config = GenerationConfig(temperature=0.5, top_k=3)
    run = a_run("The answer", reasoning="because", config=config, details={"not_sent": ["top_k"]})
    add_runs(workspace, run)
    opened(qtbot, panel, 1)
    select(panel.history, 0)
    detail = panel.history.detail
    qtbot.waitUntil(lambda: detail.body.answer() == "The answer", timeout=10_000)
    assert detail.body.reasoning.text() == "because"
    assert "Say hello to Ada." in detail.sent.text()
    assert "── name ──\nAda" in detail.inputs.text()
    assert "temperature: 0.5" in detail.settings.text()
    assert "top-k: 3  (not sent" in detail.settings.text()
    with qtbot.waitSignal(panel.reopen_requested) as reopened:
        detail.reopen.click()
    assert (reopened.args[0].prompt, reopened.args[0].config) == (run.prompt, config)


def test_a_run_is_rated_from_the_list_by_key(qtbot: QtBot, panel: ResultsPanel, workspace: Workspace) -> None:
    (run,) = add_runs(workspace, a_run("rate me"))
    model = opened(qtbot, panel, 1)
    select(panel.history, 0)
    qtbot.waitUntil(lambda: panel.history.detail.rated_run() is not None, timeout=10_000)
    panel.history.table.setFocus()
    qtbot.keyClick(panel.history.table, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: model.data(model.index(0, 4)).startswith("★★★★★"), timeout=10_000)
    assert workspace.store.read(lambda store: store.rating(run.id)).result(10).score == 5


def test_letters_typed_into_the_search_do_not_rate(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    (run,) = add_runs(workspace, a_run("5 gbe"))
    opened(qtbot, panel, 1)
    select(panel.history, 0)
    qtbot.waitUntil(lambda: panel.history.detail.rated_run() is not None, timeout=10_000)
    panel.history.search.setFocus()
    qtbot.keyClicks(panel.history.search, "5gbe")
    assert panel.history.search.text() == "5gbe"
    assert workspace.store.read(lambda store: store.rating(run.id)).result(10) == Rating()


def test_two_selected_runs_are_compared_and_one_marked_better(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    older, newer = add_runs(workspace, a_run("one two"), a_run("one three"))
    opened(qtbot, panel, 2)
    history = panel.history
    assert not history.difference.isEnabled()
    select(history, 0, 1)
    assert history.selected() == (older.id, newer.id)
    panel.show_difference()
    qtbot.waitUntil(lambda: panel.findChild(DifferenceDialog) is not None, timeout=10_000)
    shown = panel.findChild(DifferenceDialog)
    assert isinstance(shown, DifferenceDialog)
    assert shown.view.changes() == 1
    shown.close()
    history.better.click()
    qtbot.waitUntil(
        lambda: len(workspace.store.read(lambda store: store.preferences()).result(10)) == 1, timeout=10_000
    )
    (kept,) = workspace.store.read(lambda store: store.preferences()).result(10)
    assert (kept.better, kept.worse) == (older.id, newer.id)


def test_a_run_from_elsewhere_is_brought_forward(qtbot: QtBot, panel: ResultsPanel, workspace: Workspace) -> None:
    run, _ = add_runs(workspace, a_run("the refused one"), a_run("another"))
    panel.show_run(run.id)
    qtbot.waitUntil(lambda: panel.history.detail.body.answer() == "the refused one", timeout=10_000)


def test_a_run_made_while_the_clock_was_set_back_finds_its_place(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace
) -> None:
    first, second = a_run("first"), a_run("second")
    second = replace(second, created_at=datetime.now(UTC) - timedelta(days=1))
    add_runs(workspace, first)
    model = opened(qtbot, panel, 1)
    add_runs(workspace, second)
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=10_000)
    assert model.summary(0).id == second.id


def test_tool_tips_show_model_output_as_text(qtbot: QtBot, panel: ResultsPanel, workspace: Workspace) -> None:
    add_runs(workspace, a_run("<img src='file:///etc/passwd'>"))
    model = opened(qtbot, panel, 1)
    tip = model.data(model.index(0, 3), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.data(QModelIndex()) is None


def test_columns_and_split_come_back_as_they_were_left(
    qtbot: QtBot, panel: ResultsPanel, workspace: Workspace, bridge: Bridge
) -> None:
    add_runs(workspace, a_run("one"))
    opened(qtbot, panel, 1)
    qtbot.wait(100)
    panel.history.table.horizontalHeader().resizeSection(1, 177)
    qtbot.waitUntil(
        lambda: workspace.store.read(lambda store: store.setting("history_layout", {})).result(10) != {},
        timeout=10_000,
    )
    later = ResultsPanel(workspace, bridge)
    qtbot.addWidget(later)
    later.resize(1200, 500)
    later.show()
    later.show_history()
    qtbot.waitUntil(lambda: later.history.table.columnWidth(1) == 177, timeout=10_000)


def test_down_leads_from_the_search_field_into_the_list(
    qtbot: QtBot, workspace: Workspace, panel: ResultsPanel, history: HistoryView
) -> None:
    panel.activateWindow()
    qtbot.keyClick(history.search, Qt.Key.Key_Down)  # with nothing to go to, nothing happens
    add_runs(workspace, a_run(text="one"), a_run(text="two"))
    opened(qtbot, panel, 2)
    qtbot.waitUntil(history.search.hasFocus, timeout=10_000)
    qtbot.keyClick(history.search, Qt.Key.Key_Down)
    qtbot.waitUntil(history.table.hasFocus, timeout=10_000)
    assert history.table.currentIndex().row() == 0
    assert len(history.selected()) == 1


def test_what_needs_a_run_says_so_when_none_is_selected(
    qtbot: QtBot, panel: ResultsPanel, history: HistoryView
) -> None:
    panel.show_history()
    for ask in (panel.edit_golden, panel.copy_answer, lambda: panel.rate(3), lambda: panel.take_key("G")):
        with qtbot.waitSignal(panel.status, timeout=10_000) as said:
            ask()
        assert said.args == ["Select a run first."]
