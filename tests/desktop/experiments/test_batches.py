"""An experiment of the window through a server's batch API, and what it may cost."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from tests.desktop.conftest import MakeWindow, close
from tests.desktop.experiments.test_page import fill, open_page, run, states
from tests.loopback_batches import LoopbackBatches
from workbench.core.profile import Profile
from workbench.desktop.experiments.page import ExperimentPage
from workbench.desktop.window import MainWindow
from workbench.running.prices import Price, set_price

WAIT = 30_000


def add_lab(window: MainWindow, base_url: str) -> None:
    assert window.workspace is not None
    price = Price(input=1, output=1, cached_input=1, as_of="2026-11-21")
    store = window.workspace.store
    store.write(lambda opened: opened.save_profile(Profile("lab", base_url, ("tiny",)))).result(10)
    store.write(lambda opened: set_price(opened, "lab:tiny", price)).result(10)


def sent(window: MainWindow, qtbot: QtBot, server: LoopbackBatches) -> ExperimentPage:
    """The page of an experiment whose three answers are in a batch that its server is still at."""
    server.hold()
    add_lab(window, server.base_url)
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    assert not page.controls.choices["give_up"].isEnabled()
    page.run_part("batch")
    qtbot.waitUntil(lambda: bool(server.status_asked), timeout=WAIT)
    page.stop()
    qtbot.waitUntil(page.controls.choices["give_up"].isEnabled, timeout=WAIT)
    return page


def test_run_all_in_batches_fills_the_grid_from_one_file(window: MainWindow, qtbot: QtBot) -> None:
    with LoopbackBatches() as server:
        add_lab(window, server.base_url)
        fill(window, "lab:tiny", "echo:a")
        page = open_page(window, qtbot)
        assert page.controls.choices["batch"].isEnabled()
        run(page, qtbot, "batch")
        assert set(states(page).values()) == {"done"}
        assert [len(content.splitlines()) for _, content in server.uploads] == [3]  # not the local one
        assert not page.controls.choices["batch"].isEnabled()


def test_a_batch_is_left_at_its_server_found_after_a_restart_and_fetched(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    with LoopbackBatches() as server:
        window = make_window()
        page = sent(window, qtbot, server)
        qtbot.waitUntil(lambda: "3 from a batch at work" in page.controls.words.text(), timeout=WAIT)
        close(qtbot, window)
        page = open_page(make_window(), qtbot)
        qtbot.waitUntil(lambda: "3 from a batch at work" in page.controls.words.text(), timeout=WAIT)
        assert "calls" not in page.controls.words.text()
        assert "they are not asked for again" in page.controls.words.toolTip()
        assert page.controls.run.text() == "Resume"
        server.release()
        run(page, qtbot)
        assert set(states(page).values()) == {"done"}
        assert (len(server.uploads), len(server.batches)) == (1, 1)
        assert not page.controls.choices["give_up"].isEnabled()


def test_a_batch_is_fetched_although_the_plan_has_changed(window: MainWindow, qtbot: QtBot) -> None:
    """It is paid for; a changed plan begins another run, and would leave it behind."""
    with LoopbackBatches() as server:
        page = sent(window, qtbot, server)
        assert page.controls.choices["fetch"].isEnabled()
        before = page.state.shown
        assert page.state.plan is not None
        assert before is not None
        page.state.edit(replace(page.state.plan, repeat=2))
        said = "3 of the run shown are in a batch"
        qtbot.waitUntil(lambda: said in page.controls.words.text(), timeout=WAIT)
        server.release()
        run(page, qtbot, "fetch")
        assert page.state.shown is not None
        assert page.state.shown.experiment.id == before.experiment.id
        assert set(states(page).values()) == {"done"}
        assert (len(server.uploads), sum(server.asked.values())) == (1, 3)
        qtbot.waitUntil(lambda: not page.controls.choices["fetch"].isEnabled(), timeout=WAIT)


def test_a_batch_can_be_given_up(window: MainWindow, qtbot: QtBot) -> None:
    with LoopbackBatches() as server:
        server.answered_before_the_end = 1
        page = sent(window, qtbot, server)
        page.controls.choices["give_up"].trigger()
        qtbot.waitUntil(lambda: [one.status for one in server.batches.values()] == ["cancelled"], timeout=WAIT)


def test_the_plans_limit_is_kept_in_batches_too(window: MainWindow, qtbot: QtBot) -> None:
    with LoopbackBatches() as server:
        add_lab(window, server.base_url)
        fill(window, "lab:tiny")
        assert window.workspace is not None
        store = window.workspace.store
        plan = store.read(lambda opened: opened.plan("plan")).result(10)
        store.write(lambda opened: opened.save_plan(replace(plan, spending_limit=0.001))).result(10)
        page = open_page(window, qtbot)
        run(page, qtbot, "batch")
        assert server.uploads == []
        assert set(states(page).values()) <= {"waiting"}
