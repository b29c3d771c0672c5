"""The sidebar filled from the workspace, and kept up to date by what changes there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from workbench.desktop.bridge import Bridge
from workbench.desktop.library.contents import Contents, hit_item, model_items, read_contents
from workbench.desktop.library.sidebar import Sidebar
from workbench.desktop.library.tree import LibraryTree
from workbench.running import ModelChoice
from workbench.store import Changed, Hit, StoreThread

_SHORTEST_QUERY = 2
_MOST_HITS = 30
_TOGETHER_MS = 100


class Library:
    """Asks the store for what the sidebar shows; several changes at once are one question."""

    def __init__(self, sidebar: Sidebar, store: StoreThread, bridge: Bridge) -> None:
        self._sidebar = sidebar
        self._tree: LibraryTree = sidebar.tree
        self._store = store
        self._bridge = bridge
        self._shown = False
        self._to_mark = ""
        """A prompt in front that is so new that it has no row yet."""
        self._soon = QTimer(sidebar, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self.refresh)
        sidebar.searched.connect(self._search)

    def refresh(self) -> None:
        """Ask again for prompts and test sets."""
        self._bridge.when(self._store.read(read_contents), self._show, lambda _error: None, owner=self._owner)

    def take_changes(self, changes: Sequence[Changed]) -> None:
        """Refetch when a prompt, a version or a test set changed."""
        if any(change.kind in ("prompt", "version", "test_set") for change in changes):
            self._soon.start()

    def show_models(self, choices: Sequence[ModelChoice]) -> None:
        """The models on offer."""
        self._tree.set_items("models", model_items(choices), note=f"{len(choices):,}")

    def mark(self, prompt_id: str) -> None:
        """The prompt that is in front."""
        self._to_mark = "" if self._sidebar.select("prompt", prompt_id) else prompt_id

    @property
    def _owner(self) -> QWidget:
        return self._sidebar

    def _show(self, contents: Contents) -> None:
        self._tree.set_items("prompts", contents.prompts)
        self._tree.set_items("test_sets", contents.test_sets)
        if not self._shown:
            self._shown = True
            self._sidebar.open_group("prompts")
        if self._to_mark:
            self.mark(self._to_mark)

    def _search(self, text: str) -> None:
        if len(text) < _SHORTEST_QUERY:
            self._tree.set_items("found", ())
            return
        self._bridge.when(
            self._store.read(lambda store: store.search(text, limit=_MOST_HITS)),
            lambda hits: self._show_hits(text, hits),
            lambda _error: self._tree.set_items("found", ()),
            owner=self._owner,
        )

    def _show_hits(self, text: str, hits: Sequence[Hit]) -> None:
        if text == self._sidebar.search.text().strip():
            items = {item.id: item for item in map(hit_item, hits)}
            self._tree.set_items("found", tuple(items.values()), note=f"{len(items):,}")
            self._sidebar.open_group("found")
