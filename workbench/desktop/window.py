"""The main window: the frame at the first paint, the open workspace a moment later.

Opening takes a while (imports, the file, its migrations), so it happens on a thread of its own that starts after
the first paint and ends when the workspace is open; it touches no widget. Most actions go straight from their
table to the rooms of the `Desk`; here are those that need the whole window.
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent, QUndoStack
from PySide6.QtWidgets import QApplication, QMainWindow

from workbench.desktop import actions, theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.frame import AREAS, Area, Frame, focus_into, remember, restore
from workbench.desktop.settings import Settings
from workbench.errors import WorkbenchError

if TYPE_CHECKING:  # imported on the opening thread, after the first paint
    from workbench.desktop.desk import Desk
    from workbench.desktop.document import Document
    from workbench.desktop.doors import Doors
    from workbench.desktop.experiments.page import ExperimentPage
    from workbench.desktop.library.tree import Item
    from workbench.desktop.wide_page import PageKind, WidePage
    from workbench.running import Workspace


_GROUP_ACTIONS = {
    "prompts": ("new_prompt", "import"),
    "test_sets": ("new_test_set",),
    "experiments": ("new_experiment",),
    "models": ("models", "servers"),
}
"""What the menu of a group in the library offers."""


class MainWindow(QMainWindow):
    """One window on one workspace."""

    painted = Signal()
    """The first paint is done."""
    opened = Signal()
    """The workspace is open and the last session is back."""
    not_opened = Signal(object)
    """The workspace cannot be opened; the error."""

    def __init__(self, path: Path, settings: Settings) -> None:
        super().__init__()
        self.path = path
        self.settings = settings
        self.bridge = Bridge(self)
        self.workspace: Workspace | None = None
        self._desk: Desk | None = None
        self._opening: threading.Thread | None = None
        self._leaving = False
        self._shown = False
        self.setWindowTitle("Prompt Workbench")
        self.setAcceptDrops(True)
        self.actions_by_id = actions.make_actions(self)
        actions.fill_menus(self.menuBar(), self.actions_by_id)
        self.frame = Frame(self.actions_by_id, self)
        self.setCentralWidget(self.frame)
        self.status = self.frame.status
        self._enable()
        restore(self, self.frame, settings)

    # Opening

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint comes first; then the workspace is opened."""
        super().paintEvent(event)
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self._go_on)

    def _go_on(self) -> None:
        self.painted.emit()
        self.frame.furnish()
        self.frame.first_steps.finished.connect(self._steps_done)
        self.frame.library.new_asked.connect(self.actions_by_id["new_prompt"].trigger)
        self.frame.library.chosen.connect(self._choose)
        self.frame.library.prompt_action.connect(self._prompt_action)
        self.frame.library.page_action.connect(self._page_action)
        for group, names in _GROUP_ACTIONS.items():
            self.frame.library.group_actions[group] = tuple(self.actions_by_id[name] for name in names)
        self.open_workspace()

    def open_workspace(self) -> None:
        """Open the workspace on a thread of its own, and fill the window when it is open."""
        self.status.say("Opening the workspace")
        self._opening = threading.Thread(target=self._open, name="opening", daemon=True)
        self._opening.start()

    def _open(self) -> None:
        """On the opening thread: everything that takes long and is not a widget."""
        from workbench.running import Workspace
        from workbench.running.prices import prices

        prices()  # read from its file here, once
        workspace = Workspace(self.path)
        try:
            workspace.start().result()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
            workspace.close()
            self.bridge.post(partial(self._fail, error))
            return
        self.workspace = workspace
        workspace.follow_plugins()
        self.bridge.post(partial(self._fill, workspace))

    def _fill(self, workspace: Workspace) -> None:
        from workbench.desktop.desk import Desk

        self._desk = desk = Desk(workspace, self.bridge, self.frame, self)
        desk.document_changed.connect(self._document_changed)
        desk.running_changed.connect(lambda _: self._enable())
        desk.page_changed.connect(self._page_changed)
        desk.run_started.connect(self.frame.first_steps.run_started)
        desk.drafts.waiting.connect(self.frame.first_steps.prompt_changed)
        desk.drafts.settled.connect(self._settled)
        desk.drafts.failed.connect(lambda *_: self._stay())
        # Not `self.doors.models` itself: nothing else holds that Doors, and a connection does not.
        desk.models_asked.connect(lambda *_: self.doors.models())
        desk.session.restored.connect(self._ready)
        desk.begin()

    def _ready(self) -> None:
        self.status.said.clear()
        self._enable()
        if self.settings.get("show_hint"):
            self.frame.first_steps.begin()
        self.frame.run_bar.run.setFocus()
        self.opened.emit()

    def _fail(self, error: BaseException) -> None:
        self.frame.messages.show_error(error, action="Try again", do=self.open_workspace)
        self.status.say("The workspace is not open")
        self.not_opened.emit(error)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close when every draft is on the disk; stay when one cannot be saved and the person wants to."""
        remember(self, self.frame, self.settings)
        if self._desk is not None and not self._leaving:
            self._leaving = True
            self._desk.leave()
            if not self._desk.drafts.is_settled():
                event.ignore()  # `_settled` or `_stay` goes on from here
                return
        if self._desk is not None:
            self._desk.stop()
        self.bridge.close()
        super().closeEvent(event)

    def release(self) -> None:
        """Let go of the workspace, after closing. Blocks until runs have stopped and everything is stored."""
        if self._opening is not None:
            self._opening.join()
        if self.workspace is not None:
            self.workspace.close()

    def _settled(self) -> None:
        if self._leaving:
            self.close()

    def _stay(self) -> None:
        """A draft cannot be saved: closing would lose it, which only the person may decide."""
        if not self._leaving or self._desk is None:
            return
        self._leaving = False
        names = [document.name for document in self._desk.documents if document.id in self._desk.drafts.failing()]
        self.frame.messages.show_message(
            f"The draft of {', '.join(names)} is not saved. Closing now loses it.",
            advice="Free some space on the disk and try again, or copy the text somewhere else.",
            tone="bad",
            action="Close and lose it",
            do=self._close_anyway,
        )

    def _close_anyway(self) -> None:
        self._leaving = True
        self.close()

    # What is in front

    @property
    def desk(self) -> Desk:
        """The open workspace. Actions that need it are switched off before."""
        if self._desk is None:
            raise WorkbenchError("The workspace is not open yet.", advice="Try again in a moment.")
        return self._desk

    @property
    def document(self) -> Document:
        """The prompt in front. Actions that need it are switched off without one."""
        if (document := self.desk.documents.current()) is None:
            raise WorkbenchError("No prompt is open.", advice="Open one in the library.")
        return document

    @property
    def doors(self) -> Doors:
        """What opens over the window."""
        from workbench.desktop.doors import Doors

        return Doors(self)

    @property
    def page(self) -> WidePage | None:
        """The experiment or test set in front."""
        return self._desk.documents.page_in_front() if self._desk else None

    @property
    def experiment(self) -> ExperimentPage:
        """The experiment in front. Actions that need it are switched off without one."""
        page: WidePage | None = self.page
        if page is None or page.kind != "experiment":
            raise WorkbenchError("No experiment is in front.", advice="Open one in the library.")
        return cast("ExperimentPage", page)

    def results_shown(self) -> Desk:
        """The desk, after the results are in sight: for actions whose effect is seen there."""
        self.frame.show_area("results", shown=True)
        return self.desk

    def _document_changed(self, document: Document | None) -> None:
        name = document.name if document else self.page.title if self.page else ""
        self.setWindowTitle(f"{name} – Prompt Workbench" if name else "Prompt Workbench")
        self._enable()

    def _page_changed(self) -> None:
        if self.page is not None:
            self._document_changed(None)
        else:
            self._enable()

    def _enable(self) -> None:
        """Switch on what can be used now."""
        desk, page = self._desk, self.page
        document = desk.documents.current() if desk else None
        can = {
            "": True,
            "workspace": desk is not None,
            "answers": desk is not None and page is None,
            "prompt": document is not None,
            "tab": document is not None or page is not None,
            "experiment": page is not None and page.kind == "experiment",
            "runnable": document is not None or (page is not None and page.can_run()),
            "undoable": document is not None or (page is not None and page.undo_stack is not None),
            "running": (desk is not None and desk.results.is_running())
            or (page is not None and page.is_running()),
        }
        for row in actions.table():
            self.actions_by_id[row.id].setEnabled(can[row.needs])

    def _choose(self, item: Item) -> None:
        if item.kind == "hint":
            self.actions_by_id[item.id].trigger()
        elif item.kind == "training":
            self.doors.training()
        else:
            if item.kind in ("history", "found"):
                self.frame.show_area("results", shown=True)
            self.desk.choose(item)

    def _prompt_action(self, name: str, prompt_id: str) -> None:
        """From the context menu of the library: on a prompt that need not be open."""
        match name:
            case "open":
                self.desk.open(prompt_id)
            case "rename":
                self.desk.open(prompt_id, lambda _: self.rename_prompt())
            case "export_prompt":
                self.desk.open(prompt_id, lambda _: self.doors.prompt_file())
            case "duplicate":
                self.desk.shelving.duplicate(prompt_id)
            case "archive":
                self.desk.shelving.archive(prompt_id)

    def _page_action(self, name: str, item: Item) -> None:
        """From the context menu of the library: on an experiment or a test set."""
        pages = self.desk.pages
        kind: PageKind = "experiment" if item.kind == "experiment" else "test_set"
        match name:
            case "open":
                pages.open(kind, item.id)
            case "rename":
                pages.rename(kind, item.id)
            case "duplicate":
                pages.duplicate(kind, item.id)
            case "delete":
                pages.delete(kind, item.id, item.text)

    # What is in front, whatever it is

    def run_front(self) -> None:
        """Run the experiment in front, or every pane on the prompt in front."""
        if self.page is not None:
            self.page.run()
        else:
            self.results_shown().run()

    def stop_front(self) -> None:
        """Stop the experiment in front, or every pane."""
        if self.page is not None and self.page.is_running():
            self.page.stop()
        else:
            self.desk.results.stop_all()

    def close_front(self) -> None:
        """Close the tab in front."""
        self.desk.close_tab(self.page or self.document)

    def rename_front(self) -> None:
        """Give what is in front another name."""
        if self.page is not None:
            self.page.rename()
        else:
            self.rename_prompt()

    def undo_front(self) -> None:
        """Take back the last step in what is in front."""
        self._steps().undo()

    def redo_front(self) -> None:
        """Do again what was taken back."""
        self._steps().redo()

    def _steps(self) -> QUndoStack:
        if self.page is not None and self.page.undo_stack is not None:
            return self.page.undo_stack
        return self.document.editor.undo_stack

    # Areas, looks

    def focus_area(self, step: int) -> None:
        """Go on to the next area that is shown."""
        shown = [area for area in AREAS if not self.frame.areas[area].isHidden()]
        at = self.frame.area_of(QApplication.focusWidget())
        here = next((n for n, area in enumerate(shown) if AREAS.index(area) == at), -1 if step > 0 else 0)
        focus_into(self.frame.areas[shown[(here + step) % len(shown)]])

    def toggle(self, area: Area) -> None:
        """Show an area or put it away."""
        self.frame.show_area(area, shown=self.frame.areas[area].isHidden())

    def search_library(self) -> None:
        """Search prompts, cases and runs by their words."""
        self.frame.show_area("library", shown=True)
        self.frame.library.search.setFocus()
        self.frame.library.search.selectAll()

    def change_text_size(self, step: int) -> None:
        """Larger, smaller, or (0) as it was at first."""
        wanted = theme.text_size() + step if step else theme.DEFAULT_TEXT_SIZE
        self.settings.set("text_size", theme.set_text_size(wanted))
        self.settings.save()

    def switch_theme(self) -> None:
        """Light instead of dark, dark instead of light."""
        self.set_theme("light" if theme.current() is theme.DARK else "dark")

    def set_theme(self, name: theme.ThemeName) -> None:
        """Paint everything in a theme and remember it."""
        self.settings.set("theme", name)
        self.settings.save()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name)

    # The prompt in front

    def ask_version_message(self) -> None:
        """Keep the draft as a version, with a message."""
        document = self.document
        self.frame.questions.ask(
            f"Save a version of {document.name}",
            "Save version",
            lambda message: self.desk.save_version(document, message),
            hint="What changed, in a few words",
            needs_text=False,
        )

    def rename_prompt(self) -> None:
        """Give the prompt in front another name."""
        document = self.document
        self.frame.questions.ask(
            "Name of the prompt",
            "Rename",
            lambda name: self.desk.shelving.rename(document, name),
            text=document.name,
        )

    def show_difference(self) -> None:
        """Two answers when the results are in use, else the draft against its newest version."""
        if self.frame.area_of(QApplication.focusWidget()) == AREAS.index("results"):
            self.desk.results.show_difference()
        else:
            self.document.editor.show_difference()

    # Keys and files that nobody else takes

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A plain key on the run bar is for the answer in front: after a run the focus is still on *Run*.

        From anywhere else it might be the beginning of a text that missed its field.
        """
        shown = self._desk is not None and not self.frame.areas["results"].isHidden()
        here = self.frame.run_bar.isAncestorOf(self.focusWidget() or self)
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not (shown and here and plain and event.text() and self.desk.results.take_key(event.text().upper())):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, when the workspace is open."""
        if self._desk is not None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take in what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            if self.page is None or not self.page.take_files(paths):
                self.desk.shelving.take_in(paths)

    # Help, and help from outside

    def show_hint(self) -> None:
        """The first steps, again."""
        self.settings.set("show_hint", True)
        self.settings.save()
        self.frame.first_steps.begin()

    def _steps_done(self) -> None:
        self.frame.first_steps.hide()
        self.settings.set("show_hint", False)
        self.settings.save()

    def show_bug(self, error: BaseException, details: str) -> None:
        """What nobody caught, from any thread: shown with its details, and the program goes on."""
        self.bridge.post(partial(self._show_bug, error, details))

    def _show_bug(self, error: BaseException, details: str) -> None:
        if isinstance(error, WorkbenchError):
            self.frame.messages.show_error(error)
            return
        self.frame.messages.show_message(
            f"Something went wrong in the program ({type(error).__name__}). Your work is kept.",
            advice="The details say what happened; they are in the log too.",
            details=details,
            tone="bad",
        )

    def come_forward(self) -> None:
        """Stand in front of all other windows."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
