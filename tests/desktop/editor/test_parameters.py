"""Parameters: what is empty is left to the model, what is out of range is refused where it was typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.core.completion import PARAMETERS, GenerationConfig, checked
from workbench.desktop.editor.parameters import ParametersPanel
from workbench.desktop.editor.stop_strings import from_lines, to_lines

FULL = replace(
    GenerationConfig(0.7, 0.9, 40, 0.05, 256, 7, ("\n\n", "END\\n"), 0.1, -0.2, 1.1),
    typical_p=0.9,
    mirostat=2,
    dry_allowed_length=3,
    logit_bias=((" yes\n", 2.5), (7, -100.0), ("7", 1.0)),
    grammar='root ::= "a"\n',
    logprobs=3,
)


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
    assert {*panel.fields, "stop", "logit_bias", "grammar"} == set(PARAMETERS)


def test_rarer_settings_are_folded_away_and_counted(panel: ParametersPanel, qtbot: QtBot) -> None:
    assert not panel.fields["mirostat"].isVisible()
    assert panel.fold.text() == "More settings"
    panel.set_config(GenerationConfig(temperature=1, mirostat=2, grammar='root ::= "a"'))
    assert panel.fold.text() == "More settings · 2 set"
    assert not panel.fields["mirostat"].isVisible()
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    assert panel.fields["mirostat"].isVisible()
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    assert not panel.fields["mirostat"].isVisible()


def test_a_bias_is_one_on_each_line_and_the_last_good_ones_count(panel: ParametersPanel, qtbot: QtBot) -> None:
    panel.show_further(shown=True)
    with qtbot.waitSignal(panel.config_edited):
        qtbot.keyClicks(panel.bias.text, " yes=5")
    assert panel.config().logit_bias == ((" yes", 5.0),)
    qtbot.keyClick(panel.bias.text, Qt.Key.Key_Return)
    qtbot.keyClicks(panel.bias.text, "no")
    assert "'no' is not TOKEN=N" in panel.note("logit_bias")
    assert panel.config().logit_bias == ((" yes", 5.0),)
    qtbot.keyClicks(panel.bias.text, "=-500")
    assert "between -100 and 100" in panel.note("logit_bias")
    panel.set_config(GenerationConfig())
    assert not panel.note("logit_bias")
    assert panel.bias.text.text() == ""


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
