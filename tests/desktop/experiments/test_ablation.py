"""The dialog that takes a prompt apart: what it offers, what it refuses, and the plan that it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.plan import Plan
from workbench.core.prompt import Example, Prompt
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.ablation import AblationDialog
from workbench.running import Workspace
from workbench.store import PromptRecord, Store

PROMPT = Prompt(system="Be brief.", user="{{n}}", examples=(Example("1", "one"), Example("2", "two")))
CASES = (Case("a", {"n": "3"}, "three"), Case("b", {"n": "4"}, "four"))

Open = Callable[..., AblationDialog]


def saved(workspace: Workspace, prompt: Prompt = PROMPT, cases: tuple[Case, ...] = CASES) -> PromptRecord:
    def save(store: Store) -> PromptRecord:
        record = store.create_prompt("Numbers", prompt)
        store.save_version(record.id, replace(prompt, examples=()), "without examples")
        store.save_draft(record.id, prompt, {}, GenerationConfig())
        if cases:
            store.save_test_set("Numbers", cases, prompt_id=record.id)
        return record

    return workspace.store.write(save).result(10)


@pytest.fixture
def open_dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Open:
    def made(record: PromptRecord) -> AblationDialog:
        dialog = AblationDialog(workspace, bridge, prompt_id=record.id, model="starter")
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(lambda: dialog.columns.count() > 0 and dialog._cases is not None, timeout=10_000)
        return dialog

    return made


def labels(dialog: AblationDialog) -> list[str]:
    return [dialog.columns.item(row).text() for row in range(dialog.columns.count())]


def test_the_columns_are_shown_before_anything_is_made(workspace: Workspace, open_dialog: Open) -> None:
    dialog = open_dialog(saved(workspace))
    assert dialog.test_set.currentText() == "Numbers · 2 cases"
    assert labels(dialog) == ["as it is", "without example 1", "without example 2"]
    assert dialog.summary.text() == "3 columns × 2 cases: 6 answers"
    dialog.ways.buttons["sections"].click()
    assert labels(dialog) == ["as it is", "without system", "without few-shot"]
    dialog.repeat.setValue(3)
    assert dialog.summary.text() == "3 columns × 2 cases: 18 answers"


def test_the_plan_is_handed_over(qtbot: QtBot, workspace: Workspace, open_dialog: Open) -> None:
    dialog = open_dialog(saved(workspace))
    dialog.ways.buttons["shots"].click()
    dialog.checks.setCurrentIndex(1)
    with qtbot.waitSignal(dialog.made) as made:
        dialog.make.click()
    (plan,) = made.args
    assert isinstance(plan, Plan)
    assert plan.name == "Numbers: 0 to 8 shots"
    assert [(column.label, column.model) for column in plan.columns] == [
        ("0 shots", "starter"),
        ("1 shot", "starter"),
        ("2 shots", "starter"),
    ]
    assert [len(column.prompt.examples) for column in plan.columns if column.prompt] == [0, 1, 2]
    assert plan.checks == (Check("contains_in_any_case"),)
    workspace.store.write(lambda store: store.save_plan(plan)).result(10)


def test_values_of_a_parameter_choose_it_and_wrong_ones_are_said(
    workspace: Workspace, open_dialog: Open, qtbot: QtBot
) -> None:
    dialog = open_dialog(saved(workspace))
    dialog.ways.values.setFocus()
    dialog.ways.values.selectAll()
    qtbot.keyClicks(dialog.ways.values, "0, 1.5")
    assert labels(dialog) == ["temperature 0", "temperature 1.5"]
    qtbot.keyClicks(dialog.ways.values, ", hot")
    assert not dialog.make.isEnabled()
    assert "are no values of temperature" in dialog.summary.text()


def test_a_version_without_examples_has_none_to_leave_out(workspace: Workspace, open_dialog: Open) -> None:
    dialog = open_dialog(saved(workspace))
    dialog.version.setCurrentIndex(1)
    dialog.version.version_chosen.emit()
    assert not dialog.ways.buttons["examples"].isEnabled()
    assert not dialog.ways.buttons["shots"].isEnabled()
    assert dialog.ways.what() == "sections"
    assert labels(dialog) == ["as it is", "without system"]


def test_cases_that_say_nothing_of_a_good_answer_are_refused(workspace: Workspace, open_dialog: Open) -> None:
    dialog = open_dialog(saved(workspace, cases=(Case("a", {"n": "3"}),)))
    assert not dialog.make.isEnabled()
    assert "what a good answer is" in dialog.summary.text()
