"""The whole window, as a person meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import OPENING_MS, MakeWindow, close
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.desktop import theme
from workbench.desktop.actions import table
from workbench.desktop.editor.value_field import ValueField
from workbench.desktop.frame import AREAS
from workbench.desktop.session import read_session
from workbench.desktop.settings import Settings
from workbench.desktop.window import MainWindow
from workbench.store import Store

LATE = ("openai", "llama_cpp", "pygments", "keyring", "sqlite_utils", "workbench.store", "workbench.running")


def test_the_first_paint_waits_for_nothing_heavy(tmp_path: Path) -> None:
    """In a process of its own, since the modules of this one are loaded already."""
    script = f"""
import json, os, sys
from pathlib import Path
from workbench.desktop import application
from workbench.desktop.settings import Settings
from workbench.desktop.window import MainWindow
app = application.make_application()
settings = Settings.load()
application.prepare(app, settings)
class Watched(MainWindow):
    def _go_on(self):
        print(json.dumps([name for name in {LATE!r} if name in sys.modules]))
        app.quit()
window = Watched(Path({str(tmp_path / "w.db")!r}), settings)
window.show()
app.exec()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []


def test_it_opens_on_the_starter_prompt_ready_to_run(window: MainWindow) -> None:
    assert window.document.name == "Support reply"
    assert all(window.desk.side.variables.values().values()), "a case is filled in"
    assert window.desk.results.references() == ("starter",)
    assert QApplication.focusWidget() is window.frame.run_bar.run
    assert window.frame.first_steps.isVisible()
    assert window.windowTitle().startswith("Support reply")


def test_ctrl_enter_runs_from_within_a_text_field(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.results.set_references(("echo:test",))
    field = window.document.editor.findChild(QPlainTextEdit)
    assert field is not None
    field.setFocus()
    before = window.document.editor.prompt()
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS) as finished:
        QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    run = finished.args[0]  # type: ignore[index]
    assert run.stop_reason == "stop"
    assert run.prompt_name == "Support reply"
    assert run.case_id == window.desk.side.variables.case_id() is not None
    assert window.document.editor.prompt() == before


def test_after_a_run_the_answer_is_rated_without_going_there(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.results.set_references(("echo:test",))
    run = window.frame.run_bar.run
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS):
        run.click()
    assert QApplication.focusWidget() is run
    qtbot.keyClicks(run, "4g")
    rating = window.desk.results.panes()[0].rating()
    assert (rating.score, rating.verdict) == (4, "good")
    window.frame.library.view.setFocus()
    qtbot.keyClicks(window.frame.library.view, "2b")
    assert window.desk.results.panes()[0].rating() == rating, "a text that missed its field rates nothing"


def test_a_missing_value_is_asked_for_where_it_is_missing(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.desk.side.variables
    window.document.editor.set_prompt(Prompt(user="{{customer}} and {{unheard_of}}"))
    qtbot.waitUntil(lambda: "unheard_of" not in panel.values() and "customer" in panel.values())
    qtbot.waitUntil(lambda: len(panel.findChildren(ValueField)) == 2)
    window.actions_by_id["run"].trigger()
    (pane,) = window.desk.results.panes()
    assert "unheard_of" in pane.error.report()
    focused = window.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Value of unheard_of"
    assert not [view for view in pane.body.findChildren(QToolButton) if view.isVisible()]


def test_stop_is_only_there_while_something_runs(window: MainWindow, qtbot: QtBot) -> None:
    stop = window.actions_by_id["stop"]
    assert not stop.isEnabled()
    window.desk.results.set_references(("starter",))
    window.actions_by_id["run"].trigger()
    qtbot.waitUntil(stop.isEnabled, timeout=OPENING_MS)
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS) as finished:
        stop.trigger()
    assert finished.args[0].stop_reason == "cancelled"  # type: ignore[index]
    qtbot.waitUntil(lambda: not stop.isEnabled())


