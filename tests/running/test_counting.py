"""Tokens by section."""

from __future__ import annotations

import pytest

from tests.running.conftest import Runner
from workbench.core.prompt import Example, Prompt
from workbench.errors import UserError
from workbench.running import Workspace
from workbench.running.counting import PromptCount, count_tokens

PROMPT = Prompt(
    system="You are terse.",
    examples=(
        Example("one two", "three"),
        Example("off", "off", enabled=False),
        Example("four", "five six seven"),
    ),
    user="Say {{what}} now",
    prefill="Well then",
)


def counted(workspace: Workspace, prompt: Prompt, values: dict[str, str], model: str = "echo:m") -> PromptCount:
    return workspace.loop.submit(count_tokens(workspace.catalog, prompt, values, model)).result(30)


def test_each_section_and_example_is_counted(workspace: Workspace) -> None:
    count = counted(workspace, PROMPT, {"what": "a few words"})
    assert count.per_section == {"system": 3, "examples": 7, "user": 5, "prefill": 2}
    assert count.per_example == (3, 0, 4)
    assert count.total == 17


def test_a_variable_without_a_value_does_not_stop_the_counting(workspace: Workspace) -> None:
    assert counted(workspace, PROMPT, {}).per_section["user"] == 3


def test_a_cloud_model_is_estimated(runner: Runner) -> None:
    count = counted(runner.workspace, PROMPT, {}, "lab:tiny")
    assert not count.exact
    assert 0 < count.per_section["system"] < 20
    assert runner.server.requests == []


def test_nothing_to_send_is_said(workspace: Workspace) -> None:
    with pytest.raises(UserError, match="nothing to send"):
        counted(workspace, Prompt(), {})
