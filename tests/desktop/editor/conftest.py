"""The editor in a window of its own, with a prompt that uses every section."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.completion import GenerationConfig
from workbench.core.prompt import ChainOfThought, Example, OutputFormat, Prompt
from workbench.desktop import theme
from workbench.desktop.editor import PromptEditor
from workbench.store import PromptRecord


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(
        system="You are a support agent of {{company}}.",
        context="Parcels take three days.",
        examples=(Example("late", "sorry", "a parcel"), Example("refund", "no"), Example("hi", "hello")),
        chain_of_thought=ChainOfThought(mode="examples"),
        user="{{ticket}}",
        prefill="Dear",
        output_format=OutputFormat("json", '{"type": "object"}'),
    )


def record(prompt: Prompt) -> PromptRecord:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return PromptRecord("p1", "Support", "", prompt, {}, GenerationConfig(), None, now)


@pytest.fixture(scope="session", autouse=True)
def light(qapp: QApplication) -> None:
    """The theme is a thing of the application; painting it anew for each test would be slow."""
    theme.apply(qapp, "light")


@pytest.fixture
def editor(qtbot: QtBot, prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> PromptEditor:
    monkeypatch.setattr("workbench.desktop.editor.undo.PAUSE", 60)  # a slow machine is not a person who pauses
    made = PromptEditor()
    qtbot.addWidget(made)
    made.resize(760, 800)
    made.load(record(prompt))
    made.show()
    qtbot.waitExposed(made)
    return made
