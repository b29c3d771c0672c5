"""The heading of a column: what it is, how often it passes so far and how sure that is, what it takes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget

from workbench.desktop import theme
from workbench.desktop.experiments.grid_model import HEAD
from workbench.desktop.experiments.tally import Head
from workbench.desktop.results import figures
from workbench.desktop.results.live import tabular
from workbench.desktop.theme import Colors

LEAST_SECTION = 136
_EDGE = 8
_LINE = 4
_BAR = 6
_MENU = 24
"""The width of the dots that open the column's menu."""


class VariantHeader(QHeaderView):
    """Paints a `Head` for each column; a click on its dots asks for the column's menu."""

    menu_asked = Signal(int)
    """The section."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(LEAST_SECTION)
        self.setMouseTracking(True)
        self.setFont(QApplication.font())
        self.setAccessibleName("Columns")
        self._hovered = -1

    def tall(self) -> int:
        """Pixels that a heading needs."""
        title = QFontMetrics(_bold(self.font())).height()
        small = QFontMetrics(tabular(self.font())).height()
        return title + 3 * small + _BAR + 5 * _LINE + 4

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.tall())

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        head = self.model().headerData(section, Qt.Orientation.Horizontal, HEAD)
        colors = theme.current()
        painter.save()
        painter.fillRect(rect, QColor(colors.window))
        painter.setPen(QColor(colors.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        if isinstance(head, Head):
            self._paint_head(painter, rect.adjusted(_EDGE, _LINE, -_EDGE, -_LINE), head, colors)
            self._paint_dots(painter, rect, colors, hovered=section == self._hovered)
        painter.restore()

    def _paint_head(self, painter: QPainter, area: QRect, head: Head, colors: Colors) -> None:
        title, small = _bold(self.font()), tabular(self.font())
        beside = area.adjusted(0, 0, -_MENU, 0)
        said = f"{head.model} · baseline" if head.is_baseline else head.model
        y = _line(painter, beside, head.title, font=title, color=colors.text)
        y = _line(painter, _below(beside, y), said, font=small, color=colors.muted) + _LINE
        _paint_rate(painter, QRectF(area.left(), y, area.width(), _BAR), head, colors)
        rest = _below(area, y + _BAR + _LINE)
        tone = colors.text if head.rate else colors.muted
        y = _line(painter, rest, rate_text(head), font=small, color=tone)
        _paint_against(painter, QRect(rest.left(), rest.top(), rest.width(), y - rest.top()), head, colors)
        _line(painter, _below(area, y), figures_text(head), font=small, color=colors.muted)

    def _paint_dots(self, painter: QPainter, rect: QRect, colors: Colors, *, hovered: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.text if hovered else colors.muted))
        y = rect.top() + _LINE + QFontMetrics(_bold(self.font())).height() / 2
        for at in (6, 11, 16):
            painter.drawEllipse(QRectF(rect.right() - _MENU + at, y - 1, 2.6, 2.6))

    # Qt

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        hovered = self._dots_at(event)
        if hovered != self._hovered:
            self._hovered = hovered
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        section = self._dots_at(event)
        super().mouseReleaseEvent(event)
        if section >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self.menu_asked.emit(section)

    def _dots_at(self, event: QMouseEvent) -> int:
        """The section whose dots are under the mouse, or -1."""
        place = event.position().toPoint()
        section = self.logicalIndexAt(place)
        if section < 0 or place.y() > QFontMetrics(_bold(self.font())).height() + 2 * _LINE:
            return -1
        right = self.sectionViewportPosition(section) + self.sectionSize(section)
        return section if right - _MENU <= place.x() < right - 3 else -1


def rate_text(head: Head) -> str:
    """`72% passed (58–83%)`."""
    if (rate := head.rate) is None:
        return "nothing checked yet" if head.done < head.cells else "nothing is checked"
    return f"{rate.value * 100:.0f}% passed ({rate.low * 100:.0f}–{rate.high * 100:.0f}%)"


def figures_text(head: Head) -> str:
    """`43 of 60 · 2 errors · ⌀ 0.42 s · ≈ 0.0123 $`."""
    answered = f"{head.done:,} of {head.cells:,}" if head.done < head.cells else f"{head.done:,} answers"
    errors = f"{head.failed:,} error{'' if head.failed == 1 else 's'}" if head.failed else ""
    time = f"⌀ {figures.duration(head.latency_ms)}" if head.latency_ms is not None else ""
    cost = figures.cost(head.cost) if head.cost else ""
    return " · ".join(filter(None, (answered, errors, time, cost)))


def _paint_rate(painter: QPainter, area: QRectF, head: Head, colors: Colors) -> None:
    """A track with the interval as a band on it and the rate as a tick; an empty track says nothing yet."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.raised))
    painter.drawRoundedRect(area, _BAR / 2, _BAR / 2)
    if head.rate is not None:
        rate = head.rate
        band = QRectF(area)
        band.setLeft(area.left() + rate.low * area.width())
        band.setRight(area.left() + rate.high * area.width())
        painter.setBrush(QColor(colors.accent))
        painter.setOpacity(0.4)
        painter.drawRoundedRect(band, _BAR / 2, _BAR / 2)
        painter.setOpacity(1)
        x = min(max(area.left() + rate.value * area.width(), area.left() + 1.5), area.right() - 1.5)
        painter.drawRect(QRectF(x - 1.5, area.top() - 2, 3, area.height() + 4))
    painter.restore()


def _paint_against(painter: QPainter, area: QRect, head: Head, colors: Colors) -> None:
    """At the right, on how many cases it did better and worse than the baseline."""
    if not head.better and not head.worse:
        return
    metrics = painter.fontMetrics()
    better, worse = f"▲ {head.better:,}", f"▼ {head.worse:,}"
    side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setPen(QPen(QColor(colors.bad)))
    painter.drawText(area, side, worse)
    painter.setPen(QPen(QColor(colors.good)))
    painter.drawText(area.adjusted(0, 0, -metrics.horizontalAdvance(worse) - 8, 0), side, better)


def _line(painter: QPainter, area: QRect, text: str, *, font: QFont, color: str) -> int:
    """Write a line at the top of an area; where it ends."""
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(QColor(color))
    elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    line = QRect(area.left(), area.top(), area.width(), metrics.height())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
    return line.bottom() + 1


def _below(area: QRect, top: int) -> QRect:
    return QRect(area.left(), top, area.width(), area.bottom() - top + 1)


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made
