"""The library: its rows, its search, what it opens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS
from workbench.desktop.editor.place import Place
from workbench.desktop.library.contents import run_note
from workbench.desktop.library.tree import NOTE, Item, LibraryTree
from workbench.desktop.window import MainWindow
from workbench.models.starter import starter_path
from workbench.store import ExperimentSummary, Store


def prompt(identifier: str, text: str, note: str = "") -> Item:
    return Item("prompt", identifier, text, note)


@pytest.fixture
def tree(qapp: QApplication) -> LibraryTree:
    tree = LibraryTree()
    # Kept alive with the tree, whose every signal it checks.
    QAbstractItemModelTester(tree, QAbstractItemModelTester.FailureReportingMode.Fatal, tree)
    return tree


def shown(tree: LibraryTree, group: str = "prompts") -> list[str]:
    index = tree.find("group", group)
    return [tree.index(row, 0, index).data() for row in range(tree.rowCount(index))]


def test_only_the_rows_that_differ_change(tree: LibraryTree, qtbot: QtBot) -> None:
    tree.set_items("prompts", [prompt("a", "Alpha"), prompt("b", "Beta"), prompt("c", "Gamma")])
    inserted, removed, changed = [], [], []
    tree.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    tree.rowsRemoved.connect(lambda _, first, last: removed.append((first, last)))
    tree.dataChanged.connect(lambda top, *_: changed.append(top.row()))
    tree.set_items("prompts", [prompt("a", "Alpha"), prompt("b", "Beta", "v2"), prompt("d", "Delta")])
    assert shown(tree) == ["Alpha", "Beta", "Delta"]
    assert (inserted, removed, changed) == ([(2, 2)], [(2, 2)], [1])


def test_a_renamed_prompt_moves_to_its_place(tree: LibraryTree) -> None:
    tree.set_items("prompts", [prompt("a", "Alpha"), prompt("b", "Beta")])
    tree.set_items("prompts", [prompt("b", "Beta"), prompt("a", "Zeta")])
    assert shown(tree) == ["Beta", "Zeta"]
    tree.set_items("prompts", ())
    assert shown(tree) == []


def test_cases_hang_below_their_test_set(tree: LibraryTree) -> None:
    case = Item("case", "1", "1  first")
    tree.set_items("test_sets", [Item("test_set", "s", "Tickets", "1", children=(case,))])
    index = tree.find("case", "1")
    assert index.data() == "1  first"
    assert index.parent().data() == "Tickets"
    assert index.parent().data(NOTE) == "1"


def test_an_index_of_a_row_that_went_does_no_harm(tree: LibraryTree) -> None:
    tree.set_items("prompts", [prompt("a", "Alpha")])
    index = tree.find("prompt", "a")
    tree.set_items("prompts", ())
    assert tree.data(index) == ""
    assert tree.find("prompt", "a") == QModelIndex()


def test_a_text_is_never_read_as_markup(tree: LibraryTree) -> None:
    tree.set_items("prompts", [prompt("a", "<img src=file:///etc/passwd>")])
    assert "<img" not in tree.find("prompt", "a").data(Qt.ItemDataRole.ToolTipRole)


def rows(window: MainWindow) -> list[str]:
    """Every row that can be seen, from top to bottom."""
    view, found = window.frame.library.view, []
    index = view.model().index(0, 0)
    while index.isValid():
        found.append(index.data())
        index = view.indexBelow(index)
    return found


def test_it_shows_the_workspace(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "Ticket classification" in rows(window), timeout=OPENING_MS)
    for group in ("Prompts", "Test sets", "History", "Training data", "Models"):
        assert group in rows(window)
    assert "Found in texts" not in rows(window)


def test_searching_narrows_names_and_finds_texts(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "Word problem" in rows(window), timeout=OPENING_MS)
    search = window.frame.library.search
    QTest.keyClicks(search, "word pro")
    assert "Word problem" in rows(window)
    assert "Ticket classification" not in rows(window)
    search.setText("Fernleaf")
    qtbot.waitUntil(lambda: "Found in texts" in rows(window) and len(rows(window)) > 1, timeout=OPENING_MS)
    QTest.keyClick(search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "Ticket classification" in rows(window))
    assert not any(row.startswith("1  ") for row in rows(window)), "test sets are shut as they were before"


def test_return_opens_a_prompt(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "Word problem" in rows(window), timeout=OPENING_MS)
    sidebar = window.frame.library
    sidebar.select("prompt", next(i for i, name in _prompts(window) if name == "Word problem"))
    QTest.keyClick(sidebar.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.name == "Word problem", timeout=OPENING_MS)


def _prompts(window: MainWindow) -> list[tuple[str, str]]:
    tree = window.frame.library.tree
    return [(node.item.id, node.item.text) for node in tree.node(tree.find("group", "prompts")).children]


def test_a_new_prompt_is_marked_and_waits_for_its_text(window: MainWindow, qtbot: QtBot) -> None:
    window.frame.library.view.setFocus()
    window.actions_by_id["new_prompt"].trigger()
    view, tree = window.frame.library.view, window.frame.library.tree
    qtbot.waitUntil(lambda: window.document.name == "New prompt", timeout=OPENING_MS)
    user = window.document.editor.compose.field(Place("user"))
    qtbot.waitUntil(lambda: window.focusWidget() is user, timeout=OPENING_MS)
    qtbot.keyClicks(user, "Say it")
    qtbot.waitUntil(lambda: window.document.editor.prompt().user == "Say it", timeout=OPENING_MS)
    qtbot.waitUntil(lambda: view.currentIndex().data() == "New prompt", timeout=OPENING_MS)
    assert tree.find("prompt", window.document.id).isValid()


def test_the_context_menu_works_on_a_prompt_that_is_not_open(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "Word problem" in rows(window), timeout=OPENING_MS)
    identifier = next(i for i, name in _prompts(window) if name == "Word problem")
    menu = window.frame.library.menu_for(prompt(identifier, "Word problem"))
    actions = {action.text(): action for action in menu.actions()}
    actions["Duplicate"].trigger()
    qtbot.waitUntil(lambda: window.document.name.startswith("Word problem "), timeout=OPENING_MS)


def test_a_case_fills_the_variables(window: MainWindow, qtbot: QtBot) -> None:
    tree = window.frame.library.tree
    qtbot.waitUntil(lambda: tree.rowCount(tree.find("group", "test_sets")) > 1, timeout=OPENING_MS)
    test_set = window.document.opened.test_set
    assert test_set is not None
    wanted = test_set.cases[4]
    window.desk.choose(Item("case", wanted.id, ""))
    qtbot.waitUntil(lambda: window.desk.side.variables.case_id() == wanted.id, timeout=OPENING_MS)
    assert window.document.case_id == wanted.id


def test_a_search_can_be_put_to_an_empty_workspace(window: MainWindow, qtbot: QtBot, home: Path) -> None:
    for identifier, _ in _prompts(window):
        with Store.open(home / "workspace.db") as store:
            store.archive_prompt(identifier)
    qtbot.waitUntil(lambda: "Write the first prompt" in rows(window), timeout=OPENING_MS)
    tree = window.frame.library.tree
    window.frame.library.chosen.emit(tree.item(tree.find("hint", "new_prompt")))
    qtbot.waitUntil(lambda: window.document.name == "New prompt", timeout=OPENING_MS)


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(10, 10), copy, data, left, none))


def test_a_dropped_model_is_added_and_chosen(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    model = tmp_path / "small.gguf"
    model.symlink_to(starter_path())
    drop(window, model)
    wanted = f"local:{model.resolve()}"
    qtbot.waitUntil(lambda: window.desk.results.references() == (wanted,), timeout=OPENING_MS)
    tree = window.frame.library.tree
    qtbot.waitUntil(lambda: tree.find("model", wanted).isValid(), timeout=OPENING_MS)
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS * 2) as finished:
        window.actions_by_id["run"].trigger()
    assert finished.args
    run = finished.args[0]
    assert (run.model, run.stop_reason) == (wanted, "stop")
    assert run.text


def test_dropped_files_are_taken_in_or_refused_with_the_reason(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    good, bad, broken = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "broken.gguf"
    prompt_data = {"name": "Dropped", "prompt": {"user": "Hi {{who}}"}, "values": {"who": "Ada"}}
    good.write_text(json.dumps({"format": "prompt-workbench/prompt", "version": 1, **prompt_data}))
    bad.write_text('{"what": 1}')
    broken.write_bytes(b"GGUF")
    drop(window, good, bad, broken)
    qtbot.waitUntil(lambda: window.document.name == "Dropped", timeout=OPENING_MS)
    assert window.desk.side.variables.values() == {"who": "Ada"}
    messages = window.frame.messages
    assert "bad.json" in messages.text()
    assert "broken.gguf" in messages.report()


def test_a_prompt_leaves_as_a_file_and_comes_back(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    before = window.document.editor.prompt()
    window.desk.shelving.export(window.document, tmp_path / "out.json")
    qtbot.waitUntil((tmp_path / "out.json").exists, timeout=OPENING_MS)
    qtbot.waitUntil(lambda: "out.json" in window.status.said.text(), timeout=OPENING_MS)
    drop(window, tmp_path / "out.json")
    qtbot.waitUntil(lambda: window.document.name == "Support reply 2", timeout=OPENING_MS)
    assert window.document.editor.prompt() == before


def test_a_test_set_opens_as_a_page_and_has_a_menu_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    sidebar = window.frame.library
    sets = sidebar.tree.find("group", "test_sets")
    qtbot.waitUntil(lambda: sidebar.tree.rowCount(sets) > 0, timeout=OPENING_MS)
    item = sidebar.tree.item(sidebar.tree.index(0, 0, sets))
    menu = sidebar.menu_for(item)
    assert [action.text() for action in menu.actions()] == ["Open", "Rename…", "Duplicate", "Delete…"]

    menu.actions()[0].trigger()

    assert window.page is not None
    assert window.page.key == f"test_set:{item.id}"
    index = sidebar.view.currentIndex()
    assert index.data() == item.text  # what is in front is marked


def test_a_group_has_a_menu_with_what_makes_another(window: MainWindow, qtbot: QtBot) -> None:
    sidebar = window.frame.library
    titles = {}
    for group in ("prompts", "test_sets", "experiments", "models"):
        menu = sidebar.menu_for(sidebar.tree.item(sidebar.tree.find("group", group)))
        titles[group] = [action.text() for action in menu.actions()]
    assert titles == {
        "prompts": ["New prompt", "Import prompts or models…"],
        "test_sets": ["New test set"],
        "experiments": ["New experiment"],
        "models": ["Local models…", "Servers and keys…"],
    }
    sidebar.menu_for(sidebar.tree.item(sidebar.tree.find("group", "test_sets"))).actions()[0].trigger()
    qtbot.waitUntil(lambda: window.page is not None, timeout=OPENING_MS)


def test_an_experiment_is_offered_until_there_is_one(window: MainWindow, qtbot: QtBot) -> None:
    tree = window.frame.library.tree
    qtbot.waitUntil(lambda: shown(tree, "experiments") == ["Compare prompts and models"], timeout=OPENING_MS)
    window.frame.library.chosen.emit(tree.item(tree.find("hint", "new_experiment")))
    qtbot.waitUntil(lambda: shown(tree, "experiments") == ["Support reply"], timeout=OPENING_MS)
    assert window.page is not None
    assert window.page.kind == "experiment"


@pytest.mark.parametrize(
    ("done", "failed", "passed", "said"),
    [(3, 0, 0, "3/6"), (6, 0, 3, "✓ 50%"), (6, 0, 0, "✗ 0%"), (2, 4, 2, "✓ 100% · 4 errors"), (0, 6, 0, "failed")],
)
def test_the_note_of_an_experiment_hides_no_errors(done: int, failed: int, passed: int, said: str) -> None:
    run = ExperimentSummary("id", "Words", datetime.now(UTC), "suite.yaml", 1, 6, done, failed, passed)
    assert run_note(run) == said
