"""A row of widgets that goes on in a further line where there is no room, so that no word of them is cut.

It is a widget and no layout: the items that Qt makes for a layout do not outlive all that PySide does to them.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_Line = list[QWidget]


class WrappingRow(QWidget):
    """Lays out from left to right, each as wide as it likes; what can expand takes the rest of its line."""

    def __init__(self, *widgets: QWidget, gap: int, second: QWidget | None = None) -> None:
        """`second`: the widget that the second line begins with, where that costs no further line."""
        super().__init__()
        self._gap = gap
        self._second = second
        self._widgets = widgets
        for widget in widgets:
            widget.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # Qt

    def event(self, event: QEvent) -> bool:
        """A widget wants another size, or is hidden or shown."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(width)
        return sum(map(_tallest, lines)) + self._gap * max(len(lines) - 1, 0)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(map(_wide, shown)) + self._gap * max(len(shown) - 1, 0)
        return QSize(width, _tallest(shown))

    def minimumSizeHint(self) -> QSize:
        shown = self._shown()
        return QSize(max(map(_least, shown), default=0), _tallest(shown))

    # Where everything stands

    def _arrange(self) -> None:
        y = 0
        for line in self._lines(self.width()):
            height = _tallest(line)
            self._place(line, QRect(0, y, self.width(), height))
            y += height + self._gap

    def _place(self, line: _Line, room: QRect) -> None:
        growing = sum(map(_can_grow, line))
        left_over = room.width() - sum(map(_wide, line)) - self._gap * (len(line) - 1)
        x = room.left()
        for widget in line:
            more = left_over // growing if growing and _can_grow(widget) else min(left_over, 0) // len(line)
            width = min(_wide(widget) + more, widget.maximumWidth())
            height = min(widget.sizeHint().height(), room.height())
            widget.setGeometry(x, room.top() + (room.height() - height) // 2, width, height)
            x += width + self._gap

    def _lines(self, room: int) -> list[_Line]:
        """The widgets in lines."""
        shown = self._shown()
        full = self._packed(shown, room)
        if len(full) == 1 or self._second not in shown:
            return full
        at = shown.index(self._second)
        parted = self._packed(shown[:at], room) + self._packed(shown[at:], room)
        return parted if len(parted) == len(full) else full

    def _packed(self, widgets: _Line, room: int) -> list[_Line]:
        """As many as there is room for in each line; one that is wider than the room has a line of its own."""
        lines: list[_Line] = []
        x = 0
        for widget in widgets:
            width = _wide(widget)
            if lines and x + self._gap + width <= room:
                lines[-1].append(widget)
                x += self._gap + width
            else:
                lines.append([widget])
                x = width
        return lines

    def _shown(self) -> _Line:
        return [widget for widget in self._widgets if not widget.isHidden()]


def _can_grow(widget: QWidget) -> bool:
    return bool(widget.sizePolicy().expandingDirections() & Qt.Orientation.Horizontal)


def _least(widget: QWidget) -> int:
    return widget.minimumWidth() or widget.minimumSizeHint().width()


def _wide(widget: QWidget) -> int:
    """As wide as it likes; what can grow begins with its least."""
    if _can_grow(widget):
        return _least(widget)
    return min(max(widget.sizeHint().width(), widget.minimumWidth()), widget.maximumWidth())


def _tallest(line: _Line) -> int:
    return max((widget.sizeHint().height() for widget in line), default=0)
