"""A section of the prompt: a header with title, summary and tokens, and a body that can be folded away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.desktop import theme

HEADER_HEIGHT = 7 * theme.UNIT


def count_text(tokens: int | None, *, exact: bool = True) -> str:
    """A number of tokens as it stands in a header; empty when it is not known."""
    if tokens is None:
        return ""
    return f"{'' if exact else '≈ '}{tokens:,} tok"


class CountLabel(QLabel):
    """Tokens, right-aligned in a place wide enough for any number, so that nothing beside it moves."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("≈ 000,000 tok"), super().sizeHint().height())


class Elided(QLabel):
    """One line of plain text that ends in dots where there is no more room."""

    def __init__(self, *, quiet: bool = True) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("quiet", quiet)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show the beginning of a text, its line ends as blanks."""
        self._whole = " ".join(text[:600].split())
        self._elide()

    def whole(self) -> str:
        """What would be shown with room enough."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


def icon_button(icon: str, name: str, *, tip: str = "", keys: str = "") -> QToolButton:
    """A small button that shows a sign; its name is for tool tips and screen readers."""
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(14, 14))
    button.setAutoRaise(True)
    button.setFixedSize(24, 24)
    button.setStyleSheet("padding: 0px")
    button.setAccessibleName(name)
    button.setToolTip((tip or name) + (f" ({keys})" if keys else ""))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class SectionHeader(QWidget):
    """Title, summary, tokens and a chevron; a click or Enter folds the section."""

    toggled = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFixedHeight(HEADER_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.title = theme.plain_label(title)
        font = self.title.font()
        font.setWeight(font.Weight.Medium)
        self.title.setFont(font)
        self.summary = Elided()
        self.count = CountLabel()
        self._open = True
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 28, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.summary, 1)
        layout.addWidget(self.count)

    def set_open(self, *, is_open: bool) -> None:
        """Which way the chevron points."""
        self._open = is_open
        self.setAccessibleDescription("open" if is_open else "folded")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.current()
        under_mouse = self.underMouse() and self.isEnabled()
        painter.fillRect(self.rect(), QColor(colors.hover if under_mouse else colors.filler))
        painter.setPen(QColor(colors.border))
        painter.drawLine(0, 0, self.width(), 0)
        icon = theme.icon("arrow-down" if self._open else "arrow-right")
        icon.paint(painter, self.width() - 24, (self.height() - 12) // 2, 12, 12)
        if self.hasFocus():
            painter.setPen(QColor(colors.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.toggled.emit()
        else:
            super().keyPressEvent(event)


class SectionBox(QWidget):
    """A section of the prompt."""

    opened = Signal()
    """A person unfolded it."""

    def __init__(self, title: str, body: QWidget, *, hint: str = "") -> None:
        super().__init__()
        self._hint = hint
        self.header = SectionHeader(title)
        self.header.toggled.connect(self._toggle)
        self.body = body
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(body)
        self.show_summary("")

    def is_open(self) -> bool:
        """Whether its body is shown."""
        return not self.body.isHidden()

    def set_open(self, *, is_open: bool) -> None:
        """Fold or unfold it."""
        self.body.setVisible(is_open)
        self.header.set_open(is_open=is_open)
        self._show_hint()

    def show_summary(self, text: str) -> None:
        """A few words beside the title; without any, a folded section says what it is for."""
        self._summary = text
        self._show_hint()

    def show_count(self, tokens: int | None, *, exact: bool = True) -> None:
        """The tokens of this section."""
        self.header.count.setText(count_text(tokens, exact=exact))

    def _show_hint(self) -> None:
        hint = self._hint if not self._summary and not self.is_open() else self._summary
        self.header.summary.show_text(hint)

    def _toggle(self) -> None:
        self.set_open(is_open=not self.is_open())
        if self.is_open():
            self.opened.emit()
