"""The grid as a person uses it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QAbstractSlider, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.experiments.samples import an_experiment, done, failed
from workbench.core.experiment import Cell
from workbench.desktop import theme
from workbench.desktop.experiments.grid import ExperimentGrid
from workbench.desktop.experiments.grid_delegate import CellDelegate

RECORDS = [
    *(done("old", "c0"), done("new", "c0")),
    *(done("old", "c1"), done("new", "c1", passed=False)),
    *(done("old", "c2", passed=False), failed("new", "c2")),
]


@pytest.fixture
def grid(qtbot: QtBot, qapp: QApplication) -> ExperimentGrid:
    theme.apply(qapp, "light")
    made = ExperimentGrid()
    qtbot.addWidget(made)
    made.resize(1100, 600)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_experiment(an_experiment(4), RECORDS)
    made.focus_table()
    return made


def press(qtbot: QtBot, grid: ExperimentGrid, keys: str) -> None:
    for key in keys:
        qtbot.keyClick(grid.table.answers, key)


def cases(grid: ExperimentGrid) -> list[int]:
    return [grid.model.case_number(row) for row in range(grid.model.rowCount())]


def test_j_and_k_go_through_the_cases_and_return_opens_one(qtbot: QtBot, grid: ExperimentGrid) -> None:
    assert grid.current_cell() == Cell("old", "c0")
    press(qtbot, grid, "jjjjjk")
    assert grid.current_cell() == Cell("old", "c2")
    qtbot.keyClick(grid.table.answers, Qt.Key.Key_Right)
    with qtbot.waitSignal(grid.cell_activated) as opened:
        qtbot.keyClick(grid.table.answers, Qt.Key.Key_Return)
    assert opened.args == [Cell("new", "c2")]


def test_a_mode_counts_its_cases_and_shows_them(qtbot: QtBot, grid: ExperimentGrid) -> None:
    button = next(one for one in grid.bar.findChildren(QWidget) if getattr(one, "text", str)() == "Failures 2")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert cases(grid) == [1, 2]
    grid.bar.scope.setCurrentIndex(grid.bar.scope.findData(1))
    assert cases(grid) == [1]
    grid.bar.choose_mode("worse")
    assert cases(grid) == [1]
    grid.set_baseline(1)
    assert cases(grid) == []


def test_where_nothing_is_shown_the_grid_says_why_and_leads_back(qtbot: QtBot, grid: ExperimentGrid) -> None:
    grid.show_experiment(an_experiment(4), [done("old", "c0")])
    grid.bar.choose_mode("errors")
    assert grid.empty.isVisible()
    assert grid.empty.title() == "No errors"
    grid.empty.action_asked.emit()
    assert cases(grid) == [0, 1, 2, 3]


def test_typing_filters_cases_and_asks_for_whole_answers(qtbot: QtBot, grid: ExperimentGrid) -> None:
    press(qtbot, grid, "/")
    assert grid.bar.filter.hasFocus()
    with qtbot.waitSignal(grid.search_wanted) as sought:
        qtbot.keyClicks(grid.bar.filter, "Word2")
    assert sought.args == ["word2"]
    assert cases(grid) == [2]
    grid.set_found("word2", {"old-c0-0": "… says word2"})
    assert cases(grid) == [0, 2]
    grid.set_found("something else", {"new-c1-0": "late"})
    assert cases(grid) == [0, 2]
    qtbot.keyClick(grid.bar.filter, Qt.Key.Key_Down)
    assert grid.table.answers.hasFocus()


def test_what_is_selected_is_run_again_with_all_its_repetitions(qtbot: QtBot, grid: ExperimentGrid) -> None:
    grid.show_experiment(replace(an_experiment(4, repeat=2), id="other"), [])
    grid.table.go(1, grid.model.first_variant)
    with qtbot.waitSignal(grid.run_asked) as asked:
        press(qtbot, grid, "r")
    assert asked.args == [frozenset({Cell("old", "c1", 0), Cell("old", "c1", 1)})]
    with qtbot.waitSignal(grid.run_asked) as asked:
        grid.run_case()
    assert {cell.variant for cell in asked.args[0]} == {"old", "new"}
    with qtbot.waitSignal(grid.run_asked) as asked:
        grid.run_column(1)
    assert asked.args[0] == {Cell("new", f"c{case}", at) for case in range(4) for at in range(2)}


def test_keys_rate_and_the_menu_shows_them(qtbot: QtBot, grid: ExperimentGrid) -> None:
    asked: list[tuple[Cell, object]] = []
    grid.rate_asked.connect(lambda cell, rating: asked.append((cell, rating)))
    press(qtbot, grid, "gx4")
    assert asked == [(Cell("old", "c0"), rating) for rating in ("good", "bad", 4)]
    entries = {entry.text: entry for entry in grid.entries()}
    assert (entries["Rate good"].keys, entries["Rate bad"].keys, entries["Copy answer"].keys) == ("G", "B", "C")
    assert not entries["Mark column as baseline"].enabled
    grid.table.go(3, grid.model.first_variant)
    assert not {entry.text: entry for entry in grid.entries()}["Copy answer"].enabled


def test_columns_ask_for_what_only_their_page_can_do(qtbot: QtBot, grid: ExperimentGrid) -> None:
    entries = {entry.text: entry for entry in grid.column_entries(1)}
    asks = {"Edit column…": "edit", "Rename column…": "rename", "Move left": "left", "Remove column": "remove"}
    for text, what in asks.items():
        with qtbot.waitSignal(grid.column_asked) as asked:
            entries[text].do()
        assert asked.args == [what, "new"]
    assert not entries["Move right"].enabled
    assert not entries["Open prompt"].enabled
    entries["Mark column as baseline"].do()
    assert grid.model.head(1).is_baseline


def test_the_case_stays_in_front_when_the_experiment_is_shown_anew(qtbot: QtBot, grid: ExperimentGrid) -> None:
    grid.set_baseline(1)
    grid.table.go(2, grid.model.first_variant + 1)
    grid.show_experiment(an_experiment(4), RECORDS)
    assert grid.current_cell() == Cell("new", "c2")
    assert grid.model.head(1).is_baseline


def test_what_was_chosen_stays_when_the_experiment_is_shown_anew(qtbot: QtBot, grid: ExperimentGrid) -> None:
    grid.bar.choose_mode("failures")
    grid.bar.scope.setCurrentIndex(grid.bar.scope.findData(0))
    grid.table.go(0)
    qtbot.waitUntil(lambda: cases(grid) == [2])
    grid.show_experiment(an_experiment(4), [*RECORDS[:4], done("old", "c2"), done("old", "c3", passed=False)])
    assert cases(grid) == [2, 3]  # the case in front stays, although it passes now
    assert grid.current_cell() == Cell("old", "c2")
    assert grid.bar.scope.currentData() == grid.model.cells.scope == 0
    grid.step(1)
    qtbot.waitUntil(lambda: cases(grid) == [3])


def test_showing_the_experiment_anew_does_not_scroll(qtbot: QtBot, grid: ExperimentGrid) -> None:
    experiment = replace(an_experiment(200), id="long")
    grid.show_experiment(experiment, [])
    bar = grid.table.answers.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 5_000)
    bar.setValue(5_000)
    grid.show_experiment(experiment, [done("old", "c0")])
    assert bar.value() == 5_000


def test_both_views_stand_at_the_same_row(qtbot: QtBot, grid: ExperimentGrid) -> None:
    grid.show_experiment(replace(an_experiment(200), id="long"), [])
    table = grid.table
    for height in ("tall", "compact", "normal"):
        grid.bar.set_height(height)
        table.go(150)
        cases, answers = table.cases.verticalScrollBar(), table.answers.verticalScrollBar()
        qtbot.waitUntil(lambda cases=cases, answers=answers: cases.value() == answers.value() > 0)
        assert table.cases.rowHeight(0) == table.answers.rowHeight(0)
        assert table.cases.viewport().height() == table.answers.viewport().height()
    table.cases.verticalScrollBar().triggerAction(QAbstractSlider.SliderAction.SliderPageStepSub)
    assert table.answers.verticalScrollBar().value() == table.cases.verticalScrollBar().value() < answers.maximum()


def test_no_state_is_told_by_colour_alone(grid: ExperimentGrid) -> None:
    """Painted in one grey, the states still look different from each other."""
    grey = "#777777"
    cells = []
    delegate = grid.table.answers.itemDelegate()
    assert isinstance(delegate, CellDelegate)
    colors = {name: QColor(grey) if name != "surface" else color for name, color in delegate.look.colors.items()}
    delegate.look = replace(delegate.look, colors=colors)
    records = [done("old", "c0"), done("old", "c1", passed=False), failed("old", "c2")]
    grid.show_experiment(replace(an_experiment(4), id="grey"), records)
    answers = grid.table.answers
    for row in range(4):
        index = grid.model.index(row, grid.model.first_variant)
        rect = answers.visualRect(index)
        cells.append(answers.viewport().grab(rect.adjusted(4, 4, -100, -4)).toImage())
    assert all(a != b for at, a in enumerate(cells) for b in cells[at + 1 :])


def test_everything_that_takes_the_focus_has_a_name(grid: ExperimentGrid) -> None:
    for widget in grid.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface is None or interface.text(QAccessible.Text.Name), widget


def test_a_larger_text_makes_taller_rows(qtbot: QtBot, grid: ExperimentGrid) -> None:
    before = grid.table.answers.rowHeight(0)
    try:
        theme.set_text_size(20)
        assert grid.table.answers.rowHeight(0) > before
        assert grid.table.cases.rowHeight(0) == grid.table.answers.rowHeight(0)
    finally:
        theme.set_text_size(theme.DEFAULT_TEXT_SIZE)


@pytest.mark.parametrize("width", [1100, 660, 424])
def test_no_word_of_the_bar_is_cut(qtbot: QtBot, width: int) -> None:
    grid = ExperimentGrid()
    qtbot.addWidget(grid)
    grid.show_experiment(an_experiment(12), [])
    grid.resize(width, 500)
    grid.show()
    bar = grid.bar
    for widget in (*bar._modes.values(), bar.heights, bar.scope, bar.baseline):
        assert widget.width() >= widget.sizeHint().width(), widget.accessibleName()
        assert widget.parentWidget().rect().contains(widget.geometry()), widget.accessibleName()
    assert bar.filter.width() >= bar.filter.fontMetrics().horizontalAdvance(bar.filter.placeholderText())
    assert bar.height() <= 3 * bar.filter.height() + 40
