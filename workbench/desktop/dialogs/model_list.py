"""The list of local models: those that were added, and below them those that lie on this machine anyway."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from workbench.core.model_reference import short_name
from workbench.desktop import theme
from workbench.desktop.dialogs.local_model import STARTER
from workbench.desktop.results import figures
from workbench.models import ollama
from workbench.models.library import ModelFile
from workbench.running.adapted import adapted_models
from workbench.store import Store

_REFERENCE = Qt.ItemDataRole.UserRole
_FOUND = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that was added."""

    reference: str
    title: str


def listed(store: Store) -> tuple[Listed, ...]:
    """The models that were added, the embedded one first."""
    paths = map(Path, store.local_models())
    added = (Listed(f"local:{path}", ollama.name_of(path) or path.name) for path in paths)
    adapted = (Listed(reference, short_name(reference)) for reference in adapted_models(store))
    return (Listed(STARTER, "SmolLM2 135M · embedded"), *added, *adapted)


class ModelList(QListWidget):
    """Titles; what stands below the heading can be added."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Local models")
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def reference(self) -> str:
        """The model reference of the chosen line; empty when none is."""
        item = self.currentItem()
        return str(item.data(_REFERENCE) or "") if item else ""

    def is_found(self) -> bool:
        """Whether the chosen one was found and not added."""
        item = self.currentItem()
        return bool(item and item.data(_FOUND))

    def references(self) -> list[str]:
        """All that are shown."""
        return [str(self.item(row).data(_REFERENCE) or "") for row in range(self.count())]

    def show_listed(self, models: tuple[Listed, ...], choose: str) -> None:
        """Show the models that were added, and choose one by its reference, or the first."""
        self.blockSignals(True)
        self.clear()
        for model in models:
            self._add(model.title, model.reference)
        references = self.references()
        self.setCurrentRow(references.index(choose) if choose in references else 0)
        self.blockSignals(False)

    def show_found(self, models: tuple[ModelFile, ...]) -> None:
        """Show below what lies on this machine and was not added."""
        known = self.references()
        more = [model for model in models if f"local:{model.path}" not in known]
        if not more:
            return
        heading = QListWidgetItem("Found on this machine")
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        heading.setForeground(QColor(theme.current().muted))
        self.addItem(heading)
        for model in more:
            item = self._add(model.name, f"local:{model.path}")
            item.setData(_FOUND, True)
            item.setToolTip(f"{model.path}\n{figures.size(model.size_bytes)}, in a folder of {model.program}")

    def _add(self, title: str, reference: str) -> QListWidgetItem:
        item = QListWidgetItem(title)
        item.setData(_REFERENCE, reference)
        self.addItem(item)
        return item
