"""One table in two views: what belongs to the case stays at the left, the variants' columns scroll beside it.

Both show the same model; each hides the other's columns. They scroll down together and share their current row,
and a splitter between them gives the case as much room as it needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QHeaderView, QSplitter, QTableView, QWidget

from workbench.desktop import theme
from workbench.desktop.experiments.grid_delegate import CaseDelegate, CellDelegate, Height
from workbench.desktop.experiments.grid_header import LEAST_SECTION, VariantHeader
from workbench.desktop.experiments.grid_model import NUMBER, GridModel, Index

_NUMBER_WIDTH = 52
_NAMED_WIDTH = 120
_LEAST_VALUE, _WIDEST_VALUE = 76, 260
_LEAST_VARIANT, _LEAST_BESIDE = 200, LEAST_SECTION
"""How narrow a variant's column gets, and how narrow beside the detail, where a whole answer is read."""
_CASE_SHARES = (0.3, 0.38)
"""Of the width, that the case's columns take by themselves: where the answers need the room, and where not."""


class FrozenTable(QSplitter):
    """The case's columns and the variants' columns of one model."""

    current_changed = Signal()
    opened = Signal(QModelIndex)
    """A cell was double-clicked."""
    menu_asked = Signal(QPoint)
    """The place on the screen."""

    def __init__(self, model: GridModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self._height: Height = "normal"
        self._arranged = True
        self._by_hand = False
        """Whether a person moved what parts the two views."""
        self._beside = False
        self._fitted: list[int] = []
        """Widths of the variants' columns as they were last fitted; a person's own are kept."""
        self.cases = _Table(model, "Cases")
        self.answers = _Table(model, "Answers")
        self.header = VariantHeader(self.answers)
        self._make_cases()
        self._make_answers()
        for view in (self.cases, self.answers):
            self.addWidget(view)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(1, 1)
        self._connect()
        self.set_height("normal")

    def _make_cases(self) -> None:
        self._case_delegate = CaseDelegate(lambda: self.answers.currentIndex().row(), self.cases)
        self.cases.setItemDelegate(self._case_delegate)
        self.cases.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cases.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.cases.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cases.setMinimumWidth(_NUMBER_WIDTH)
        header = self.cases.horizontalHeader()
        header.setFont(QApplication.font())
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)

    def _make_answers(self) -> None:
        self._cell_delegate = CellDelegate(self.answers)
        self.answers.setItemDelegate(self._cell_delegate)
        self.answers.setHorizontalHeader(self.header)
        self.answers.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.answers.setMouseTracking(True)
        self.answers.setMinimumWidth(_LEAST_VARIANT)
        self.answers.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _connect(self) -> None:
        ours, theirs = self.answers.verticalScrollBar(), self.cases.verticalScrollBar()
        ours.valueChanged.connect(lambda value: self.cases.verticalScrollBar().setValue(value))
        # The cases follow, and lead only by a person's hand: their range may be the old one for a moment, and what
        # it cuts off must not move the answers.
        theirs.rangeChanged.connect(lambda *_: self._follow())
        theirs.actionTriggered.connect(lambda _action: self._lead())
        for bar in (self.answers.horizontalScrollBar(), self.cases.horizontalScrollBar()):
            bar.rangeChanged.connect(lambda *_: self._level())
        self.answers.selectionModel().currentChanged.connect(self._current_changed)
        self.answers.doubleClicked.connect(self.opened)
        self.answers.customContextMenuRequested.connect(
            lambda place: self.menu_asked.emit(self.answers.viewport().mapToGlobal(place))
        )
        self.cases.clicked.connect(lambda index: self.go(index.row()))
        self.cases.doubleClicked.connect(lambda _index: self.opened.emit(self.answers.currentIndex()))
        self._model.modelReset.connect(self.cases.viewport().update)
        self.answers.installEventFilter(self)
        self.splitterMoved.connect(lambda *_: self._moved())

    # The scroll bars are asked for anew each time: a wrapper of what Qt made may be invalid before its object is.

    def _follow(self) -> None:
        self.cases.verticalScrollBar().setValue(self.answers.verticalScrollBar().value())

    def _lead(self) -> None:
        self.answers.verticalScrollBar().setValue(self.cases.verticalScrollBar().sliderPosition())

    # Rows and columns

    def arrange(self) -> None:
        """Divide the columns between the views, after other ones came."""
        self._arranged = self.isVisible()  # before it is shown nobody knows how much room there is
        first, count = self._model.first_variant, self._model.columnCount()
        for column in range(count):
            self.cases.setColumnHidden(column, column >= first)
            self.answers.setColumnHidden(column, column < first)
        self._by_hand = False
        self._share()
        self._fit(force=True)

    def set_beside(self, beside: bool) -> None:
        """The detail stands beside: it shows the whole case, so what of it has no room here is put away."""
        if beside != self._beside:
            self._beside = beside
            self._share_again()
            self._fit()

    def _share_again(self) -> None:
        if self._by_hand:
            self._put_away(self.cases.width() - self.cases.columnWidth(NUMBER))
        else:
            self._share()

    def _share(self) -> None:
        """Give the case's columns what they need, and no more than their share."""
        first = self._model.first_variant
        number = _NAMED_WIDTH if self._model.has_names() else _NUMBER_WIDTH
        least, most = (round(self.width() * share) for share in _CASE_SHARES)
        beside = self.answers.verticalScrollBar().sizeHint().width() + self.handleWidth() + 1
        answers = self._model.cells.width * self._least_variant() + beside
        room = min(most, max(least, self.width() - answers)) - number
        room = max(room, _LEAST_VALUE) if self._beside else room
        values = self._put_away(room)
        width = min(_WIDEST_VALUE, max(_LEAST_VALUE, room // max(1, values)))
        self.cases.setColumnWidth(NUMBER, number)
        for column in range(1, first):
            self.cases.setColumnWidth(column, width)
        wanted = min(number + values * width, number + max(room, 0)) + 1
        self.setSizes([wanted, max(1, self.width() - wanted)])

    def _put_away(self, room: int) -> int:
        """Hide the case's last columns for which there is no room beside a detail; how many values are shown."""
        values = self._model.first_variant - 1
        shown = min(values, max(1, room // _LEAST_VALUE)) if self._beside else values
        for column in range(1, values + 1):
            self.cases.setColumnHidden(column, column > shown)
        self._model.put_away(values - shown)
        return shown

    def _least_variant(self) -> int:
        return _LEAST_BESIDE if self._beside else _LEAST_VARIANT

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._arranged:
            self.arrange()

    def height_of_rows(self) -> Height:
        """How tall the rows are."""
        return self._height

    def set_height(self, height: Height) -> None:
        """Make all rows compact, normal or tall; what stands at the top stays there."""
        self._height = height
        self._cell_delegate.height = self._case_delegate.height = height
        top = self.answers.rowAt(0)
        pixels = self._cell_delegate.row_height()
        for view in (self.cases, self.answers):
            view.verticalHeader().setDefaultSectionSize(pixels)
        self.cases.horizontalHeader().setFixedHeight(self.header.tall())
        self.header.setFixedHeight(self.header.tall())
        if top >= 0:
            self.answers.scrollTo(self._model.index(top, self._model.first_variant), _TOP)

    def mark(self, query: str) -> None:
        """Mark what is searched for, wherever it stands."""
        self._cell_delegate.query = self._case_delegate.query = query
        for view in (self.cases, self.answers):
            view.viewport().update()

    def _fit(self, *, force: bool = False) -> None:
        """Share the room between the variants' columns, unless a person has drawn them."""
        first, count = self._model.first_variant, self._model.cells.width
        now = [self.answers.columnWidth(first + at) for at in range(count)]
        if not count or (not force and now != self._fitted):
            return
        room = self.answers.viewport().width()
        each = max(self._least_variant(), room // count)
        for at in range(count):
            last = at == count - 1 and each * count <= room
            self.answers.setColumnWidth(first + at, room - each * (count - 1) if last else each)
        self._fitted = [self.answers.columnWidth(first + at) for at in range(count)]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_again()
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The answers' view got another size, another face or other colours."""
        match event.type():
            case QEvent.Type.Resize:
                self._fit()
            case QEvent.Type.FontChange | QEvent.Type.PaletteChange | QEvent.Type.StyleChange:
                for delegate in (self._cell_delegate, self._case_delegate):
                    delegate.renew(self.answers.font())
                self.set_height(self._height)
        return False

    def _level(self) -> None:
        """A scroll bar under one view alone would shift its rows against the other's."""
        bars = (self.answers.horizontalScrollBar(), self.cases.horizontalScrollBar())
        needed = any(bar.maximum() > 0 for bar in bars)
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if needed else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        for view in (self.cases, self.answers):
            if view.horizontalScrollBarPolicy() != policy:
                view.setHorizontalScrollBarPolicy(policy)

    def _moved(self) -> None:
        self._by_hand = True
        self._share_again()

    # The current cell

    def go(self, row: int, column: int | None = None) -> None:
        """Go to a row, in the column that is current unless another is given, and show it whole."""
        first = self._model.first_variant
        now = self.answers.currentIndex().column()
        index = self._model.index(row, column if column is not None else max(now, first))
        if index.isValid():
            self.answers.setCurrentIndex(index)
            self.answers.scrollTo(index)
            self.answers.setFocus()

    def step(self, by: int) -> None:
        """Go so many cases on, as far as there are any."""
        row = self.answers.currentIndex().row()
        self.go(min(max(row + by if row >= 0 else 0, 0), self._model.rowCount() - 1))

    def _current_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        self.cases.viewport().update()
        self.current_changed.emit()


_TOP = QAbstractItemView.ScrollHint.PositionAtTop


class _Table(QTableView):
    """One of the two views; paints what changed of its own columns on the screen, and nothing else again."""

    def __init__(self, model: GridModel, name: str) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(name)
        self.setFont(theme.text_font())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(20)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Qt would paint the whole view again for any range of more than one cell."""
        if QAccessible.isActive():
            super().dataChanged(first, last, list(roles))
            return
        height = self.viewport().height()
        top, bottom = self.rowAt(0), self.rowAt(height - 1)
        top, bottom = max(top, first.row()), min(bottom if bottom >= 0 else last.row(), last.row())
        if top > bottom or all(self.isColumnHidden(column) for column in (first.column(), last.column())):
            return
        y = self.rowViewportPosition(top)
        below = self.rowViewportPosition(bottom) + self.rowHeight(bottom)
        x = self.columnViewportPosition(first.column())
        right = self.columnViewportPosition(last.column()) + self.columnWidth(last.column())
        self.viewport().update(x, y, right - x, below - y)
