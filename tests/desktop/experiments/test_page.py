"""An experiment in the real window: made, run, edited, run again, stopped, resumed, renamed, deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import MakeWindow, close
from tests.desktop.experiments.samples import an_experiment
from tests.loopback import LoopbackServer, Stall, answer, error, event, stream
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Cell
from workbench.core.plan import Column, Plan
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.desktop.experiments.column_dialog import ColumnDialog
from workbench.desktop.experiments.model_dialog import ModelDialog
from workbench.desktop.experiments.page import ExperimentPage
from workbench.desktop.library.tree import NOTE
from workbench.desktop.palette_commands import commands
from workbench.desktop.window import MainWindow

LONG_MS = 60_000
PROMPT = Prompt(user="Say {{word}}")


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


def fill(window: MainWindow, *models: str, cases: int = 3) -> str:
    """A prompt with a test set, and a plan with a column for each model; the plan's id."""

    def write(store) -> str:  # type: ignore[no-untyped-def]
        prompt = store.create_prompt("Words", PROMPT)
        made = [Case(f"c{n}", {"word": f"word{n}"}) for n in range(cases)]
        test_set = store.new_test_set("Words", made, prompt_id=prompt.id)
        columns = tuple(Column(f"v{n}", prompt.id, model=model) for n, model in enumerate(models))
        plan = Plan("plan", "Tone", columns, test_set.id, checks=(Check("contains", "word"),))
        store.save_plan(plan)
        return plan.id

    assert window.workspace is not None
    return window.workspace.store.write(write).result(10)


def add_lab(window: MainWindow, server: LoopbackServer, name: str = "lab") -> None:
    assert window.workspace is not None
    profile = Profile(name, server.base_url, ("tiny",))
    window.workspace.store.write(lambda store: store.save_profile(profile)).result(10)


def open_page(window: MainWindow, qtbot: QtBot, plan_id: str = "plan") -> ExperimentPage:
    page = window.desk.pages.open("experiment", plan_id)
    assert isinstance(page, ExperimentPage)
    qtbot.waitUntil(lambda: page.state.outlook is not None or page.state.problem is not None, timeout=LONG_MS)
    return page


def run(page: ExperimentPage, qtbot: QtBot, which: str = "all") -> None:
    """Run, and wait until it is over and the page has looked ahead again."""
    with qtbot.waitSignal(page.state.over, timeout=LONG_MS):
        page.run_part(which)
    page.state.outlook = None
    qtbot.waitUntil(lambda: page.state.outlook is not None, timeout=LONG_MS)


def states(page: ExperimentPage) -> dict[tuple[str, str], str]:
    return {(cell.variant, cell.case): record.state for cell, record in page.state.records.items()}


def note_of(window: MainWindow, kind: str, identifier: str) -> str:
    tree = window.frame.library.tree
    index = tree.find(kind, identifier)  # type: ignore[arg-type]
    return str(index.data(NOTE)) if index.isValid() else "no row"


def test_an_experiment_takes_the_width_and_gives_it_back_as_it_was(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    window.toggle("side")
    window.toggle("side")
    sizes = window.frame.rows.sizes(), window.frame.columns.sizes()

    open_page(window, qtbot)
    assert window.frame.areas["results"].isHidden()
    assert window.frame.areas["side"].isHidden()
    assert not window.frame.run_bar.models.isVisible()
    assert window.frame.hidden() == []  # nothing that a person put away

    window.desk.documents.step(1)
    assert (window.frame.rows.sizes(), window.frame.columns.sizes()) == sizes
    assert window.frame.run_bar.models.isVisible()


def test_the_page_says_what_running_takes_and_the_table_stands_before_the_first_run(
    window: MainWindow, qtbot: QtBot
) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)

    assert page.controls.words.text().startswith("≈ 6 calls")
    assert "free" in page.controls.words.text()
    assert page.grid.grid.model.rowCount() == 3
    assert set(states(page)) == set()
    assert window.actions_by_id["run"].isEnabled()


