"""What the command palette offers: the table of actions, then every prompt, experiment and test set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.desktop.actions import shown_keys, table
from workbench.desktop.library.tree import Item, LibraryTree
from workbench.desktop.palette import Command

if TYPE_CHECKING:
    from workbench.desktop.window import MainWindow


def commands(window: MainWindow) -> list[Command]:
    """All of them; the palette itself is left out."""
    actions = window.actions_by_id
    rows = [
        Command(f"{row.menu}: {row.text}", actions[row.id].trigger, shown_keys(row), actions[row.id].isEnabled())
        for row in table()
        if row.id != "palette"
    ]
    return [*rows, *(_go_to(item, window) for item in _places(window.frame.library.tree))]


_KINDS = {"prompt": "prompt", "experiment": "experiment", "suite_run": "experiment", "test_set": "test set"}


def _places(tree: LibraryTree) -> Iterator[Item]:
    for name in ("prompts", "experiments", "test_sets"):
        group = tree.node(tree.find("group", name))
        yield from (node.item for node in group.children if node.item.kind in _KINDS)


def _go_to(item: Item, window: MainWindow) -> Command:
    return Command(item.text, lambda: window.desk.choose(item), _KINDS[item.kind])
