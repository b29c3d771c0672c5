"""The bar over a grid: which cases it shows, what they are compared with, how tall its rows are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QToolButton, QVBoxLayout, QWidget

from workbench.core.experiment import Experiment
from workbench.desktop import theme
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.experiments.grid_cells import Mode
from workbench.desktop.experiments.grid_delegate import Height
from workbench.desktop.experiments.grid_model import Question
from workbench.desktop.theme import plain_label
from workbench.desktop.wrapping_row import WrappingRow

_PAUSE_MS = 200
_LEAST_FILTER, _WIDEST_CHOICE = 96, 240
_MODES: dict[Mode, tuple[str, str]] = {
    "all": ("All", "All cases"),
    "failures": ("Failures", "Cases with an answer that failed a check"),
    "passes": ("Passes", "Cases whose every answer passed all checks"),
    "different": (
        "Different",
        "Cases on which the columns came out differently: by their checks; where there are none, by their texts",
    ),
    "worse": ("Worse", "Cases on which a column came out worse than the baseline"),
    "errors": ("Errors", "Cases with a request that failed"),
}
_HEIGHTS: dict[Height, str] = {"compact": "Compact", "normal": "Normal", "tall": "Tall"}


class GridBar(QWidget):
    """Modes with their counts, a text filter, the column looked at, the baseline, the height of rows."""

    asked = Signal(object)
    """A Question."""
    filter_left = Signal()
    """Escape was pressed where nothing is searched for."""
    scope_changed = Signal()
    height_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._make_modes()
        self._make_filter()
        self._make_choices()
        choices = (self.filter, self.shown, self.heights, self.scope, self.baseline)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(WrappingRow(*self._modes.values(), *choices, gap=theme.UNIT, second=self.filter))

    def _make_modes(self) -> None:
        self._modes: dict[Mode, QToolButton] = {}
        self._mode: Mode = "all"
        group = QButtonGroup(self)
        for mode, (title, tip) in _MODES.items():
            button = QToolButton()
            button.setText(title)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setProperty("tight", True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(partial(self.choose_mode, mode))
            group.addButton(button)
            self._modes[mode] = button
        self._modes["all"].setChecked(True)

    def _make_filter(self) -> None:
        self.filter = _Filter()
        self.filter.setPlaceholderText("Filter (/)")
        self.filter.setToolTip("Show the cases and answers that say this (/)")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter cases and answers")
        self.filter.setMinimumWidth(_LEAST_FILTER)
        self.filter.textChanged.connect(lambda _text: self._pause.start())
        self.filter.returnPressed.connect(self._ask)
        self.filter.left.connect(self.filter_left)
        self.shown = plain_label(role="quiet")

    def _make_choices(self) -> None:
        self.scope, self.baseline, self.heights = ElidedCombo(), ElidedCombo(), QComboBox()
        self.scope.setAccessibleName("Column that the modes look at")
        self.scope.setToolTip("Which column the modes look at")
        self.baseline.setAccessibleName("Baseline")
        self.baseline.setToolTip("The column that the others are compared with")
        for combo in (self.scope, self.baseline):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            combo.setMaximumWidth(_WIDEST_CHOICE)
        self.heights.setAccessibleName("Height of rows")
        self.heights.setToolTip("Height of rows (+ and -)")
        for height, title in _HEIGHTS.items():
            self.heights.addItem(title, height)
        self.heights.setCurrentIndex(list(_HEIGHTS).index("normal"))
        self.scope.currentIndexChanged.connect(lambda _row: self.scope_changed.emit())
        self.baseline.currentIndexChanged.connect(lambda _row: self.scope_changed.emit())
        self.heights.currentIndexChanged.connect(lambda _row: self.height_changed.emit(self.heights.currentData()))

    # What is chosen

    def question(self) -> Question:
        """The mode and the text that are chosen."""
        return Question(self._mode, self.filter.text().strip().casefold())

    def choose_mode(self, mode: Mode, _checked: bool = True) -> None:
        """Show the cases of a mode."""
        self._mode = mode
        self._modes[mode].setChecked(True)
        self._ask()

    def clear(self) -> None:
        """Show all cases again."""
        self.filter.clear()
        self.choose_mode("all")

    def _ask(self) -> None:
        self._pause.stop()
        self.asked.emit(self.question())

    def set_columns(self, experiment: Experiment, *, baseline: int, scope: int | None) -> None:
        """Offer an experiment's columns."""
        titles = [variant.title for variant in experiment.variants]
        for combo in (self.scope, self.baseline):
            combo.blockSignals(True)
            combo.clear()
        self.scope.addItem("In any column", None)
        for at, title in enumerate(titles):
            self.scope.addItem(f"In {title}", at)
            self.baseline.addItem(f"Against {title}", at)
        self.baseline.setCurrentIndex(baseline)
        self.scope.setCurrentIndex(0 if scope is None else scope + 1)
        for combo in (self.scope, self.baseline):
            combo.blockSignals(False)
            combo.setVisible(len(titles) > 1)
        for mode in ("different", "worse"):
            self._modes[mode].setVisible(len(titles) > 1)

    def set_baseline(self, column: int) -> None:
        """Compare with another column."""
        self.baseline.setCurrentIndex(column)

    def step_height(self, by: int) -> None:
        """Taller or lower rows."""
        self.heights.setCurrentIndex(min(max(self.heights.currentIndex() + by, 0), self.heights.count() - 1))

    def set_height(self, height: str) -> None:
        """Choose a height by its name."""
        if (row := self.heights.findData(height)) >= 0:
            self.heights.setCurrentIndex(row)

    def show_counts(self, counts: Mapping[Mode, int], rows: int) -> None:
        """Say how many cases each mode would show, and how many are shown."""
        for mode, button in self._modes.items():
            title, tip = _MODES[mode]
            text = f"{title} {counts[mode]:,}"
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(f"{tip}: {counts[mode]:,}")
        narrowed = self.question().query
        self.shown.setText(f"{rows:,} shown" if narrowed else "")
        self.shown.setVisible(bool(narrowed))


class _Filter(QLineEdit):
    """Escape empties it; once more, it leaves it."""

    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Escape comes here before it stops a run."""
        is_asked = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_asked and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
        else:
            self.left.emit()
