"""The table of a test set: typed into, pasted into, filtered; every key that a spreadsheet has taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from workbench.desktop import theme
from workbench.desktop.test_sets import edits
from workbench.desktop.test_sets.case_filter import CaseFilter
from workbench.desktop.test_sets.cell_editor import CellDelegate
from workbench.desktop.test_sets.pasting import paste
from workbench.desktop.test_sets.table_model import NAME, CaseModel
from workbench.interchange import spreadsheet

_NAME, _CHECKS, _PART = 92, 148, 108
_NO_NAME, _NO_CHECKS = 64, 76
"""Where no case has any."""
_NARROWEST, _ANSWER, _WIDEST = 92, 132, 190
_MOST_WIDE = 10_000
_LEAST_SHARE = 0.3
"""Of what texts would have: from there on the table scrolls."""
_MEASURED = 50
_AROUND = 6
"""Pixels above and below the text of a cell together."""


class CaseTable(QTableView):
    """Shows a `CaseModel`; rows and columns in its methods are those of the model, whatever is filtered out."""

    rows_chosen = Signal()
    """Other rows are selected, or another one is current."""
    said = Signal(str)
    """What just happened."""
    heading_taken = Signal(object, int)
    """A pasted block whose first row became the names of columns, and the column where it was pasted."""
    new_column_asked = Signal(int)
    """Before which variable."""
    rename_asked = Signal(int)
    """Which variable."""
    columns_sized = Signal()
    """A person gave a column another width."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cases = model
        self.filtered = CaseFilter(model, self)
        self.setModel(self.filtered)
        self.delegate = CellDelegate(model, self)
        self.setItemDelegate(self.delegate)
        self._widths: dict[str, int] = {}
        """What a person chose, by the names of the columns; once there is one, the columns stay as they are."""
        self._sizing = False
        self._make_look()
        self._make_headers()
        self.selectionModel().selectionChanged.connect(lambda *_: self.rows_chosen.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.rows_chosen.emit())
        model.reveal_asked.connect(self._reveal)
        model.modelReset.connect(self.size_columns)
        model.columnsInserted.connect(lambda *_: self.size_columns())
        self._keys: dict[QKeySequence, Callable[[], object]] = {
            QKeySequence(QKeySequence.StandardKey.Copy): self.copy,
            QKeySequence(QKeySequence.StandardKey.Cut): self.cut,
            QKeySequence(QKeySequence.StandardKey.Paste): self.paste,
            QKeySequence("Ctrl+D"): self.fill_down,
            QKeySequence("Ctrl+Shift+D"): self.duplicate,
            QKeySequence("Delete"): self.clear_cells,
            QKeySequence("Backspace"): self.clear_cells,
            QKeySequence("Shift+Delete"): self.delete_rows,
            QKeySequence("Insert"): self.add_row,
            QKeySequence("Alt+Up"): lambda: self.move_rows(-1),
            QKeySequence("Alt+Down"): lambda: self.move_rows(1),
            QKeySequence("Return"): self.edit_current,
            QKeySequence("Enter"): self.edit_current,
        }

    def _make_look(self) -> None:
        self.setAccessibleName("Test cases")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)

    def _make_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        rows.setAccessibleName("Numbers of the cases")
        rows.setHighlightSections(False)
        self.set_lines(2)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        header.setAccessibleName("Columns")
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_header_menu)
        header.sectionDoubleClicked.connect(self._rename)
        self.setStyleSheet("QTableCornerButton::section { background: palette(window); border: none; }")
        header.sectionResized.connect(self._note_width)

    def set_lines(self, lines: int) -> None:
        """Give every row room for so many lines of text."""
        self.delegate.renew()
        line = max(self.fontMetrics().lineSpacing(), QFontMetrics(theme.text_font()).lineSpacing())
        self.verticalHeader().setDefaultSectionSize(lines * line + _AROUND)

    def size_columns(self) -> None:
        """The usual widths; variables and answers share what room there is by the length of their texts."""
        model = self.cases
        self._sizing = True
        fixed = {
            NAME: _NAME if any(case.name or case.generated for case in model.cases) else _NO_NAME,
            model.checks_column: _CHECKS if any(case.checks for case in model.cases) else _NO_CHECKS,
            model.part_column: _PART,
        }
        for column, width in fixed.items():
            self.setColumnWidth(column, width)
        texts = range(1, model.expected_column + 1)
        least = {column: _NARROWEST if model.is_variable(column) else _ANSWER for column in texts}
        more = {column: self._more(column) for column in texts}
        free = self.viewport().width() - sum(fixed.values()) - sum(least.values())
        share = max(free / sum(more.values()), _LEAST_SHARE)
        for column in texts:
            self.setColumnWidth(column, least[column] + int(more[column] * share))
        for column in range(model.columnCount()):
            if (chosen := self._widths.get(self._heading(column))) is not None:
                self.setColumnWidth(column, chosen)
        self._sizing = False

    def _note_width(self, column: int, _before: int, width: int) -> None:
        if not self._sizing:
            self._widths[self._heading(column)] = width
            self.columns_sized.emit()

    def widths(self) -> dict[str, int]:
        """The widths of all columns by their names; empty as long as nobody has chosen one."""
        if not self._widths:
            return {}
        return {self._heading(at): self.columnWidth(at) for at in range(self.cases.columnCount())}

    def remember_widths(self, widths: Mapping[str, object]) -> None:
        """Take up the widths that a person chose before."""
        fits = {name: width for name, width in widths.items() if isinstance(width, int) and 0 < width < _MOST_WIDE}
        self._widths = {**fits, **self._widths}
        self.size_columns()

    def _heading(self, column: int) -> str:
        return str(self.cases.headerData(column, Qt.Orientation.Horizontal))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns fill the table as long as nobody has chosen their widths."""
        super().resizeEvent(event)
        if not self._widths and event.size().width() != event.oldSize().width():
            self.size_columns()

    def _more(self, column: int) -> int:
        """How much wider than the narrowest the longer ones of the first texts would have it."""
        texts = (self.cases.text(case, column) for case in self.cases.cases[:_MEASURED])
        longest = max((len(text) for text in texts), default=0)
        return min(max(longest * 5 - _NARROWEST, 1), _WIDEST)

    # What is selected

    def current_row(self) -> int | None:
        """The row of the model that the cursor is in."""
        index = self.filtered.mapToSource(self.currentIndex())
        return index.row() if index.isValid() else None

    def current_column(self) -> int:
        """The column that the cursor is in; the first variable when it is nowhere."""
        index = self.currentIndex()
        return index.column() if index.isValid() else min(1, self.cases.expected_column)

    def chosen_rows(self) -> list[int]:
        """The rows with a selected cell, from above to below."""
        return sorted({self._of_model(row) for rows, _ in self._parts() for row in rows})

    def chosen_cells(self) -> list[tuple[int, int]]:
        """The selected cells."""
        return [
            (at, column)
            for rows, columns in self._parts()
            for at in map(self._of_model, rows)
            for column in columns
        ]

    def _parts(self) -> list[tuple[range, range]]:
        """The selected blocks, as rows and columns that are shown."""
        selection = self.selectionModel().selection()  # held: its parts live no longer than it does
        parts = (selection.at(number) for number in range(selection.count()))
        return [(range(p.top(), p.bottom() + 1), range(p.left(), p.right() + 1)) for p in parts]

    def _of_model(self, row: int) -> int:
        return self.filtered.mapToSource(self.filtered.index(row, 0)).row()

    def choose(self, rows: Iterable[int], column: int | None = None) -> None:
        """Select these rows, or their cells in a column, and bring the first into view."""
        column = self.current_column() if column is None else column
        chosen = QItemSelection()
        places = [self.filtered.mapFromSource(self.cases.index(row, column)) for row in rows]
        for place in places:
            chosen.select(place, place)
        if places and places[0].isValid():
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(places[0], flag.NoUpdate)
            self.selectionModel().select(chosen, flag.ClearAndSelect)
            self.scrollTo(places[0])

    def _reveal(self, row: int) -> None:
        place = self.filtered.mapFromSource(self.cases.index(row, self.current_column()))
        if place.isValid():
            self.scrollTo(place)

    # What a person does

    def edit_current(self) -> None:
        """Type into the current cell; its checks are edited beside the table."""
        if self.currentIndex().isValid() and self.currentIndex().column() != self.cases.checks_column:
            self.edit(self.currentIndex())

    def add_row(self) -> None:
        """An empty case below the current one, ready to be typed into."""
        row = self.current_row()
        at = edits.add(self.cases, len(self.cases.cases) if row is None else row + 1)
        self.choose([at], min(1, self.cases.expected_column))
        self.setFocus()

    def duplicate(self) -> None:
        """Copies of the selected cases below them."""
        if rows := self.chosen_rows():
            at = edits.duplicate(self.cases, rows)
            self.choose(range(at, at + len(rows)))

    def delete_rows(self) -> None:
        """Take the selected cases out; undo brings them back."""
        if rows := self.chosen_rows():
            edits.delete(self.cases, rows)
            if self.cases.cases:
                self.choose([min(rows[0], len(self.cases.cases) - 1)])
            self.said.emit(f"{_cases(len(rows))} deleted. Ctrl+Z brings them back.")

    def move_rows(self, by: int) -> None:
        """Move the selected cases up or down."""
        rows, column = self.chosen_rows(), self.current_column()
        if rows and edits.move(self.cases, rows, by):
            self.choose([row + by for row in rows], column)

    def clear_cells(self) -> None:
        """Empty the selected cells."""
        edits.clear(self.cases, self.chosen_cells())

    def fill_down(self) -> None:
        """Give the selected rows below the first one what it says in the selected columns."""
        cells = self.chosen_cells()
        rows = sorted({row for row, _ in cells})
        if len(rows) > 1:
            edits.fill(self.cases, rows, {column for _, column in cells})

    def copy(self) -> None:
        """The selected cells as a block for a spreadsheet."""
        cells = set(self.chosen_cells())
        rows, columns = sorted({row for row, _ in cells}), sorted({column for _, column in cells})
        block = [[self._copied(row, column, cells) for column in columns] for row in rows]
        if block:
            whole = len(block) == len(block[0]) == 1
            QGuiApplication.clipboard().setText(block[0][0] if whole else spreadsheet.text(block))

    def _copied(self, row: int, column: int, cells: set[tuple[int, int]]) -> str:
        if (row, column) not in cells:
            return ""
        if self.cases.is_text(column):
            return self.cases.text(self.cases.cases[row], column)
        return str(self.cases.data(self.cases.index(row, column)) or "")

    def cut(self) -> None:
        """Copy, then empty."""
        self.copy()
        self.clear_cells()

    def paste(self) -> None:
        """A block of the clipboard from the current cell on."""
        if text := QGuiApplication.clipboard().text():
            self.paste_block(spreadsheet.rows(text), self.current_column())
        else:
            self.said.emit("There is no text on the clipboard. Copy a block of a spreadsheet first.")

    def paste_block(self, block: spreadsheet.Block, column: int, *, heading: bool | None = None) -> None:
        """A block from the current row and a column on; what has no room makes rows and columns."""
        if not block or not self.cases.is_text(column):
            self.said.emit("Texts are pasted into the name, a variable or the expected answer.")
            return
        done = paste(self.cases, block, self._rows_from_current(), column, heading=heading)
        chosen = QItemSelection()
        for row in done.rows:
            for at in done.columns:
                place = self.filtered.mapFromSource(self.cases.index(row, at))
                chosen.select(place, place)
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        over = f", {done.replaced:,} of them over what was there. Ctrl+Z takes it back" if done.replaced else ""
        self.said.emit(f"{_cases(len(done.rows))} pasted{over}.")
        if done.named and heading is None:
            self.heading_taken.emit(block, column)

    def _rows_from_current(self) -> list[int]:
        nowhere = 0 if edits.is_blank(self.cases) else self.filtered.rowCount()
        first = self.currentIndex().row() if self.currentIndex().isValid() else nowhere
        return [self._of_model(row) for row in range(first, self.filtered.rowCount())]

    # Keys and menus

    def event(self, event: QEvent) -> bool:
        """Our keys come before the window's of the same name."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._key(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if do := self._key(event):
            do()
        else:
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> Callable[[], object] | None:
        return self._keys.get(QKeySequence(event.keyCombination()))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        stack = self.cases.undo_stack
        menu.addAction(f"Undo {stack.undoText()}\tCtrl+Z", stack.undo).setEnabled(stack.canUndo())
        menu.addAction(f"Redo {stack.redoText()}\tCtrl+Shift+Z", stack.redo).setEnabled(stack.canRedo())
        menu.addSeparator()
        menu.addAction("Edit cell\tEnter", self.edit_current)
        menu.addSeparator()
        for text, do in (
            ("Cut\tCtrl+X", self.cut),
            ("Copy\tCtrl+C", self.copy),
            ("Paste\tCtrl+V", self.paste),
            ("Clear\tDel", self.clear_cells),
            ("Fill down\tCtrl+D", self.fill_down),
        ):
            menu.addAction(text, do)
        menu.addSeparator()
        for text, do in (
            ("Add case below\tIns", self.add_row),
            ("Duplicate\tCtrl+Shift+D", self.duplicate),
            ("Move up\tAlt+Up", lambda: self.move_rows(-1)),
            ("Move down\tAlt+Down", lambda: self.move_rows(1)),
            ("Delete cases\tShift+Del", self.delete_rows),
        ):
            menu.addAction(text, do)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(place))

    def _show_header_menu(self, place: QPoint) -> None:
        header = self.horizontalHeader()
        self.header_menu(header.logicalIndexAt(place)).popup(header.mapToGlobal(place))

    def header_menu(self, column: int) -> QMenu:
        """What can be done to a column."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        model = self.cases
        if model.is_variable(column):
            menu.addAction("Rename…", lambda: self.rename_asked.emit(column - 1))
            menu.addAction("Add column before…", lambda: self.new_column_asked.emit(column - 1))
            left = menu.addAction("Move left", lambda: edits.move_column(model, column - 1, -1))
            right = menu.addAction("Move right", lambda: edits.move_column(model, column - 1, 1))
            left.setEnabled(column > 1)
            right.setEnabled(column < len(model.columns))
            menu.addAction("Delete column", lambda: edits.delete_column(model, column - 1))
            menu.addSeparator()
        else:
            menu.addAction("Add column…", lambda: self.new_column_asked.emit(len(model.columns)))
            menu.addSeparator()
        if column != model.checks_column and column >= 0:
            menu.addAction("Sort A to Z", lambda: edits.sort(model, column))
            menu.addAction("Sort Z to A", lambda: edits.sort(model, column, descending=True))
        return menu

    def _rename(self, column: int) -> None:
        if self.cases.is_variable(column):
            self.rename_asked.emit(column - 1)


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number:,} cases"
