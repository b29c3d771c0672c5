"""Parameters: what is empty is left to the model, what is out of range is refused where it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.core.completion import PARAMETERS, GenerationConfig, checked
from workbench.desktop.editor.parameters import ParametersPanel
from workbench.desktop.editor.stop_strings import from_lines, to_lines

FULL = GenerationConfig(0.7, 0.9, 40, 0.05, 256, 7, ("\n\n", "END\\n"), 0.1, -0.2, 1.1)


@pytest.fixture
def panel(qtbot: QtBot) -> ParametersPanel:
    made = ParametersPanel()
    qtbot.addWidget(made)
    made.resize(300, 600)
    made.show()
    return made


def test_a_config_comes_back_as_it_was_shown(panel: ParametersPanel) -> None:
    assert panel.config() == GenerationConfig()
    panel.set_config(FULL)
    assert panel.config() == FULL
    panel.set_config(GenerationConfig())
    assert panel.config() == GenerationConfig()


def test_every_parameter_has_a_field(panel: ParametersPanel) -> None:
    assert {*panel.fields, "stop"} == set(PARAMETERS)


def test_typing_sets_and_emptying_unsets(panel: ParametersPanel, qtbot: QtBot) -> None:
    field = panel.fields["temperature"]
    with qtbot.waitSignal(panel.config_edited):
        qtbot.keyClicks(field, "0,5")
    assert panel.config().temperature == 0.5
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert panel.config().temperature is None


@pytest.mark.parametrize("text", ["9", "-1", "nan", "inf", "x", "1e999"])
def test_what_cannot_be_sent_is_said_below_the_field(panel: ParametersPanel, qtbot: QtBot, text: str) -> None:
    panel.set_config(GenerationConfig(temperature=1.0))
    field = panel.fields["temperature"]
    field.selectAll()
    qtbot.keyClicks(field, text)
    assert panel.note("temperature")
    assert checked(panel.config())
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not panel.note("temperature")


def test_whole_numbers_are_whole(panel: ParametersPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.fields["max_tokens"], "12.5")
    assert "whole" in panel.note("max_tokens")
    assert panel.config().max_tokens == 12


def test_arrows_step_within_the_range(panel: ParametersPanel, qtbot: QtBot) -> None:
    field = panel.fields["top_p"]
    field.show_value(0.95)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert panel.config().top_p == 1.0


def test_what_a_model_does_not_take_is_said_and_can_still_be_set(panel: ParametersPanel, qtbot: QtBot) -> None:
    panel.set_unsupported(frozenset({"min_p", "stop", "json_schema"}))
    assert panel.note("min_p") == "not taken by this model"
    assert panel.note("stop") == "not taken by this model"
    assert not panel.note("top_p")
    qtbot.keyClicks(panel.fields["min_p"], "0.1")
    assert panel.config().min_p == 0.1
    panel.set_unsupported(frozenset())
    assert not panel.note("min_p")


def test_the_dice_fixes_a_seed(panel: ParametersPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.config_edited):
        panel.fix_seed()
    assert panel.config().seed is not None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)).map(tuple))
def test_stop_strings_survive_being_written_as_lines(stop: tuple[str, ...]) -> None:
    assert from_lines(to_lines(stop)) == stop
