"""Local models: the starter and the person's GGUF files; what they need, how they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs import local_model
from workbench.desktop.dialogs.download import DownloadDialog
from workbench.desktop.dialogs.local_model import STARTER
from workbench.desktop.dialogs.model_card import ModelCard, ModelFacts
from workbench.desktop.dialogs.model_list import Listed, ModelList, listed
from workbench.desktop.results import figures
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.models import gguf
from workbench.providers.llamacpp import LoadedModel, LoadOptions
from workbench.running import Workspace
from workbench.running.local_library import add_folder, found_models

_AUTO_CONTEXT = 0
_GPU: dict[str, Literal["auto", "number", "cpu"]] = {
    "No layers, all on the processor": "cpu",
    "All that fit": "auto",
    "A number of layers": "number",
}


class ModelsDialog(QDialog):
    """The list of local models with the chosen one's card beside it. Files can be dropped on it."""

    changed = Signal()
    """Models were added or removed, or are loaded another way."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._options = LoadOptions()
        self._asking = 0
        self.setWindowTitle("Local models")
        self.resize(860, 620)
        self.setAcceptDrops(True)
        self._make_list()
        self._make_side()
        self._make_options()
        self._lay_out()
        self._connect()
        self._read_options()
        self._load_list()

    # Parts

    def _make_list(self) -> None:
        self.list = ModelList()
        self.add = button("Add GGUF file…", "Add GGUF files to the list")
        self.remove = button("Remove", "Remove this model from the list; its file stays")
        self.use = button("Add to the list", "Offer this model wherever one is chosen")
        self.folder = button("Add folder…", "Look for models in a folder of yours")
        self.download = button("Download…", "Download models from a hub")
        self._hint = plain_label("Files can be dropped here. They are used where they lie.", "quiet")
        self._hint.setWordWrap(True)

    def _make_side(self) -> None:
        self.card = ModelCard()
        self.error = ErrorCard()
        self.load_button = button("Load now", "Load this model into memory")
        self.unload_button = button("Unload", "Take this model out of memory")
        self.unload_button.setEnabled(False)  # until it is known to be loaded
        self.state = plain_label("", "quiet")
        self.state.setWordWrap(True)

    def _make_options(self) -> None:
        self.context = QSpinBox()
        self.context.setRange(_AUTO_CONTEXT, 1_048_576)
        self.context.setSingleStep(1024)
        self.context.setGroupSeparatorShown(True)
        self.context.setSpecialValueText("automatic")
        self.context.setSuffix(" tokens")
        _name(self.context, "Context size")
        self.gpu = QComboBox()
        self.gpu.setAccessibleName("Layers on the graphics processor")
        for title, choice in _GPU.items():
            self.gpu.addItem(title, choice)
        self.layers = QSpinBox()
        self.layers.setRange(1, 999)
        _name(self.layers, "Number of layers")
        self.gpu_note = plain_label("", "quiet")
        self.gpu_note.setWordWrap(True)

    def _lay_out(self) -> None:
        left = QWidget()
        lefts = QVBoxLayout(left)
        lefts.setContentsMargins(0, 0, 0, 0)
        lefts.addWidget(self.list, 1)
        lefts.addWidget(self._hint)
        pair = QHBoxLayout()
        pair.addWidget(self.add)
        pair.addWidget(self.remove)
        pair.addWidget(self.use)
        lefts.addLayout(pair)
        more = QHBoxLayout()
        more.addWidget(self.folder)
        more.addWidget(self.download)
        lefts.addLayout(more)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.error)
        column.addWidget(self.card)
        loading = QHBoxLayout()
        loading.addWidget(self.load_button)
        loading.addWidget(self.unload_button)
        loading.addWidget(self.state, 1)
        column.addLayout(loading)
        column.addWidget(self._options_box())
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        split = QuietSplitter(left, scroll, sizes=(260, 600))
        self.close_button = button("Close", "Close")
        closing = QHBoxLayout()
        closing.addStretch()
        closing.addWidget(self.close_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.addWidget(split, 1)
        outer.addLayout(closing)

    def _options_box(self) -> QWidget:
        box = QWidget()
        title = plain_label("How local models are loaded")
        title.setProperty("title", True)
        layers = QHBoxLayout()
        layers.addWidget(self.gpu, 1)
        layers.addWidget(self.layers)
        form = QFormLayout(box)
        form.setContentsMargins(0, 16, 0, 0)
        form.setHorizontalSpacing(16)
        form.addRow(title)
        form.addRow("Context", self.context)
        form.addRow("GPU layers", layers)
        form.addRow("", self.gpu_note)
        return box

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.add.clicked.connect(self._ask_for_files)
        self.remove.clicked.connect(self._remove)
        self.use.clicked.connect(lambda: self.add_files([Path(self.reference().removeprefix("local:"))]))
        self.folder.clicked.connect(self._ask_for_folder)
        self.download.clicked.connect(self.open_downloads)
        self.load_button.clicked.connect(self.load)
        self.unload_button.clicked.connect(self.unload)
        self.close_button.clicked.connect(self.accept)
        self.context.editingFinished.connect(self._save_options)
        self.gpu.activated.connect(lambda _row: self._save_options())
        self.layers.editingFinished.connect(self._save_options)

    # The list

    def reference(self) -> str:
        """The model reference of the chosen line."""
        return self.list.reference()

    def _load_list(self, choose: str = "") -> None:
        self._bridge.when(
            self._workspace.store.read(listed),
            lambda models: self._show_list(models, choose),
            self._failed,
            owner=self,
        )

    def _show_list(self, models: tuple[Listed, ...], choose: str) -> None:
        self.list.show_listed(models, choose)
        self._chosen()
        self._bridge.when(
            found_models(self._workspace.loop, self._workspace.store),
            self.list.show_found,
            self._failed,
            owner=self,
        )

    def _ask_for_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Look for models in a folder"):
            self.add_folder(Path(name))

    def add_folder(self, folder: Path) -> None:
        """Look for models in a folder too; they are shown below the list."""
        self.error.hide()
        self._bridge.when(
            self._workspace.store.write(lambda store: add_folder(store, folder)),
            lambda _done: self._load_list(self.reference()),
            self._failed,
            owner=self,
        )

    def open_downloads(self) -> None:
        """Get models from a hub."""
        dialog = DownloadDialog(self._workspace, self._bridge, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.arrived.connect(self._listed)
        dialog.open()

    def _ask_for_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Add GGUF files", "", "GGUF models (*.gguf)")
        self.add_files([Path(name) for name in names])

    def add_files(self, paths: list[Path]) -> None:
        """Put files into the list; each is read first, and one that is no model is refused with the reason."""
        if not paths:
            return
        self.error.hide()
        self._bridge.when(
            compute(lambda: [str(gguf.read_metadata(path.absolute()).path) for path in paths]),
            self._add_paths,
            self._failed,
            owner=self,
        )

    def _add_paths(self, paths: list[str]) -> None:
        def add(store: Any) -> None:
            for path in paths:
                store.add_local_model(path)

        self._bridge.when(
            self._workspace.store.write(add),
            lambda _done: self._listed(f"local:{paths[-1]}"),
            self._failed,
            owner=self,
        )

    def _listed(self, choose: str) -> None:
        self._load_list(choose)
        self.changed.emit()

    def _remove(self) -> None:
        reference = self.reference()
        path = reference.removeprefix("local:")
        if reference == STARTER or not confirmed(
            self, f"Remove {Path(path).name} from the list?", "The file stays where it is.", "Remove"
        ):
            return
        self._bridge.when(
            self._workspace.store.write(lambda store: store.remove_local_model(path)),
            lambda _done: self._listed(STARTER),
            self._failed,
            owner=self,
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add_files(_dropped(event))
        event.acceptProposedAction()

    # The card

    def _chosen(self) -> None:
        reference = self.reference()
        self.remove.setEnabled(reference not in ("", STARTER))
        self.remove.setHidden(self.list.is_found())
        self.use.setVisible(self.list.is_found())
        self.error.hide()
        self._asking += 1
        asking, context = self._asking, self._options.context
        self._bridge.when(
            compute(lambda: local_model.facts(reference, context)),
            lambda known: self._show_facts(asking, known),
            lambda error: self._no_facts(asking, error),
            owner=self,
        )
        self._show_state()

    def _show_facts(self, asking: int, known: ModelFacts) -> None:
        if asking == self._asking:
            self.card.show_facts(known)
            self.card.show()
            self.load_button.setEnabled(True)

    def _no_facts(self, asking: int, error: BaseException) -> None:
        if asking == self._asking:
            self.card.hide()
            self.load_button.setEnabled(False)
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.state.setText("")
        show_exception(self.error, error, retry=False)

    # Loading

    def load(self) -> None:
        """Load the chosen model now, so that the first run does not wait for it."""
        reference = self.reference()
        self.error.hide()
        self.load_button.setEnabled(False)
        self.state.setText("Loading …")
        self._bridge.when(
            self._workspace.loop.submit(local_model.load(self._workspace, reference)),
            lambda loaded: self._loaded(reference, loaded),
            self._not_loaded,
            owner=self,
        )

    def _loaded(self, reference: str, loaded: LoadedModel) -> None:
        self.load_button.setEnabled(True)
        if reference == self.reference():
            self.unload_button.setEnabled(True)
            used = figures.size(loaded.memory_bytes)
            self.state.setText(
                f"✓ Loaded, {used}, context {loaded.context:,} tokens. {_sentence(loaded.gpu_note)}"
            )

    def _not_loaded(self, error: BaseException) -> None:
        self.load_button.setEnabled(True)
        self._failed(error)

    def unload(self) -> None:
        """Take the chosen model out of memory; the next run loads it again."""
        self._bridge.when(
            self._workspace.loop.submit(local_model.unload(self._workspace, self.reference())),
            lambda _done: self._show_state(),
            self._failed,
            owner=self,
        )

    def _show_state(self) -> None:
        reference = self.reference()
        self._bridge.when(
            self._workspace.loop.submit(local_model.memory_used(self._workspace, reference)),
            lambda state: self._say_state(reference, state),
            lambda _error: self._say_state(reference, None),
            owner=self,
        )

    def _say_state(self, reference: str, used: int | None) -> None:
        if reference != self.reference():
            return
        self.unload_button.setEnabled(used is not None)
        self.state.setText(
            "Not loaded; the first run loads it." if used is None else f"Loaded, {figures.size(used)}."
        )

    # Options

    def _read_options(self) -> None:
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.load_options()),
            self._show_options,
            self._failed,
            owner=self,
        )

    def _show_options(self, options: LoadOptions) -> None:
        self._options = options
        self.context.setValue(options.context or _AUTO_CONTEXT)
        wanted = "auto" if options.gpu_layers == "auto" else "number" if options.gpu_layers else "cpu"
        self.gpu.setCurrentIndex(self.gpu.findData(wanted))
        if isinstance(options.gpu_layers, int) and options.gpu_layers:
            self.layers.setValue(options.gpu_layers)
        self._show_gpu_note()
        self._chosen()

    def _show_gpu_note(self) -> None:
        chosen = self.gpu.currentData()
        self.layers.setVisible(chosen == "number")
        self.gpu_note.setText(
            "Needs a llama.cpp that was built with a GPU; one that was not computes everything on the processor."
            if chosen != "cpu"
            else "Works on every machine."
        )

    def _save_options(self) -> None:
        self._show_gpu_note()
        layers: dict[str, int | Literal["auto"]] = {"cpu": 0, "auto": "auto", "number": self.layers.value()}
        wanted = LoadOptions(
            context=self.context.value() or None,
            gpu_layers=layers[self.gpu.currentData()],
            threads=self._options.threads,
            serial=self._options.serial,
        )
        if wanted == self._options:
            return
        self._options = wanted
        self._bridge.when(
            self._workspace.loop.submit(
                self._workspace.catalog.set_load_options(context=wanted.context, gpu_layers=wanted.gpu_layers)
            ),
            lambda _done: self._options_saved(),
            self._failed,
            owner=self,
        )

    def _options_saved(self) -> None:
        self._chosen()
        self.changed.emit()


def _dropped(event: QDropEvent) -> list[Path]:
    """The GGUF files that are being dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() == ".gguf"]


def _name(field: QSpinBox, name: str) -> None:
    """The field and the line in it, which takes the focus of its own, by one name."""
    field.setAccessibleName(name)
    field.lineEdit().setAccessibleName(name)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
