"""A choice between a few words, each with a sentence that explains it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.desktop.elided_combo import ElidedCombo


class Choice(ElidedCombo):
    """A combo box over the words of a `Literal`."""

    chosen = Signal(str)
    """A person chose this word."""

    def __init__(self, name: str, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        for word, title in titles.items():
            self.addItem(title, word)
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))

    def word(self) -> str:
        """The word that is chosen."""
        return str(self.currentData())

    def show_word(self, word: str) -> None:
        """Show another choice, without a word to anybody."""
        self.setCurrentIndex(self.findData(word))
