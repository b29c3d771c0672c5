"""Which further model every column of a plan is to be run on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.plan import Plan
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialog_buttons import ok_and_cancel
from workbench.desktop.results.chooser import ModelBox
from workbench.running import ModelChoice, Workspace

_WIDTH = 420


class ModelDialog(QDialog):
    """Asks for a model."""

    chosen = Signal(str)
    """The model reference."""
    models_asked = Signal()
    """The ways to more models are to be opened."""

    def __init__(self, workspace: Workspace, bridge: Bridge, plan: Plan, parent: QWidget) -> None:
        super().__init__(parent)
        self._known = {column.model for column in plan.columns}
        self.setWindowTitle("Every column on another model")
        hint = theme.plain_label(
            "Each column is copied to the right, with this model in place of its own.", "quiet"
        )
        hint.setWordWrap(True)
        self.model = ModelBox()
        self.model.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model.add_asked.connect(self.models_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(hint)
        column.addWidget(self.model)
        column.addWidget(ok_and_cancel(self))
        self.setMinimumWidth(_WIDTH)
        bridge.when(workspace.catalog.references(), self._show_models, lambda _: None, owner=self)

    def accept(self) -> None:
        """Take the model."""
        if self.model.reference():
            self.chosen.emit(self.model.reference())
        super().accept()

    def _show_models(self, choices: tuple[ModelChoice, ...]) -> None:
        another = (choice.reference for choice in choices if choice.reference not in self._known)
        if not self.model.reference():
            self.model.set_reference(next(another, ""))
        self.model.set_models(choices)
        self.model.setToolTip("The model that every column is copied to")
