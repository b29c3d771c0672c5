"""Every dialog can be used without seeing it, in either theme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.run import Rating
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.export import ExportDialog
from workbench.desktop.dialogs.models import ModelsDialog
from workbench.desktop.dialogs.profiles import ProfilesDialog
from workbench.desktop.results.golden import GoldenDialog
from workbench.running import Workspace


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("kind", ["servers", "models", "export", "golden"])
def test_every_widget_that_takes_focus_has_a_name(
    qtbot: QtBot, workspace: Workspace, bridge: Bridge, kind: str, name: theme.ThemeName
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, name)
    dialog = opened(kind, workspace, bridge)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.wait(300)
    assert nameless(dialog) == []


def opened(kind: str, workspace: Workspace, bridge: Bridge) -> QDialog:
    match kind:
        case "servers":
            servers = ProfilesDialog(workspace, bridge)
            servers.begin_new()
            return servers
        case "models":
            return ModelsDialog(workspace, bridge)
        case "export":
            return ExportDialog(workspace, bridge)
        case _:
            return GoldenDialog(bridge, "An answer", Rating(golden="A better one"))


def nameless(root: QWidget) -> list[str]:
    return [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in root.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
