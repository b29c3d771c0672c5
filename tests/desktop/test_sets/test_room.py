"""The page of a test set at the widths that screens have: nothing that can be read or pressed is cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import Open
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.desktop import theme

CASES = [
    Case(
        f"c{n}",
        {"ticket": f"My parcel number {n} is late and I would like to know when it arrives."},
        "delivery " * 9,
    )
    for n in range(5)
]


@pytest.mark.parametrize("width", [1030, 804, 620])
def test_the_buttons_above_and_beside_the_table_are_whole(opened: Open, qtbot: QtBot, width: int) -> None:
    page = opened(*CASES)
    page.resize(width, 560)
    page.table.choose([1], 1)
    QApplication.processEvents()
    presses = [press for press in page.findChildren(QPushButton) if press.isVisible()]
    assert len(presses) > 6
    for press in presses:
        assert press.width() >= press.sizeHint().width(), press.text()
        right = press.mapTo(page, press.rect().bottomRight())
        assert right.x() < page.width(), press.text()
    hint = page.panel.checks._hint
    assert hint.height() >= hint.heightForWidth(hint.width())


def test_with_one_variable_every_column_has_room(opened: Open) -> None:
    page = opened(*CASES)
    page.resize(1030, 700)
    QApplication.processEvents()
    header = page.table.horizontalHeader()
    assert header.length() <= page.table.viewport().width()
    metrics = header.fontMetrics()
    for column in range(page.model.columnCount()):
        title = str(page.model.headerData(column, header.orientation()))
        assert header.sectionSize(column) >= metrics.horizontalAdvance(title), title


def test_the_buttons_stand_where_they_stood_when_the_first_case_comes(opened: Open, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    page = opened()
    page.resize(1400, 700)
    presses = (page.add, page.add_column, page.bring, page.generate, page.split, page.send)
    qapp.processEvents()
    before = [press.geometry() for press in presses]
    assert [place.width() for place in before] == [press.sizeHint().width() for press in presses]
    page.table.add_row()
    qapp.processEvents()
    assert page.filter.isVisible()
    assert [press.geometry() for press in presses] == before


def test_only_a_case_with_checks_can_give_them_to_others(opened: Open) -> None:
    page = opened(*CASES)
    page.table.choose([0, 1, 2])
    assert page.panel.share.isHidden()
    page.panel.checks.add_check(Check("is_json"))
    assert not page.panel.share.isHidden()
    assert page.panel.share.text() == "Give all 3 selected cases these checks"


def test_the_number_of_a_case_stands_beside_its_first_line(opened: Open, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    page = opened(*CASES)
    page.table.set_lines(3)
    qapp.processEvents()
    table, rows = page.table, page.table.verticalHeader()
    top, height = rows.sectionViewportPosition(2), rows.sectionSize(2)
    text = QRect(table.columnViewportPosition(1) + 4, top + 2, 80, height - 4)
    number = QRect(2, top + 2, rows.width() - 6, height - 4)
    assert abs(first_ink(rows.viewport(), number) - first_ink(table.viewport(), text)) <= 4


def first_ink(widget: QWidget, area: QRect) -> int:
    """How far below the area's top something darker than its corner is painted."""
    image = widget.grab(area).toImage()
    paper = image.pixelColor(0, 0).lightness()
    for y in range(image.height()):
        if any(paper - image.pixelColor(x, y).lightness() > 60 for x in range(image.width())):
            return y
    raise AssertionError("nothing is painted")
