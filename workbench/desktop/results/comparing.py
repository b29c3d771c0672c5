"""Two answers against each other, their words marked."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from workbench.desktop.difference_view import DifferenceView


class DifferenceDialog(QDialog):
    """A window over the panes that shows what differs between two texts."""

    def __init__(self, before: tuple[str, str], after: tuple[str, str], parent: QWidget | None = None) -> None:
        """Each side is a title and its text."""
        super().__init__(parent)
        self.setWindowTitle(f"Difference: {before[0]} → {after[0]}")
        self.resize(960, 600)
        self.view = DifferenceView()
        self.view.show_texts(before[1], after[1], (before[0], after[0]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setAccessibleName(button.text().replace("&", ""))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.view, 1)
        column.addWidget(buttons)
