"""An answer against another column's, the expected or the golden one; which, is remembered from cell to cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.desktop.difference_view import DifferenceView
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.theme import plain_label


@dataclass(frozen=True, slots=True)
class Other:
    """Something an answer can be compared with."""

    title: str
    text: str | None = None
    """None for an answer that has to be read first."""
    run_id: str = ""


class CellDifference(QWidget):
    """The choice of the other text, and what differs."""

    text_wanted = Signal(str)
    """The run whose answer `show_answer` should bring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._others: Mapping[str, Other] = {}
        self._own: tuple[str, str] = ("Answer", "")
        self._chosen = ""
        self.choice = ElidedCombo()
        self.choice.setAccessibleName("What the answer is compared with")
        self.view = DifferenceView()
        self.choice.currentIndexChanged.connect(lambda _row: self._choose())
        line = QHBoxLayout()
        line.setContentsMargins(8, 4, 8, 0)
        line.setSpacing(8)
        line.addWidget(plain_label("Against", "quiet"))
        line.addWidget(self.choice, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.view, 1)

    def show_choices(self, own: tuple[str, str], others: Mapping[str, Other], *, prefer: str = "") -> None:
        """Offer what an answer, with its title, can be compared with; the choice of before stays where it can."""
        self._own, self._others = own, others
        wanted = next((key for key in (self._chosen, prefer) if key in others), next(iter(others), ""))
        self.choice.blockSignals(True)
        self.choice.clear()
        for key, other in others.items():
            self.choice.addItem(other.title, key)
        self.choice.setCurrentIndex(max(0, self.choice.findData(wanted)))
        self.choice.setEnabled(bool(others))
        self.choice.blockSignals(False)
        if self.isVisible():
            self.compare()

    def choose(self, key: str) -> None:
        """Compare with one of the choices."""
        if (row := self.choice.findData(key)) >= 0:
            self.choice.setCurrentIndex(row)
            self._choose()

    def compare(self) -> None:
        """Show what differs, once the other text is there."""
        other = self._others.get(self.choice.currentData() or "")
        if other is None:
            self.view.show_pieces(())
        elif other.text is None:
            self.text_wanted.emit(other.run_id)
        else:
            self.view.show_texts(other.text, self._own[1], (other.title, self._own[0]))

    def show_answer(self, run_id: str, text: str) -> None:
        """An answer was read; compare with it if it is still the one chosen."""
        other = self._others.get(self.choice.currentData() or "")
        if other is not None and other.run_id == run_id:
            self.view.show_texts(text, self._own[1], (other.title, self._own[0]))

    def _choose(self) -> None:
        self._chosen = self.choice.currentData() or ""
        self.compare()

    def showEvent(self, event: object) -> None:
        """What nobody looks at is not compared."""
        self.compare()
