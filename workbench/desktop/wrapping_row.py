"""A row of widgets that goes on in a further line where there is no room, so that no word of them is cut."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

_Line = list[QLayoutItem]


class WrappingRow(QLayout):
    """Lays out from left to right, each as wide as it likes; what can expand takes the rest of its line."""

    def __init__(self, *widgets: QWidget, gap: int) -> None:
        super().__init__()
        self._items: _Line = []
        self.setSpacing(gap)
        self.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self.addWidget(widget)

    # Qt: what is in it

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    # Qt: how large it is

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        lines = self._lines(width - margins.left() - margins.right())
        return self._tall(lines) + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        items = list(self._shown())
        width = sum(item.sizeHint().width() for item in items) + self.spacing() * max(len(items) - 1, 0)
        return self._with_margins(width, max((item.sizeHint().height() for item in items), default=0))

    def minimumSize(self) -> QSize:
        items = list(self._shown())
        return self._with_margins(
            max((item.minimumSize().width() for item in items), default=0),
            max((item.minimumSize().height() for item in items), default=0),
        )

    def _with_margins(self, width: int, height: int) -> QSize:
        margins = self.contentsMargins()
        return QSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())

    # Qt: where everything stands

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        room = rect.marginsRemoved(self.contentsMargins())
        y = room.top()
        for line in self._lines(room.width()):
            height = _tallest(line)
            self._place(line, QRect(room.left(), y, room.width(), height))
            y += height + self.spacing()

    def _place(self, line: _Line, room: QRect) -> None:
        growing = sum(_can_grow(item) for item in line)
        left_over = room.width() - sum(_wide(item) for item in line) - self.spacing() * (len(line) - 1)
        x = room.left()
        for item in line:
            more = left_over // growing if growing and _can_grow(item) else min(left_over, 0) // len(line)
            width = min(_wide(item) + more, item.maximumSize().width())
            height = min(item.sizeHint().height(), room.height())
            item.setGeometry(QRect(x, room.top() + (room.height() - height) // 2, width, height))
            x += width + self.spacing()

    def _lines(self, room: int) -> list[_Line]:
        """The items in lines; one that is wider than the room has a line of its own."""
        lines: list[_Line] = []
        x = 0
        for item in self._shown():
            width = _wide(item)
            if lines and x + self.spacing() + width <= room:
                lines[-1].append(item)
                x += self.spacing() + width
            else:
                lines.append([item])
                x = width
        return lines

    def _shown(self) -> Iterable[QLayoutItem]:
        return (item for item in self._items if not item.isEmpty())

    def _tall(self, lines: list[_Line]) -> int:
        return sum(map(_tallest, lines)) + self.spacing() * max(len(lines) - 1, 0)


def _can_grow(item: QLayoutItem) -> bool:
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def _wide(item: QLayoutItem) -> int:
    """As wide as it likes; what can grow begins with its least."""
    return item.minimumSize().width() if _can_grow(item) else item.sizeHint().width()


def _tallest(line: _Line) -> int:
    return max(item.sizeHint().height() for item in line)
