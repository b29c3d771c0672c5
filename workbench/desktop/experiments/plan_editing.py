"""What a person changes in a plan: its columns, its checks, its cases, and how it is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from workbench.core import plan as core
from workbench.core.plan import Column, Plan
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.column_dialog import ColumnDialog
from workbench.desktop.experiments.model_dialog import ModelDialog
from workbench.desktop.experiments.plan_settings import PlanChecks, PlanSettings
from workbench.desktop.experiments.plan_state import PlanState
from workbench.desktop.message_bar import MessageBar
from workbench.running import Workspace

_UNDO_SECONDS = 12
_REMOVED = "removed"


class Doors(Protocol):
    """Where a plan leads to."""

    def open_prompt(self, prompt_id: str) -> None:
        """Bring a prompt to the front."""

    def open_test_set(self, test_set_id: str) -> None:
        """Bring a test set to the front."""

    def new_test_set(self, name: str, then: Callable[[str], object]) -> None:
        """Make a test set and bring it to the front; `then` gets its id."""

    def open_models(self) -> None:
        """Show the ways to more models."""


class PlanEditing(QObject):
    """Changes the plan of a page; what the page shows follows from the plan."""

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        page: QWidget,
        *,
        state: PlanState,
        messages: MessageBar,
        doors: Doors,
    ) -> None:
        super().__init__(page)
        self._workspace, self._bridge, self._page = workspace, bridge, page
        self._state, self._messages, self._doors = state, messages, doors
        # The Undo of a message is that of the last step, and goes when there is another one.
        state.undo_stack.indexChanged.connect(lambda _: messages.dismiss_about(_REMOVED))

    # Columns

    def add_column(self) -> None:
        """A copy of the last column, or the first one: a prompt on a model."""
        if (plan := self._state.plan) is None:
            return
        if plan.columns:
            self.change_column("copy", plan.columns[-1].id)
            return
        prompts = self._state.page.prompts if self._state.page else ()
        self._edit(core.new_column(prompts[0].id if prompts else None))

    def change_column(self, what: str, column_id: str) -> None:
        """`edit`, `copy`, `left`, `right`, `remove`, `rename` or `open` a column; from the cards and the grid."""
        plan = self._state.plan
        column = next((each for each in plan.columns if each.id == column_id), None) if plan else None
        if plan is None or column is None:
            self._messages.show_message(
                "This column is not in the plan any more.", advice="It belongs to an earlier run.", seconds=8
            )
            return
        match what:
            case "edit" | "rename":
                self._edit(column, focus_label=what == "rename")
            case "copy":
                plan, copy = core.copied(plan, column.id)
                self._edit(copy, plan)
            case "left" | "right":
                self._state.edit(core.moved(plan, column.id, -1 if what == "left" else 1))
            case "remove":
                self._remove(plan, column)
            case "open" if column.prompt_id:
                self._doors.open_prompt(column.prompt_id)

    def add_model(self) -> None:
        """Let the person choose a model, and run every column on it too."""
        if (plan := self._state.plan) is None:
            return
        dialog = ModelDialog(self._workspace, self._bridge, plan, self._page.window())
        dialog.models_asked.connect(self._doors.open_models)
        dialog.chosen.connect(self._take_model)
        _open(dialog)

    def _take_model(self, reference: str) -> None:
        if (plan := self._state.plan) is None:
            return
        more = core.on_model(plan, reference)
        if more == plan:
            self._messages.show_message("Every column is on this model already.", seconds=8)
        else:
            self._state.edit(more)

    def _edit(self, column: Column, plan: Plan | None = None, *, focus_label: bool = False) -> None:
        """Ask for a column; `plan` has its place in it already."""
        if (known := self._state.page) is None:
            return
        dialog = ColumnDialog(self._workspace, self._bridge, column, known.prompts, self._page.window())
        dialog.models_asked.connect(self._doors.open_models)
        dialog.taken.connect(lambda taken: self._take(taken, plan))
        _open(dialog)
        if focus_label:
            dialog.label.setFocus()

    def _take(self, column: Column, plan: Plan | None) -> None:
        base = plan or self._state.plan
        if base is not None:
            self._state.edit(core.with_column(base, column))

    def _remove(self, plan: Plan, column: Column) -> None:
        faces = self._state.page.faces if self._state.page else ()
        title = next((face.title for face in faces if face.id == column.id), column.label)
        self._state.edit(core.without_column(plan, column.id))
        self._messages.show_message(
            f"The column “{title}” is out of the plan. Its answers stay.",
            action="Undo",
            do=self._state.undo_stack.undo,
            seconds=_UNDO_SECONDS,
            about=_REMOVED,
        )

    # Checks, and how it is run

    def ask_checks(self) -> None:
        """Let the person say what every answer is checked for."""
        if (plan := self._state.plan) is not None:
            dialog = PlanChecks(plan, self._page.window())
            dialog.editor.attach(self._workspace, self._bridge)
            if self._state.page is not None:
                headings = (face.heading for face in self._state.page.faces if face.heading)
                dialog.editor.offer("column", ((heading, heading) for heading in headings))
            dialog.taken.connect(self._state.edit)
            _open(dialog)

    def ask_settings(self) -> None:
        """Let the person say how it is run."""
        if (plan := self._state.plan) is not None:
            dialog = PlanSettings(plan, self._page.window())
            dialog.taken.connect(self._state.edit)
            _open(dialog)

    # Cases

    def open_test_set(self) -> None:
        """Bring the plan's test set to the front."""
        if self._state.plan is not None and self._state.plan.test_set_id:
            self._doors.open_test_set(self._state.plan.test_set_id)

    def new_test_set(self) -> None:
        """A new test set for the plan, opened to be filled."""
        if (plan := self._state.plan) is not None:
            self._doors.new_test_set(plan.name, self._use_test_set)

    def _use_test_set(self, test_set_id: str) -> None:
        if self._state.plan is not None:
            self._state.edit(replace(self._state.plan, test_set_id=test_set_id))


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
