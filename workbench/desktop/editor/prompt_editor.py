"""The editor of one prompt: compose it, see what is sent, keep and compare versions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QUndoStack
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion
from workbench.desktop.editor.compose import Compose
from workbench.desktop.editor.rendered import RenderedView
from workbench.desktop.editor.versions import VersionsView
from workbench.running.counting import PromptCount
from workbench.store import PromptRecord

COMPOSE, RENDERED, VERSIONS = range(3)

QUIET_MS = 120
"""So long after the last key the other rooms hear of an edit."""


class PromptEditor(QWidget):
    """One prompt, its draft and its versions."""

    prompt_edited = Signal()
    """The prompt is another one; once per pause in typing. `prompt()` is always up to date."""
    save_requested = Signal(str)
    """Save the draft as a version with this message."""
    label_requested = Signal(str, str)
    """A version's id and the label that it shall have; empty for none."""
    restored = Signal(str)
    """The draft has the content of the version with this id."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.compose = Compose(self.undo_stack)
        self.rendered = RenderedView()
        self.versions = VersionsView()
        # With their parent from the start, or all pages would take on its style once more with the tabs.
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("Views of the prompt")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Views of the prompt")
        for title, view in (("Compose", self.compose), ("Rendered", self.rendered), ("Versions", self.versions)):
            self.tabs.addTab(view, title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._tell)
        self.compose.edited.connect(self._quiet.start)
        self.versions.save_requested.connect(self.save_requested)
        self.versions.label_requested.connect(self.label_requested)
        self.versions.restore_requested.connect(self._restore)

    # --- the prompt

    def load(self, record: PromptRecord) -> None:
        """Edit this prompt, with a history that begins now."""
        self.compose.load(record.prompt)
        self._quiet.stop()
        self.rendered.show_values(record.values)
        self._show_elsewhere()

    def prompt(self) -> Prompt:
        """The prompt as it is now."""
        return self.compose.prompt()

    def set_prompt(self, prompt: Prompt) -> None:
        """Become another prompt; a step that undo takes back."""
        self.compose.set_prompt(prompt)

    # --- what other rooms know

    def show_values(self, values: Mapping[str, str]) -> None:
        """The values of the variables, as the rendered messages show them."""
        self.rendered.show_values(values)

    def show_counts(self, count: PromptCount | None) -> None:
        """Tokens for the model of now; None when they cannot be counted."""
        self.compose.show_counts(count)
        self.rendered.show_counts(count)

    def show_versions(self, versions: tuple[PromptVersion, ...], base: str | None = None) -> None:
        """The saved versions, newest first, and the id of the one that the draft goes on from."""
        self.versions.show_versions(versions, base)

    # --- what actions ask for

    def show_tab(self, index: int) -> None:
        """Bring Compose, Rendered or Versions to the front."""
        self.tabs.setCurrentIndex(index)
        self.tabs.currentWidget().setFocus()

    def ask_version_message(self) -> None:
        """Let the person write the message of a new version."""
        self.tabs.setCurrentIndex(VERSIONS)
        self.versions.ask_message()

    def show_difference(self) -> None:
        """The draft against its newest version."""
        self.tabs.setCurrentIndex(VERSIONS)
        self.versions.select_newest()

    def _restore(self, version: PromptVersion) -> None:
        self.set_prompt(version.prompt)
        self.tabs.setCurrentIndex(COMPOSE)
        self.restored.emit(version.id)

    def _tell(self) -> None:
        self._show_elsewhere()
        self.prompt_edited.emit()

    def _show_elsewhere(self) -> None:
        self.rendered.show_prompt(self.prompt())
        self.versions.show_draft(self.prompt())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo work wherever the focus is in the editor."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_stack.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.undo_stack.redo()
        else:
            super().keyPressEvent(event)
