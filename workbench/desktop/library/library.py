"""The sidebar filled from the workspace, and kept up to date by what changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from workbench.desktop.bridge import Bridge
from workbench.desktop.library.contents import Contents, hit_item, model_items, read_contents
from workbench.desktop.library.sidebar import Sidebar
from workbench.desktop.library.tree import Item, Kind, LibraryTree
from workbench.running import ModelChoice
from workbench.store import Changed, Hit, StoreThread

_SHORTEST_QUERY = 2
_MOST_HITS = 30
_TOGETHER_MS = 100
_LATER_MS = 2_000
_SHOWN = frozenset({"prompt", "version", "test_set", "plan"})


class Library:
    """Asks the store for what the sidebar shows; several changes at once are one question."""

    def __init__(self, sidebar: Sidebar, store: StoreThread, bridge: Bridge) -> None:
        self._sidebar = sidebar
        self._tree: LibraryTree = sidebar.tree
        self._store = store
        self._bridge = bridge
        self._shown = False
        self._to_mark: tuple[Kind, str] | None = None
        """What is in front and so new that it has no row yet."""
        self._experiments: tuple[Item, ...] = ()
        self._progress: Mapping[str, str] = {}
        self._soon = QTimer(sidebar, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self.refresh)
        self._later = QTimer(sidebar, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self.refresh)
        sidebar.searched.connect(self._search)

    def refresh(self) -> None:
        """Ask again for prompts and test sets."""
        self._bridge.when(self._store.read(read_contents), self._show, lambda _error: None, owner=self._owner)

    def take_changes(self, changes: Sequence[Changed]) -> None:
        """Refetch when something changed that has a row; that an experiment goes on need not be seen at once."""
        if any(change.kind in _SHOWN for change in changes):
            self._soon.start()
        if any(change.kind == "experiment" for change in changes) and not self._later.isActive():
            self._later.start()

    def show_models(self, choices: Sequence[ModelChoice]) -> None:
        """The models on offer."""
        self._tree.set_items("models", model_items(choices), note=f"{len(choices):,}")

    def mark(self, identifier: str, kind: Kind = "prompt") -> None:
        """What is in front."""
        self._to_mark = None if self._sidebar.select(kind, identifier) else (kind, identifier)

    def show_progress(self, notes: Mapping[str, str]) -> None:
        """How far runs are that are on their way, by the ids of their plans."""
        self._progress = dict(notes)
        self._show_experiments()

    def _show_experiments(self) -> None:
        items = (replace(item, note=self._progress.get(item.id, item.note)) for item in self._experiments)
        self._tree.set_items("experiments", tuple(items))

    @property
    def _owner(self) -> QWidget:
        return self._sidebar

    def _show(self, contents: Contents) -> None:
        self._tree.set_items("prompts", contents.prompts)
        self._tree.set_items("test_sets", contents.test_sets)
        self._experiments = contents.experiments
        self._show_experiments()
        if not self._shown:
            self._shown = True
            self._sidebar.open_group("prompts")
        if self._to_mark:
            kind, identifier = self._to_mark
            self.mark(identifier, kind)

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
