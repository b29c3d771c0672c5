"""The Versions tab: save the draft with a message, compare any two versions, label and restore them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion
from workbench.desktop import theme
from workbench.desktop.editor.section_differences import SectionDifferences
from workbench.desktop.editor.version_table import COLUMNS, LABEL, VersionTable

_EMPTY = (
    "No version yet.\n\nThe draft saves itself. A version keeps the prompt as it is now, with a message, "
    "so that it can be compared and brought back."
)


class VersionsView(QWidget):
    """The versions of one prompt beside what changed between two of them."""

    save_requested = Signal(str)
    """The message of the version to save."""
    label_requested = Signal(str, str)
    """A version's id and its new label; an empty one removes it."""
    restore_requested = Signal(object)
    """The `PromptVersion` whose content the draft shall get."""

    def __init__(self) -> None:
        super().__init__()
        self._draft = Prompt()
        self._versions: tuple[PromptVersion, ...] = ()
        self._stale = True
        self.message = QLineEdit()
        self.message.setPlaceholderText("What changed in this version")
        self.message.setAccessibleName("Message of the version")
        self._save = QPushButton("Save version")
        self._save.setIcon(theme.icon("version"))
        self._save.setToolTip("Keep the prompt as it is now (Enter)")
        self._restore = QPushButton("Restore")
        self._restore.setIcon(theme.icon("history"))
        self._restore.setToolTip("Give the draft this version's content; undo takes it back")
        self._label = QPushButton("Label…")
        self._label.setIcon(theme.icon("edit"))
        self._label.setToolTip("Name this version, such as production; a label stands on one version (F2)")
        self._table = VersionTable()
        self.list = QTreeView()
        self.differences = SectionDifferences()
        self._empty = theme.plain_label(_EMPTY, "quiet")
        self._set_up_list()
        self._arrange()
        self._connect()
        self._show_selected()

    # --- what is shown

    def show_versions(self, versions: tuple[PromptVersion, ...], base: str | None) -> None:
        """Show these, newest first; `base` is the one that the draft goes on from."""
        is_new = versions[:1] != self._versions[:1]
        self._versions = versions
        self._table.show_versions(versions, base)
        if is_new:
            self.list.scrollToTop()
        self._stack.setCurrentIndex(1 if versions else 0)
        if versions and not self.list.selectionModel().hasSelection():
            self.select(versions[0].id)
        self._compare_soon()

    def show_draft(self, prompt: Prompt) -> None:
        """Compare with this draft."""
        self._draft = prompt
        self._compare_soon()

    def select(self, version_id: str) -> None:
        """Select one version, so that it is compared with the draft."""
        for row, version in enumerate(self._versions):
            if version.id == version_id:
                self.list.setCurrentIndex(self._table.index(row, 0))

    def select_newest(self) -> None:
        """Compare the draft with the newest version."""
        if self._versions:
            self.select(self._versions[0].id)

    def ask_message(self) -> None:
        """Wait for the message of a new version."""
        self.message.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.message.selectAll()

    def selected(self) -> tuple[PromptVersion, ...]:
        """The selected versions, oldest first."""
        rows = sorted((index.row() for index in self.list.selectionModel().selectedRows()), reverse=True)
        return tuple(self._table.version(row) for row in rows)

    # --- building

    def _set_up_list(self) -> None:
        self.list.setModel(self._table)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setAccessibleName("Versions")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(COLUMNS.index("Message"), QHeaderView.ResizeMode.Stretch)
        for name, width in (("Version", 64), ("Label", 110), ("Saved", 92), ("Id", 84)):
            header.resizeSection(COLUMNS.index(name), width)

    def _arrange(self) -> None:
        save = QHBoxLayout()
        save.setContentsMargins(8, 8, 8, 8)
        save.setSpacing(8)
        save.addWidget(self.message, 1)
        save.addWidget(self._save)
        actions = QHBoxLayout()
        actions.setContentsMargins(12, 4, 8, 4)
        actions.setSpacing(8)
        self._hint = theme.plain_label("Select two to compare them.", "quiet")
        actions.addWidget(self._hint, 1)
        actions.addWidget(self._label)
        actions.addWidget(self._restore)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addLayout(actions)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setChildrenCollapsible(False)
        split.addWidget(top)
        split.addWidget(self.differences)
        split.setSizes([220, 480])
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(48, 0, 48, 0)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(save)
        layout.addLayout(self._stack, 1)  # before it is filled: what has no place yet would be a window of its own
        self._stack.addWidget(self._empty)
        self._stack.addWidget(split)

    def _connect(self) -> None:
        self._save.clicked.connect(self._save_now)
        self.message.returnPressed.connect(self._save_now)
        self._restore.clicked.connect(lambda: self.restore_requested.emit(self.selected()[0]))
        self._label.clicked.connect(self.edit_label)
        self._table.label_asked.connect(self.label_requested)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._show_selected())

    # --- what a person does

    def _save_now(self) -> None:
        self.save_requested.emit(self.message.text().strip())
        self.message.clear()

    def edit_label(self) -> None:
        """Edit the label of the selected version in its row."""
        if versions := self.selected():
            self.list.setFocus()
            self.list.edit(self._table.index(self._versions.index(versions[0]), LABEL))

    def _show_selected(self) -> None:
        one = len(self.selected()) == 1
        self._restore.setEnabled(one)
        self._label.setEnabled(one)
        self._compare_soon()

    # --- comparing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._compare()

    def _compare_soon(self) -> None:
        self._stale = True
        if self.isVisible():
            self._compare()

    def _compare(self) -> None:
        """One selected version against the draft, or the oldest against the newest of several."""
        versions = self.selected()
        if not self._stale or not versions:
            return
        self._stale = False
        first = versions[0]
        if len(versions) == 1:
            self.differences.compare(first.prompt, self._draft, f"v{first.number} → draft")
        else:
            last = versions[-1]
            self.differences.compare(first.prompt, last.prompt, f"v{first.number} → v{last.number}")
