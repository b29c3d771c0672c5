"""The table is typed and pasted into like a spreadsheet, and every edit can be taken back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.desktop.test_sets import edits
from workbench.desktop.test_sets.cell_editor import CellText
from workbench.desktop.test_sets.pasting import paste
from workbench.desktop.test_sets.steps import Put
from workbench.desktop.test_sets.table import CaseTable
from workbench.desktop.test_sets.table_model import CaseModel
from workbench.running.checks import Checker

COLUMNS = ("ticket", "tone")
CASES = tuple(Case(f"c{n}", {"ticket": f"ticket {n}", "tone": "calm"}, f"answer {n}") for n in range(4))


@pytest.fixture
def table(qtbot: QtBot) -> CaseTable:
    model = CaseModel(Checker().kinds)
    model.show_cases(COLUMNS, CASES)
    made = CaseTable(model)
    model.setParent(made)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    return made


def texts(table: CaseTable) -> list[tuple[str, ...]]:
    model = table.cases
    return [tuple(model.text(case, column) for column in range(model.expected_column + 1)) for case in model.cases]


def select(table: CaseTable, *cells: tuple[int, int]) -> None:
    table.clearSelection()
    for row, column in cells:
        flag = QItemSelectionModel.SelectionFlag.Select
        table.selectionModel().setCurrentIndex(
            table.filtered.index(*cells[0]), QItemSelectionModel.SelectionFlag.NoUpdate
        )
        table.selectionModel().select(table.filtered.index(row, column), flag)


def test_typing_into_a_cell_is_one_step(qtbot: QtBot, table: CaseTable) -> None:
    select(table, (1, 1))
    QTest.keyClick(table, Qt.Key.Key_Return)
    editor = table.findChild(CellText)
    assert editor is not None
    qtbot.keyClicks(editor, "new")
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor, "text")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert table.cases.cases[1].values["ticket"] == "new\ntext"
    table.cases.undo_stack.undo()
    assert tuple(table.cases.cases) == CASES
    assert not table.cases.undo_stack.canUndo()


def test_escape_leaves_the_cell_as_it_was(qtbot: QtBot, table: CaseTable) -> None:
    select(table, (1, 1))
    table.edit_current()
    editor = table.findChild(CellText)
    assert editor is not None
    qtbot.keyClicks(editor, "new")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert tuple(table.cases.cases) == CASES
    assert not table.cases.undo_stack.canUndo()


def test_a_block_grows_rows_and_columns(table: CaseTable) -> None:
    select(table, (3, 2))
    QGuiApplication.clipboard().setText('sad\tA\tx\n"two\nlines"\tB\ty\n')
    QTest.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert table.cases.columns == ["ticket", "tone", "column_1"]
    assert texts(table)[3:] == [
        ("", "ticket 3", "sad", "x", "A"),
        ("", "", "two\nlines", "y", "B"),
    ]
    table.cases.undo_stack.undo()
    assert (tuple(table.cases.cases), table.cases.columns) == (CASES, list(COLUMNS))


def test_a_block_with_known_names_goes_by_them(table: CaseTable) -> None:
    select(table, (2, 0))
    table.paste_block((("Expected", "ticket"), ("A", "one"), ("B", "two"), ("C", "three")), 0)
    assert texts(table)[2:] == [
        ("", "one", "calm", "A"),
        ("", "two", "calm", "B"),
        ("", "three", "", "C"),
    ]


def test_a_paste_says_what_it_was_written_over(table: CaseTable) -> None:
    said: list[str] = []
    table.said.connect(said.append)
    select(table, (3, 1))
    table.paste_block((("ticket 3",), ("new",)), 1)
    select(table, (2, 1))
    table.paste_block((("one",), ("two",), ("three",)), 1)
    assert said == [
        "2 cases pasted.",
        "3 cases pasted, 3 of them over what was there. Ctrl+Z takes it back.",
    ]


def test_the_first_block_names_the_columns(table: CaseTable) -> None:
    table.cases.show_cases(("old",), (Case("1", {"old": ""}),))
    taken: list[object] = []
    table.heading_taken.connect(lambda block, _column: taken.append(block))
    block = (("customer name", "text", "expected"), ("Ann", "Hello", "greeting"))
    table.paste_block(block, 1)
    assert table.cases.columns == ["customer_name", "text"]
    assert [(dict(case.values), case.expected) for case in table.cases.cases] == [
        ({"customer_name": "Ann", "text": "Hello"}, "greeting")
    ]
    assert taken == [block]
    table.cases.undo_stack.undo()
    table.paste_block(block, 1, heading=False)
    assert table.cases.columns == ["old", "column_1"]
    assert len(table.cases.cases) == 2


def test_copying_and_pasting_gives_the_same(table: CaseTable) -> None:
    table.cases.edit("x", [Put({1: replace(CASES[1], values={"ticket": 'a\tb\n"c"', "tone": ""})})])
    before = list(table.cases.cases)
    select(table, *((row, column) for row in (0, 1) for column in (1, 2, 3)))
    table.copy()
    select(table, (2, 1))
    table.paste()
    assert texts(table)[2:4] == texts(table)[:2]
    assert table.cases.cases[:2] == before[:2]


def test_cutting_filling_and_clearing(table: CaseTable) -> None:
    checks = (Check("contains", "x"),)
    table.cases.edit("x", [Put({0: replace(CASES[0], checks=checks, part="held_out")})])
    model = table.cases
    select(table, *((row, column) for row in range(3) for column in (1, model.checks_column, model.part_column)))
    table.fill_down()
    assert [case.checks for case in model.cases] == [checks] * 3 + [()]
    assert [case.part for case in model.cases] == ["held_out"] * 3 + ["development"]
    assert texts(table)[2] == ("", "ticket 0", "calm", "answer 2")
    select(table, (0, 1), (1, model.checks_column))
    table.cut()
    assert texts(table)[0] == ("", "", "calm", "answer 0")
    assert model.cases[1].checks == ()


def test_rows_are_added_duplicated_moved_and_deleted(table: CaseTable) -> None:
    select(table, (1, 1))
    table.add_row()
    assert table.current_row() == 2
    table.delete_rows()
    assert tuple(table.cases.cases) == CASES
    select(table, (0, 1), (1, 1))
    table.duplicate()
    assert [case.values["ticket"][-1] for case in table.cases.cases] == list("010123")
    assert len({case.id for case in table.cases.cases}) == 6
    select(table, (0, 1), (3, 1))
    table.move_rows(1)
    assert [case.values["ticket"][-1] for case in table.cases.cases] == list("100213")
    assert table.chosen_rows() == [1, 4]
    select(table, (0, 0), (2, 0), (3, 0))
    table.delete_rows()
    assert len(table.cases.cases) == 3
    while table.cases.undo_stack.canUndo():
        table.cases.undo_stack.undo()
    assert tuple(table.cases.cases) == CASES


def test_rows_at_the_end_do_not_move_on(table: CaseTable) -> None:
    select(table, (0, 1))
    table.move_rows(-1)
    assert tuple(table.cases.cases) == CASES


def test_columns_are_added_renamed_and_deleted(table: CaseTable) -> None:
    model = table.cases
    edits.add_column(model, "order", 1)
    assert model.columns == ["ticket", "order", "tone"]
    edits.rename_column(model, 0, "text")
    assert model.cases[2].values == {"text": "ticket 2", "order": "", "tone": "calm"}
    edits.delete_column(model, 2)
    assert model.cases[2].values == {"text": "ticket 2", "order": ""}
    for _ in range(3):
        model.undo_stack.undo()
    assert (tuple(model.cases), model.columns) == (CASES, list(COLUMNS))


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "empty"), ("tone", "already"), ("1x", "cannot stand"), ("two words", "cannot stand"), ("a.b", "")],
)
def test_a_name_that_no_prompt_could_use_is_refused(table: CaseTable, name: str, why: str) -> None:
    said = edits.column_problem(table.cases, name)
    assert why in said
    assert bool(said) == bool(why)


def test_sorting_can_be_taken_back(table: CaseTable) -> None:
    edits.sort(table.cases, table.cases.expected_column, descending=True)
    assert [case.id for case in table.cases.cases] == ["c3", "c2", "c1", "c0"]
    table.cases.undo_stack.undo()
    assert tuple(table.cases.cases) == CASES


def test_the_filter_keeps_numbers_and_what_is_typed(table: CaseTable) -> None:
    table.filtered.choose("TICKET 2", "all")
    assert table.filtered.rowCount() == 1
    assert table.filtered.headerData(0, Qt.Orientation.Vertical) == 3
    table.filtered.setData(table.filtered.index(0, 1), "other")
    assert table.filtered.rowCount() == 1
    assert table.cases.cases[2].values["ticket"] == "other"
    table.filtered.choose("", "held_out")
    assert table.filtered.rowCount() == 0
    table.add_row()
    assert table.filtered.rowCount() == 1


def test_a_paste_goes_into_what_is_shown(table: CaseTable) -> None:
    table.cases.edit("x", [Put({row: replace(CASES[row], part="held_out") for row in (0, 2)})])
    table.filtered.choose("", "held_out")
    select(table, (0, 2))
    table.paste_block((("a",), ("b",), ("c",)), 2)
    assert [row[2] for row in texts(table)] == ["a", "calm", "b", "calm", "c"]


def test_generated_cases_are_marked(table: CaseTable) -> None:
    table.cases.edit("x", [Put({1: replace(CASES[1], generated=True)})])
    index = table.cases.index(1, 0)
    assert index.data(Qt.ItemDataRole.DecorationRole) is not None
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith("generated")
    assert table.cases.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is None
    table.filtered.choose("", "generated")
    assert table.filtered.rowCount() == 1


def test_any_edits_can_all_be_taken_back_and_done_again(qtbot: QtBot, table: CaseTable) -> None:
    model, chance = table.cases, random.Random(7)  # noqa: S311 - no secret
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, table)
    QAbstractItemModelTester(table.filtered, QAbstractItemModelTester.FailureReportingMode.Fatal, table)

    def rows() -> list[int]:
        return sorted(chance.sample(range(len(model.cases)), chance.randint(1, min(3, len(model.cases)))))

    def block() -> tuple[tuple[str, ...], ...]:
        width = chance.randint(1, 5)
        return tuple(tuple(chance.choice("xyz") for _ in range(width)) for _ in range(chance.randint(1, 4)))

    acts: list[Callable[[], object]] = [
        lambda: edits.add(model, chance.randint(0, len(model.cases))),
        lambda: edits.duplicate(model, rows()),
        lambda: edits.delete(model, rows()) if len(model.cases) > 1 else None,
        lambda: edits.move(model, rows(), chance.choice((-1, 1))),
        lambda: edits.sort(model, chance.randint(0, model.expected_column)),
        lambda: edits.add_column(model, f"v{chance.randint(0, 10**9)}", chance.randint(0, len(model.columns))),
        lambda: edits.delete_column(model, chance.randrange(len(model.columns))) if model.columns else None,
        lambda: edits.rename_column(model, 0, f"r{chance.randint(0, 10**9)}") if model.columns else None,
        lambda: paste(model, block(), rows(), chance.randint(0, model.expected_column)),
        lambda: edits.clear(model, [(row, chance.randint(0, model.checks_column)) for row in rows()]),
        lambda: edits.fill(model, rows(), range(model.columnCount())),
    ]
    for _ in range(150):
        chance.choice(acts)()
        assert len({case.id for case in model.cases}) == len(model.cases)
        assert all(set(case.values) <= set(model.columns) for case in model.cases)
    after = (list(model.cases), list(model.columns))
    while model.undo_stack.canUndo():
        model.undo_stack.undo()
    assert (tuple(model.cases), model.columns) == (CASES, list(COLUMNS))
    while model.undo_stack.canRedo():
        model.undo_stack.redo()
    assert (model.cases, model.columns) == after


def test_ten_thousand_cases_stay_fluid(qtbot: QtBot, table: CaseTable) -> None:
    many = tuple(Case(f"n{n}", {"ticket": f"A long ticket {n} " * 30, "tone": "calm"}, "x") for n in range(10_000))
    table.cases.show_cases(COLUMNS, many)
    longest = 0.0
    bar = table.verticalScrollBar()
    for step in range(40):
        began = time.thread_time()
        bar.setValue(bar.maximum() * step // 40)
        table.cases.setData(table.cases.index(step * 200, 1), f"edit {step}")
        QApplication.processEvents()
        longest = max(longest, time.thread_time() - began)
    began = time.thread_time()
    table.filtered.choose("ticket 99", "all")
    filtered = time.thread_time() - began
    assert table.filtered.rowCount() > 0
    assert longest < 0.25  # on an idle machine it is a tenth of that
    assert filtered < 1.0
