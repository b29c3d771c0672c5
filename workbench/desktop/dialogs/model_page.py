"""A local model's page: what it needs, a try, its speed on this machine, its chat template, and notes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from workbench.core.model_reference import short_name
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.model_memory import ModelMemory
from workbench.desktop.dialogs.model_notes import ModelNotes
from workbench.desktop.dialogs.model_speed import ModelSpeed
from workbench.desktop.dialogs.model_template import ModelTemplate
from workbench.desktop.dialogs.model_try import ModelTry
from workbench.desktop.results.controls import button, trailing
from workbench.desktop.theme import plain_label
from workbench.running import Workspace


class ModelPage(QDialog):
    """Tabs about one model; closing it stops what runs and keeps the notes."""

    changed = Signal()
    """Models are loaded another way from now on."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.reference = reference
        self.setWindowTitle(short_name(reference))
        self.resize(760, 560)
        self.memory = ModelMemory(reference, workspace, bridge)
        self.trial = ModelTry(reference, workspace, bridge)
        self.speed = ModelSpeed(reference, workspace, bridge)
        self.template = ModelTemplate(reference, workspace, bridge)
        self.notes = ModelNotes(reference, workspace, bridge)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for name, tab in (
            ("Memory", self.memory),
            ("Try it", self.trial),
            ("Speed here", self.speed),
            ("Chat template", self.template),
            ("Notes", self.notes),
        ):
            self.tabs.addTab(tab, name)
        self.memory.changed.connect(self.changed)
        self.template.changed.connect(self.changed)
        self.close_button = button("Close", "Close; what runs is stopped, notes are kept")
        self.close_button.clicked.connect(self.accept)
        title = plain_label(short_name(reference))
        title.setProperty("title", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self.tabs, 1)
        column.addLayout(trailing(self.close_button))

    def done(self, code: int) -> None:
        self._end()
        super().done(code)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._end()
        super().closeEvent(event)

    def _end(self) -> None:
        self.trial.stop()
        self.speed.stop()
        self.notes.keep()
