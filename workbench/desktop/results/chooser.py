"""Which model and which version a pane runs."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.version import PromptVersion
from workbench.desktop.elided_combo import ElidedCombo
from workbench.desktop.results.history_model import model_title
from workbench.running import ModelChoice

_REFERENCE = Qt.ItemDataRole.UserRole
_GROUPS = (("In this machine", ("starter", "local")), ("On servers", ("profile", "echo")))
ADD_MODEL = "Add a model…"


class _QuietCombo(ElidedCombo):
    """A combo box that gives way in narrow panes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(72)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def showPopup(self) -> None:
        self.view().setMinimumWidth(min(420, self.view().sizeHintForColumn(0) + 32))
        super().showPopup()


class ModelBox(_QuietCombo):
    """The models of this machine and of servers, in groups; the last entry opens the way to more."""

    reference_chosen = Signal(str)
    add_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reference = ""
        self.setAccessibleName("Model")
        self.setToolTip("The model of this pane")
        self.activated.connect(self._take)
        self.set_models(())

    def set_models(self, choices: Iterable[ModelChoice]) -> None:
        """Offer these models; the chosen one stays, also when it is not among them any more."""
        known = tuple(choices)
        model = QStandardItemModel(self)
        for title, places in _GROUPS:
            group = [choice for choice in known if choice.place in places]
            if group:
                model.appendRow(_heading(title))
            for choice in group:
                model.appendRow(_entry(choice.title, choice.reference, choice.note))
        if self._reference and all(choice.reference != self._reference for choice in known):
            model.insertRow(0, _entry(model_title(self._reference), self._reference, "not in the list any more"))
        model.appendRow(_entry(ADD_MODEL, "", "Open a GGUF file or add a server"))
        self.setModel(model)
        if not self._reference and known:
            self._reference = known[0].reference
        self._show()

    def reference(self) -> str:
        """The model reference that is chosen; empty when there is no model at all."""
        return self._reference

    def set_reference(self, reference: str) -> None:
        """Choose a model; one that is not offered is added."""
        self._reference = reference
        if reference and self.findData(reference) < 0:
            model = self.model()
            if isinstance(model, QStandardItemModel):
                model.insertRow(0, _entry(model_title(reference), reference, reference))
        self._show()

    def _show(self) -> None:
        self.setCurrentIndex(self.findData(self._reference) if self._reference else -1)
        self.setToolTip(f"The model of this pane: {self._reference}" if self._reference else "Choose a model")

    def _take(self, row: int) -> None:
        reference = str(self.itemData(row) or "")
        if not reference:
            self._show()
            self.add_asked.emit()
        elif reference != self._reference:
            self._reference = reference
            self._show()
            self.reference_chosen.emit(reference)


def _heading(title: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _entry(title: str, reference: str, note: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setData(reference, _REFERENCE)
    item.setToolTip(note or reference)
    return item


class VersionBox(_QuietCombo):
    """The draft in the editor, or a saved version of it."""

    version_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions: tuple[PromptVersion, ...] = ()
        self.setAccessibleName("Version")
        self.setToolTip("What this pane runs: the draft in the editor or a saved version")
        self.set_versions(())
        self.activated.connect(lambda _row: self.version_chosen.emit())

    def set_versions(self, versions: tuple[PromptVersion, ...]) -> None:
        """Offer the draft and these; the chosen one stays where it is still there."""
        chosen = self.version()
        self._versions = versions
        self.clear()
        self.addItem("Draft")
        for version in versions:
            name = f" · {version.label}" if version.label else ""
            self.addItem(f"v{version.number}{name}")
            self.setItemData(self.count() - 1, version.message or "without a message", Qt.ItemDataRole.ToolTipRole)
        self.set_version(chosen)

    def version(self) -> PromptVersion | None:
        """The chosen version; None for the draft."""
        row = self.currentIndex()
        return self._versions[row - 1] if 0 < row <= len(self._versions) else None

    def set_version(self, version: PromptVersion | None) -> None:
        """Choose a version; the draft when it is not among those offered."""
        row = next((at for at, known in enumerate(self._versions, 1) if version and known.id == version.id), 0)
        self.setCurrentIndex(row)