class _Windows(QObject):
    """Notes what was shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_nothing_flashes_up_as_a_window_before_it_has_its_place(
    qapp: QApplication, make_window: MakeWindow, qtbot: QtBot
) -> None:
    windows = _Windows()
    qapp.installEventFilter(windows)
    window = make_window()
    window.desk.results.add_pane()
    window.actions_by_id["new_prompt"].trigger()
    qtbot.waitUntil(lambda: window.document.name == "New prompt", timeout=OPENING_MS)
    window.desk.results.show_history()
    qapp.removeEventFilter(windows)
    assert windows.shown == ["MainWindow "]


def test_every_widget_that_takes_the_focus_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.results.add_pane()
    window.frame.messages.show_message("Something", advice="Do this", details="x", action="Do")
    window.frame.questions.ask("Name", "Rename", lambda _: None)
    for index in range(3):
        window.document.editor.show_tab(index)
        assert not nameless(window)
    window.desk.results.show_history()
    assert not nameless(window)


@pytest.mark.parametrize("action", ["shortcuts", "settings", "models", "servers", "export", "about"])
def test_every_dialog_names_its_widgets_and_closes_by_escape(
    window: MainWindow, qtbot: QtBot, action: str
) -> None:
    window.actions_by_id[action].trigger()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    dialog = QApplication.activeModalWidget()
    assert not nameless(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def nameless(window: QWidget) -> list[str]:
    """Widgets that a screen reader could not name; one that hands the focus on is named by the one behind it."""
    return [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if widget.focusProxy() is None and not _name(widget)
    ]


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface else ""


def test_an_edit_is_saved_by_itself_and_comes_back(make_window: MakeWindow, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    document = window.document
    changed = Prompt(system="Only this.", user="{{ticket}}")
    with qtbot.waitSignal(window.desk.drafts.saved, timeout=OPENING_MS):
        document.editor.set_prompt(changed)
    assert stored(home, document.id) == changed, "on the disk before the window is closed"
    tabs = window.desk.documents.tabs
    qtbot.waitUntil(lambda: "●" in tabs.tabText(tabs.currentIndex()))
    close(qtbot, window)
    again = make_window()
    assert again.document.editor.prompt() == changed


def test_closing_at_once_loses_nothing(make_window: MakeWindow, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    prompt_id = window.document.id
    window.document.editor.set_prompt(Prompt(user="Typed in the last moment"))
    close(qtbot, window)
    assert stored(home, prompt_id) == Prompt(user="Typed in the last moment")


def stored(home: Path, prompt_id: str) -> Prompt:
    with Store.open(home / "workspace.db", read_only=True) as store:
        return store.prompt(prompt_id).prompt


def test_the_session_and_the_layout_come_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    other = next(item for item in prompts_of(window) if item[1] != window.document.name)
    window.desk.open(other[0])
    qtbot.waitUntil(lambda: window.document.id == other[0], timeout=OPENING_MS)
    window.desk.results.set_references(("echo:one", "echo:two"))
    window.document.editor.show_tab(1)
    window.resize(777, 666)
    window.toggle("side")
    window.frame.rows.setSizes([300, 300])
    sizes = window.frame.rows.sizes()
    names = [document.name for document in window.desk.documents]
    close(qtbot, window)
    again = make_window()
    assert [document.name for document in again.desk.documents] == names
    assert again.document.id == other[0]
    assert again.document.editor.tabs.currentIndex() == 1
    assert again.desk.results.references() == ("echo:one", "echo:two")
    assert (again.width(), again.height()) == (777, 666)
    assert again.frame.areas["side"].isHidden()
    assert again.frame.rows.sizes() == sizes


def test_the_library_keeps_its_width_when_a_page_takes_the_whole_width_and_goes_behind(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    window.resize(1300, 800)
    prompt, columns = window.document, window.frame.columns
    window.desk.pages.new_experiment(prompt)
    qtbot.waitUntil(lambda: window.desk.documents.page_in_front() is not None, timeout=OPENING_MS)
    page = window.desk.documents.page_in_front()
    assert page is not None
    width = columns.sizes()[0]
    for tab in (prompt, page, prompt):
        window.desk.documents.bring_forward(tab)
        QApplication.processEvents()
    assert columns.sizes()[0] == width
    window.desk.documents.bring_forward(page)
    columns.setSizes([width + 50, columns.width() - width - 50, 0])
    width = columns.sizes()[0]
    window.desk.documents.bring_forward(prompt)
    assert columns.sizes()[0] == width  # as it was left while the page was in front


def prompts_of(window: MainWindow) -> list[tuple[str, str]]:
    """Id and name of each prompt in the library."""
    tree = window.frame.library.tree
    group = tree.node(tree.find("group", "prompts"))
    return [(node.item.id, node.item.text) for node in group.children]


def test_a_workspace_that_cannot_be_opened_is_explained_and_can_be_tried_again(
    make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    path = home / "notes.db"
    path.mkdir()
    window = make_window(path, wait=False)
    with qtbot.waitSignal(window.not_opened, timeout=OPENING_MS):
        window.show()
    assert "notes.db" in window.frame.messages.text()
    assert not window.actions_by_id["run"].isEnabled()
    path.rmdir()
    with qtbot.waitSignal(window.opened, timeout=OPENING_MS):
        window.frame.messages._action.click()
    assert window.actions_by_id["run"].isEnabled()


def test_what_another_program_writes_appears(window: MainWindow, qtbot: QtBot, home: Path) -> None:
    document = window.document
    with Store.open(home / "workspace.db") as store:
        store.create_prompt("From the command line", Prompt(user="Hello"))
        store.save_draft(document.id, Prompt(user="Theirs"), {}, GenerationConfig())
        store.save_version(document.id, Prompt(user="Theirs"), "by another program")
    qtbot.waitUntil(lambda: "From the command line" in dict(map(reversed, prompts_of(window))), timeout=OPENING_MS)
    qtbot.waitUntil(lambda: document.editor.prompt() == Prompt(user="Theirs"), timeout=OPENING_MS)
    qtbot.waitUntil(lambda: len(document.opened.versions) == 2, timeout=OPENING_MS)
    document.editor.undo_stack.undo()
    assert document.editor.prompt().system, "undo brings back what stood here"


def test_a_draft_that_cannot_be_saved_is_kept_and_tried_again(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.errors import StoreError

    full = StoreError("The disk is full.", advice="Free some space.")
    save = Store.save_draft

    def refuse(*_: object, **__: object) -> None:
        raise full

    monkeypatch.setattr(Store, "save_draft", refuse)
    with qtbot.waitSignal(window.desk.drafts.failed, timeout=OPENING_MS):
        window.document.editor.set_prompt(Prompt(user="Not lost"))
    assert "The disk is full." in window.frame.messages.text()
    assert window.frame.messages.advice() == "Free some space."
    assert "kept in memory" in window.status.draft.text()
    window.close()
    qtbot.waitUntil(lambda: "Closing now loses it" in window.frame.messages.text(), timeout=OPENING_MS)
    assert window.isVisible(), "the window does not close over an unsaved draft"
    monkeypatch.setattr(Store, "save_draft", save)
    with qtbot.waitSignal(window.desk.drafts.saved, timeout=OPENING_MS):
        window.desk.drafts.save()
    assert window.document.editor.prompt() == Prompt(user="Not lost")


def test_ctrl_s_asks_for_a_message_and_saves_a_version(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.editor.set_prompt(Prompt(user="Second"))
    window.actions_by_id["save_version"].trigger()
    assert QApplication.focusWidget() is window.frame.questions.field
    QTest.keyClicks(window.frame.questions.field, "shorter")
    QTest.keyClick(window.frame.questions.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(document.opened.versions) == 2, timeout=OPENING_MS)
    assert document.opened.versions[0].message == "shorter"
    tabs = window.desk.documents.tabs
    qtbot.waitUntil(lambda: "●" not in tabs.tabText(tabs.currentIndex()), timeout=OPENING_MS)


def test_escape_leaves_a_question_and_gives_the_focus_back(window: MainWindow) -> None:
    window.frame.library.search.setFocus()
    window.actions_by_id["rename"].trigger()
    assert window.frame.questions.field.text() == "Support reply"
    QTest.keyClick(window.frame.questions.field, Qt.Key.Key_Escape)
    assert window.frame.questions.isHidden()
    assert QApplication.focusWidget() is window.frame.library.search


def test_renaming_shows_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["rename"].trigger()
    window.frame.questions.field.setText("Kind reply")
    window.frame.questions.accept()
    qtbot.waitUntil(lambda: window.document.name == "Kind reply", timeout=OPENING_MS)
    qtbot.waitUntil(lambda: "Kind reply" in [name for _, name in prompts_of(window)], timeout=OPENING_MS)
    assert window.windowTitle().startswith("Kind reply")
    assert "Kind reply" in window.desk.documents.tabs.tabText(0)


def test_archiving_can_be_undone(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["archive"].trigger()
    qtbot.waitUntil(lambda: "archived" in window.frame.messages.text(), timeout=OPENING_MS)
    qtbot.waitUntil(lambda: "Support reply" not in [name for _, name in prompts_of(window)], timeout=OPENING_MS)
    assert not window.actions_by_id["run"].isEnabled(), "no prompt is open"
    window.frame.messages._action.click()
    qtbot.waitUntil(lambda: "Support reply" in [name for _, name in prompts_of(window)], timeout=OPENING_MS)


def test_f6_walks_through_the_areas(window: MainWindow) -> None:
    window.frame.library.search.setFocus()
    seen = []
    for _ in AREAS:
        window.actions_by_id["next_area"].trigger()
        seen.append(window.frame.area_of(QApplication.focusWidget()))
    assert seen == [1, 2, 3, 0]
    window.actions_by_id["previous_area"].trigger()
    assert window.frame.area_of(QApplication.focusWidget()) == 3


def test_text_size_and_theme_are_remembered(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    try:
        window.actions_by_id["larger"].trigger()
        window.set_theme("dark")
        assert theme.text_size() == theme.DEFAULT_TEXT_SIZE + 1
        assert theme.current() is theme.DARK
        close(qtbot, window)
        remembered = Settings.load()
        assert remembered.get("text_size") == theme.DEFAULT_TEXT_SIZE + 1
        assert remembered.get("theme") == "dark"
    finally:
        theme.set_text_size(theme.DEFAULT_TEXT_SIZE)


def test_the_first_steps_tick_themselves_and_go(window: MainWindow, qtbot: QtBot) -> None:
    steps = window.frame.first_steps
    window.desk.results.set_references(("echo:one",))
    window.actions_by_id["run"].trigger()
    assert steps.done() == 1
    window.document.editor.set_prompt(Prompt(user="Other"))
    qtbot.waitUntil(lambda: not window.desk.drafts.is_settled())
    window.actions_by_id["run"].trigger()
    assert steps.done() == 2
    window.actions_by_id["add_pane"].trigger()
    window.actions_by_id["run"].trigger()
    assert steps.isHidden()
    assert not window.settings.get("show_hint")
    qtbot.waitUntil(lambda: not window.desk.results.is_running(), timeout=OPENING_MS)
    window.actions_by_id["first_steps"].trigger()
    assert steps.isVisible()
    assert steps.done() == 0


def test_a_missing_variable_is_said_where_the_answer_would_be(window: MainWindow, qtbot: QtBot) -> None:
    window.document.editor.set_prompt(Prompt(user="{{never_given}}"))
    window.actions_by_id["run"].trigger()
    pane = window.desk.results.panes()[0]
    qtbot.waitUntil(lambda: "never_given" in pane.error.report(), timeout=OPENING_MS)
    assert not window.desk.results.is_running()


def test_reopening_a_run_puts_everything_back(window: MainWindow, qtbot: QtBot) -> None:
    window.desk.results.set_references(("echo:one",))
    document = window.document
    values, prompt = dict(document.values), document.editor.prompt()
    with qtbot.waitSignal(window.desk.results.run_finished, timeout=OPENING_MS) as finished:
        window.actions_by_id["run"].trigger()
    document.editor.set_prompt(Prompt(user="Something else"))
    window.desk.reopen(finished.args[0])  # type: ignore[index]
    qtbot.waitUntil(lambda: document.editor.prompt() == prompt, timeout=OPENING_MS)
    assert {name: window.desk.side.variables.values()[name] for name in values} == values


def test_the_shortcuts_of_the_table_are_each_given_once() -> None:
    keys = [keys for row in table() for keys in row.keys.split()]
    assert len(keys) == len({QKeySequence(each).toString() for each in keys})


def test_what_needs_a_workspace_is_off_before_there_is_one(make_window: MakeWindow) -> None:
    window = make_window(wait=False)
    for row in table():
        assert window.actions_by_id[row.id].isEnabled() is (row.needs == ""), row.id


def test_every_shortcut_works_while_a_text_is_written(window: MainWindow, qtbot: QtBot) -> None:
    """Text fields take some keys for themselves; none of the table's may be among them, but undo and redo."""
    field = window.document.editor.findChild(QPlainTextEdit)
    assert field is not None
    before = window.document.editor.prompt()
    taken = []
    for row in table():
        action = window.actions_by_id[row.id]
        action.triggered.disconnect()  # the way there is what counts, not what it does
        action.setEnabled(True)
        for keys in row.keys.split():
            if row.id in ("undo", "redo"):
                continue
            heard: list[str] = []
            connection = action.triggered.connect(lambda _=False, heard=heard: heard.append("heard"))
            field.setFocus()
            QTest.keySequence(window.windowHandle(), QKeySequence(keys))
            action.triggered.disconnect(connection)
            if not heard:
                taken.append(keys)
    assert not taken
    assert window.document.editor.prompt() == before


