"""The models of the next run as a row of chips, one for each pane; those that have no room are counted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from workbench.desktop import theme

_NARROWEST = 60


class ModelChips(QWidget):
    """Says what runs where; a chip leads to the choice of its pane's model."""

    chosen = Signal(int)
    """The place of a chip that was pressed, from the left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: list[QToolButton] = []
        self._more = theme.plain_label(role="quiet", parent=self)
        self._more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_models(self, references: Sequence[str]) -> None:
        """One chip for each of these."""
        while len(self._chips) > len(references):
            self._chips.pop().deleteLater()
        while len(self._chips) < len(references):
            self._chips.append(self._made(len(self._chips)))
        for chip, reference in zip(self._chips, references, strict=True):
            _describe(chip, reference)
        self.setToolTip("\n".join(references))
        self.updateGeometry()
        self._place()

    def _made(self, place: int) -> QToolButton:
        chip = QToolButton(self)
        chip.setProperty("chip", True)
        chip.setIconSize(QSize(14, 14))
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the panes themselves are one Tab away
        chip.clicked.connect(lambda: self.chosen.emit(place))
        return chip

    def shown(self) -> tuple[str, ...]:
        """What the chips say that have room, and the count of the others."""
        words = [chip.text() for chip in self._chips if not chip.isHidden()]
        return (*words, *([self._more.text()] if not self._more.isHidden() else []))

    def _place(self) -> None:
        """From left to right as far as there is room; the first one always."""
        left, more = 0, self._more.fontMetrics().horizontalAdvance("+9") + theme.INSIDE
        hidden = 0
        for number, chip in enumerate(self._chips):
            width = chip.sizeHint().width()
            needed = width if number == len(self._chips) - 1 else width + theme.UNIT + more
            fits = not hidden and (number == 0 or left + needed <= self.width())
            chip.setVisible(fits)
            hidden += not fits
            if fits:
                chip.setGeometry(left, 0, min(width, max(self.width() - left, _NARROWEST)), self.height())
                left += width + theme.UNIT
        self._more.setText(f"+{hidden}")
        self._more.setVisible(bool(hidden))
        self._more.setGeometry(left, 0, more, self.height())

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        hints = [chip.sizeHint() for chip in self._chips]
        width = sum(hint.width() + theme.UNIT for hint in hints)
        return QSize(max(width, _NARROWEST), max((hint.height() for hint in hints), default=28))

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, self.sizeHint().height())


def _describe(chip: QToolButton, reference: str) -> None:
    from workbench.core.model_reference import parse, short_name  # nothing of the core is in the first paint

    model = parse(reference)
    place = model.profile or ("built in" if model.place == "starter" else model.place)
    words = f"{short_name(reference)} · {place}"
    if chip.text() != words:
        chip.setText(words)
        chip.setIcon(theme.icon("server" if model.profile else "model"))
        chip.setToolTip(f"{reference}\nChoose another model for this pane")
        chip.setAccessibleName(f"Model of a pane: {words}")
