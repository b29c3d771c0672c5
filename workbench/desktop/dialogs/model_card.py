"""What a GGUF file is and what it needs, read before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QFormLayout, QProgressBar, QVBoxLayout, QWidget

from workbench.desktop.results import figures
from workbench.desktop.theme import plain_label
from workbench.models.gguf import GgufMetadata
from workbench.models.memory import MemoryEstimate

_ROWS = ("Architecture", "Parameters", "Quantisation", "Context", "Layers", "Chat template", "Licence", "File")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A file's metadata with what it needs on this machine now."""

    metadata: GgufMetadata
    estimate: MemoryEstimate
    context: int
    """The context that the estimate is for."""


class ModelCard(QWidget):
    """Metadata in rows, and a bar of the memory that it would take."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._needed = 0
        self._title = plain_label()
        self._title.setProperty("title", True)
        self._values = {row: plain_label() for row in _ROWS}
        self._memory = plain_label()
        self._memory.setWordWrap(True)
        self._verdict = plain_label()
        self._verdict.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Share of the free memory")
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(4)
        for row, value in self._values.items():
            value.setWordWrap(True)
            form.addRow(plain_label(row, "quiet"), value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addLayout(form)
        column.addWidget(self._memory)
        column.addWidget(self._bar)
        column.addWidget(self._verdict)

    def show_facts(self, facts: ModelFacts) -> None:
        """Show a model."""
        metadata, needed = facts.metadata, facts.estimate
        self._needed = needed.total
        self._title.setText(metadata.name)
        texts = {
            "Architecture": metadata.architecture,
            "Parameters": _count(metadata.parameters),
            "Quantisation": metadata.quantisation,
            "Context": f"{metadata.context:,} tokens" if metadata.context else "not said in the file",
            "Layers": str(metadata.layers),
            "Chat template": "in the file" if metadata.chat_template else "none; a plain one is used",
            "Licence": metadata.licence or "not said in the file",
            "File": _file(metadata),
        }
        for row, text in texts.items():
            self._values[row].setText(text)
        self._memory.setText(
            f"Memory with a context of {facts.context:,} tokens: about {figures.size(needed.total)} "
            f"({figures.size(needed.weights)} weights, {figures.size(needed.cache)} cache, "
            f"{figures.size(needed.compute)} computing). Free now: {figures.size(needed.free)}."
        )
        self._bar.setRange(0, 100)
        self._bar.setValue(min(100, round(100 * needed.total / max(1, needed.free))))
        self._verdict.setText(verdict(needed))

    def needed(self) -> int:
        """Bytes of memory, as shown."""
        return self._needed

    def title(self) -> str:
        """The model's name as shown."""
        return self._title.text()

    def verdict(self) -> str:
        """Whether it fits, as shown."""
        return self._verdict.text()


def verdict(needed: MemoryEstimate) -> str:
    """Whether a model fits into the free memory, and what to do when it does not."""
    if needed.fits:
        return "✓ Fits into the free memory."
    missing = figures.size(needed.total - needed.free)
    return f"✗ {missing} too much for the free memory. Lower the context, close programs, or use a smaller file."


def _count(parameters: int) -> str:
    if parameters >= 1_000_000_000:
        return f"{parameters / 1e9:.1f} billion"
    return f"{parameters / 1e6:,.0f} million"


def _file(metadata: GgufMetadata) -> str:
    parts = f" in {len(metadata.parts)} files" if len(metadata.parts) > 1 else ""
    return f"{metadata.path} · {figures.size(metadata.size_bytes)}{parts}"
