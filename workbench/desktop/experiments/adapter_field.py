"""A LoRA adapter for a model of this machine: its file, and how strongly it counts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QToolButton, QWidget

from workbench.core.model_reference import Adapter
from workbench.desktop import file_choice, theme
from workbench.desktop.results.controls import button, icon_button

_MOST = 10.0


class AdapterField(QWidget):
    """One adapter or none; more than one, as a reference may have, stay as they are until they are taken away."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._adapters: tuple[Adapter, ...] = ()
        self.choose = button("Choose a LoRA file…", "Add a LoRA adapter to the model")
        self.scale = QDoubleSpinBox(minimum=-_MOST, maximum=_MOST, decimals=2, singleStep=0.1, value=1)
        self.scale.setPrefix("× ")
        self.scale.setAccessibleName("How strongly the adapter counts")
        self.scale.setToolTip("1 as it was trained, 0 leaves the model as it is.")
        self.scale.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clear: QToolButton = icon_button("close", "Without an adapter")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.choose, 1)
        row.addWidget(self.scale)
        row.addWidget(self.clear)
        self.choose.clicked.connect(self._ask)
        self.clear.clicked.connect(lambda: self._take(()))
        self.scale.valueChanged.connect(self._weigh)
        self._show()

    def adapters(self) -> tuple[Adapter, ...]:
        """What stands in the field."""
        return self._adapters

    def show_adapters(self, adapters: tuple[Adapter, ...]) -> None:
        """Show these, without a word to anybody."""
        self._adapters = adapters
        self._show()

    def add(self, path: Path) -> None:
        """Take this file, as if a person had chosen it."""
        self._take((Adapter(str(path), self.scale.value()),))

    def _ask(self) -> None:
        path = file_choice.open_file(self, "LoRA adapter", choices="LoRA adapters (*.gguf);;All files (*)")
        if path:
            self.add(Path(path))

    def _weigh(self, scale: float) -> None:
        if len(self._adapters) == 1 and self._adapters[0].scale != scale:
            self._take((Adapter(self._adapters[0].path, scale),))

    def _take(self, adapters: tuple[Adapter, ...]) -> None:
        self.show_adapters(adapters)
        self.edited.emit()

    def _show(self) -> None:
        names = [Path(adapter.path).stem for adapter in self._adapters]
        self.choose.setText(" + ".join(names) if names else "Choose a LoRA file…")
        self.choose.setToolTip("\n".join(adapter.path for adapter in self._adapters) or "Add a LoRA adapter")
        self.scale.setVisible(len(names) == 1)
        self.clear.setVisible(bool(names))
        if len(self._adapters) == 1:
            self.scale.setValue(self._adapters[0].scale)
