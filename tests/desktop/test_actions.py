"""The one table of actions, as menus and buttons show it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from workbench.desktop.actions import shortcuts, table
from workbench.desktop.window import MainWindow


def menus(window: MainWindow) -> dict[str, list[QAction]]:
    """The menus of the bar by their titles, with what is in them."""
    found = {}
    for entry in window.menuBar().actions():
        menu = entry.menu()
        assert menu is not None
        found[entry.text().replace("&", "")] = [each for each in menu.actions() if not each.isSeparator()]
    return found


def test_every_action_stands_in_the_menu_of_its_row_and_in_no_other(window: MainWindow) -> None:
    shown = {title: [action.text() for action in actions] for title, actions in menus(window).items()}
    wanted: dict[str, list[str]] = {}
    for row in table():
        wanted.setdefault(row.menu, []).append(row.text)
    assert shown == wanted


def test_export_is_a_menu_of_its_own_and_a_button_that_is_always_in_sight(window: MainWindow) -> None:
    export = window.actions_by_id["export"]
    assert export in menus(window)["Export"]
    buttons = [each for each in window.frame.run_bar.findChildren(QAbstractButton) if each.isVisible()]
    assert "Export" in [each.text().rstrip("…") for each in buttons]
    window.resize(800, 600)
    assert window.frame.run_bar.export.isVisible()
    assert window.frame.run_bar.export.defaultAction() is export


def test_no_two_actions_share_a_shortcut() -> None:
    keys = [each.toString() for row in table() for each in shortcuts(row)]
    assert len(keys) == len(set(keys))


def test_export_has_a_key_that_no_text_field_keeps_for_itself(window: MainWindow) -> None:
    field = QLineEdit("some text", window)
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(field, event)
    assert not event.isAccepted()
    assert Qt.Key.Key_F9 in [keys[0].key() for keys in window.actions_by_id["export"].shortcuts()]
