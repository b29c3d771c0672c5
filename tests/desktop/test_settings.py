"""What is remembered, and what happens to a bad file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from workbench.desktop.settings import SETTINGS, Settings
from workbench.desktop.settings_dialog import SettingsDialog


def test_every_setting_has_a_usable_default_and_a_description() -> None:
    for setting in SETTINGS:
        assert setting.accepts(setting.default), setting.name
        assert setting.description.endswith("."), setting.name


def test_a_value_comes_back(home: Path) -> None:
    settings = Settings.load()
    settings.set("theme", "dark")
    settings.save_now()
    assert Settings.load().get("theme") == "dark"


def test_saving_on_a_thread_is_over_when_saving_now_returns(home: Path) -> None:
    settings = Settings.load()
    settings.set("theme", "dark")
    settings.save()
    settings.set("text_size", 14)
    settings.save_now()
    again = Settings.load()
    assert (again.get("theme"), again.get("text_size")) == ("dark", 14)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"theme": "loud", "text_size": "huge", "splitters": 3}', "\x00"]
)
def test_a_bad_file_counts_as_none(home: Path, text: str) -> None:
    (home / "settings.json").write_text(text)
    settings = Settings.load()
    assert {setting.name: settings.get(setting.name) for setting in SETTINGS} == {
        setting.name: setting.default for setting in SETTINGS
    }


def test_two_windows_write_only_what_each_changed(home: Path) -> None:
    one, other = Settings.load(), Settings.load()
    one.set("theme", "dark")
    other.set("text_size", 15)
    one.save_now()
    other.save_now()
    again = Settings.load()
    assert (again.get("theme"), again.get("text_size")) == ("dark", 15)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_memory(home: Path) -> None:
    (home / "in the way").write_text("")
    settings = Settings(home / "in the way" / "settings.json")
    settings.set("theme", "dark")
    settings.save_now()
    assert settings.get("theme") == "dark"


def test_a_value_that_the_table_does_not_allow_is_a_bug(home: Path) -> None:
    with pytest.raises(ValueError, match="loud"):
        Settings.load().set("theme", "loud")


def test_the_dialog_has_a_field_for_each_setting_with_a_title(qtbot: QtBot, home: Path) -> None:
    settings = Settings.load()
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    assert list(dialog.fields) == [setting.name for setting in SETTINGS if setting.title]
    theme, hint = dialog.fields["theme"], dialog.fields["show_hint"]
    assert isinstance(theme, QComboBox)
    assert isinstance(hint, QCheckBox)
    with qtbot.waitSignal(dialog.changed) as changed:
        theme.setCurrentIndex(theme.findData("dark"))
    assert changed.args == ["theme"]
    hint.setChecked(False)
    assert json.dumps([settings.get("theme"), settings.get("show_hint")]) == '["dark", false]'
