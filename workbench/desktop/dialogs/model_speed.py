"""How fast a local model is on this machine: measured here, beside what was measured earlier."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.completion import Notice
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import figures
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.live import tabular
from workbench.desktop.results.trouble import ErrorCard, NoticeBar, show_exception
from workbench.desktop.theme import plain_label
from workbench.running import Workspace
from workbench.running.benchmark import Benchmark, measure
from workbench.running.model_record import ModelRecord, keep_benchmark, model_record

_WHAT = (
    "Reading and writing at several lengths, and many answers at once, as fast as runs will be. It takes a minute "
    "or more; other programs at work make it slower."
)


class ModelSpeed(QWidget):
    """Measure, stop, and two tables of what came of it."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._measuring: Future[Benchmark] | None = None
        self.measure_button = button("Measure", "Measure this model on this machine", primary=True)
        self.measure_button.clicked.connect(self.measure)
        self.times = QComboBox()
        self.times.setAccessibleName("Measured on")
        self.times.currentIndexChanged.connect(lambda _row: self._show())
        self.notice = NoticeBar()
        self.notice.stop_asked.connect(self.stop)
        self.error = ErrorCard()
        self.empty = EmptyState("Not measured yet", _WHAT)
        self.facts = plain_label("", "quiet")
        self.facts.setWordWrap(True)
        self.depths = _table("Speed by length", ("Prompt, tokens", "Reading, tokens/s", "Writing, tokens/s"))
        self.at_once = _table("Speed by answers at once", ("Answers at once", "Together, tokens/s"))
        self._lay_out()
        self.read()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.measure_button)
        row.addStretch()
        row.addWidget(self.times)
        tables = QHBoxLayout()
        tables.setSpacing(16)
        tables.addWidget(self.depths, 3)
        tables.addWidget(self.at_once, 2)
        self._found = QWidget()
        found = QVBoxLayout(self._found)
        found.setContentsMargins(0, 0, 0, 0)
        found.addWidget(self.facts)
        found.addLayout(tables, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.notice)
        column.addWidget(self.error)
        column.addWidget(self.empty, 1)
        column.addWidget(self._found, 1)

    def read(self) -> None:
        """Show what was measured so far."""
        read = self._workspace.store.read(lambda store: model_record(store, self._reference))
        self._bridge.when(read, self._list, self._failed, owner=self)

    def measure(self) -> None:
        """Measure now; the window goes on."""
        if self._measuring:
            return
        self.error.hide()
        self.measure_button.setEnabled(False)
        self.notice.show_notice(Notice("Loading the model", 0.0))
        self._measuring = self._workspace.loop.submit(
            measure(
                self._workspace.catalog,
                self._reference,
                told=lambda what, far: self._bridge.post(lambda: self._tell(what, far)),
            )
        )
        self._bridge.when(self._measuring, self._measured, self._failed, owner=self)

    def stop(self) -> None:
        """Stop measuring; nothing of it is kept."""
        if self._measuring:
            self._measuring.cancel()
            self._ended()

    def _tell(self, what: str, far: float) -> None:
        if self._measuring:
            self.notice.show_notice(Notice(what, far))

    def _measured(self, found: Benchmark) -> None:
        self._ended()
        kept = self._workspace.store.write(lambda store: keep_benchmark(store, found))
        self._bridge.when(kept, lambda _done: self.read(), self._failed, owner=self)

    def _ended(self) -> None:
        self._measuring = None
        self.notice.hide()
        self.measure_button.setEnabled(True)

    def _failed(self, error: BaseException) -> None:
        self._ended()
        show_exception(self.error, error, retry=False)

    def _list(self, record: ModelRecord) -> None:
        self.times.blockSignals(True)
        self.times.clear()
        for benchmark in record.benchmarks:
            at = datetime.fromisoformat(benchmark.at).astimezone()
            self.times.addItem(f"{at:%d %b %Y, %H:%M}", benchmark)
        self.times.blockSignals(False)
        self._show()

    def _show(self) -> None:
        found = self.times.currentData()
        known = isinstance(found, Benchmark)
        self.empty.setVisible(not known)
        self._found.setVisible(known)
        self.times.setVisible(known)
        if not known:
            return
        self.facts.setText(_facts(found))
        _fill(
            self.depths, [(f"{r.prompt_tokens:,}", f"{r.reading:,.1f}", f"{r.writing:,.1f}") for r in found.depths]
        )
        _fill(self.at_once, [(str(row.answers), f"{row.writing:,.1f}") for row in found.at_once])


def _facts(found: Benchmark) -> str:
    parts = (
        found.quantisation,
        f"context {found.context:,}",
        f"{found.threads} threads",
        f"{found.gpu_layers} layers on the GPU" if found.gpu_layers else "",
        f"loaded in {found.load_seconds:.1f} s" if found.load_seconds else "",
        f"{figures.size(found.memory_bytes)} of memory" if found.memory_bytes else "",
        found.engine,
    )
    return " · ".join(filter(None, parts))


def _table(name: str, columns: tuple[str, ...]) -> QTableWidget:
    table = QTableWidget(0, len(columns))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(columns)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.setFont(tabular(table.font()))
    return table


def _fill(table: QTableWidget, rows: list[tuple[str, ...]]) -> None:
    table.setRowCount(len(rows))
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(at, column, item)
