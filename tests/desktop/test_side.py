"""The right side stays whole, however narrow the window is."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from workbench.desktop.side import Side


def test_nothing_in_it_is_cut_off_and_a_long_name_widens_nothing(qtbot: QtBot) -> None:
    side = Side()
    qtbot.addWidget(side)
    before = side.minimumSizeHint().width()
    side.variables.set_names(("name", "a_name_" * 30))
    side.resize(side.minimumSizeHint().width(), 300)
    side.show()
    inside = side.widget()
    assert inside is not None
    assert inside.width() <= side.viewport().width()
    assert side.minimumSizeHint().width() == before