def test_running_fills_the_grid_the_library_and_the_list_of_runs(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)

    with qtbot.waitSignal(page.state.over, timeout=LONG_MS):
        window.actions_by_id["run"].trigger()

    assert set(states(page).values()) == {"done"}
    qtbot.waitUntil(lambda: note_of(window, "experiment", "plan") == "✓ 100%", timeout=LONG_MS)
    qtbot.waitUntil(lambda: "100% passed" in page.controls.runs.currentText(), timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.controls.words.text() == "every cell has its answer", timeout=LONG_MS)


def test_a_fixed_draft_is_noticed_and_only_its_cells_are_asked(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    plan_id = fill(window, "lab:tiny")
    prompt_id = window.workspace.store.read(lambda store: store.prompt("Words").id).result(10)  # type: ignore[union-attr]
    version = window.workspace.store.write(  # type: ignore[union-attr]
        lambda store: store.save_version(prompt_id, PROMPT, "first")
    ).result(10)
    page = open_page(window, qtbot, plan_id)
    fixed = Column("v1", prompt_id, version.id, "lab:tiny", GenerationConfig(seed=1))
    assert page.state.plan is not None
    page.state.edit(replace(page.state.plan, columns=(*page.state.plan.columns, fixed)))
    qtbot.waitUntil(lambda: page.controls.words.text().startswith("≈ 6 calls"), timeout=LONG_MS)
    run(page, qtbot)
    assert len(server.chats) == 6

    with qtbot.waitSignal(window.desk.document_changed, timeout=LONG_MS):
        window.desk.open(prompt_id)
    window.document.editor.set_prompt(replace(PROMPT, user="Please say {{word}}"))
    window.desk.documents.bring_forward(page)

    qtbot.waitUntil(lambda: "3 calls · 3 from the cache" in page.controls.words.text(), timeout=LONG_MS)
    assert page.controls.words.text().startswith("changed since")
    run(page, qtbot)
    assert len(server.chats) == 9
    assert page.controls.runs.count() == 2


def test_failed_only_asks_only_for_what_failed(window: MainWindow, qtbot: QtBot, server: LoopbackServer) -> None:
    add_lab(window, server)
    server.script(error(400, "I do not like this one"))
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    run(page, qtbot)
    assert sorted(states(page).values()) == ["done", "done", "failed"]
    assert page.controls.choices["failed"].text().endswith("1")

    run(page, qtbot, "failed")

    assert set(states(page).values()) == {"done"}
    assert len(server.chats) == 4


def test_stopping_keeps_what_is_finished_and_running_goes_on_with_the_rest(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    server.choose(lambda seen: stream(event({}), Stall()) if "word2" in str(seen.body) else None)
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    page.run()
    qtbot.waitUntil(lambda: list(states(page).values()).count("done") == 2, timeout=LONG_MS)
    assert page.is_running()
    assert window.actions_by_id["stop"].isEnabled()

    with qtbot.waitSignal(page.state.over, timeout=LONG_MS):
        window.actions_by_id["stop"].trigger()
    server.choose(lambda _: None)
    qtbot.waitUntil(lambda: page.controls.run.text() == "Resume", timeout=LONG_MS)
    run(page, qtbot)

    assert set(states(page).values()) == {"done"}
    assert page.controls.runs.count() == 1


def test_a_run_lives_on_when_its_page_is_closed_and_the_library_shows_how_far_it_is(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    server.choose(lambda seen: stream(event({}), Stall()) if "word3" in str(seen.body) else answer("word"))
    fill(window, "lab:tiny", cases=4)
    page = open_page(window, qtbot)
    page.run()
    qtbot.waitUntil(lambda: page.note == "75%", timeout=LONG_MS)
    assert "75%" in window.desk.documents.tabs.tabText(1)

    window.actions_by_id["close_prompt"].trigger()
    assert window.desk.documents.pages == ()
    assert window.desk.pages.runs.of_plan("plan") is not None
    qtbot.waitUntil(lambda: note_of(window, "experiment", "plan") == "▸ 75%", timeout=LONG_MS)

    again = open_page_running(window, qtbot)
    assert again.is_running()
    assert list(states(again).values()).count("done") == 3
    with qtbot.waitSignal(again.state.over, timeout=LONG_MS):
        again.stop()


def open_page_running(window: MainWindow, qtbot: QtBot) -> ExperimentPage:
    page = window.desk.pages.open("experiment", "plan")
    assert isinstance(page, ExperimentPage)
    qtbot.waitUntil(lambda: bool(page.state.records), timeout=LONG_MS)
    return page


def test_a_refused_key_is_said_on_the_page_with_what_to_do(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    server.choose(lambda _: error(401, "Invalid key"))
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    run(page, qtbot)
    assert "lab:tiny cannot answer" in page.messages.text()
    assert "key" in page.messages.advice()


def test_a_model_that_is_not_there_is_said(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "nowhere:model")
    page = open_page(window, qtbot)
    run(page, qtbot)
    assert "nowhere" in page.messages.text()


def test_a_missing_variable_names_the_case_and_the_column(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    prompt = Prompt(user="Say {{word}} in {{language}}")
    window.workspace.store.write(  # type: ignore[union-attr]
        lambda store: store.save_draft(store.prompt("Words").id, prompt, {}, GenerationConfig())
    ).result(10)
    page = open_page(window, qtbot)
    assert "Case 1 of Words" in page.controls.words.text()
    assert "language" in page.controls.words.text()
    assert not page.can_run()
    assert not window.actions_by_id["run"].isEnabled()


def test_columns_are_copied_changed_moved_and_taken_out_with_a_way_back(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)

    page.editing.change_column("copy", "v0")
    dialog = window.findChild(ColumnDialog)
    assert dialog is not None
    dialog.label.setText("warm")
    dialog.parameters.set_config(GenerationConfig(temperature=0.9))
    dialog.accept()
    qtbot.waitUntil(lambda: len(page.strip.cards()) == 2, timeout=LONG_MS)
    assert page.strip.cards()[1].title.text() == "warm"
    assert "T 0.9" in page.strip.cards()[1].about.text()

    qtbot.keyClick(page.strip.cards()[1], Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)  # type: ignore[no-untyped-call]
    qtbot.waitUntil(lambda: page.strip.cards()[0].title.text() == "warm", timeout=LONG_MS)
    qtbot.keyClick(page.strip.cards()[0], Qt.Key.Key_Delete)  # type: ignore[no-untyped-call]
    qtbot.waitUntil(lambda: len(page.strip.cards()) == 1, timeout=LONG_MS)
    undo = next(each for each in page.messages.findChildren(QAbstractButton) if each.text() == "Undo")
    undo.click()
    qtbot.waitUntil(lambda: len(page.strip.cards()) == 2, timeout=LONG_MS)


def test_one_cell_a_row_and_a_column_are_run(window: MainWindow, qtbot: QtBot, server: LoopbackServer) -> None:
    add_lab(window, server)
    fill(window, "lab:tiny", "echo:b")
    page = open_page(window, qtbot)
    page.grid.show_cell(Cell("v0", "c1"))

    run(page, qtbot, "cell")
    assert {place for place, state in states(page).items() if state == "done"} == {("v0", "c1")}
    page.grid.show_cell(Cell("v0", "c1"))
    run(page, qtbot, "column")
    assert {place for place, state in states(page).items() if state == "done"} == {
        ("v0", f"c{n}") for n in range(3)
    }
    assert len(server.chats) == 4  # the one that had an answer is asked for another


def test_the_name_is_changed_where_it_stands(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    window.actions_by_id["rename"].trigger()
    qtbot.waitUntil(page.head.name.hasFocus, timeout=LONG_MS)
    qtbot.keyClicks(page.head.name, "Voice")  # type: ignore[no-untyped-call]
    qtbot.keyClick(page.head.name, Qt.Key.Key_Return)  # type: ignore[no-untyped-call]
    qtbot.waitUntil(lambda: window.desk.documents.tabs.tabText(1) == "Voice", timeout=LONG_MS)
    assert window.windowTitle().startswith("Voice")
    store = window.workspace.store  # type: ignore[union-attr]
    qtbot.waitUntil(
        lambda: store.read(lambda store: store.plan("plan").name).result(10) == "Voice", timeout=LONG_MS
    )


def test_deleting_asks_first_and_closes_the_tab(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    run(page, qtbot)

    for answer_text, left in (("Cancel", 1), ("Delete", 0)):
        window.desk.pages.delete("experiment", "plan", "Tone")
        box = window.findChild(QMessageBox)
        assert box is not None
        next(button for button in box.buttons() if button.text().replace("&", "") == answer_text).click()
        qtbot.waitUntil(lambda left=left: len(window.desk.documents.pages) == left, timeout=LONG_MS)  # type: ignore[misc]
        qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None, timeout=LONG_MS)
    assert len(window.workspace.store.read(lambda store: store.runs()).result(10)) == 3  # type: ignore[union-attr]


def test_a_copy_of_an_experiment_has_its_columns_and_no_runs(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    window.desk.pages.duplicate("experiment", "plan")
    qtbot.waitUntil(lambda: len(window.desk.documents.pages) == 1, timeout=LONG_MS)
    page = window.desk.documents.pages[0]
    qtbot.waitUntil(lambda: page.title == "Tone 2", timeout=LONG_MS)
    assert page.id != "plan"


def test_versions_are_compared_on_the_embedded_model(window: MainWindow, qtbot: QtBot) -> None:
    prompt = replace(window.document.editor.prompt(), system="Answer in one word.")
    window.document.editor.set_prompt(prompt)
    window.document.config = GenerationConfig(max_tokens=4, temperature=0.0)
    window.actions_by_id["compare_versions"].trigger()
    qtbot.waitUntil(lambda: window.page is not None, timeout=LONG_MS)
    page = window.experiment
    qtbot.waitUntil(lambda: page.state.outlook is not None, timeout=LONG_MS)
    assert [card.title.text() for card in page.strip.cards()] == ["Support reply v1", "Support reply"]
    page.grid.show_cell(next(iter(page.state.outlook.beginning.cells)))  # type: ignore[union-attr]

    run(page, qtbot, "row")

    done = [record for record in page.state.records.values() if record.state == "done"]
    assert len(done) == 2
    assert all(record.usage and record.usage.completion_tokens <= 4 for record in done)


def test_open_pages_come_back_with_the_session(
    window: MainWindow, make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    run(page, qtbot)
    window.desk.pages.open_test_set_of(next(iter(window.desk.documents)))
    qtbot.waitUntil(lambda: len(window.desk.documents.pages) == 2, timeout=LONG_MS)
    window.desk.documents.bring_forward(page)
    path = window.path
    close(qtbot, window)

    again = make_window(path)
    assert [each.kind for each in again.desk.documents.pages] == ["experiment", "test_set"]
    assert again.page is not None
    assert again.page.key == "experiment:plan"
    assert again.frame.areas["results"].isHidden()


def test_nothing_of_experiments_is_imported_for_the_first_paint() -> None:
    import subprocess
    import sys

    program = (
        "import workbench.desktop.window, sys; print([m for m in sys.modules if 'experiment' in m or 'plan' in m])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "workbench" not in said


def test_an_adapter_is_a_part_of_the_columns_model(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    fill(window, "starter")
    page = open_page(window, qtbot)
    page.editing.change_column("edit", "v0")
    dialog = window.findChild(ColumnDialog)
    assert dialog is not None
    dialog.adapter.add(tmp_path / "tone.gguf")
    dialog.adapter.scale.setValue(0.5)
    assert dialog.column().model == f"starter+lora:{tmp_path / 'tone.gguf'}@0.5"
    dialog.adapter.clear.click()
    assert dialog.column().model == "starter"
    dialog.reject()


def test_keys_that_rate_answers_do_not_reach_the_ones_behind_a_page(window: MainWindow, qtbot: QtBot) -> None:
    assert window.actions_by_id["rate_3"].isEnabled()
    fill(window, "echo:a")
    open_page(window, qtbot)
    assert not window.actions_by_id["rate_3"].isEnabled()
    window.desk.documents.step(1)
    assert window.actions_by_id["rate_3"].isEnabled()


def test_an_experiment_without_columns_leads_to_the_first_one_and_then_to_cases(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.desk.documents.remove(next(iter(window.desk.documents)))
    window.actions_by_id["new_experiment"].trigger()
    qtbot.waitUntil(lambda: window.page is not None, timeout=LONG_MS)
    page = window.experiment
    qtbot.waitUntil(page.start.column.isVisible, timeout=LONG_MS)

    page.start.column.click()
    dialog = window.findChild(ColumnDialog)
    assert dialog is not None
    dialog.accept()
    qtbot.waitUntil(page.start.test_set.isVisible, timeout=LONG_MS)
    page.start.test_set.click()

    qtbot.waitUntil(lambda: [each.kind for each in window.desk.documents.pages][-1] == "test_set", timeout=LONG_MS)
    qtbot.waitUntil(
        lambda: page.state.plan is not None and page.state.plan.test_set_id is not None, timeout=LONG_MS
    )
    assert page.state.plan is not None
    assert page.state.plan.test_set_id == window.desk.documents.pages[-1].id


def test_the_run_of_a_suite_is_opened_as_an_experiment(window: MainWindow, qtbot: QtBot) -> None:
    experiment = an_experiment(2)
    window.workspace.store.write(lambda store: store.save_experiment(experiment)).result(10)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: note_of(window, "suite_run", "e") == "0/4", timeout=LONG_MS)
    offered = {one.text: one for one in commands(window) if one.note == "experiment"}
    offered[experiment.name].do()

    qtbot.waitUntil(lambda: window.page is not None, timeout=LONG_MS)
    page = window.experiment
    qtbot.waitUntil(lambda: page.controls.run.text() == "Resume", timeout=LONG_MS)
    assert page.head.test_set.currentText() == "Cases of its suite"
    run(page, qtbot)
    assert set(states(page).values()) == {"done"}
    assert page.state.shown is not None
    assert page.state.shown.experiment.id == "e"
    assert page.state.page is not None
    titles = tuple(variant.title for variant in page.state.shown.experiment.variants)
    assert tuple(face.heading for face in page.state.page.faces) == titles  # which a judge of pairs is offered


def test_closing_the_program_stops_a_run_and_the_next_window_goes_on_with_it(
    window: MainWindow, make_window: MakeWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    server.choose(lambda seen: stream(event({}), Stall()) if "word2" in str(seen.body) else None)
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    page.run()
    qtbot.waitUntil(lambda: list(states(page).values()).count("done") == 2, timeout=LONG_MS)
    path = window.path
    close(qtbot, window)
    server.choose(lambda _: None)

    again = make_window(path)
    page = again.experiment
    qtbot.waitUntil(lambda: page.controls.run.text() == "Resume", timeout=LONG_MS)
    assert page.controls.words.text().startswith("≈ 1 call")
    run(page, qtbot)
    assert set(states(page).values()) == {"done"}
    assert len(server.chats) == 4


def test_a_file_dropped_on_a_test_set_is_for_it_and_any_other_for_the_library(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.desk.pages.new_test_set("Fresh")
    qtbot.waitUntil(lambda: window.page is not None, timeout=LONG_MS)
    page = window.page
    assert page is not None
    (tmp_path / "model.gguf").write_bytes(b"")
    assert not page.take_files([tmp_path / "model.gguf"])
    path = tmp_path / "words.csv"
    path.write_text("word\ntea\nmilk\n", "utf-8")
    said: list[str] = []
    page.status.connect(said.append)
    assert page.take_files([path])
    assert said
    assert "words.csv" in said[0]


def test_there_is_nothing_to_vote_on_before_the_first_run_and_both_views_have_it_after(
    window: MainWindow, qtbot: QtBot
) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    window.actions_by_id["show_verdict"].trigger()
    assert page.tabs.currentIndex() == 0
    assert "before the first run" in window.status.said.text()

    run(page, qtbot)
    window.actions_by_id["show_verdict"].trigger()
    assert page.tabs.currentWidget() is page.verdict
    window.actions_by_id["show_blind"].trigger()
    assert page.tabs.currentWidget() is page.blind


def test_how_a_run_ended_is_said_although_its_page_is_closed(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    closed = threading.Event()
    server.choose(lambda _: error(401, "Invalid key") if closed.wait(10) else None)
    fill(window, "lab:tiny")
    page = open_page(window, qtbot)
    with qtbot.waitSignal(window.desk.pages.runs.over, timeout=LONG_MS):
        page.run()
        qtbot.waitUntil(page.is_running, timeout=LONG_MS)
        window.desk.pages.close(page)
        closed.set()
    qtbot.waitUntil(lambda: "“Tone” ended before its time" in window.frame.messages.text(), timeout=LONG_MS)
    assert "key" in window.frame.messages.advice()


def test_every_column_is_copied_to_another_model_once(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    for said in ("", "Every column is on this model already."):
        window.actions_by_id["add_experiment_model"].trigger()
        dialog = window.findChild(ModelDialog)
        assert dialog is not None
        dialog.model.set_reference("echo:c")
        dialog.accept()
        qtbot.waitUntil(lambda: len(page.strip.cards()) == 3, timeout=LONG_MS)
        qtbot.waitUntil(lambda: window.findChild(ModelDialog) is None, timeout=LONG_MS)
        assert page.messages.text() == said
    assert page.state.plan is not None
    assert [column.model for column in page.state.plan.columns] == ["echo:a", "echo:b", "echo:c"]


def test_a_card_is_as_wide_as_what_it_says(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a", "echo:b")
    page = open_page(window, qtbot)
    plan = page.state.plan
    assert plan is not None
    titles = ("A new prompt for the letters · v1", "A new prompt for the letters · v2")
    named = tuple(replace(column, label=title) for column, title in zip(plan.columns, titles, strict=True))
    page.state.edit(replace(plan, columns=named))
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: [card.title.text() for card in page.strip.cards()] == list(titles), timeout=20_000)
    longer = tuple(replace(column, label=f"{column.label[:-5] * 3} · {column.id}") for column in named)
    page.state.edit(replace(plan, columns=longer))
    # What has no room is cut in its middle: columns differ at their end as often as not.
    qtbot.waitUntil(
        lambda: [card.title.text()[-2:] for card in page.strip.cards()] == ["v0", "v1"], timeout=20_000
    )
    assert all("…" in card.title.text() for card in page.strip.cards())


def test_another_model_is_proposed_than_the_columns_have(
    window: MainWindow, qtbot: QtBot, server: LoopbackServer
) -> None:
    add_lab(window, server)
    fill(window, "starter")
    page = open_page(window, qtbot)
    page.editing.add_model()
    dialog = window.findChild(ModelDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.model.reference()), timeout=LONG_MS)
    assert dialog.model.reference() != "starter"
    dialog.reject()


def test_escape_empties_the_filter_then_leaves_it_and_stops_no_run(window: MainWindow, qtbot: QtBot) -> None:
    fill(window, "echo:a")
    page = open_page(window, qtbot)
    page.grid.grid.focus_filter()
    field = page.grid.grid.bar.filter
    qtbot.keyClicks(field, "word1")  # type: ignore[no-untyped-call]
    qtbot.waitUntil(lambda: page.grid.grid.model.rowCount() == 1, timeout=LONG_MS)
    stopped: list[bool] = []
    window.actions_by_id["stop"].triggered.connect(stopped.append)
    qtbot.keyClick(field, Qt.Key.Key_Escape)  # type: ignore[no-untyped-call]
    qtbot.waitUntil(lambda: page.grid.grid.model.rowCount() == 3, timeout=LONG_MS)
    assert field.hasFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)  # type: ignore[no-untyped-call]
    assert page.grid.grid.table.answers.hasFocus()
    assert not stopped
