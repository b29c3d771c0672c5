"""Where files go: the folder of the last one is proposed, and a suffix is never missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop import file_choice
from workbench.desktop.saving import ask_where, file_name

KINDS = {".png": "PNG picture", ".svg": "SVG picture"}


def test_a_missing_suffix_is_that_of_the_chosen_kind_and_the_folder_is_remembered(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proposed: list[str] = []
    typed = [str(tmp_path / "one"), str(tmp_path / "two.png"), ""]

    def dialog(_parent: QWidget, _title: str, name: str, choices: str) -> tuple[str, str]:
        proposed.append(name)
        assert choices == "PNG picture (*.png);;SVG picture (*.svg)"
        return typed.pop(0), "SVG picture (*.svg)"

    monkeypatch.setattr(file_choice, "save_file", dialog)
    parent = QWidget()
    qtbot.addWidget(parent)
    asked = [ask_where(parent, "Save", "a/b: rates", KINDS) for _ in range(3)]
    assert asked == [tmp_path / "one.svg", tmp_path / "two.png", None]
    assert proposed[1:] == [str(tmp_path / "a-b- rates.png")] * 2


def test_names_of_files_hold_nothing_that_a_file_system_refuses() -> None:
    assert file_name('Über "x" <y>/../*') == "Über -x- -y------"
    assert file_name("") == "unnamed"
    assert len(file_name("x" * 500)) == 80
