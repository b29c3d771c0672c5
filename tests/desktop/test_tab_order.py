"""Tab goes through the window as it is read, whatever was made first."""

from __future__ import annotations

import re
from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop import tab_order
from workbench.desktop.frame import AREAS, focus_into
from workbench.desktop.tab_order import has_stand_in, in_front_of, in_order, stops_in
from workbench.desktop.window import MainWindow


def row(qtbot: QtBot, *names: str) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    layout = QHBoxLayout(made)
    for name in names:
        layout.addWidget(QLineEdit(name))
    return made


def names(widget: QWidget) -> list[str]:
    return [stop.text() for stop in stops_in(widget) if isinstance(stop, QLineEdit)]


def test_widgets_follow_each_other_with_all_that_is_in_them(qtbot: QtBot) -> None:
    outside = row(qtbot, "a", "d")
    inside = row(qtbot, "b", "c")
    layout = outside.layout()
    assert layout is not None
    layout.addWidget(inside)
    assert names(outside) == ["a", "d", "b", "c"]
    first, last = stops_in(outside)[:2]
    in_order(first, inside, last)
    assert names(outside) == ["a", "b", "c", "d"]


def test_a_new_widget_comes_before_one_that_was_there(qtbot: QtBot) -> None:
    outside = row(qtbot, "a", "b", "d", "c")
    _a, _b, d, c = stops_in(outside)
    in_front_of(d, c)
    assert names(outside) == ["a", "b", "c", "d"]


def test_a_widget_that_goes_takes_nothing_of_its_neighbours_along(qtbot: QtBot) -> None:
    outside = row(qtbot, "a", "b")
    text = QPlainTextEdit()
    bar = text.verticalScrollBar()
    layout = outside.layout()
    assert layout is not None
    layout.addWidget(text)
    _a, b, last = stops_in(outside)
    in_front_of(last, b)
    focus_into(outside)
    for gone in outside.findChildren(QLineEdit):
        shiboken6.delete(gone)
    assert bar.value() == 0  # Python still has it
    assert shiboken6.isValid(layout)


def test_a_spin_box_does_not_go_with_its_line(qtbot: QtBot) -> None:
    box = QSpinBox()  # the stand-in of its line
    outside = QWidget()
    qtbot.addWidget(outside)
    layout = QHBoxLayout(outside)
    layout.addWidget(box)
    line = box.lineEdit()
    assert has_stand_in(line)
    assert not has_stand_in(box)
    assert "parent............ <PySide6.QtWidgets.QWidget " in shiboken6.dump(box)  # not the line


def test_nobody_else_asks_for_what_pyside_hands_out_with_a_wrong_parent() -> None:
    asking = re.compile(
        r"(?<!QApplication)\.(nextInFocusChain|previousInFocusChain|focusProxy|nativeParentWidget)\(\)"
    )
    folder = Path(tab_order.__file__).parent
    found = {path.name for path in folder.rglob("*.py") if asking.search(path.read_text("utf-8"))}
    assert found == {"tab_order.py"}


def test_tab_visits_the_areas_of_the_window_one_after_the_other_and_comes_back(window: MainWindow) -> None:
    window.desk.results.add_pane()
    start = window.frame.run_bar.run
    start.setFocus()
    visited: list[str] = []
    for _ in range(300):
        window.focusNextChild()
        here = window.focusWidget()
        if here is start:
            break
        area = window.frame.area_of(here)
        if area >= 0 and visited[-1:] != [AREAS[area]]:
            visited.append(AREAS[area])
    assert visited == list(AREAS)
