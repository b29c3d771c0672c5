"""The parts of the verdict: sentences, figures, cases to look at, and pictures in one or two columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.experiment import Cell
from workbench.core.pictures.svg import Picture
from workbench.desktop.experiments.picture_view import PictureView
from workbench.desktop.theme import plain_label

MOST_LISTED = 200
"""Cases in a list; the grid has them all."""

_CELL = Qt.ItemDataRole.UserRole
_ROWS = 8
_TWO_COLUMNS = 1_060
"""From so many pixels on, pictures stand side by side."""


class Sentences(QFrame):
    """What the comparison of every two columns comes to, decided ones standing out; to be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.decided, self.undecided, self.correction = _said("title"), _said(""), _said("quiet")
        self.decided.setAccessibleName("What is decided")
        self.undecided.setAccessibleName("What is not decided")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for label in (self.decided, self.undecided, self.correction):
            column.addWidget(label)

    def show_said(self, decided: Sequence[str], undecided: Sequence[str], correction: str) -> None:
        """Show these sentences."""
        for label, said in ((self.decided, decided), (self.undecided, undecided)):
            label.setText("\n".join(said))
            label.setVisible(bool(said))
        self.correction.setText(correction)


def _said(role: str) -> QLabel:
    label = plain_label()
    label.setWordWrap(True)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    if role:
        label.setProperty(role, True)
    return label


class FigureTable(QTableWidget):
    """A row for each column of the experiment, or each check; as high as its rows."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_rows(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show these figures, the first of each row its name."""
        self.setColumnCount(len(titles))
        self.setRowCount(len(rows))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for y, row in enumerate(rows):
            for x, said in enumerate(row):
                item = QTableWidgetItem(said)
                item.setTextAlignment(right if x else left)
                item.setToolTip(said if not x else "")
                self.setItem(y, x, item)
        for x, title in enumerate(titles):
            heading = QTableWidgetItem(title)
            heading.setTextAlignment(right if x else left)
            self.setHorizontalHeaderItem(x, heading)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.resizeRowsToContents()
        heights = sum(self.rowHeight(y) for y in range(len(rows)))
        self.setFixedHeight(heights + header.sizeHint().height() + 2)


class CaseList(QListWidget):
    """Cases to look at; a click or Return asks for the cell."""

    cell_asked = Signal(object)
    """A Cell."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("card", True)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.itemClicked.connect(self._ask)
        self.itemActivated.connect(self._ask)

    def show_cells(self, lines: Sequence[tuple[Cell, str]]) -> None:
        """Show these; what is chosen stays chosen."""
        chosen = self.currentItem().data(_CELL) if self.currentItem() else None
        self.clear()
        for cell, said in lines[:MOST_LISTED]:
            item = QListWidgetItem(said)
            item.setData(_CELL, cell)
            item.setToolTip("Show this answer in the grid (Return)")
            self.addItem(item)
            if cell == chosen:
                self.setCurrentItem(item)
        if len(lines) > MOST_LISTED:
            more = QListWidgetItem(f"… and {len(lines) - MOST_LISTED:,} more")
            more.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(more)
        row = self.sizeHintForRow(0) if self.count() else 0
        self.setFixedHeight(min(self.count(), _ROWS) * max(row, 24) + 4)
        self.setVisible(bool(lines))

    def _ask(self, item: QListWidgetItem) -> None:
        if (cell := item.data(_CELL)) is not None:
            self.cell_asked.emit(cell)


class PictureWall(QWidget):
    """Pictures below one another, or side by side where there is room."""

    status = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: dict[str, PictureView] = {}
        self._columns = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)

    def views(self) -> tuple[PictureView, ...]:
        """The pictures that are shown."""
        return tuple(self._views.values())

    def show_pictures(self, pictures: Sequence[Picture], saved: Sequence[Picture]) -> None:
        """Show these; a picture of the same name takes the place of the one before."""
        old = self._views
        self._views = {}
        for picture, file in zip(pictures, saved, strict=True):
            view = old.pop(picture.name, None) or self._made()
            view.show_picture(picture, saved=file)
            self._views[picture.name] = view
        for gone in old.values():
            self._grid.removeWidget(gone)
            gone.deleteLater()
        self._place()

    def _made(self) -> PictureView:
        view = PictureView(self)
        view.status.connect(self.status)
        return view

    def _place(self) -> None:
        for place, view in enumerate(self._views.values()):
            self._grid.addWidget(view, place // self._columns, place % self._columns, Qt.AlignmentFlag.AlignTop)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        columns = 2 if event.size().width() >= _TWO_COLUMNS else 1
        if columns != self._columns:
            self._columns = columns
            self._place()
        super().resizeEvent(event)
