"""Rows of the history: pages of runs, fetched as the view scrolls, changed in place as runs end.

Every answer of the store carries the question it was asked under; one that comes after the question changed
is dropped. A page is asked for by the last row's id (keyset paging), so a million runs cost what a page costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from workbench.core.model_reference import short_name
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import figures
from workbench.errors import UserError
from workbench.store import RunFilter, RunSummary, Store, StoreThread

Index = QModelIndex | QPersistentModelIndex

PAGE = 100
NEIGHBOURS = 4
"""Runs read to find one again; two processes can make a run in the same quarter of a microsecond."""

COLUMNS = ("Time", "Prompt", "Model", "Answer", "Rating", "Ended", "Tokens", "Duration")
TIME, PROMPT, MODEL, ANSWER, RATING, ENDED, TOKENS, DURATION = range(len(COLUMNS))
NUMBERS = frozenset({TOKENS, DURATION})

_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Question:
    """What the list shows."""

    query: str = ""
    only: RunFilter = "all"
    prompt_id: str | None = None


class HistoryModel(QAbstractTableModel):
    """Runs, newest first. Emits exact ranges; resets only when the question changes."""

    loaded = Signal(int)
    """A page came; how many rows there are now."""
    failed = Signal(object)
    """A page did not come: the exception."""

    def __init__(self, store: StoreThread, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._bridge = bridge
        self._rows: list[RunSummary] = []
        self._question = Question()
        self._complete = False
        self._fetching = False

    def ask(self, question: Question) -> None:
        """Show the answer to another question, from its first page."""
        self.beginResetModel()
        self._question = question
        self._rows = []
        self._complete = False
        self._fetching = False
        self.endResetModel()
        self.fetchMore(_TOP)

    def question(self) -> Question:
        """What is shown."""
        return self._question

    def summary(self, row: int) -> RunSummary:
        """The run in a row."""
        return self._rows[row]

    def row_of(self, run_id: str) -> int | None:
        """Where a run stands; None when it is not among the fetched rows."""
        return next((row for row, run in enumerate(self._rows) if run.id == run_id), None)

    # Paging

    def canFetchMore(self, parent: Index = _TOP) -> bool:
        return not (parent.isValid() or self._complete or self._fetching)

    def fetchMore(self, parent: Index = _TOP) -> None:
        if not self.canFetchMore(parent):
            return
        self._fetching = True
        question = self._question
        before = self._rows[-1].id if self._rows else None
        self._bridge.when(
            self._store.read(lambda store: _page(store, question, before, PAGE)),
            lambda page: self._append(question, page),
            lambda error: self._page_failed(question, error),
            owner=self,
        )

    def _append(self, question: Question, page: tuple[RunSummary, ...]) -> None:
        if question is not self._question:
            return
        if page:
            first = len(self._rows)
            self.beginInsertRows(_TOP, first, first + len(page) - 1)
            self._rows.extend(page)
            self.endInsertRows()
        # Only now: a view that asks for more in the middle of the insertion would get the same page again.
        self._fetching = False
        self._complete = len(page) < PAGE
        self.loaded.emit(len(self._rows))

    def _page_failed(self, question: Question, error: BaseException) -> None:
        if question is self._question:
            self._fetching, self._complete = False, True
            self.failed.emit(error)

    # Live changes

    def refresh(self, run_id: str) -> None:
        """A run was added or rated: fetch that row alone and put it, change it, or take it out."""
        question = self._question
        after = _just_after(run_id)
        self._bridge.when(
            self._store.read(lambda store: _page(store, question, after, NEIGHBOURS)),
            lambda page: self._place(question, run_id, page),
            lambda error: self._page_failed(question, error),
            owner=self,
        )

    def _place(self, question: Question, run_id: str, page: tuple[RunSummary, ...]) -> None:
        if question is not self._question:
            return
        found = next((run for run in page if run.id == run_id), None)
        row = self.row_of(run_id)
        if row is not None and found is not None:
            if found != self._rows[row]:
                self._rows[row] = found
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
        elif row is not None:
            self.beginRemoveRows(_TOP, row, row)
            del self._rows[row]
            self.endRemoveRows()
            self.loaded.emit(len(self._rows))
        elif found is not None:
            self._insert(found)

    def _insert(self, run: RunSummary) -> None:
        row = next((at for at, other in enumerate(self._rows) if other.id < run.id), len(self._rows))
        if row == len(self._rows) and not self._complete:
            return  # it lies beyond the fetched pages and comes with its own
        self.beginInsertRows(_TOP, row, row)
        self._rows.insert(row, run)
        self.endInsertRows()
        self.loaded.emit(len(self._rows))

    # What the view asks

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        answer = _ANSWERS.get(role)
        return answer(self._rows[index.row()], index.column()) if answer else None


def _page(store: Store, question: Question, before: str | None, limit: int) -> tuple[RunSummary, ...]:
    return store.runs(
        before=before, limit=limit, prompt_id=question.prompt_id, query=question.query, only=question.only
    )


def _just_after(run_id: str) -> str:
    """An id that sorts after a run by one step of the clock, to ask for the page that begins with it."""
    return f"{int(run_id, 16) + (1 << 64):032x}"


def _tip(run: RunSummary, column: int) -> str | None:
    """What a cell has no room for; escaped, because Qt reads a tool tip as rich text where it can."""
    text = {
        ANSWER: run.error or run.excerpt,
        MODEL: run.model,
        RATING: rating_words(run),
        ENDED: figures.outcome(run.stop_reason).meaning,
        TIME: f"{run.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
    }.get(column, "")
    return f"<p>{escape(text)}</p>" if text else None


def _color(run: RunSummary, column: int) -> QColor | None:
    colors = theme.current()
    if column == ENDED:
        tone = figures.outcome(run.stop_reason).tone
        return QColor({"good": colors.muted, "plain": colors.muted}.get(tone, getattr(colors, tone, colors.muted)))
    return QColor(colors.muted) if column == TIME or (column == ANSWER and run.error) else None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def model_title(reference: str) -> str:
    """A model's short name; the reference as it is when it is not one of today's."""
    try:
        return short_name(reference)
    except UserError:
        return reference


def rating_text(run: RunSummary) -> str:
    """`★★★★☆ ✓ ✎`: score, verdict and golden answer in one cell."""
    stars = "★" * run.score + "☆" * (5 - run.score) if run.score else ""
    verdict = {"good": "✓", "bad": "✗"}.get(run.verdict or "", "")
    return " ".join(part for part in (stars, verdict, "✎" if run.has_golden else "") if part)


def rating_words(run: RunSummary) -> str:
    """The same in words, for tool tips and screen readers."""
    score = f"{run.score} of 5" if run.score else ""
    return ", ".join(part for part in (score, run.verdict, "golden answer" if run.has_golden else "") if part)


def _cell(run: RunSummary, column: int) -> str:
    return _CELLS[column](run)


_CELLS: tuple[Callable[[RunSummary], str], ...] = (
    lambda run: figures.moment(run.created_at, datetime.now(UTC)),
    lambda run: run.prompt_name or "unnamed",
    lambda run: model_title(run.model),
    lambda run: figures.excerpt(run.error or run.excerpt),
    rating_text,
    lambda run: figures.outcome(run.stop_reason).text,
    lambda run: f"{run.usage.completion_tokens:,}" if run.usage else figures.NONE,
    lambda run: figures.duration(run.total_ms),
)
"""What each of `COLUMNS` shows."""


def _accessible(run: RunSummary, column: int) -> str:
    text = rating_words(run) or "not rated" if column == RATING else _cell(run, column)
    return f"{COLUMNS[column]}: {text}"


_ANSWERS: dict[int, Callable[[RunSummary, int], Any]] = {
    Qt.ItemDataRole.DisplayRole: _cell,
    Qt.ItemDataRole.TextAlignmentRole: lambda _run, column: _alignment(column),
    Qt.ItemDataRole.ForegroundRole: _color,
    Qt.ItemDataRole.ToolTipRole: _tip,
    Qt.ItemDataRole.AccessibleTextRole: _accessible,
}
"""What each role of Qt is told about a cell."""
