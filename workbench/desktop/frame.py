"""The areas of the window and where their borders stand: painted empty first, filled when the store is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.run_bar import RunBar
from workbench.desktop.settings import Settings
from workbench.desktop.status_line import StatusLine

Area = Literal["library", "documents", "side", "results"]
AREAS: tuple[Area, ...] = ("library", "documents", "side", "results")
_OF_PROMPTS: tuple[Area, ...] = ("side", "results")

_SIZE = (1400, 900)
_BORDERS = 20
"""What a window manager adds around a window, at least; its title bar is about twice that."""
_SMALLEST = (720, 480)
_FIRST_SIZES: dict[str, list[int]] = {"columns": [240, 850, 310], "rows": [490, 330]}


class Frame(QWidget):
    """Run bar, messages, and the four areas between movable borders."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.run_bar = RunBar(actions)
        self.status = StatusLine()
        self.areas: dict[Area, QWidget] = {}
        self._put_away: dict[Area, bool] | None = None
        """While a page has the whole width: which of the areas that belong to prompts were hidden before."""
        self._sizes: dict[str, list[int]] = {}
        self.columns = _splitter("columns", Qt.Orientation.Horizontal)
        self.rows = _splitter("rows", Qt.Orientation.Vertical)
        for area in ("library", "documents", "side"):
            self.columns.addWidget(self._empty(area))
        self.columns.setStretchFactor(1, 1)
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self._empty("results"))
        self.rows.setStretchFactor(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.run_bar)
        column.addWidget(self.rows, 1)
        column.addWidget(self.status)
        self._column = column

    def furnish(self) -> None:
        """Add what need not be in the first paint: the library, and the bars that are hidden at first."""
        from workbench.desktop.first_steps import FirstSteps
        from workbench.desktop.library.sidebar import Sidebar
        from workbench.desktop.library.tree import LibraryTree
        from workbench.desktop.message_bar import MessageBar
        from workbench.desktop.question_bar import QuestionBar

        self.messages = MessageBar()
        self.questions = QuestionBar()
        self.first_steps = FirstSteps()
        self.library = Sidebar(LibraryTree())
        self.fill("library", self.library)
        for place, bar in enumerate((self.messages, self.questions, self.first_steps), 1):
            bar.hide()
            self._column.insertWidget(place, bar)

    def _empty(self, area: Area) -> QWidget:
        place = self.areas[area] = QWidget()
        place.setMinimumSize(160, 80)
        return place

    def fill(self, area: Area, widget: QWidget) -> None:
        """Put a widget into an area, where it keeps the size that the area had."""
        splitter = self.rows if area == "results" else self.columns
        sizes, hidden = splitter.sizes(), self.areas[area].isHidden()
        old = splitter.replaceWidget(splitter.indexOf(self.areas[area]), widget)
        if old is not None:
            old.deleteLater()
        self.areas[area] = widget
        widget.setHidden(hidden)
        splitter.setSizes(sizes)

    def show_area(self, area: Area, *, shown: bool) -> None:
        """Show an area or put it away."""
        self.areas[area].setVisible(shown)
        if self._put_away is not None and area in self._put_away:
            self._put_away[area] = not shown

    def show_wide(self, *, wide: bool) -> None:
        """Give the documents the whole width beside the library, or the areas of prompts back as they were."""
        if wide and self._put_away is None:
            self._sizes = {splitter.objectName(): splitter.sizes() for splitter in (self.columns, self.rows)}
            self._put_away = {area: self.areas[area].isHidden() for area in _OF_PROMPTS}
            for area in _OF_PROMPTS:
                self.areas[area].hide()
            library = self._sizes["columns"][0]
            self.columns.setSizes([library, self.columns.width() - library, 0])
        elif not wide and self._put_away is not None:
            kept, self._put_away = self._put_away, None
            now = self.columns.sizes()[0]  # before the others take their room from it
            for area, hidden in kept.items():
                self.areas[area].setHidden(hidden)
            for splitter in (self.columns, self.rows):
                splitter.refresh()  # the border between areas takes room again
            self.rows.setSizes(self._sizes["rows"])
            library, documents, side = self._sizes["columns"]
            self.columns.setSizes([now, documents + library - now, side])

    def hidden(self) -> list[str]:
        """The areas that a person has put away."""
        away = self._put_away or {}
        return [area for area, widget in self.areas.items() if away.get(area, widget.isHidden())]

    def sizes(self, splitter: QSplitter) -> list[int]:
        """Where its borders stand while prompts are shown."""
        if self._put_away is None:
            return splitter.sizes()
        return self._sizes[splitter.objectName()]

    def area_of(self, widget: QWidget | None) -> int:
        """Which area a widget stands in, as an index into AREAS; -1 for none."""
        inside = (n for n, area in enumerate(AREAS) if widget and self.areas[area].isAncestorOf(widget))
        return next(inside, -1)


def restore(window: QMainWindow, frame: Frame, settings: Settings) -> None:
    """The window as it was left; what does not fit the screen any more, Qt moves back into it."""
    window.setMinimumSize(*_SMALLEST)
    geometry = QByteArray.fromBase64(settings.get("geometry").encode())
    if geometry.isEmpty() or not window.restoreGeometry(geometry):
        free = window.screen().availableSize()
        window.resize(min(_SIZE[0], free.width() - _BORDERS), min(_SIZE[1], free.height() - 2 * _BORDERS))
    remembered = settings.get("splitters")
    for splitter in (frame.columns, frame.rows):
        sizes = remembered.get(splitter.objectName())
        splitter.setSizes(sizes if _usable(sizes, splitter.count()) else _FIRST_SIZES[splitter.objectName()])
    for area in settings.get("hidden"):
        if area in AREAS:
            frame.show_area(area, shown=False)


def remember(window: QMainWindow, frame: Frame, settings: Settings) -> None:
    """Keep how the window is laid out."""
    settings.set("geometry", bytes(window.saveGeometry().toBase64().data()).decode())
    sizes = dict(settings.get("splitters"))
    for splitter in (frame.columns, frame.rows):
        if all(now := frame.sizes(splitter)):  # an area that is put away has no size to remember
            sizes[splitter.objectName()] = now
    settings.set("splitters", sizes)
    settings.set("hidden", frame.hidden())


def focus_into(area: QWidget) -> None:
    """Put the focus on the first widget of an area that takes it by Tab."""
    from workbench.desktop.tab_order import following, has_stand_in  # nothing of it is in the first paint

    widget = following(area)
    while widget is not None and widget is not area:
        stops = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled() and not has_stand_in(widget)
        if area.isAncestorOf(widget) and widget.isVisible() and stops:
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            return
        widget = following(widget)


def _usable(sizes: object, count: int) -> bool:
    return (
        isinstance(sizes, Sequence)
        and len(sizes) == count
        and all(isinstance(size, int) and size > 0 for size in sizes)
    )


def _splitter(name: str, orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setObjectName(name)
    splitter.setHandleWidth(theme.UNIT // 4)
    splitter.setChildrenCollapsible(False)
    return splitter
