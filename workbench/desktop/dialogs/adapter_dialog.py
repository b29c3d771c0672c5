"""A LoRA adapter for a local model: its file, its scale, and whether it belongs to the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from workbench.core.model_reference import Adapter, parse, short_name
from workbench.desktop import file_choice
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs import local_model
from workbench.desktop.results import figures
from workbench.desktop.results.controls import button, trailing
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.models.adapter import AdapterMetadata
from workbench.running import Workspace
from workbench.running.adapted import add_adapted


class AdapterDialog(QDialog):
    """Asks for an adapter; the model with it is offered like any other."""

    added = Signal(str)
    """The reference of the model with the adapter."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._asking = 0
        self.setWindowTitle("Add a LoRA adapter")
        self.setMinimumWidth(520)
        self._make_parts()
        self._lay_out()

    def _make_parts(self) -> None:
        self.path = QLineEdit()
        self.path.setAccessibleName("Adapter file")
        self.path.setPlaceholderText("A GGUF file, as convert_lora_to_gguf.py makes it")
        self.path.textChanged.connect(lambda _text: self._look())
        self.browse = button("Choose…", "Choose an adapter file")
        self.browse.clicked.connect(self._ask_for_file)
        self.scale = QDoubleSpinBox()
        self.scale.setRange(-10, 10)
        self.scale.setSingleStep(0.1)
        self.scale.setValue(1.0)
        self.scale.setAccessibleName("Scale")
        self.scale.lineEdit().setAccessibleName("Scale")
        self.facts = plain_label("", "quiet")
        self.facts.setWordWrap(True)
        self.error = ErrorCard()
        self.add = button("Add", "Offer the model with this adapter", primary=True)
        self.add.setEnabled(False)
        self.add.clicked.connect(self._add)
        self.close_button = button("Cancel", "Cancel")
        self.close_button.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        what = plain_label(
            f"{short_name(self._reference)} with the adapter is offered beside the model itself. Both are one "
            "model in memory, and can be compared side by side.",
            "quiet",
        )
        what.setWordWrap(True)
        file = QHBoxLayout()
        file.setSpacing(8)
        file.addWidget(self.path, 1)
        file.addWidget(self.browse)
        scale = QHBoxLayout()
        scale.setSpacing(8)
        scale.addWidget(self.scale)
        scale.addWidget(plain_label("1 is as it was trained, 0 changes nothing", "quiet"), 1)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow("Adapter", file)
        form.addRow("", self.facts)
        form.addRow("Scale", scale)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(what)
        column.addLayout(form)
        column.addWidget(self.error)
        column.addStretch()
        column.addLayout(trailing(self.close_button, self.add))

    def _ask_for_file(self) -> None:
        name = file_choice.open_file(self, "Choose an adapter", choices="GGUF adapters (*.gguf)")
        if name:
            self.path.setText(name)

    def _look(self) -> None:
        """Read the file's header; the button waits for it to be an adapter of this model."""
        self._asking += 1
        asking, text = self._asking, self.path.text().strip()
        self.add.setEnabled(False)
        self.error.hide()
        self.facts.setText("")
        if not text:
            return
        self._bridge.when(
            compute(lambda: local_model.adapter_facts(self._reference, Path(text).expanduser().absolute())),
            lambda found: self._show(asking, found),
            lambda error: self._refuse(asking, error),
            owner=self,
        )

    def _show(self, asking: int, found: AdapterMetadata) -> None:
        if asking == self._asking:
            base = f", trained on {found.base}" if found.base else ""
            self.facts.setText(
                f"✓ {found.name}: rank {found.rank}, changes {found.weights} weights{base} · "
                f"{figures.size(found.size_bytes)}"
            )
            self.add.setEnabled(True)

    def _refuse(self, asking: int, error: BaseException) -> None:
        if asking == self._asking:
            show_exception(self.error, error, retry=False)

    def reference(self) -> str:
        """The model with the adapter."""
        path = str(Path(self.path.text().strip()).expanduser().absolute())
        model = parse(self._reference)
        return str(replace(model, adapters=(*model.adapters, Adapter(path, round(self.scale.value(), 2)))))

    def _add(self) -> None:
        reference = self.reference()
        self._bridge.when(
            self._workspace.store.write(lambda store: add_adapted(store, reference)),
            lambda _done: self._added(reference),
            lambda error: show_exception(self.error, error, retry=False),
            owner=self,
        )

    def _added(self, reference: str) -> None:
        self.added.emit(reference)
        self.accept()
