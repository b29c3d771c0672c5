"""The grid's model tells Qt what changed, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.desktop.experiments.samples import an_experiment, done, failed
from workbench.core.completion import Delta
from workbench.core.experiment import Cell
from workbench.desktop.experiments.cell_face import Face
from workbench.desktop.experiments.grid_model import FACE, HEAD, GridModel, Question
from workbench.desktop.experiments.tally import Head

FIRST = 3
"""The first variant's column: before it stand the number and two values."""


@pytest.fixture
def model(qtbot: QtBot) -> GridModel:
    made = GridModel()
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    assert tester.parent() is made
    return made


class Told:
    """What a model told its views."""

    def __init__(self, model: GridModel) -> None:
        self.ranges: list[tuple[int, int, int, int]] = []
        self.resets = 0
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(self._reset)

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self.ranges.append((first.row(), first.column(), last.row(), last.column()))

    def _reset(self) -> None:
        self.resets += 1


def rows(model: GridModel) -> list[int]:
    return [model.case_number(row) for row in range(model.rowCount())]


def face(model: GridModel, row: int, column: int) -> Face:
    found: Face = model.index(row, FIRST + column).data(FACE)
    return found


def test_a_case_is_a_row_that_begins_with_what_it_says(model: GridModel) -> None:
    model.show_experiment(an_experiment(expected="Hello"), [])
    titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    assert titles == ["Case", "word", "name", "expected", "Old", "New"]
    assert [model.index(1, at).data() for at in range(4)] == ["2", "word1", "Ada", "Hello"]


def test_what_streams_in_changes_its_cells_alone(model: GridModel) -> None:
    model.show_experiment(an_experiment(5), [])
    told = Told(model)
    model.take([(Cell("old", "c1"), Delta("a")), (Cell("new", "c1"), Delta("b")), (Cell("new", "c4"), Delta("c"))])
    assert told.ranges == [(1, FIRST, 1, FIRST + 1), (4, FIRST + 1, 4, FIRST + 1)]
    assert told.resets == 0
    assert face(model, 4, 1).text == "c"


def test_a_wide_batch_is_told_as_one_range(model: GridModel) -> None:
    model.show_experiment(an_experiment(400), [])
    told = Told(model)
    model.take([(Cell("old", f"c{at}"), Delta("a")) for at in range(0, 400, 2)])
    assert told.ranges == [(0, FIRST, 398, FIRST + 1)]


def test_a_token_does_not_touch_the_headings_and_a_record_does(model: GridModel, qtbot: QtBot) -> None:
    model.show_experiment(an_experiment(), [])
    with qtbot.assertNotEmitted(model.headerDataChanged):
        model.take([(Cell("old", "c0"), Delta("a"))])
    with qtbot.waitSignal(model.headerDataChanged):
        model.take([(Cell("old", "c0"), done("old", "c0"))])
    head: Head = model.headerData(FIRST, Qt.Orientation.Horizontal, HEAD)
    assert head.rate is not None
    assert (head.title, head.model, head.rate.value, head.done, head.cells) == ("Old", "a", 1.0, 1, 3)
    assert head.is_baseline


def test_cases_enter_and_leave_a_mode_as_rows(model: GridModel) -> None:
    model.show_experiment(an_experiment(5), [done("old", "c1", passed=False), done("old", "c3", passed=False)])
    model.ask(Question("failures"))
    told = Told(model)
    assert rows(model) == [1, 3]
    model.take([(Cell("old", "c2"), done("old", "c2", passed=False)), (Cell("old", "c1"), done("old", "c1"))])
    assert rows(model) == [2, 3]
    model.take([(Cell("new", "c0"), failed("new", "c0"))])
    assert rows(model) == [2, 3]
    assert told.resets == 0


def test_the_case_that_is_read_stays_until_another_is_read(model: GridModel) -> None:
    model.show_experiment(an_experiment(5), [done("old", "c1", passed=False), done("old", "c3", passed=False)])
    model.ask(Question("failures"))
    model.hold(1)
    model.take([(Cell("old", "c1"), done("old", "c1"))])
    assert rows(model) == [1, 3]
    model.hold(3)
    assert rows(model) == [3]


def wanted(qtbot: QtBot, model: GridModel, seen: Iterable[int]) -> frozenset[str]:
    with qtbot.waitSignal(model.texts_wanted) as asked:
        for row in seen:
            face(model, row, 0)
    found: frozenset[str] = asked.args[0]
    return found


def test_texts_are_fetched_for_what_is_seen_and_its_neighbours_once(model: GridModel, qtbot: QtBot) -> None:
    model.show_experiment(an_experiment(1_000), [done("old", f"c{at}") for at in range(1_000)])
    first = wanted(qtbot, model, range(500, 510))
    assert {"old-c500-0", "old-c509-0"} <= first
    assert len(first) < 60
    told = Told(model)
    model.add_texts({"old-c500-0": "Hello"})
    assert face(model, 500, 0).text == "Hello"
    assert told.ranges == [(500, FIRST, 500, FIRST)]
    with qtbot.assertNotEmitted(model.texts_wanted, wait=100):
        face(model, 500, 0)
        face(model, 505, 0)


def test_what_is_scrolled_past_is_not_fetched(model: GridModel, qtbot: QtBot) -> None:
    model.show_experiment(an_experiment(1_000), [done("old", f"c{at}") for at in range(1_000)])
    asked = wanted(qtbot, model, range(0, 1_000, 5))
    assert "old-c995-0" in asked
    assert "old-c500-0" not in asked


@pytest.mark.parametrize(("cases", "at_once"), [(300, True), (1_200, False)])
def test_texts_that_make_columns_differ_are_all_fetched(
    model: GridModel, qtbot: QtBot, cases: int, *, at_once: bool
) -> None:
    """Of few cells at once, so that they are counted; of many when somebody asks which differ."""
    experiment = replace(an_experiment(cases), checks=())
    records = [done(variant, f"c{at}", passed=None) for variant in ("old", "new") for at in range(cases)]
    with qtbot.waitSignal(model.texts_wanted) as asked:
        model.show_experiment(experiment, records)
        if not at_once:
            model.ask(Question("different"))
    assert len(asked.args[0]) == 2 * cases
    model.ask(Question("different"))
    model.add_texts({run_id: "x" if run_id != "new-c7-0" else "y" for run_id in asked.args[0]})
    assert rows(model) == [7]
    assert model.cells.counts["different"] == 1


def test_a_screen_reader_hears_the_state_in_words(model: GridModel) -> None:
    model.show_experiment(
        an_experiment(), [done("old", "c0"), done("new", "c0", passed=False)], {"new-c0-0": "Bye"}
    )
    heard = model.index(0, FIRST + 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert heard == "Case 1, New: failed. worse than the baseline. It does not. 0.40 s · 20 tok. Bye"
    tip = model.index(0, FIRST + 1).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<p>failed")


def test_waiting_is_told_for_the_cells_that_changed(model: GridModel) -> None:
    model.show_experiment(an_experiment(400), [])
    first = frozenset(Cell("old", f"c{at}") for at in range(300))
    model.set_waiting(first)
    told = Told(model)
    model.set_waiting(first - {Cell("old", "c7")})
    assert told.ranges == [(7, FIRST, 7, FIRST)]
    assert (face(model, 7, 0).word, face(model, 8, 0).word) == ("not asked", "waiting")
