"""The one table of actions: menus, run bar, command palette and shortcut page are all made from it.

A new action is one row. `run` gets the window; `needs` says when it can be used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from workbench.desktop import theme

if TYPE_CHECKING:
    from workbench.desktop.window import MainWindow

Menu = Literal["File", "Edit", "View", "Prompt", "Run", "Results", "Experiment", "Export", "Help"]
Need = Literal["workspace", "answers", "prompt", "tab", "experiment", "runnable", "running", "undoable", ""]
"""An open workspace · answers to a prompt, not hidden by a page · a prompt in front · anything in front · an
experiment in front · something in front that can be run · an answer on its way · something in front that
keeps its steps · nothing."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do."""

    id: str
    text: str
    """As in a menu: a verb first; three dots when it asks for more."""
    menu: Menu
    run: Callable[[MainWindow], object]
    keys: str = ""
    """Shortcuts, the first one shown; parted by spaces."""
    needs: Need = "workspace"
    icon: str = ""
    tip: str = ""
    """What it does in a sentence, where the text does not say it."""
    short: str = ""
    """What a button says, where the text is too long for one."""
    parted: bool = False
    """Whether a line stands above it in the menu."""


def table() -> tuple[Action, ...]:
    """All actions, in the order of the menus."""
    return (*_FILE, *_EDIT, *_VIEW, *_PROMPT, *_RUN, *_RESULTS, *_EXPERIMENT, *_EXPORT, *_HELP)


_FILE = (
    Action("new_prompt", "New prompt", "File", lambda w: w.desk.shelving.new_prompt(), "Ctrl+N", icon="add"),
    Action(
        "import",
        "Import prompts or models…",
        "File",
        lambda w: w.doors.files(),
        "Ctrl+O",
        icon="import",
        tip="Prompt files go into the library, .gguf files into the local models.",
    ),
    Action("models", "Local models…", "File", lambda w: w.doors.models(), "Ctrl+M", icon="model", parted=True),
    Action("servers", "Servers and keys…", "File", lambda w: w.doors.servers(), "Ctrl+Shift+M", icon="server"),
    Action(
        "prices", "Prices and limits…", "File", lambda w: w.doors.prices(), tip="What models cost and may cost."
    ),
    Action(
        "close_prompt",
        "Close tab",
        "File",
        lambda w: w.close_front(),
        "Ctrl+W",
        "tab",
        parted=True,
    ),
    Action("settings", "Settings…", "File", lambda w: w.doors.settings(), "Ctrl+,", "", "settings", parted=True),
    Action("quit", "Quit", "File", lambda w: w.close(), "Ctrl+Q", "", parted=True),
)
_EDIT = (
    Action("undo", "Undo", "Edit", lambda w: w.undo_front(), "Ctrl+Z", "undoable"),
    Action("redo", "Redo", "Edit", lambda w: w.redo_front(), "Ctrl+Shift+Z Ctrl+Y", "undoable"),
    Action(
        "search",
        "Search the library",
        "Edit",
        lambda w: w.search_library(),
        "Ctrl+Shift+F",
        icon="search",
        parted=True,
    ),
    Action(
        "search_history",
        "Search the history",
        "Edit",
        lambda w: w.results_shown().results.show_history(),
        "Ctrl+H",
        icon="history",
    ),
)
_VIEW = (
    Action("palette", "Command palette…", "View", lambda w: w.doors.palette(), "Ctrl+K", "", "command"),
    Action("next_area", "Next area", "View", lambda w: w.focus_area(1), "F6", "", parted=True),
    Action("previous_area", "Previous area", "View", lambda w: w.focus_area(-1), "Shift+F6", ""),
    Action("next_tab", "Next tab", "View", lambda w: w.desk.documents.step(1), "Ctrl+PgDown Ctrl+Tab", "tab"),
    Action(
        "previous_tab",
        "Previous tab",
        "View",
        lambda w: w.desk.documents.step(-1),
        "Ctrl+PgUp Ctrl+Shift+Tab",
        "tab",
    ),
    Action(
        "toggle_library",
        "Show or hide the library",
        "View",
        lambda w: w.toggle("library"),
        "Ctrl+B",
        "",
        parted=True,
    ),
    Action(
        "toggle_side",
        "Show or hide variables and parameters",
        "View",
        lambda w: w.toggle("side"),
        "Ctrl+Shift+B",
        "",
    ),
    Action("toggle_results", "Show or hide the results", "View", lambda w: w.toggle("results"), "Ctrl+J", ""),
    Action("larger", "Larger text", "View", lambda w: w.change_text_size(1), "Ctrl++ Ctrl+=", "", parted=True),
    Action("smaller", "Smaller text", "View", lambda w: w.change_text_size(-1), "Ctrl+-", ""),
    Action("usual_size", "Usual text size", "View", lambda w: w.change_text_size(0), "Ctrl+0", ""),
    Action(
        "theme",
        "Switch between light and dark",
        "View",
        lambda w: w.switch_theme(),
        "Ctrl+Shift+L",
        "",
        "theme",
        parted=True,
    ),
    Action("theme_system", "Follow the theme of the system", "View", lambda w: w.set_theme("system"), "", ""),
)
_PROMPT = (
    Action(
        "save_version",
        "Save version…",
        "Prompt",
        lambda w: w.ask_version_message(),
        "Ctrl+S",
        "prompt",
        "version",
        tip="Drafts are saved by themselves; a version keeps this state with a message.",
    ),
    Action(
        "difference",
        "Show differences",
        "Prompt",
        lambda w: w.show_difference(),
        "Ctrl+D",
        "prompt",
        "difference",
        tip="The draft against its last version, or two answers when the results are in use.",
    ),
    Action(
        "compose", "Compose", "Prompt", lambda w: w.document.editor.show_tab(0), "Alt+1", "prompt", parted=True
    ),
    Action("rendered", "Rendered", "Prompt", lambda w: w.document.editor.show_tab(1), "Alt+2", "prompt"),
    Action("versions", "Versions", "Prompt", lambda w: w.document.editor.show_tab(2), "Alt+3", "prompt"),
    Action(
        "next_case",
        "Next case",
        "Prompt",
        lambda w: w.desk.side.variables.step_case(1),
        "Alt+Down",
        "prompt",
        parted=True,
    ),
    Action(
        "previous_case",
        "Previous case",
        "Prompt",
        lambda w: w.desk.side.variables.step_case(-1),
        "Alt+Up",
        "prompt",
    ),
    Action("rename", "Rename…", "Prompt", lambda w: w.rename_front(), "F2", "tab", "edit", parted=True),
    Action(
        "duplicate",
        "Duplicate prompt",
        "Prompt",
        lambda w: w.desk.shelving.duplicate(w.document.id),
        "",
        "prompt",
        "duplicate",
    ),
    Action(
        "archive",
        "Archive prompt",
        "Prompt",
        lambda w: w.desk.shelving.archive(w.document.id),
        "",
        "prompt",
        "archive",
        tip="Takes it out of the library; its versions and runs stay.",
    ),
)
_RUN = (
    Action("run", "Run", "Run", lambda w: w.run_front(), "Ctrl+Return Ctrl+Enter", "runnable", "run-on-accent"),
    Action(
        "run_pane",
        "Run active pane only",
        "Run",
        lambda w: w.results_shown().run_active(),
        "Alt+Return",
        "prompt",
        "run",
    ),
    Action("stop", "Stop", "Run", lambda w: w.stop_front(), "Esc", "running", "stop"),
    Action(
        "add_pane",
        "New pane",
        "Run",
        lambda w: w.results_shown().results.add_pane(),
        "Ctrl+T",
        "answers",
        icon="add-pane",
        parted=True,
    ),
    Action("close_pane", "Close pane", "Run", lambda w: w.desk.results.close_pane(), "Ctrl+Shift+W", "answers"),
    Action("next_pane", "Next pane", "Run", lambda w: w.desk.results.focus_next_pane(), "Ctrl+F6", "answers"),
)


