"""A row that has no room goes on in the next line: no word is cut, the keys go from left to right."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop.wrapping_row import WrappingRow

GAP = 8


def shown(qtbot: QtBot, width: int, widgets: Sequence[QWidget]) -> QWidget:
    outer = QWidget()
    qtbot.addWidget(outer)
    column = QVBoxLayout(outer)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(WrappingRow(*widgets, gap=GAP))
    column.addWidget(QWidget(), 1)
    outer.resize(width, 300)
    outer.show()
    return outer


def buttons(*texts: str) -> list[QPushButton]:
    return [QPushButton(text) for text in texts]


@pytest.mark.parametrize("width", [900, 400, 230, 150])
def test_no_button_is_cut_and_none_covers_another(qtbot: QtBot, width: int) -> None:
    made = buttons("Add case", "Add column", "Import", "Generate", "Split", "Export")
    outer = shown(qtbot, width, made)
    assert outer.isVisible()
    for at, press in enumerate(made):
        assert press.width() >= press.sizeHint().width()
        assert press.geometry().right() < width
        assert not any(press.geometry().intersects(other.geometry()) for other in made[at + 1 :])
    assert [press.geometry().y() for press in made] == sorted(press.geometry().y() for press in made)


def test_what_can_grow_takes_the_rest_of_its_line(qtbot: QtBot) -> None:
    first, last = buttons("Add", "Export")
    field = QLineEdit()
    field.setMinimumWidth(100)
    outer = shown(qtbot, 600, [first, field, last])
    assert outer.isVisible()
    assert last.geometry().right() == 599
    assert field.geometry().left() == first.geometry().right() + 1 + GAP


def test_a_second_line_begins_where_it_is_told_to(qtbot: QtBot) -> None:
    modes, field, last = buttons("All", "Failures", "Passes"), QLineEdit(), QPushButton("Against the other")
    field.setMinimumWidth(60)
    row = WrappingRow(*modes, field, last, gap=GAP, second=field)
    qtbot.addWidget(row)
    row.resize(row.sizeHint().width(), 80)
    row.show()
    assert {widget.y() for widget in (*modes, field, last)} == {field.y()} or field.height() != last.height()
    assert row.heightForWidth(row.width()) == row.sizeHint().height()
    row.resize(row.width() - 20, 80)
    assert [one.x() for one in (modes[0], field)] == [0, 0]
    assert last.geometry().right() == row.width() - 1


def test_no_line_is_made_for_the_sake_of_the_second(qtbot: QtBot) -> None:
    one, two, three = buttons("one", "two", "three")
    room = one.sizeHint().width() + GAP + two.sizeHint().width()
    row = WrappingRow(one, two, three, gap=GAP, second=two)
    qtbot.addWidget(row)
    row.resize(room, 90)
    row.show()
    assert row.heightForWidth(room) == 2 * one.sizeHint().height() + GAP
    narrow = max(one.sizeHint().width(), two.sizeHint().width() + GAP + three.sizeHint().width() - 1)
    assert row.heightForWidth(narrow) <= row.heightForWidth(narrow - GAP)


def test_what_is_hidden_takes_no_room(qtbot: QtBot) -> None:
    one, two, three = buttons("one", "two", "three")
    outer = shown(qtbot, 900, [one, two, three])
    assert outer.isVisible()
    before = three.x()
    two.hide()
    qtbot.waitUntil(lambda: three.x() < before)
    assert three.x() == one.geometry().right() + 1 + GAP


def test_one_that_is_too_wide_is_as_wide_as_there_is_room(qtbot: QtBot) -> None:
    wide, small = buttons("a very long title " * 10, "OK")
    wide.setMinimumWidth(20)
    outer = shown(qtbot, 200, [wide, small])
    outer.resize(200, 300)
    assert wide.width() == 200
    assert small.y() > wide.y()


def test_its_size_is_known_before_and_after_it_is_shown(qtbot: QtBot) -> None:
    made = buttons("Add case", "Import", "Generate")
    row = WrappingRow(*made, gap=GAP)
    qtbot.addWidget(row)
    height = made[0].sizeHint().height()
    for _ in range(3):
        gc.collect()  # what Python forgets must not be what Qt asks for
        assert row.heightForWidth(900) == height
        assert row.heightForWidth(90) == 3 * height + 2 * GAP
