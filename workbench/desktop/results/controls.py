"""Buttons of the results and the dialogs, each with a name for those who do not see it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QToolButton, QWidget

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


def number(name: str, most: int, *, least: int = 0, step: int = 1, suffix: str = "", zero: str = "") -> QSpinBox:
    """A field for a whole number; both it and the line in it, which takes the focus, have the name."""
    field = QSpinBox()
    field.setRange(least, most)
    field.setSingleStep(step)
    field.setGroupSeparatorShown(True)
    field.setSuffix(suffix)
    field.setSpecialValueText(zero)
    field.setKeyboardTracking(False)
    field.setAccessibleName(name)
    field.lineEdit().setAccessibleName(name)
    return field


def trailing(*widgets: QWidget) -> QHBoxLayout:
    """A row of widgets at its far end, as the buttons that close a dialog stand."""
    row = QHBoxLayout()
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    return row
