"""Blind votes and the verdict in the real window, while an experiment runs and after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.loopback import LoopbackServer, Stall, answer, event, stream
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import Cell
from workbench.core.plan import Column, Plan
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.desktop.experiments.page import ExperimentPage
from workbench.desktop.window import MainWindow
from workbench.store import Store
from workbench.training.curation import rows

LONG_MS = 60_000
GRID, BLIND, VERDICT = range(3)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot, server: LoopbackServer) -> ExperimentPage:
    """The page of a plan with one prompt on two models of the server and three cases."""

    def write(store: Store) -> None:
        store.save_profile(Profile("lab", server.base_url, ("good", "poor")))
        prompt = store.create_prompt("Words", Prompt(user="Say {{word}}"))
        cases = [Case(f"c{n}", {"word": f"word{n}"}) for n in range(3)]
        test_set = store.new_test_set("Words", cases, prompt_id=prompt.id)
        columns = tuple(Column(name, prompt.id, model=f"lab:{name}") for name in ("good", "poor"))
        store.save_plan(Plan("plan", "Tone", columns, test_set.id, checks=(Check("contains", "word"),)))

    assert window.workspace is not None
    window.workspace.store.write(write).result(10)
    page = window.desk.pages.open("experiment", "plan")
    assert isinstance(page, ExperimentPage)
    qtbot.waitUntil(lambda: page.state.outlook is not None, timeout=LONG_MS)
    return page


def test_the_verdict_follows_a_run_and_leads_to_its_answers(
    page: ExperimentPage, qtbot: QtBot, server: LoopbackServer
) -> None:
    gate = threading.Event()

    def choose(seen):  # type: ignore[no-untyped-def]
        said = str(seen.body)
        gate.wait(30)
        if "word2" in said:
            return stream(event({}), Stall())
        return answer("a word" if "good" in said else "nothing")

    server.choose(choose)
    page.run()
    qtbot.waitUntil(lambda: page.tabs.isTabEnabled(VERDICT), timeout=LONG_MS)
    page.show_tab(VERDICT)
    assert page.verdict.pages.currentWidget() is page.verdict.empty
    gate.set()
    qtbot.waitUntil(lambda: page.verdict.state.text() == "4 of 6 answers", timeout=LONG_MS)
    assert page.is_running()
    with qtbot.waitSignal(page.state.over, timeout=LONG_MS):
        page.stop()
    qtbot.waitUntil(lambda: page.verdict.worse.count() == 2)
    page.verdict.worse.itemClicked.emit(page.verdict.worse.item(1))
    assert page.tabs.currentIndex() == GRID
    assert page.grid.current_cell() == Cell("poor", "c1")


def test_votes_by_keyboard_become_training_data(
    window: MainWindow, page: ExperimentPage, qtbot: QtBot, server: LoopbackServer
) -> None:
    server.choose(lambda seen: answer("good words" if "good" in str(seen.body) else "poor words"))
    with qtbot.waitSignal(page.state.over, timeout=LONG_MS):
        page.run()
    page.show_tab(BLIND)
    view = page.blind
    for _ in range(3):
        qtbot.waitUntil(lambda: view.current() is not None)
        shown = view.current()
        assert shown is not None
        view.match.first.setFocus()
        qtbot.keyClick(view.match.first, Qt.Key.Key_A if shown.match.first == "good" else Qt.Key.Key_Right)
        qtbot.waitUntil(lambda shown=shown: view.current() is not shown)
    qtbot.waitUntil(lambda: view.empty.title() == "Every pair has its vote")
    assert window.workspace is not None
    store = window.workspace.store

    def curated(store: Store) -> list[tuple[str, str]]:
        curation = rows(store.rated_runs(), store.preferences())
        return [(pair.chosen.content, pair.rejected.content) for pair in curation.pairs]

    assert store.read(curated).result(10) == [("good words", "poor words")] * 3
