"""What the command palette offers: the table of actions, then every prompt of the library."""

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
    return [*rows, *(_go_to(item, window) for item in _prompts(window.frame.library.tree))]


def _prompts(tree: LibraryTree) -> Iterator[Item]:
    group = tree.node(tree.find("group", "prompts"))
    return (node.item for node in group.children if node.item.kind == "prompt")


def _go_to(item: Item, window: MainWindow) -> Command:
    return Command(item.text, lambda: window.desk.open(item.id), "prompt")