def _rating(stars: int) -> Action:
    text = f"Rate {stars} of 5"
    return Action(
        f"rate_{stars}", text, "Results", lambda w: w.desk.results.rate(stars), f"Ctrl+{stars}", "answers"
    )


_RESULTS = (
    *map(_rating, range(1, 6)),
    Action(
        "golden",
        "Edit golden answer…",
        "Results",
        lambda w: w.desk.results.edit_golden(),
        "Ctrl+G",
        "answers",
        icon="edit",
        parted=True,
    ),
    Action(
        "copy_answer",
        "Copy answer",
        "Results",
        lambda w: w.desk.results.copy_answer(),
        "Ctrl+Shift+C",
        "answers",
        icon="copy",
    ),
)
_EXPERIMENT = (
    Action(
        "new_experiment",
        "New experiment",
        "Experiment",
        lambda w: w.desk.pages.new_experiment(w.desk.documents.current()),
        "Ctrl+Shift+N",
        icon="experiment",
        tip="Prompts and models side by side on the cases of a test set; the prompt in front is its first column.",
    ),
    Action(
        "compare_versions",
        "Compare versions in an experiment",
        "Experiment",
        lambda w: w.desk.pages.compare_versions(w.document),
        "",
        "prompt",
        "difference",
        tip="The newest version against the draft, on the models that are chosen, with the prompt's test set.",
    ),
    Action(
        "ablate",
        "Ablation…",
        "Experiment",
        lambda w: w.desk.pages.ablate(w.document),
        "",
        "prompt",
        tip="What each example, section or parameter of the prompt in front is worth, as an experiment.",
    ),
    Action(
        "new_test_set",
        "New test set",
        "Experiment",
        lambda w: w.desk.pages.new_test_set(),
        icon="test-set",
        parted=True,
    ),
    Action(
        "open_test_set",
        "Open test set",
        "Experiment",
        lambda w: w.desk.pages.open_test_set_of(w.document),
        "",
        "prompt",
        "test-set",
        tip="The cases of the prompt in front; a new test set when it has none.",
    ),
    Action(
        "run_failed",
        "Run failed cells",
        "Experiment",
        lambda w: w.experiment.run_part("failed"),
        "Ctrl+Shift+Return",
        "experiment",
        parted=True,
    ),
    Action(
        "run_cell",
        "Run the selected cell",
        "Experiment",
        lambda w: w.experiment.run_part("cell"),
        "",
        "experiment",
    ),
    Action(
        "run_row", "Run the selected row", "Experiment", lambda w: w.experiment.run_part("row"), "", "experiment"
    ),
    Action(
        "run_column",
        "Run the selected column",
        "Experiment",
        lambda w: w.experiment.run_part("column"),
        "",
        "experiment",
    ),
    Action(
        "run_anew", "Run everything anew", "Experiment", lambda w: w.experiment.run_part("anew"), "", "experiment"
    ),
    Action(
        "add_experiment_column",
        "Add a column…",
        "Experiment",
        lambda w: w.experiment.editing.add_column(),
        "",
        "experiment",
        "add",
        parted=True,
    ),
    Action(
        "add_experiment_model",
        "Every column on another model…",
        "Experiment",
        lambda w: w.experiment.editing.add_model(),
        "",
        "experiment",
        "model",
    ),
    Action(
        "experiment_checks",
        "Checks of every case…",
        "Experiment",
        lambda w: w.experiment.editing.ask_checks(),
        "",
        "experiment",
        "check",
    ),
    Action("show_grid", "Grid", "Experiment", lambda w: w.experiment.show_tab(0), "", "experiment", parted=True),
    Action("show_blind", "Blind comparison", "Experiment", lambda w: w.experiment.show_tab(1), "", "experiment"),
    Action("show_verdict", "Verdict", "Experiment", lambda w: w.experiment.show_tab(2), "", "experiment"),
    Action("save_report", "Save report…", "Experiment", lambda w: w.experiment.save_report(), "", "experiment"),
)
_EXPORT = (
    Action(
        "export",
        "Training data…",
        "Export",
        lambda w: w.doors.training(),
        "Ctrl+E F9",  # on X11 a text field keeps Ctrl+E for itself: the end of the line
        icon="export",
        short="Export",
    ),
    Action(
        "export_prompt",
        "Prompt as a file…",
        "Export",
        lambda w: w.doors.prompt_file(),
        "Ctrl+Shift+E",
        "prompt",
        "prompt",
    ),
)
_HELP = (
    Action("shortcuts", "Keyboard shortcuts", "Help", lambda w: w.doors.shortcuts(), "F1", "", "help"),
    Action("first_steps", "First steps", "Help", lambda w: w.show_hint(), "", "", "info"),
    Action("log_folder", "Open the log folder", "Help", lambda w: w.doors.log(), "", "", "open", parted=True),
    Action("about", "About Prompt Workbench", "Help", lambda w: w.doors.about(), "", ""),
)


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """A QAction for each row, by its id, working in the whole window."""
    return {row.id: _made(row, window) for row in table()}


