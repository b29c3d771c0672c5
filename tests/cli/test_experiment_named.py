"""`workbench experiment run NAME` for an experiment that was made in the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.plan import Column, Plan
from workbench.core.prompt import Prompt
from workbench.store import Store


@pytest.fixture
def path(home: Path) -> Path:
    """A workspace with a plan of two cells that was never run."""
    path = home / "plans.db"
    with Store.open(path) as store:
        prompt = store.create_prompt("Say", Prompt(user="Say {{word}}"))
        test_set = store.new_test_set(
            "Words", [Case(f"c{n}", {"word": word}) for n, word in enumerate(("tea", "milk"))]
        )
        column = Column("v", prompt.id, model="echo:m")
        store.save_plan(Plan("plan", "Tone", (column,), test_set.id, checks=(Check("starts_with", "Say"),)))
    return path


def test_a_plan_is_run_by_its_name_and_its_run_stands_in_the_window(shell: Shell, path: Path) -> None:
    said = shell("experiment", "run", "Tone", "--json", "-", "--workspace", str(path))
    assert said.code == 0, said.err
    assert said.lines()[0]["passed"] == 2

    again = shell("experiment", "run", "Tone", "--json", "-", "--workspace", str(path))
    assert again.lines()[0]["id"] == said.lines()[0]["id"]  # nothing is left to ask
    with Store.open(path) as store:
        assert [run.id for run in store.plan_experiments("plan")] == [said.lines()[0]["id"]]


def test_a_changed_draft_makes_the_plans_next_run(shell: Shell, path: Path) -> None:
    shell("experiment", "run", "Tone", "--workspace", str(path))
    with Store.open(path) as store:
        changed = Prompt(user="Never say {{word}}")
        store.save_draft(store.prompt("Say").id, changed, {}, GenerationConfig())

    said = shell("experiment", "run", "Tone", "--json", "-", "--workspace", str(path))

    assert (said.code, said.lines()[0]["passed"]) == (100, 0)
    with Store.open(path) as store:
        assert len(store.plan_experiments("plan")) == 2


def test_a_plan_that_cannot_be_run_says_why(shell: Shell, path: Path) -> None:
    with Store.open(path) as store:
        store.delete_test_set(store.plan("Tone").test_set_id or "")
    said = shell("experiment", "run", "Tone", "--workspace", str(path))
    assert said.code == 2
    assert "test set" in said.err
