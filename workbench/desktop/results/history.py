"""Every run ever made: searched, filtered, looked into, rated, compared, opened again. Runs are never deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.core.rendering import part
from workbench.core.run import RatedRun
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import history_model
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.history_layout import HistoryLayout
from workbench.desktop.results.history_model import HistoryModel, Question, model_title
from workbench.desktop.results.run_detail import RunDetail, show_difference
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.theme import plain_label
from workbench.running import Workspace
from workbench.store import RunFilter, Store

_PAUSE_MS = 200
_FILTERS: dict[str, RunFilter] = {
    "All runs": "all",
    "Good": "good",
    "Bad": "bad",
    "Golden": "golden",
    "Failed": "failed",
}
_WIDTHS = {
    history_model.TIME: 84,
    history_model.PROMPT: 120,
    history_model.MODEL: 104,
    history_model.RATING: 112,
    history_model.ENDED: 96,
    history_model.TOKENS: 68,
    history_model.DURATION: 80,
}
_NO_RUNS = ("No runs yet", "Every run is kept here with its prompt, variables and parameters. Press Ctrl+Enter.")
_NO_MATCH = ("Nothing found", "No run matches the search and the filter.")


class HistoryView(QWidget):
    """The list of runs with the selected one beside it."""

    reopen_asked = Signal(object)
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._wanted: str | None = None
        self._asked = False
        self.model = HistoryModel(workspace.store, bridge, self)
        self.detail = RunDetail(workspace, bridge)
        self._make_bar()
        self._make_table()
        self._lay_out()
        self._connect()
        self._layout = HistoryLayout(workspace.store, bridge, self.table, self.splitter)

    # Parts

    def _make_bar(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search prompts, variables and answers")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search the history")
        self.filter = QComboBox()
        self.filter.setAccessibleName("Which runs")
        for title, name in _FILTERS.items():
            self.filter.addItem(title, name)
        self.difference = QPushButton("Compare")
        self.difference.setAccessibleName("Compare the two selected runs")
        self.difference.setToolTip("Compare the answers of the two selected runs (Ctrl+D)")
        self.better = QPushButton("Mark as better")
        self.better.setAccessibleName("Mark the current run as the better of the two selected")
        self.better.setToolTip("Of the two selected runs, the current one is better (A)")
        self._count = plain_label()
        self._count.setProperty("quiet", True)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Runs")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(history_model.ANSWER, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.search, 1)
        for widget in (self.filter, self._count, self.difference, self.better):
            bar.addWidget(widget)
        self.empty = EmptyState(*_NO_RUNS)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.table)
        self._nothing = EmptyState("No run selected", "Select a run to read it, rate it or open it again.")
        self._side = QStackedWidget()
        self._side.addWidget(self._nothing)
        self._side.addWidget(self.detail)
        self.splitter = QuietSplitter(self._pages, self._side, sizes=(760, 480))
        self.splitter.setStretchFactor(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.search.returnPressed.connect(self._ask)
        self._pause.timeout.connect(self._ask)
        self.filter.currentIndexChanged.connect(lambda _row: self._ask())
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(lambda error: self.status.emit(str(error)))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._selection_changed())
        self.table.doubleClicked.connect(lambda _index: self._reopen())
        self.detail.reopen_asked.connect(self.reopen_asked)
        self.detail.status.connect(self.status)
        self.difference.clicked.connect(self.show_difference)
        self.better.clicked.connect(self.mark_better)
        self._keys: dict[str, Callable[[], object]] = {
            **{str(score): partial(self.rate, score) for score in range(1, 6)},
            "G": partial(self.detail.opinion.toggle, "good"),
            **{key: partial(self.detail.opinion.toggle, "bad") for key in ("B", "X")},
            "E": self.edit_golden,
            "A": self.mark_better,
            "C": self.copy_answer,
        }
        # Keys of the list and the run beside it, not of the search field, where letters are typed.
        for place in (self.table, self._side):
            for key, do in {**self._keys, "Return": self._reopen}.items():
                _shortcut(key, place, do)
        _shortcut("Down", self.search, self._enter_list)
        self._selection_changed()

    def take_key(self, key: str) -> bool:
        """Do what a key does here, although it was pressed elsewhere; whether it does anything."""
        if (do := self._keys.get(key)) is None:
            return False
        do()
        return True

    def _enter_list(self) -> None:
        """From the search field into what it found."""
        if self.model.rowCount():
            if not self.selected():
                self._select(0)
            self.table.setFocus()

    # The question

    def showEvent(self, event: object) -> None:
        """The first page is asked for when somebody looks, not when the window opens."""
        if not self._asked:
            self._layout.restore()
            self._ask()

    def _ask(self) -> None:
        self._pause.stop()
        self._asked = True
        question = Question(self.search.text().strip(), self.filter.currentData())
        if question != self.model.question() or not self.model.rowCount():
            self.model.ask(question)

    def _loaded(self, rows: int) -> None:
        question = self.model.question()
        self.empty.say(*(_NO_RUNS if question == Question() else _NO_MATCH))
        self._pages.setCurrentWidget(self.table if rows else self.empty)
        more = "+" if self.model.canFetchMore() else ""
        self._count.setText(f"{rows:,}{more} run{'' if rows == 1 and not more else 's'}")
        if self._wanted is not None and (row := self.model.row_of(self._wanted)) is not None:
            self._wanted = None
            self._select(row)

    def focus_search(self, query: str | None = None) -> None:
        """Put the cursor into the search field, with a text in it if one is given."""
        if query is not None:
            self.search.setText(query)
            self._ask()
        self.search.setFocus()
        self.search.selectAll()

    def show_run(self, run_id: str) -> None:
        """Show a run, and select it in the list where it is among the rows."""
        row = self.model.row_of(run_id)
        if row is not None:
            self._select(row)
        else:
            self._wanted = run_id
            self._show(run_id)

    def refresh(self, run_id: str) -> None:
        """A run was made or rated."""
        if self._asked:
            self.model.refresh(run_id)
            shown = self.detail.rated_run()
            if shown is not None and shown.run.id == run_id:
                self._show(run_id)

    # The selection

    def selected(self) -> tuple[str, ...]:
        """Ids of the selected runs, the current one first."""
        rows = [index.row() for index in self.table.selectionModel().selectedRows()]
        current = self.table.currentIndex().row()
        rows.sort(key=lambda row: (row != current, row))
        return tuple(self.model.summary(row).id for row in rows)

    def _select(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.table.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
        self.table.scrollTo(index)

    def _selection_changed(self) -> None:
        chosen = self.selected()
        self.difference.setEnabled(len(chosen) == 2)
        self.better.setEnabled(len(chosen) == 2)
        if chosen:
            self._show(chosen[0])

    def _show(self, run_id: str) -> None:
        self._latest = run_id
        self._bridge.when(
            self._workspace.store.read(lambda store: store.run(run_id)),
            self._show_if_latest,
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    _latest = ""

    def _show_if_latest(self, rated: RatedRun) -> None:
        if rated.run.id == self._latest:
            self.detail.show_run(rated)
            self._side.setCurrentWidget(self.detail)

    def rate(self, score: int) -> None:
        """Rate the shown run 1 to 5."""
        self.detail.opinion.rate(score)

    def edit_golden(self) -> None:
        """Open the golden answer of the shown run."""
        self.detail.opinion.edit_golden()

    def copy_answer(self) -> None:
        """Copy the answer of the shown run."""
        self.detail.opinion.copy_answer()

    def _reopen(self) -> None:
        shown = self.detail.rated_run()
        if shown is not None and shown.run.id in self.selected()[:1]:
            self.reopen_asked.emit(shown.run)

    # Two runs

    def show_difference(self) -> None:
        """The answers of two selected runs; of one, against its golden or expected answer."""
        chosen = self.selected()
        if len(chosen) != 2:
            self.detail.show_difference()
            return

        def read(store: Store) -> tuple[RatedRun, RatedRun]:
            return store.run(chosen[1]), store.run(chosen[0])

        self._bridge.when(
            self._workspace.store.read(read),
            lambda pair: show_difference(self, _titled_answer(pair[0]), _titled_answer(pair[1])),
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    def mark_better(self) -> None:
        """Of the two selected runs, the current one is better."""
        chosen = self.selected()
        if len(chosen) != 2:
            self.status.emit("Select two runs; the current one is marked as better.")
            return
        better, worse = chosen
        self._bridge.when(
            self._workspace.store.write(lambda store: store.prefer(better, worse)),
            lambda _done: self.status.emit("Marked as better"),
            lambda error: self.status.emit(f"The mark was not saved. {error}"),
            owner=self,
        )


def _shortcut(key: str, place: QWidget, do: Callable[[], object]) -> None:
    shortcut = QShortcut(QKeySequence(key), place)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(do)


def _titled_answer(rated: RatedRun) -> tuple[str, str]:
    run = rated.run
    title = f"{model_title(run.model)} · {run.created_at.astimezone():%d %b %H:%M:%S}"
    return title, part(run.prompt.chain_of_thought, run.text).answer
