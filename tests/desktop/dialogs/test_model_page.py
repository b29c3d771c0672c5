"""A model's page: numbers before loading, a try, a benchmark that can be stopped, a template, notes."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.model_page import ModelPage
from workbench.running import Workspace
from workbench.running.model_record import keep_notes, model_record


@pytest.fixture
def page(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> ModelPage:
    workspace.loop.submit(workspace.catalog.set_load_options(context=512, sequences=2)).result(10)
    workspace.store.write(lambda store: keep_notes(store, "starter", "Small and quick.")).result(10)
    made = ModelPage("starter", workspace, bridge)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.memory.card.isVisible() and not made.notes.text.isReadOnly(), timeout=20_000)
    return made


def test_the_memory_follows_context_and_answers_and_can_be_taken_over(
    qtbot: QtBot, page: ModelPage, workspace: Workspace
) -> None:
    assert page.memory.context.value() == 512
    small = page.memory.card.needed()
    page.memory.context.setValue(4096)
    page.memory.answers.setValue(4)
    qtbot.waitUntil(lambda: page.memory.card.needed() > small + 300e6, timeout=10_000)
    with qtbot.waitSignal(page.changed, timeout=10_000):
        page.memory.use.click()
    kept = workspace.loop.submit(workspace.catalog.load_options()).result(10)
    assert (kept.context, kept.cache) == (4096, 16384)


def test_a_try_answers_and_is_kept_nowhere(qtbot: QtBot, page: ModelPage, workspace: Workspace) -> None:
    page.tabs.setCurrentWidget(page.trial)
    page.trial.question.setPlainText("What is the capital of Japan?")
    page.trial.send.click()
    assert not page.trial.send.isEnabled()
    qtbot.waitUntil(page.trial.send.isEnabled, timeout=60_000)
    assert "Tokyo" in page.trial.answer.text()
    assert "tokens/s" in page.trial.figures.text()
    assert workspace.store.read(lambda store: store.runs(limit=5)).result(10) == ()


def test_a_try_is_stopped(qtbot: QtBot, page: ModelPage) -> None:
    page.tabs.setCurrentWidget(page.trial)
    page.trial.question.setPlainText("Tell a very long story about a parrot.")
    page.trial.send.click()
    qtbot.waitUntil(lambda: bool(page.trial.answer.text()), timeout=30_000)
    page.trial.stop()
    assert page.trial.send.isEnabled()
    assert "stopped" in page.trial.figures.text()


def test_a_benchmark_is_shown_with_its_date_and_one_that_is_stopped_is_not(
    qtbot: QtBot, page: ModelPage, workspace: Workspace
) -> None:
    page.tabs.setCurrentWidget(page.speed)
    assert page.speed.empty.isVisible()
    page.speed.measure_button.click()
    page.speed.stop()
    assert page.speed.measure_button.isEnabled()
    page.speed.measure_button.click()
    qtbot.waitUntil(lambda: page.speed.depths.rowCount() > 0, timeout=100_000)
    assert page.speed.times.count() == 1
    assert page.speed.depths.item(0, 0).text() == "128"
    assert page.speed.at_once.rowCount() == 2
    record = workspace.store.read(lambda store: model_record(store, "starter")).result(10)
    assert len(record.benchmarks) == 1


def test_a_chat_template_is_used_and_a_broken_one_refused(
    qtbot: QtBot, page: ModelPage, workspace: Workspace
) -> None:
    tab = page.template
    page.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: "im_start" in tab.source.toPlainText(), timeout=10_000)
    assert not tab.use.isEnabled()
    tab.source.setPlainText("Q: {{ messages[-1].content }}")
    with qtbot.waitSignal(page.changed, timeout=60_000):
        tab.use.click()
    assert tab.preview.text() == "Q: Hello!"
    tab.source.setPlainText("{{ messages[")
    tab.use.click()
    qtbot.waitUntil(tab.error.isVisible, timeout=60_000)
    kept = workspace.loop.submit(workspace.catalog.chat_template("starter")).result(10)
    assert kept == "Q: {{ messages[-1].content }}"
    with qtbot.waitSignal(page.changed, timeout=60_000):
        tab.back.click()
    assert "im_start" in tab.source.toPlainText()


def test_notes_are_kept_when_the_page_is_closed(qtbot: QtBot, page: ModelPage, workspace: Workspace) -> None:
    assert page.notes.text.toPlainText() == "Small and quick."
    page.notes.text.setPlainText("Forgets names.")
    page.close_button.click()
    qtbot.waitUntil(
        lambda: (
            workspace.store.read(lambda store: model_record(store, "starter")).result(10).notes == "Forgets names."
        ),
        timeout=10_000,
    )
