"""The model's reasoning: apart from the answer, folded away until somebody wants it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from workbench.desktop.plain_text import TextView
from workbench.desktop.results import figures

_HEIGHT = 160


class ReasoningBlock(QWidget):
    """A line that says how much reasoning there is, and the text under it when it is open.

    Hidden while there is none. It unfolds by itself while only reasoning streams, so that a wait is not blank,
    and folds when the answer begins, unless the person has touched it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._touched = False
        self._toggle = QToolButton()
        self._toggle.setAutoRaise(True)
        self._toggle.setCheckable(True)
        self._toggle.setArrowType(Qt.ArrowType.RightArrow)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._toggle.setAccessibleName("Reasoning")
        self._toggle.setToolTip("Show or hide the model's reasoning")
        self._view = TextView()
        self._view.setAccessibleName("Reasoning text")
        self._view.setProperty("quiet", True)
        self._view.setFixedHeight(_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 4)
        column.setSpacing(2)
        column.addWidget(self._toggle)
        column.addWidget(self._view)
        self._toggle.toggled.connect(self._fold)
        self._toggle.clicked.connect(self._mark_touched)
        self.clear()

    def clear(self) -> None:
        """No reasoning."""
        self._touched = False
        self._view.set_text("")
        self._toggle.setChecked(False)
        self._view.hide()
        self.hide()

    def append_batch(self, text: str) -> None:
        """More reasoning came."""
        if not text:
            return
        if self.isHidden() and not self._touched:
            self._toggle.setChecked(True)
        self._view.append_batch(text)
        self._toggle.setText("Reasoning …")
        self.show()

    def answer_began(self) -> None:
        """The answer comes now: fold, unless the person opened or closed it."""
        if not self.isHidden() and not self._touched:
            self._toggle.setChecked(False)
        self._count()

    def set_text(self, text: str) -> None:
        """Show a whole reasoning; an empty one hides the block."""
        if text != self._view.text():
            self._view.set_text(text)
        self._count()
        self.setHidden(not text)

    def text(self) -> str:
        """The reasoning that is shown."""
        return self._view.text()

    def _count(self) -> None:
        self._toggle.setText(f"Reasoning · {figures.words(self._view.text())}")

    def _mark_touched(self) -> None:
        self._touched = True

    def _fold(self, opened: bool) -> None:
        self._toggle.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self._view.setVisible(opened)
