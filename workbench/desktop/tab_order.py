"""Where Tab goes: through the window as it is read, also where widgets came up later than their neighbours.

Qt goes in the order in which widgets were made. Whoever puts a new one between others calls one of these.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def in_order(*widgets: QWidget) -> None:
    """Let Tab go through these widgets and all that is in them, one after the other."""
    stops = [stop for widget in widgets for stop in stops_in(widget)]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def in_front_of(stop: QWidget, *widgets: QWidget) -> None:
    """Let Tab go through these widgets just before it comes to one that was there already."""
    before = preceding(stop)
    while before is not None and before is not stop:
        if _takes_tab(before) and not any(widget is before or widget.isAncestorOf(before) for widget in widgets):
            in_order(before, *widgets, stop)
            return
        before = preceding(before)
    in_order(*widgets, stop)


def stops_in(widget: QWidget) -> tuple[QWidget, ...]:
    """The widgets that Tab stops at in a part of the window, hidden ones too, in the order of now."""
    found = [widget] if _takes_tab(widget) else []
    stop = following(widget)
    while stop is not None and stop is not widget:
        if widget.isAncestorOf(stop) and _takes_tab(stop):
            found.append(stop)
        stop = following(stop)
    return tuple(found)


def following(widget: QWidget) -> QWidget | None:
    """The widget after this one in the window's chain of focus."""
    return _at_home(widget.nextInFocusChain())


def preceding(widget: QWidget) -> QWidget | None:
    """The widget before this one in the window's chain of focus."""
    return _at_home(widget.previousInFocusChain())


def has_stand_in(widget: QWidget) -> bool:
    """Whether another widget takes the focus in its place."""
    return _at_home(widget.focusProxy()) is not None


def _at_home(found: QWidget | None) -> QWidget | None:
    """The same widget, as a child of its parent again.

    PySide takes the widget that was asked for the parent of the one it hands out. When the former is deleted,
    Python would hold the latter's menus, scroll bars and layouts for deleted too. To Qt, a parent that it has
    already is no change; it only sets PySide right.
    """
    if found is not None:
        found.setParent(found.parentWidget())
    return found


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
