"""Local models: the starter and the person's GGUF files; what they need, how they are loaded."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from workbench.core.model_reference import parse, short_name
from workbench.desktop import file_choice
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs import local_model
from workbench.desktop.dialogs.adapter_dialog import AdapterDialog
from workbench.desktop.dialogs.download import DownloadDialog
from workbench.desktop.dialogs.download_list import DownloadList
from workbench.desktop.dialogs.loading_options import LoadingOptions
from workbench.desktop.dialogs.local_model import STARTER
from workbench.desktop.dialogs.model_card import ModelCard, ModelFacts
from workbench.desktop.dialogs.model_list import Listed, ModelList, listed
from workbench.desktop.dialogs.model_page import ModelPage
from workbench.desktop.results import figures
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button, trailing
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.models import gguf
from workbench.providers.llamacpp import LoadedModel
from workbench.running import Workspace
from workbench.running.adapted import remove_adapted
from workbench.running.local_library import add_folder, found_models
from workbench.store import Store


class ModelsDialog(QDialog):
    """The list of local models with the chosen one's card beside it. Files can be dropped on it."""

    changed = Signal()
    """Models were added or removed, or are loaded another way."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._asking = 0
        self.setWindowTitle("Local models")
        self.resize(860, 620)
        self.setAcceptDrops(True)
        self._make_list()
        self._make_side()
        self._lay_out()
        self._connect()
        self._load_list()

    # Parts

    def _make_list(self) -> None:
        self.list = ModelList()
        self.add = button("Add GGUF file…", "Add GGUF files to the list")
        self.remove = button("Remove", "Remove this model from the list; its file stays")
        self.use = button("Add to the list", "Offer this model wherever one is chosen")
        self.folder = button("Add folder…", "Look for models in a folder of yours")
        self.download = button("Download…", "Download models from a hub")
        self.downloads = DownloadList(self._workspace, self._bridge)
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
        self.page_button = button(
            "Try and measure…", "Open this model's page: memory, a try, speed, template, notes"
        )
        self.adapter_button = button("Add an adapter…", "Offer this model with a LoRA adapter")
        self.loading = LoadingOptions(self._workspace, self._bridge)

    def _lay_out(self) -> None:
        left = QWidget()
        lefts = QVBoxLayout(left)
        lefts.setContentsMargins(0, 0, 0, 0)
        lefts.addWidget(self.list, 1)
        lefts.addWidget(self._hint)
        lefts.addWidget(self.downloads)
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
        doing = QHBoxLayout()
        doing.addWidget(self.page_button)
        doing.addWidget(self.adapter_button)
        doing.addStretch()
        column.addLayout(doing)
        column.addWidget(self.loading)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        split = QuietSplitter(left, scroll, sizes=(260, 600))
        self.close_button = button("Close", "Close")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.addWidget(split, 1)
        outer.addLayout(trailing(self.close_button))

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.add.clicked.connect(self._ask_for_files)
        self.remove.clicked.connect(self._remove)
        self.use.clicked.connect(lambda: self.add_files([Path(parse(self.reference()).model)]))
        self.folder.clicked.connect(self._ask_for_folder)
        self.download.clicked.connect(self.open_downloads)
        self.downloads.finished.connect(self._listed)
        self.finished.connect(lambda _code: self.downloads.close_list())
        self.load_button.clicked.connect(self.load)
        self.unload_button.clicked.connect(self.unload)
        self.close_button.clicked.connect(self.accept)
        self.page_button.clicked.connect(self.open_page)
        self.adapter_button.clicked.connect(self.add_adapter)
        self.list.itemActivated.connect(self._activated)
        self.loading.shown.connect(self._chosen)
        self.loading.changed.connect(self._loaded_otherwise)
        self.loading.failed.connect(self._failed)

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
        if name := file_choice.folder(self, "Look for models in a folder"):
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
        dialog.open()

    def _ask_for_files(self) -> None:
        names = file_choice.open_files(self, "Add GGUF files", choices="GGUF models (*.gguf)")
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
        def add(store: Store) -> None:
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

    def add_adapter(self) -> None:
        """Offer the chosen model with a LoRA adapter too."""
        dialog = AdapterDialog(self.reference(), self._workspace, self._bridge, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.added.connect(self._listed)
        dialog.open()

    def open_page(self) -> None:
        """Try the chosen model, measure it, note what is known of it."""
        page = ModelPage(self.reference(), self._workspace, self._bridge, self)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.changed.connect(self._loaded_otherwise)
        page.changed.connect(self.loading.read)
        page.finished.connect(lambda _code: self._show_state())
        page.open()

    def _activated(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.open_page()

    def _loaded_otherwise(self) -> None:
        self._chosen()
        self.changed.emit()

    def _remove(self) -> None:
        reference = self.reference()
        model, name = parse(reference), short_name(reference)
        if reference == STARTER or not confirmed(
            self, f"Remove {name} from the list?", "No file is touched.", "Remove"
        ):
            return

        def remove(store: Store) -> None:
            if model.adapters:
                remove_adapted(store, reference)
            else:
                store.remove_local_model(model.model)

        self._bridge.when(
            self._workspace.store.write(remove),
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
        asking, options = self._asking, self.loading.options
        self.page_button.setEnabled(bool(reference))
        self.adapter_button.setEnabled(bool(reference))
        self._bridge.when(
            compute(lambda: local_model.facts(reference, options.context, cache=options.cache)),
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


def _dropped(event: QDropEvent) -> list[Path]:
    """The GGUF files that are being dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() == ".gguf"]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
