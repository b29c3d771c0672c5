"""The grid with its detail, on experiments that really run."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.experiments.samples import an_experiment, done
from tests.loopback import LoopbackServer, error
from workbench.core.check import Check
from workbench.core.completion import Delta, Event, Notice
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.prompt import Prompt
from workbench.core.run import RatedRun, Rating
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.grid_view import GridView
from workbench.desktop.results.golden import GoldenDialog
from workbench.running import Workspace

WAIT = 20_000


@pytest.fixture
def view(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> GridView:
    made = GridView(workspace, bridge)
    qtbot.addWidget(made)
    made.resize(1300, 700)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


class Running:
    """Runs an experiment into a view, a batch a drain, as its page does."""

    def __init__(self, view: GridView, workspace: Workspace, bridge: Bridge) -> None:
        self._view, self._bridge = view, bridge
        self.workspace = workspace
        self._lock = threading.Lock()
        self._pending: list[tuple[Cell, Event | CellRecord]] = []

    def show(self, experiment: Experiment) -> None:
        store = self.workspace.store
        store.write(lambda store: store.save_experiment(experiment)).result(10)
        self._view.show_experiment(experiment, store.read(lambda store: store.cells(experiment.id)).result(10))

    def run(self, qtbot: QtBot, experiment: Experiment) -> None:
        self.show(experiment)
        handle = self.workspace.experiments.start(experiment.id, self.listen)
        qtbot.waitUntil(handle.done.done, timeout=WAIT)
        handle.done.result()
        qtbot.waitUntil(lambda: not self._pending, timeout=WAIT)

    def listen(self, cell: Cell, event: Event | CellRecord) -> None:
        with self._lock:
            first = not self._pending
            self._pending.append((cell, event))
        if first:
            self._bridge.post(self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
        self._view.take(batch)


@pytest.fixture
def running(view: GridView, workspace: Workspace, bridge: Bridge) -> Running:
    return Running(view, workspace, bridge)


def opened(qtbot: QtBot, view: GridView, cell: Cell) -> RatedRun:
    """The detail, once it shows the answer of a cell."""
    view.show_cell(cell)
    qtbot.waitUntil(lambda: view.detail.cell() == cell and view.detail.rated_run() is not None, timeout=WAIT)
    found = view.detail.rated_run()
    assert found is not None
    return found


def stored(workspace: Workspace, run_id: str) -> RatedRun:
    return workspace.store.read(lambda store: store.run(run_id)).result(10)


def test_answers_stream_into_the_grid_and_stay_as_they_were(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    experiment = an_experiment(4)
    running.run(qtbot, experiment)
    face = view.grid.model.cells.face(2, 1)
    assert (face.word, face.text) == ("passed", "Please say word2 to Ada.")
    view.show_experiment(experiment, running.workspace.store.read(lambda store: store.cells("e")).result(10))
    qtbot.waitUntil(lambda: view.grid.model.cells.face(2, 1).text == "Please say word2 to Ada.", timeout=WAIT)


def test_the_detail_shows_all_of_a_cell(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(4, expected="Please say word1 to Bob."))
    opened(qtbot, view, Cell("new", "c1"))
    detail = view.detail
    assert detail.title.whole() == "Case 2 · New"
    assert detail.body.answer() == "Please say word1 to Ada."
    assert detail.badge.text() == "✓ passed"
    assert detail.checks.said() == ("✓ passed contains “Ada”: The answer contains “Ada”.",)
    assert "Please say word1 to Ada." in detail.sent.text()
    assert "You are kind." in detail.sent.text()
    assert "── expected answer ──\nPlease say word1 to Bob." in detail.case_text.text()


def test_a_long_title_ends_in_dots_and_a_check_is_named_in_words(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    experiment = an_experiment(1, expected="Please say word0 to Ada.", checks=(Check("equals"),))
    long = replace(
        experiment.variants[1], label="A prompt with a name that is longer than any detail is wide " * 2
    )
    running.run(qtbot, replace(experiment, variants=(experiment.variants[0], long)))
    opened(qtbot, view, Cell("new", "c0"))
    title = view.detail.title
    assert title.text().startswith("Case 1 · A prompt")
    assert title.text().endswith("…")
    assert title.toolTip() == title.whole() == f"Case 1 · {' '.join(long.label.split())}"
    (said,) = view.detail.checks.said()
    assert said.startswith("✓ passed is the expected answer:")


def test_an_answer_is_compared_with_the_baseline_or_the_expected_one(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    running.run(qtbot, an_experiment(2, expected="Please say word0 to Ada."))
    opened(qtbot, view, Cell("new", "c0"))
    difference = view.detail.difference
    view.grid.difference_asked.emit(Cell("new", "c0"))
    qtbot.waitUntil(lambda: difference.view.changes() == 1, timeout=WAIT)
    assert difference.choice.currentText() == "Old"
    difference.choose("expected")
    assert difference.view.changes() == 0
    view.grid.step(1)
    qtbot.waitUntil(lambda: view.detail.cell() == Cell("new", "c1"), timeout=WAIT)
    qtbot.waitUntil(lambda: difference.view.changes() == 1, timeout=WAIT)
    assert difference.choice.currentText() == "Expected answer"


def test_keys_rate_a_cell_whether_its_detail_is_open_or_not(
    qtbot: QtBot, view: GridView, running: Running, workspace: Workspace
) -> None:
    running.run(qtbot, an_experiment(2))
    view.grid.focus_table()
    run_id = view.grid.model.cells.record(Cell("old", "c0")).run_id or ""
    qtbot.keyClick(view.grid.table.answers, "g")
    qtbot.waitUntil(lambda: stored(workspace, run_id).rating.verdict == "good", timeout=WAIT)
    assert view.detail.isHidden()
    qtbot.waitUntil(lambda: view.grid.model.cells.face(0, 0).rating == "good", timeout=WAIT)
    opened(qtbot, view, Cell("old", "c0"))
    assert view.detail.footer.rating.rating().verdict == "good"
    view.grid.focus_table()
    qtbot.keyClick(view.grid.table.answers, "4")
    qtbot.waitUntil(lambda: stored(workspace, run_id).rating.score == 4, timeout=WAIT)
    assert stored(workspace, run_id).rating.verdict == "good"
    qtbot.waitUntil(lambda: view.detail.footer.rating.rating().score == 4, timeout=WAIT)
    view.detail.opinion.rate(4)
    qtbot.waitUntil(lambda: view.grid.model.cells.face(0, 0).rating == "good", timeout=WAIT)


def test_ratings_of_before_are_shown(qtbot: QtBot, view: GridView, running: Running, workspace: Workspace) -> None:
    running.run(qtbot, an_experiment(2))
    run_id = view.grid.model.cells.record(Cell("new", "c1")).run_id or ""
    workspace.store.write(lambda store: store.rate(run_id, Rating("bad", 2))).result(10)
    view.rated(run_id)
    qtbot.waitUntil(lambda: view.grid.model.cells.face(1, 1).rating == "★ 2 bad", timeout=WAIT)
    workspace.store.write(lambda store: store.rate(run_id, Rating())).result(10)
    view.rated(run_id)
    qtbot.waitUntil(lambda: view.grid.model.cells.face(1, 1).rating == "", timeout=WAIT)
    workspace.store.write(lambda store: store.rate(run_id, Rating("good"))).result(10)
    view.show_experiment(an_experiment(2), workspace.store.read(lambda store: store.cells("e")).result(10))
    qtbot.waitUntil(lambda: view.grid.model.cells.face(1, 1).rating == "good", timeout=WAIT)


def test_repetitions_are_compared_with_each_other(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(1, repeat=3))
    opened(qtbot, view, Cell("old", "c0", 1))
    choice = view.detail.difference.choice
    assert [choice.itemText(row) for row in range(choice.count())] == ["New", "Repetition 1", "Repetition 3"]
    view.detail.repetition.setCurrentIndex(2)
    view.detail.repetition.activated.emit(2)
    qtbot.waitUntil(lambda: view.detail.cell() == Cell("old", "c0", 2), timeout=WAIT)


def test_a_golden_answer_is_edited_and_compared(
    qtbot: QtBot, view: GridView, running: Running, workspace: Workspace
) -> None:
    running.run(qtbot, an_experiment(1))
    run_id = opened(qtbot, view, Cell("old", "c0")).run.id
    view.detail.opinion.edit_golden()
    dialog = view.detail.findChild(GoldenDialog)
    assert isinstance(dialog, GoldenDialog)
    dialog.editor.setPlainText("Say word0 to Ada, please.")
    dialog.accept()
    qtbot.waitUntil(lambda: stored(workspace, run_id).rating.golden == "Say word0 to Ada, please.", timeout=WAIT)
    view.detail.show_difference("golden")
    assert view.detail.difference.choice.currentText() == "Golden answer"
    assert view.detail.difference.view.changes() > 0


def test_copying_gives_the_whole_answer(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(1))
    view.grid.focus_table()
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(view.grid.table.answers, "c")
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "Say word0 to Ada.", timeout=WAIT)


def test_whole_answers_are_searched(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(3))
    view.grid.bar.filter.setText("PLEASE SAY WORD1")
    qtbot.waitUntil(lambda: view.grid.model.rowCount() == 1, timeout=WAIT)
    assert view.current_cell() == Cell("old", "c1")
    view.grid.bar.clear()
    assert view.grid.model.rowCount() == 3


@pytest.mark.parametrize("width", [1052, 804])
def test_the_bar_is_calm_and_nothing_of_it_moves_when_the_detail_opens(
    qtbot: QtBot, qapp: QApplication, view: GridView, width: int
) -> None:
    """The page is so wide in windows of 1440 and 1100 pixels."""
    theme.apply(qapp, "light")
    view.resize(width, 700)
    experiment = an_experiment(100)
    named = tuple(replace(variant, label=f"Parcel reply · {variant.id}") for variant in experiment.variants)
    answers = [done("old", f"c{at}", passed=at > 88) for at in range(100)]
    view.show_experiment(replace(experiment, variants=named), answers)
    bar = view.grid.bar
    parts = (*bar._modes.values(), bar.filter, bar.heights, bar.scope, bar.baseline)
    lines = 1 if width > 1000 else 2
    whole = [part for part in parts if part is not bar.filter]
    qtbot.waitUntil(lambda: all(part.width() >= part.sizeHint().width() for part in whole))
    before = [part.geometry() for part in parts]
    assert len({place.center().y() // 10 for place in before}) == lines
    assert bar.filter.width() >= 96
    view.open_detail(Cell("old", "c0"))
    qtbot.waitUntil(lambda: view.detail.isVisible() and view.grid.width() < width)
    assert [part.geometry() for part in parts] == before


def test_beside_the_detail_nothing_of_the_grid_is_scrolled_out_of_sight(
    qtbot: QtBot, qapp: QApplication, view: GridView
) -> None:
    theme.apply(qapp, "light")
    view.resize(804, 700)
    view.show_experiment(an_experiment(20, expected="Hello Ada"), [])
    cases, answers = view.grid.table.cases, view.grid.table.answers
    heading = partial(view.grid.model.headerData, orientation=Qt.Orientation.Horizontal)
    assert not cases.isColumnHidden(3)
    view.open_detail(Cell("old", "c0"))
    view.splitter.setSizes([424, 380])
    qtbot.waitUntil(lambda: cases.isColumnHidden(3))
    assert heading(1) == "word +2"
    assert "name, expected" in heading(1, role=Qt.ItemDataRole.ToolTipRole)
    qtbot.waitUntil(lambda: not cases.horizontalScrollBar().maximum() + answers.horizontalScrollBar().maximum())
    view.grid.table.setSizes([300, 100])
    view.grid.table.splitterMoved.emit(300, 1)  # by hand it can have the room
    assert (heading(1), heading(2)) == ("word", "name +1")
    view.close_detail()
    assert not any(cases.isColumnHidden(column) for column in range(4))
    assert [heading(column) for column in range(4)] == ["Case", "word", "name", "expected"]


def test_escape_closes_the_detail_and_gives_the_focus_back(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(1))
    stopped = []
    QShortcut(QKeySequence("Esc"), view, lambda: stopped.append(True))  # what stops a run in the window
    opened(qtbot, view, Cell("old", "c0"))
    view.detail.tabs.tabBar().setFocus()
    qtbot.keyClick(view.detail.tabs.tabBar(), Qt.Key.Key_Escape)
    assert view.detail.isHidden()
    assert view.grid.table.answers.hasFocus()
    assert not stopped
    qtbot.keyClick(view.grid.table.answers, Qt.Key.Key_Escape)
    assert stopped


def test_keys_work_in_the_detail_too(qtbot: QtBot, view: GridView, running: Running, workspace: Workspace) -> None:
    running.run(qtbot, an_experiment(3))
    opened(qtbot, view, Cell("old", "c0"))
    view.detail.body.text_view.setFocus()
    qtbot.keyClick(view.detail.body.text_view, "j")
    qtbot.waitUntil(lambda: view.detail.cell() == Cell("old", "c1"), timeout=WAIT)
    qtbot.waitUntil(lambda: view.detail.body.answer() == "Say word1 to Ada.", timeout=WAIT)
    view.detail.body.text_view.setFocus()
    qtbot.keyClick(view.detail.body.text_view, "g")
    run_id = view.grid.model.cells.record(Cell("old", "c1")).run_id or ""
    qtbot.waitUntil(lambda: stored(workspace, run_id).rating.verdict == "good", timeout=WAIT)


def test_what_comes_late_for_another_cell_is_dropped(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.run(qtbot, an_experiment(40))
    opened(qtbot, view, Cell("old", "c0"))
    for _ in range(30):
        view.grid.step(1)
    qtbot.waitUntil(lambda: view.detail.title.whole() == "Case 31 · Old", timeout=WAIT)
    assert view.detail.body.answer() == "Say word30 to Ada."


def test_a_failed_request_says_why_and_can_be_asked_again(
    qtbot: QtBot, view: GridView, running: Running, server: LoopbackServer
) -> None:
    server.script(error(400, "The prompt is too long."))
    variants = (Variant("bad", an_experiment().variants[0].prompt, "lab:tiny"),)
    experiment = Experiment("x", "Fails", variants, an_experiment(1).cases)
    running.run(qtbot, experiment)
    assert view.grid.model.cells.face(0, 0).word == "error"
    opened(qtbot, view, Cell("bad", "c0"))
    assert "too long" in view.detail.error.report()
    with qtbot.waitSignal(view.run_asked) as asked:
        view.detail.error.retry_asked.emit()
    assert asked.args == [frozenset({Cell("bad", "c0")})]


def test_the_detail_of_a_cell_that_was_not_asked_offers_to_ask(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    running.show(an_experiment(1))
    view.show_cell(Cell("old", "c0"))
    assert view.detail.nothing.isVisible()
    assert "Say word0 to Ada." in view.detail.sent.text()
    with qtbot.waitSignal(view.run_asked) as asked:
        view.detail.nothing.action_asked.emit()
    assert asked.args == [frozenset({Cell("old", "c0")})]


def test_an_answer_streams_into_an_open_detail(qtbot: QtBot, view: GridView, running: Running) -> None:
    running.show(an_experiment(1))
    view.show_cell(Cell("old", "c0"))
    handle = running.workspace.experiments.start("e", running.listen)
    qtbot.waitUntil(lambda: view.detail.body.answer() == "Say word0 to Ada.", timeout=WAIT)
    qtbot.waitUntil(handle.done.done, timeout=WAIT)
    qtbot.waitUntil(lambda: view.detail.rated_run() is not None, timeout=WAIT)
    assert view.detail.badge.text() == "✓ passed"


def test_a_detail_that_waits_for_its_answer_shows_it_from_the_first_word(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    cell = Cell("old", "c0")
    running.show(an_experiment(1))
    view.show_cell(cell)
    view.take([(cell, Notice("Loading the model"))])
    assert view.detail.reason.text() == "Loading the model"
    view.take([(cell, Delta("Say ")), (cell, Delta("word0"))])
    assert view.detail.body.isVisible()
    assert view.detail.body.answer() == "Say word0"
    view.grid.step(1)
    view.take([(cell, Delta(" to Ada."))])
    view.show_cell(cell)
    assert view.detail.body.answer() == "Say word0 to Ada."


def test_the_detail_shows_the_run_of_the_experiment_in_front(
    qtbot: QtBot, view: GridView, running: Running, workspace: Workspace
) -> None:
    """Two runs of one plan have the same cells; what is read for the one comes after the other was shown."""
    first = an_experiment(2)
    variants = tuple(replace(one, prompt=Prompt(user="Never mind {{word}}.")) for one in first.variants)
    running.run(qtbot, first)
    running.run(qtbot, replace(first, id="f", variants=variants))
    store = workspace.store
    records = {name: store.read(lambda store, name=name: store.cells(name)).result(10) for name in ("e", "f")}
    view.show_experiment(first, records["e"])
    view.show_cell(Cell("old", "c1"))
    view.show_experiment(replace(first, id="f", variants=variants), records["f"])
    qtbot.waitUntil(lambda: view.detail.body.answer() == "Never mind word1.", timeout=WAIT)
    assert view.detail.rated_run() == store.read(lambda store: store.run(records["f"][1].run_id or "")).result(10)


def test_place_and_height_are_remembered(
    qtbot: QtBot, view: GridView, running: Running, workspace: Workspace, bridge: Bridge
) -> None:
    view.grid.bar.set_height("tall")
    view.detail.turned.emit()

    def kept() -> dict[str, object]:
        return workspace.store.read(lambda store: store.setting("grid_layout", {})).result(10)

    qtbot.waitUntil(lambda: kept() == {"height": "tall", "below": True}, timeout=WAIT)
    again = GridView(workspace, bridge)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: again.grid.table.height_of_rows() == "tall", timeout=WAIT)
    assert again.splitter.orientation() is Qt.Orientation.Vertical


def test_everything_in_the_detail_that_takes_the_focus_has_a_name(
    qtbot: QtBot, view: GridView, running: Running
) -> None:
    running.run(qtbot, an_experiment(2, repeat=2, expected="Hello"))
    opened(qtbot, view, Cell("new", "c1"))
    for tab in range(view.detail.tabs.count()):
        view.detail.tabs.setCurrentIndex(tab)
        for widget in view.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                interface = QAccessible.queryAccessibleInterface(widget)
                assert interface is None or interface.text(QAccessible.Text.Name), widget
