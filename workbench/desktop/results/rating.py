"""The bar under an answer: stars, good or bad, and what else a person does with an answer."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from workbench.core.run import Rating, Verdict
from workbench.desktop import theme

BEST = 5
_STAR = 18
_GAP = 2


class StarRow(QWidget):
    """Five stars that take a click, a digit or the arrow keys; clicking the same star again clears it."""

    chosen = Signal(object)
    """1 to 5, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score: int | None = None
        self._hovered = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("Rate 1 to 5 (keys 1–5)")
        self._name()

    def score(self) -> int | None:
        """How many stars are set."""
        return self._score

    def set_score(self, score: int | None) -> None:
        """Show a score; emits nothing."""
        self._score = score
        self._name()
        self.update()

    def choose(self, score: int | None) -> None:
        """What a click does: set a score, or clear it when it is the one already set."""
        self.set_score(None if score == self._score else score)
        self.chosen.emit(self._score)

    def _name(self) -> None:
        self.setAccessibleName(f"Score {self._score} of {BEST}" if self._score else f"Score, 1 to {BEST}, not set")

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(BEST * _STAR + (BEST - 1) * _GAP + 4, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.current()
        shown = self._hovered or self._score or 0
        for number in range(BEST):
            filled = number < shown
            painter.setPen(QPen(QColor(colors.accent if filled else colors.muted), 1.2))
            painter.setBrush(QColor(colors.accent) if filled else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(_star(2 + number * (_STAR + _GAP) + _STAR / 2, self.height() / 2, _STAR / 2 - 1.5))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = 0
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.choose(self._at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        score = self._score or 0
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Up if score < BEST:
                self.choose(score + 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Down if score > 1:
                self.choose(score - 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Down | Qt.Key.Key_Delete | Qt.Key.Key_Backspace if score:
                self.choose(score)
            case _:
                super().keyPressEvent(event)

    def _at(self, x: float) -> int:
        return max(1, min(BEST, math.ceil((x - 2) / (_STAR + _GAP))))


def _star(x: float, y: float, radius: float) -> QPolygonF:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.45
        angle = math.pi * corner / 5 - math.pi / 2
        points.append(QPointF(x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return QPolygonF(points)


class RatingBar(QWidget):
    """Stars and verdict of one run."""

    rated = Signal(object)
    """The new Rating, after a person changed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rating = Rating()
        self._stars = StarRow()
        self._good = _verdict_button("✓ good", "Rate good: part of the training export (G)")
        self._bad = _verdict_button("✗ bad", "Rate bad: left out of the training export (B)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self._stars, self._good, self._bad):
            row.addWidget(widget)
        self._stars.chosen.connect(lambda score: self._change(replace(self._rating, score=score)))
        self._good.clicked.connect(lambda: self.toggle("good"))
        self._bad.clicked.connect(lambda: self.toggle("bad"))

    def rating(self) -> Rating:
        """What is shown."""
        return self._rating

    def set_rating(self, rating: Rating) -> None:
        """Show a rating; emits nothing."""
        self._rating = rating
        self._stars.set_score(rating.score)
        self._good.setChecked(rating.verdict == "good")
        self._bad.setChecked(rating.verdict == "bad")

    def set_short(self, short: bool) -> None:
        """Show the verdicts as signs only, for narrow panes."""
        self._good.setText("✓" if short else "✓ good")
        self._bad.setText("✗" if short else "✗ bad")

    def wide_width(self) -> int:
        """Pixels that the bar takes with its words."""
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(text) + 24 for text in ("✓ good", "✗ bad"))
        return self._stars.sizeHint().width() + words + 8

    def score(self, score: int) -> None:
        """What the keys 1 to 5 do."""
        self._stars.choose(score)

    def toggle(self, verdict: Verdict) -> None:
        """Set a verdict, or take it back when it is the one already set."""
        self._change(replace(self._rating, verdict=None if self._rating.verdict == verdict else verdict))

    def _change(self, rating: Rating) -> None:
        self.set_rating(rating)
        self.rated.emit(rating)


def _verdict_button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(":")[0])
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
