"""What stands in the run bar while an experiment is in front: run, stop, what it will take, how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QSizePolicy, QToolButton, QWidget

from workbench.desktop import theme
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.experiments.run_words import outlook_tip, outlook_words, progress_words
from workbench.desktop.experiments.runs import Progress
from workbench.running.plan_run import Outlook

_MENU = (
    ("all", "Run all", "What has no answer yet; the cache answers what was asked before."),
    ("failed", "Run failed only", "Errors, and what failed its checks in columns that have changed since."),
    ("cell", "Run the selected cell", ""),
    ("row", "Run the selected row", ""),
    ("column", "Run the selected column", ""),
    ("batch", "Run all in batches", "Through the servers' batch API: cheaper, and answered within a day."),
    ("anew", "Run everything anew", "Asks for every answer again, without the cache."),
    ("fetch", "Fetch the batch", "Takes the answers of the batch that this run sent; asks for nothing else."),
    ("give_up", "Give up the batch", "Its server ends it; what is answered by then is taken by Resume."),
)
_CHOSEN = frozenset({"cell", "row", "column"})
_BAR = 160


class RunControls(QWidget):
    """Says what a person wants to run; knows nothing of how."""

    run_asked = Signal(str)
    """`all`, `failed`, `cell`, `row`, `column`, `batch`, `anew`, `fetch` or `give_up`."""
    stop_asked = Signal()
    run_chosen = Signal(str)
    """The id of the run that is to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlook: Outlook | None = None
        self._running = False
        self._can_choose = False
        self.menu = QMenu(self)
        self.choices = {which: self.menu.addAction(text) for which, text, _ in _MENU}
        self.run = _button("Run", "run-on-accent")
        self.stop = _button("Stop", "stop")
        self.bar = QProgressBar()
        self.words = theme.plain_label(role="quiet")
        self.runs = ElidedCombo()
        self._dress()
        self._arrange()
        self._connect()
        self.show_outlook(None)
        self.show_runs((), "")
        self.show_progress(None)

    def _dress(self) -> None:
        self.run.setProperty("primary", True)
        self.run.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.run.setMenu(self.menu)
        self.menu.setToolTipsVisible(True)
        for which, _, tip in _MENU:
            self.choices[which].setToolTip(tip)
        self.choices["all"].setText("Run all\tCtrl+Return")
        self.stop.setToolTip("Stop; what is finished stays (Esc)")
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR)
        self.bar.setAccessibleName("Progress of the experiment")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.runs.setAccessibleName("Which run of the experiment is shown")
        self.runs.setToolTip("Which run is shown")
        self.runs.setMinimumContentsLength(30)
        self.runs.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.run)
        row.addWidget(self.stop)
        row.addSpacing(theme.INSIDE)
        row.addWidget(self.bar)
        row.addSpacing(theme.UNIT)
        row.addWidget(self.words, 1)
        row.addWidget(self.runs)

    def _connect(self) -> None:
        self.run.clicked.connect(lambda: self.run_asked.emit("all"))
        self.stop.clicked.connect(self.stop_asked)
        self.runs.activated.connect(lambda row: self.run_chosen.emit(self.runs.itemData(row) or ""))
        for which, action in self.choices.items():
            action.triggered.connect(lambda _=False, which=which: self.run_asked.emit(which))

    def show_outlook(self, outlook: Outlook | None, *, words: str = "") -> None:
        """What running takes; where that is not known, the words say why."""
        self._outlook = outlook
        goes_on = outlook is not None and not outlook.beginning.is_new and bool(outlook.beginning.cells)
        self.run.setText("Resume" if goes_on else "Run")
        self.run.setAccessibleName(self.run.text())
        self.run.setToolTip(f"{self.run.text()} (Ctrl+Return)")
        if not self._running:
            self.words.setText(outlook_words(outlook, follows=bool(self.runs.count())) if outlook else words)
            self.words.setToolTip(outlook_tip(outlook) if outlook else "")
        self._enable()

    def show_progress(self, progress: Progress | None) -> None:
        """How far the run is; None when nothing runs."""
        self._running = progress is not None
        self.bar.setVisible(self._running)
        if progress is not None:
            self.bar.setMaximum(max(progress.total, 1))
            self.bar.setValue(progress.ended)
            self.words.setText(progress_words(progress))
            self.words.setToolTip("")
        self.stop.setEnabled(progress is not None and not progress.stopping)
        self._enable()

    def show_runs(self, runs: Sequence[tuple[str, str]], current: str) -> None:
        """The plan's runs as ids and titles, newest first."""
        with QSignalBlocker(self.runs):
            self.runs.clear()
            for identifier, title in runs:
                self.runs.addItem(title, identifier)
            self.runs.setCurrentIndex(self.runs.findData(current))
        self.runs.setVisible(bool(runs))

    def set_can_choose(self, *, can: bool) -> None:
        """Whether a cell of the table is selected."""
        self._can_choose = can
        self._enable()

    def _enable(self) -> None:
        outlook = self._outlook
        ready = outlook is not None and not self._running
        self.run.setEnabled(ready)
        for which, action in self.choices.items():
            action.setEnabled(ready and (which not in _CHOSEN or self._can_choose))
        if outlook is not None and ready:
            self.choices["failed"].setEnabled(bool(outlook.failed))
            self.choices["failed"].setText(
                f"Run failed only · {outlook.failed:,}" if outlook.failed else _MENU[1][1]
            )
            for which in ("all", "batch"):
                self.choices[which].setEnabled(bool(outlook.beginning.cells))
            for which in ("fetch", "give_up"):
                self.choices[which].setEnabled(bool(outlook.in_batches))


def _button(text: str, icon: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(text)
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(16, 16))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