def test_closing_in_the_middle_of_an_answer_keeps_what_had_come(
    make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    window = make_window()
    window.actions_by_id["run"].trigger()
    pane = window.desk.results.panes()[0]
    qtbot.waitUntil(lambda: bool(pane.body.answer()), timeout=OPENING_MS)
    shown = pane.body.answer()
    close(qtbot, window)
    with Store.open(home / "workspace.db", read_only=True) as store:
        (summary,) = store.runs()
        run = store.run(summary.id).run
    assert run.stop_reason in ("cancelled", "stop")
    assert run.text.startswith(shown)


def test_two_windows_on_one_workspace_show_each_others_work(make_window: MakeWindow, qtbot: QtBot) -> None:
    one, other = make_window(), make_window()
    assert one.document.id == other.document.id
    one.document.editor.set_prompt(Prompt(user="Written in the first window"))
    qtbot.waitUntil(
        lambda: other.document.editor.prompt() == Prompt(user="Written in the first window"), timeout=OPENING_MS
    )
    assert not other.frame.messages.text()


def test_what_is_open_is_kept_however_often_it_changes(window: MainWindow, qtbot: QtBot) -> None:
    """A page is found again after a kill, also of a window in which something changes all the time."""
    store = window.desk.workspace.store
    test_set = store.write(lambda opened: opened.new_test_set("Tickets")).result(10)
    restless = QTimer(window, interval=100)
    restless.timeout.connect(window.desk.session.changed)
    restless.start()
    window.desk.pages.open("test_set", test_set.id)
    key = f"test_set:{test_set.id}"
    qtbot.waitUntil(lambda: key in store.read(read_session).result(10).pages, timeout=10_000)
