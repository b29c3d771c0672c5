"""How much of the model's context the prompt takes: a bar with its numbers, in words when it is tight."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.desktop import theme

NEAR = 0.85
"""From this part of the context on, the answer has little room."""


class ContextBar(QWidget):
    """A quiet line below the sections."""

    def __init__(self) -> None:
        super().__init__()
        self._total: int | None = None
        self._context: int | None = None
        self._exact = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Context")

    def show_tokens(self, total: int | None, context: int | None, *, exact: bool = True) -> None:
        """Show these tokens of that context; None is not known."""
        self._total, self._context, self._exact = total, context, exact
        self.setAccessibleDescription(self.text())
        self.setToolTip("" if exact else "An estimate: this model's tokenizer is not at hand.")
        self.update()

    def text(self) -> str:
        """The numbers as they stand on the right."""
        if self._total is None:
            return ""
        about = "" if self._exact else "≈ "
        if not self._context:
            return f"{about}{self._total:,} tokens"
        words = {"over": "too long · ", "near": "nearly full · ", "": ""}[self.state()]
        return f"{words}{about}{self._total:,} / {self._context:,}"

    def state(self) -> str:
        """`over`, `near` or empty."""
        if self._total is None or not self._context:
            return ""
        part = self._total / self._context
        return "over" if part > 1 else "near" if part >= NEAR else ""

    def sizeHint(self) -> QSize:
        return QSize(200, 6 * theme.UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colors.window))
        color = {"over": colors.bad, "near": colors.warning, "": colors.muted}[self.state()]
        painter.setPen(QColor(color))
        inside = self.rect().adjusted(12, 0, -12, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "Context")
        if self._total is None or not self._context:
            return
        left = inside.left() + self.fontMetrics().horizontalAdvance("Context") + 12
        right = inside.right() - self.fontMetrics().horizontalAdvance("nearly full · ≈ 000,000 / 0,000,000")
        whole = QRect(left, self.height() // 2 - 2, max(right - left, 40), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.border))
        painter.drawRoundedRect(whole, 2, 2)
        taken = QRect(whole)
        taken.setWidth(max(int(whole.width() * min(self._total / self._context, 1)), 4))
        painter.setBrush(QColor(color if self.state() else colors.accent))
        painter.drawRoundedRect(taken, 2, 2)
