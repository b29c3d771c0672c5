"""Suites as values: what a file says of an experiment, whichever tool's file it is.

What another tool's suite asks for and this program cannot do is listed in `Suite.unsupported`; an assertion
among it is a check of the kind `unsupported`, which nothing passes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt


@dataclass(frozen=True, slots=True)
class SuitePrompt:
    """A prompt of a suite: its content, or a name in the workspace."""

    name: str
    prompt: Prompt | None
    """None: look `name` up, `PROMPT` or `PROMPT@VERSION`."""


@dataclass(frozen=True, slots=True)
class SuiteModel:
    """A model of a suite."""

    reference: str
    """Ours, `PROFILE:MODEL`; or another tool's name for it, when `foreign`."""
    label: str = ""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite file says."""

    name: str
    prompts: tuple[SuitePrompt, ...]
    models: tuple[SuiteModel, ...]
    cases: tuple[Case, ...] = ()
    test_set: str = ""
    """Where the cases are in the workspace, instead of `cases`."""
    checks: tuple[Check, ...] = ()
    repeat: int = 1
    unsupported: tuple[str, ...] = ()
    """What was left out, a few words each; one entry for each time."""
    fill_missing: bool = False
    """Whether a variable without a value is empty, as other tools have it."""


def as_text(value: Any) -> str:
    """A value as the text that goes into a prompt."""
    match value:
        case None:
            return ""
        case str():
            return value
    return json.dumps(value, ensure_ascii=False)
