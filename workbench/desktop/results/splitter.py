"""Parts beside each other with a quiet gap to drag."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

_GAP = 8


class QuietSplitter(QSplitter):
    """A horizontal splitter whose handle is a gap that shows itself under the mouse; no part collapses."""

    def __init__(self, *parts: QWidget, sizes: tuple[int, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        for part in parts:
            self.addWidget(part)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(_GAP)
        self.setStyleSheet("QSplitter::handle { background: transparent; }")
        if sizes:
            self.setSizes(list(sizes))
            self.setStretchFactor(len(sizes) - 1, 1)
