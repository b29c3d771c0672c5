"""What a hub answered, as lists to choose from: repositories, and the models of one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from workbench.desktop.results import figures
from workbench.models.hub import HubModel, Repository
from workbench.models.quantisation import Fit, fit, hint

_DATA = Qt.ItemDataRole.UserRole

_FITS: dict[Fit, tuple[str, str]] = {
    "fits": ("✓ fits", "It fits into the memory that is free now."),
    "tight": ("! tight", "It takes nearly all of the memory that is free now."),
    "too big": ("✗ too big", "It does not fit into the memory that is free now."),
}


class RepositoryList(QTreeWidget):
    """Repositories that a search found; one is opened with Return or a double click."""

    opened = Signal(str)
    """A repository's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _prepare(self, "Repositories", ("Repository", "Downloads", ""))
        self.itemActivated.connect(lambda item, _column: self.opened.emit(item.data(0, _DATA)))

    def show_found(self, found: tuple[Repository, ...]) -> None:
        """Show these."""
        self.clear()
        for one in found:
            item = QTreeWidgetItem((one.name, f"{one.downloads:,}", "terms to accept" if one.gated else ""))
            item.setData(0, _DATA, one.name)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.addTopLevelItem(item)
        _choose_first(self)


class ModelTable(QTreeWidget):
    """The models of a repository: size, number format, and whether they fit here."""

    chosen = Signal()
    """Another model is selected, or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _prepare(self, "Models of the repository", ("Model", "Size", "Format", "Here", "Note"))
        self.itemSelectionChanged.connect(self.chosen)

    def show_models(self, models: tuple[HubModel, ...], free_bytes: int) -> None:
        """Show these, judged by so much free memory; the best format that fits is selected."""
        self.clear()
        best = None
        for model in models:
            judged = fit(model.size_bytes, free_bytes)
            item = self._line(model, judged)
            self.addTopLevelItem(item)
            if judged == "fits" and model.quantisation.startswith(("Q4_K", "Q4_", "IQ4", "MXFP4")):
                best = item
        _choose_first(self)
        if best:
            self.setCurrentItem(best)

    def selected(self) -> HubModel | None:
        """The selected model."""
        item = self.currentItem()
        return item.data(0, _DATA) if item else None

    def _line(self, model: HubModel, judged: Fit) -> QTreeWidgetItem:
        words, meaning = _FITS[judged]
        files = f"{len(model.files)} files" if len(model.files) > 1 else ""
        note = "; ".join(filter(None, (files, hint(model.quantisation))))
        item = QTreeWidgetItem((model.name, figures.size(model.size_bytes), model.quantisation, words, note))
        item.setData(0, _DATA, model)
        item.setToolTip(0, model.name)
        item.setToolTip(3, meaning)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item


def _prepare(tree: QTreeWidget, name: str, titles: tuple[str, ...]) -> None:
    tree.setAccessibleName(name)
    tree.setHeaderLabels(list(titles))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _choose_first(tree: QTreeWidget) -> None:
    if first := tree.topLevelItem(0):
        tree.setCurrentItem(first)
