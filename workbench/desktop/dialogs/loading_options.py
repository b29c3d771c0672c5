"""How local models are loaded, and how long they stay: for all of them, kept at once."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QWidget

from workbench.desktop.bridge import Bridge
from workbench.desktop.results.controls import number
from workbench.desktop.theme import plain_label
from workbench.providers.llamacpp import LoadOptions
from workbench.running import Workspace

_AUTO = 0
_GPU: dict[str, Literal["auto", "number", "cpu"]] = {
    "No layers, all on the processor": "cpu",
    "All that fit": "auto",
    "A number of layers": "number",
}


class LoadingOptions(QWidget):
    """A form of the settings."""

    changed = Signal()
    """Models are loaded another way from now on."""
    shown = Signal()
    """The settings have come from the store."""
    failed = Signal(object)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self.options = LoadOptions()
        self._minutes = -1.0
        self._make_fields()
        self._lay_out()
        self._connect()
        self.read()

    def _make_fields(self) -> None:
        self.context = number("Context size", 1_048_576, step=1024, suffix=" tokens", zero="automatic")
        self.gpu = QComboBox()
        self.gpu.setAccessibleName("Layers on the graphics processor")
        for title, choice in _GPU.items():
            self.gpu.addItem(title, choice)
        self.layers = number("Number of layers", 999, least=1)
        self.gpu_note = plain_label("", "quiet")
        self.gpu_note.setWordWrap(True)
        self.unload_after = number(
            "Unload after idle minutes", 10_080, step=5, suffix=" idle minutes", zero="never, it stays loaded"
        )
        self.disk_cache = number("Cache on disk", 1_000_000, step=500, suffix=" MB", zero="off")
        self.disk_note = plain_label(
            "Keeps what was read of long prompts, so that the first run of tomorrow need not read it again.",
            "quiet",
        )
        self.disk_note.setWordWrap(True)

    def _lay_out(self) -> None:
        title = plain_label("How local models are loaded")
        title.setProperty("title", True)
        layers = QHBoxLayout()
        layers.addWidget(self.gpu, 1)
        layers.addWidget(self.layers)
        form = QFormLayout(self)
        form.setContentsMargins(0, 16, 0, 0)
        form.setHorizontalSpacing(16)
        form.addRow(title)
        form.addRow("Context", self.context)
        form.addRow("GPU layers", layers)
        form.addRow("", self.gpu_note)
        form.addRow("Unload after", self.unload_after)
        form.addRow("Cache on disk", self.disk_cache)
        form.addRow("", self.disk_note)

    def _connect(self) -> None:
        for field in (self.context, self.layers, self.disk_cache):
            field.editingFinished.connect(self._save)
        self.gpu.activated.connect(lambda _row: self._save())
        self.unload_after.editingFinished.connect(self._save_minutes)

    def read(self) -> None:
        """Show what is set now."""
        loop, catalog = self._workspace.loop, self._workspace.catalog
        self._bridge.when(loop.submit(catalog.load_options()), self._show, self.failed.emit, owner=self)
        self._bridge.when(loop.submit(catalog.unload_after()), self._show_minutes, self.failed.emit, owner=self)

    def _show(self, options: LoadOptions) -> None:
        self.options = options
        self.context.setValue(options.context or _AUTO)
        wanted = "auto" if options.gpu_layers == "auto" else "number" if options.gpu_layers else "cpu"
        self.gpu.setCurrentIndex(self.gpu.findData(wanted))
        if isinstance(options.gpu_layers, int) and options.gpu_layers:
            self.layers.setValue(options.gpu_layers)
        self.disk_cache.setValue(options.disk_cache)
        self._show_gpu_note()
        self.shown.emit()

    def _show_minutes(self, minutes: float) -> None:
        self._minutes = minutes
        self.unload_after.setValue(round(minutes) or int(minutes > 0))

    def _show_gpu_note(self) -> None:
        chosen = self.gpu.currentData()
        self.layers.setVisible(chosen == "number")
        self.gpu_note.setText(
            "Needs a llama.cpp that was built with a GPU; one that was not computes everything on the processor."
            if chosen != "cpu"
            else "Works on every machine."
        )

    def _save(self) -> None:
        self._show_gpu_note()
        layers: dict[str, int | Literal["auto"]] = {"cpu": 0, "auto": "auto", "number": self.layers.value()}
        wanted = {
            "context": self.context.value() or None,
            "gpu_layers": layers[self.gpu.currentData()],
            "disk_cache": self.disk_cache.value(),
        }
        if all(getattr(self.options, name) == value for name, value in wanted.items()):
            return
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.set_load_options(**wanted)),
            lambda _done: self._saved(),
            self.failed.emit,
            owner=self,
        )

    def _saved(self) -> None:
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.load_options()),
            self._take,
            self.failed.emit,
            owner=self,
        )

    def _take(self, options: LoadOptions) -> None:
        self.options = options
        self.changed.emit()

    def _save_minutes(self) -> None:
        minutes = float(self.unload_after.value())
        if minutes == round(self._minutes):
            return
        self._minutes = minutes
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.set_unload_after(minutes)),
            lambda _done: None,
            self.failed.emit,
            owner=self,
        )