def _made(row: Action, window: MainWindow) -> QAction:
    action = QAction(row.text, window)
    action.setObjectName(row.id)
    action.setShortcuts(shortcuts(row))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(hint(row))
    action.setIconText(row.short or row.text.rstrip("…"))
    if row.icon:
        action.setIcon(theme.icon(row.icon))
    action.triggered.connect(lambda: row.run(window))
    window.addAction(action)
    return action


def shortcuts(row: Action) -> list[QKeySequence]:
    """The key sequences of a row."""
    return [QKeySequence(keys) for keys in row.keys.split()]


def shown_keys(row: Action) -> str:
    """The first shortcut as this system writes it."""
    found = shortcuts(row)
    return found[0].toString(QKeySequence.SequenceFormat.NativeText) if found else ""


def hint(row: Action) -> str:
    """A tool tip: what it does, with its shortcut."""
    keys = shown_keys(row)
    first = f"{row.text.rstrip('…')} ({keys})" if keys else row.text.rstrip("…")
    return f"{first}\n{row.tip}" if row.tip else first


def fill_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """One menu for each word in the column `menu`."""
    menus: dict[str, QMenu] = {}
    for row in table():
        menu = menus.get(row.menu)
        if menu is None:
            menu = menus[row.menu] = bar.addMenu(_MNEMONICS.get(row.menu, f"&{row.menu}"))
        if row.parted:
            menu.addSeparator()
        menu.addAction(actions[row.id])
    return menus


_MNEMONICS = {"Results": "Re&sults", "Experiment": "Exper&iment", "Export": "E&xport"}
