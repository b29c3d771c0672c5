"""Prices are shown with their dates, edited in place and taken back; the month's limit is set below them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.prices import PricesDialog
from workbench.running import Workspace
from workbench.running.prices import Price, own_prices, prices
from workbench.running.spending import Limits, kept_limits

TODAY = f"{datetime.now().astimezone():%Y-%m-%d}"


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> PricesDialog:
    made = PricesDialog(workspace, bridge)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.rows.rowCount() == len(prices()), timeout=10_000)
    return made


def own(workspace: Workspace) -> dict[str, Price]:
    return workspace.store.read(own_prices).result(10)


def cell(dialog: PricesDialog, model: str, column: int) -> str:
    return str(dialog.rows.data(dialog.rows.index(dialog.rows.number_of(model), column)))


def type_into(dialog: PricesDialog, model: str, column: int, text: str) -> None:
    dialog.rows.setData(dialog.rows.index(dialog.rows.number_of(model), column), text)


def test_an_edited_price_becomes_ones_own_dated_today_and_comes_first(
    qtbot: QtBot, dialog: PricesDialog, workspace: Workspace
) -> None:
    assert cell(dialog, "gpt-4o", 4) == prices()["gpt-4o"].as_of
    type_into(dialog, "gpt-4o", 1, "2,25 $")
    qtbot.waitUntil(lambda: dialog.rows.row(0).own, timeout=10_000)
    assert dialog.rows.row(0).model == "gpt-4o"
    assert (cell(dialog, "gpt-4o", 1), cell(dialog, "gpt-4o", 4), cell(dialog, "gpt-4o", 5)) == (
        "2.25",
        TODAY,
        "you",
    )
    assert own(workspace)["gpt-4o"].output == prices()["gpt-4o"].output
    assert dialog.reset.isEnabled()
    dialog.reset.click()
    qtbot.waitUntil(lambda: not dialog.rows.row(0).own, timeout=10_000)
    assert own(workspace) == {}


def test_a_model_of_a_server_is_added_and_begun_to_be_edited(
    qtbot: QtBot, dialog: PricesDialog, workspace: Workspace
) -> None:
    assert not dialog.add.isEnabled()
    qtbot.keyClicks(dialog.name, "lab:large")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.rows.number_of("lab:large") == 0, timeout=10_000)
    qtbot.waitUntil(lambda: dialog.table.state() == dialog.table.State.EditingState, timeout=10_000)
    type_into(dialog, "lab:large", 3, "6")
    qtbot.waitUntil(lambda: cell(dialog, "lab:large", 3) == "6", timeout=10_000)
    assert own(workspace) == {"lab:large": Price(0, 6, 0, TODAY)}
    assert dialog.reset.text() == "Remove"


@pytest.mark.parametrize(("text", "said"), [("much", "'much' is not an amount"), ("-1", "cannot be")])
def test_what_is_no_price_is_said_and_nothing_kept(
    dialog: PricesDialog, workspace: Workspace, text: str, said: str
) -> None:
    type_into(dialog, "gpt-4o", 1, text)
    assert said in dialog.error.report()
    assert own(workspace) == {}


def test_models_are_found_by_a_part_of_their_name(dialog: PricesDialog) -> None:
    dialog.search.setText("NANO")
    model = dialog.table.model()
    shown = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert shown
    assert all("nano" in name for name in shown)


def test_the_months_limit_is_kept_as_it_is_set(qtbot: QtBot, dialog: PricesDialog, workspace: Workspace) -> None:
    def kept() -> Limits:
        found: Limits = workspace.store.read(kept_limits).result(10)
        return found

    assert not dialog.most.isEnabled()
    dialog.most.setValue(12.5)
    dialog.limited.setChecked(True)
    dialog.unknown.setCurrentIndex(1)
    qtbot.waitUntil(lambda: kept() == Limits(12.5, "go_on"), timeout=10_000)
    assert workspace.spending.limits.month in (None, 12.5)
    qtbot.waitUntil(lambda: workspace.spending.limits == Limits(12.5, "go_on"), timeout=10_000)
    dialog.limited.setChecked(False)
    qtbot.waitUntil(lambda: kept() == Limits(None, "go_on"), timeout=10_000)


def test_what_was_spent_this_month_is_said(dialog: PricesDialog) -> None:
    assert dialog.spent.text() == "about 0.00 $ spent this month"


def test_every_field_has_a_name_for_those_who_do_not_see_it(dialog: PricesDialog) -> None:
    parts: tuple[Any, ...] = (
        dialog.search,
        dialog.table,
        dialog.name,
        dialog.most,
        dialog.unknown,
        dialog.limited,
    )
    assert all(part.accessibleName() for part in parts)
