"""Buttons of the results and the dialogs, each with a name for those who do not see it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from workbench.desktop import theme


def button(text: str, name: str = "", *, primary: bool = False) -> QPushButton:
    """A push button that Return in a field beside it does not press."""
    made = QPushButton(text)
    made.setAccessibleName(name or text)
    made.setToolTip(name)
    made.setAutoDefault(False)
    if primary:
        made.setProperty("primary", True)
    return made


def icon_button(icon: str, name: str) -> QToolButton:
    """A flat button that shows an icon alone."""
    made = QToolButton()
    made.setIcon(theme.icon(icon))
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.setAutoRaise(True)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made
