"""The page of a test set at the widths that screens have: nothing that can be read or pressed is cut."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from tests.desktop.test_sets.conftest import Open
from workbench.core.case import Case

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
