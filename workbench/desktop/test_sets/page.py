"""A test set as a page: the table of its cases, the current one's checks beside it, and the ways in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.case import Case, TestSet
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.editor.choice import Choice
from workbench.desktop.message_bar import MessageBar
from workbench.desktop.question_bar import QuestionBar
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button, icon_button
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.test_sets import edits
from workbench.desktop.test_sets.beginning import Beginning
from workbench.desktop.test_sets.case_panel import CasePanel
from workbench.desktop.test_sets.doors import Doors
from workbench.desktop.test_sets.layout import Layout
from workbench.desktop.test_sets.saving import Content, Saved, Saving
from workbench.desktop.test_sets.table import CaseTable
from workbench.desktop.test_sets.table_model import CaseModel
from workbench.desktop.test_sets.wanted_columns import WantedColumns, wanted_by
from workbench.desktop.wide_page import WidePage
from workbench.desktop.wrapping_row import WrappingRow
from workbench.errors import NotFound
from workbench.interchange.cases import SUFFIXES
from workbench.interchange.spreadsheet import Block
from workbench.running import Workspace
from workbench.store import Changed, Store

_SHOWN = {
    "all": "All cases",
    "development": "Development",
    "held_out": "Held out",
    "generated": "Generated",
    "unanswered": "Without an answer",
    "checked": "With checks",
}
_SHOWN_AFTER_MS = 150
_PASTED = "pasted"
_LINES = {"1": "1 line", "2": "2 lines", "5": "5 lines", "10": "10 lines"}


class TestSetPage(WidePage):
    """Edits one test set."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget, test_set_id: str) -> None:
        super().__init__("test_set", test_set_id, workspace, bridge, parent)
        self.prompt_id: str | None = None
        self.panel = CasePanel()
        self.model = CaseModel(self.panel.checks.kinds, self)
        self.undo_stack = self.model.undo_stack
        # Taking a paste back is taking the last step back: what is offered goes with the next step.
        self.undo_stack.indexChanged.connect(lambda _index: self.message.dismiss_about(_PASTED))
        self.table = CaseTable(self.model)
        self.saving = Saving(test_set_id, self._content, workspace.store, bridge, self)
        self.wanted = WantedColumns(self.model, workspace.store, bridge, self)
        self.doors = Doors(self)
        self._make_bars()
        self._lay_out()
        self._connect()
        self.panel.checks.attach(workspace, bridge)
        self._layout = Layout(
            test_set_id, workspace.store, bridge, table=self.table, splitter=self.splitter, lines=self.lines
        )
        self.read()

    # Parts

    def _make_bars(self) -> None:
        self.heading = theme.plain_label()
        self.heading.setProperty("title", True)
        self.rename_button = icon_button("edit", "Rename this test set")
        self.summary = theme.plain_label("", "quiet")
        self.state = theme.plain_label("", "quiet")
        self.add = button("Add case", "Add a case below the current one (Ins)", primary=True)
        self.add_column = button("Add column", "Add a variable")
        self.bring = button("Import…", "Add cases from CSV, JSONL, Parquet or promptfoo tests")
        self.generate = button("Generate…", "Have a model propose cases")
        self.split = button("Split…", "Hold out a part of the cases")
        self.send = button("Export…", "Save the cases as CSV or JSONL")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter the cases")
        self.filter.setMinimumWidth(140)
        self.which = Choice("Which cases", _SHOWN)
        self.lines = Choice("Height of the rows", _LINES)
        self.lines.show_word("2")
        self.message = MessageBar()
        self.question = QuestionBar()
        self._pause = QTimer(self, singleShot=True, interval=_SHOWN_AFTER_MS)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.INSIDE)
        for widget in (self.heading, self.rename_button, self.summary):
            head.addWidget(widget)
        head.addStretch()
        head.addWidget(self.state)
        ways = (self.add, self.add_column, self.bring, self.generate, self.split, self.send)
        tools = WrappingRow(*ways, self.filter, self.which, self.lines, gap=theme.INSIDE)
        self.empty = Beginning()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.table)
        self.splitter = QuietSplitter(self.pages, self.panel, sizes=(900, 300))
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.INSIDE, theme.INSIDE, theme.INSIDE, theme.INSIDE)
        column.setSpacing(theme.INSIDE)
        column.addLayout(head)
        column.addWidget(self.message)
        column.addWidget(self.question)
        column.addWidget(tools)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        for press, do in (
            (self.add, self.table.add_row),
            (self.add_column, lambda: self.ask_column(len(self.model.columns))),
            (self.rename_button, self.rename),
            (self.bring, self.doors.bring),
            (self.generate, self.doors.generate),
            (self.split, self.doors.split),
            (self.send, self.doors.send),
        ):
            press.clicked.connect(lambda _checked=False, do=do: do())
        ways = {"paste": self.table.paste, "add": self.table.add_row}
        ways |= {"bring": self.doors.bring, "generate": self.doors.generate}
        self.empty.asked.connect(lambda which: ways[which]())
        self.wanted.said.connect(self.status)
        self.filter.textChanged.connect(lambda _text: self._pause.start())
        self._pause.timeout.connect(self._choose_shown)
        self.which.chosen.connect(lambda _word: self._choose_shown())
        self.table.rows_chosen.connect(self._show_case)
        self.table.said.connect(self.status)
        self.table.heading_taken.connect(self._offer_case)
        self.table.new_column_asked.connect(self.ask_column)
        self.table.rename_asked.connect(self.ask_rename)
        self.model.edited.connect(self._edited)
        self.model.columnsInserted.connect(lambda *_: self._show_cases())
        self.panel.checks_edited.connect(self._take_checks)
        self.panel.part_chosen.connect(lambda part: self._change("part", lambda case: replace(case, part=part)))
        self.panel.vouched.connect(lambda: self._change("mark", lambda case: replace(case, generated=False)))
        self.panel.pass_score_given.connect(self._take_score)
        self.panel.sharing_asked.connect(self._share_checks)
        self.saving.waiting.connect(lambda: self.state.setText("saving…"))
        self.saving.saved.connect(self._saved)
        self.saving.failed.connect(self._not_saved)

    # What the store has

    def read(self) -> None:
        """Show what the store has."""
        self.bridge.when(
            self.workspace.store.read(lambda store: _read(store, self.id)), self._show, self._failed, owner=self
        )

    def _show(self, found: tuple[TestSet, str, tuple[str, ...]]) -> None:
        test_set, moment, wanted = found
        if not self.saving.is_settled():
            return  # edited meanwhile: the next save brings both together
        entered = self.hasFocus() or self.rename_button.hasFocus()
        self._show_name(test_set.name)
        self.prompt_id = test_set.prompt_id
        self.wanted.begin(test_set.prompt_id, wanted)
        content = Content(test_set.cases, test_set.columns)
        columns = tuple(dict.fromkeys((*test_set.columns, *wanted)))
        if (list(test_set.cases), columns) != (self.model.cases, tuple(self.model.columns)):
            row, column = self.table.current_row(), self.table.current_column()
            again = bool(self.saving.moment)
            self.model.show_cases(columns, test_set.cases)
            self._show_cases()
            if test_set.cases:
                self.table.choose([min(row or 0, len(test_set.cases) - 1)], column)
            if again:
                self.status.emit(f"{test_set.name}: taken in what another program changed.")
        self.saving.begin(moment, content)
        self.state.setText("saved")
        self._show_cases()
        if entered:
            self.setFocus()  # what a page is opened for is its table, which comes only now

    def _show_name(self, name: str) -> None:
        if name != self.title:
            self.title = name
            self.heading.setText(name)
            self.changed_title.emit()

    def take_changes(self, changes: tuple[Changed, ...]) -> None:
        """Read again what another program changed; what is edited here and not stored yet comes first."""
        if Changed("test_set", self.id) in changes:
            self.look()
        self.wanted.take_changes(changes, in_front=self.isVisible())

    def showEvent(self, event: QShowEvent) -> None:
        """What the prompt has got meanwhile has its column when the page comes to the front."""
        super().showEvent(event)
        self.wanted.look()

    def take_files(self, paths: Sequence[Path]) -> bool:
        """Take the first file that holds cases; a JSON file may be a prompt and is taken by the button only."""
        known = [path for path in paths if path.suffix.lower() in SUFFIXES and path.suffix.lower() != ".json"]
        if known:
            self.doors.bring_file(known[0])
        return bool(known)

    def look(self) -> None:
        """Ask whether the store has something else than what is shown."""
        if self.saving.is_settled():
            asked = self.workspace.store.read(lambda store: store.test_set_state(self.id))
            self.bridge.when(asked, self._compare, self._failed, owner=self)

    def _compare(self, state: tuple[str, str] | None) -> None:
        if state is None:
            self.saving.stop()
            self.gone.emit()
        elif state[1] != self.saving.moment:
            self.read()
        else:
            self._show_name(state[0])

    def _failed(self, error: BaseException) -> None:
        self.message.show_error(error, action="Try again", do=self.read)

    def closing(self) -> bool:
        """Store what is not stored yet; what cannot be is lost only when the person says so."""
        self.filter.setFocus()  # ends the editing of a cell
        if self.saving.error is not None and not self.saving.is_settled():
            return confirmed(
                self,
                f"{self.title} could not be saved.",
                "What was edited last is lost with the page.",
                "Close anyway",
            )
        self.saving.flush()
        return True

    # Saving

    def _content(self) -> Content:
        return Content(tuple(self.model.cases), tuple(self.model.columns))

    def _edited(self) -> None:
        self.saving.touch()
        self._show_cases()
        self._show_case()

    def _saved(self, saved: Saved) -> None:
        self.message.dismiss_about("saving")
        if self.saving.is_settled():
            self.state.setText("saved")
        if saved.strangers:
            self.read()

    def _not_saved(self, error: BaseException) -> None:
        self.state.setText("not saved")
        if isinstance(error, NotFound):
            self.saving.stop()
            self.message.show_error(error, action="Keep as a new test set", do=self._keep)
        else:
            doing = "The test set is not saved; it is tried again every few seconds."
            self.message.show_error(error, doing=doing, about="saving", action="Try now", do=self.saving.save)

    def _keep(self) -> None:
        """Make what is shown a test set of its own: the one that it was is gone."""
        name, content = self.title, self._content()
        made = self.workspace.store.write(lambda store: store.new_test_set(name, content.cases))
        self.bridge.when(made, lambda _made: self.gone.emit(), self._failed, owner=self)

    # What is shown

    def _show_cases(self) -> None:
        cases = self.model.cases
        self.empty.show_columns(self.model.columns)
        shown = self.table if cases else self.empty
        if shown is not self.pages.currentWidget():
            self.pages.setCurrentWidget(shown)
        self.setFocusProxy(shown)
        self.panel.setVisible(bool(cases))
        counts = ((len(cases), "case" if len(cases) == 1 else "cases"),)
        held_out = sum(case.part == "held_out" for case in cases)
        generated = sum(case.generated for case in cases)
        more = ((held_out, "held out"), (generated, "generated"))
        self.summary.setText(
            " · ".join(f"{number:,} {word}" for number, word in (*counts, *(pair for pair in more if pair[0])))
        )
        for press in (self.split, self.send):
            press.setEnabled(bool(cases))
        for narrowing in (self.filter, self.which, self.lines):
            narrowing.setVisible(bool(cases))

    def _choose_shown(self) -> None:
        self._pause.stop()
        self.table.filtered.choose(self.filter.text().strip(), self.which.word())  # type: ignore[arg-type]
        shown, cases = self.table.filtered.rowCount(), len(self.model.cases)
        self.status.emit("" if shown == cases else f"{shown:,} of {cases:,} cases shown.")

    def _show_case(self) -> None:
        row = self.table.current_row()
        if row is None or row >= len(self.model.cases):
            self.panel.show_case(None, 0, 0)
        else:
            self.panel.show_case(self.model.cases[row], row + 1, len(self.table.chosen_rows()))

    # Edits beside the table

    def _rows(self) -> list[int]:
        row = self.table.current_row()
        return self.table.chosen_rows() or ([] if row is None else [row])

    def _change(self, words: str, do: Callable[[Case], Case]) -> None:
        self.model.change(words, self._rows(), do)

    def _take_checks(self) -> None:
        if (row := self.table.current_row()) is not None:
            checks, case_id = self.panel.checks.checks(), self.model.cases[row].id
            self.model.change(
                "checks", [row], lambda case: replace(case, checks=checks), merge=f"checks {case_id}"
            )

    def _take_score(self, score: float | None) -> None:
        if (row := self.table.current_row()) is not None:
            merge = f"score {self.model.cases[row].id}"
            self.model.change("score", [row], lambda case: replace(case, pass_score=score), merge=merge)

    def _share_checks(self) -> None:
        if (row := self.table.current_row()) is not None:
            one = self.model.cases[row]
            self._change("checks", lambda case: replace(case, checks=one.checks, pass_score=one.pass_score))

    def _offer_case(self, block: Block, column: int) -> None:
        def again() -> None:
            self.model.undo_stack.undo()
            self.table.paste_block(block, column, heading=False)

        self.message.show_message(
            "The first row of what you pasted names the columns.", action="It is a case", do=again, about=_PASTED
        )

    # Names

    def rename(self) -> None:
        """Ask for another name of the test set."""
        self.question.ask("Name of the test set", "Rename", self._rename, text=self.title)

    def _rename(self, name: str) -> None:
        renamed = self.workspace.store.write(lambda store: store.rename_test_set(self.id, name))
        self.bridge.when(renamed, lambda _none: self._show_name(name), self.message.show_error, owner=self)

    def ask_column(self, at: int) -> None:
        """Ask for the name of a new variable."""
        self.question.ask("Name of the variable", "Add column", lambda name: self._add_column(name, at))

    def _add_column(self, name: str, at: int) -> None:
        if self._is_free(name):
            edits.add_column(self.model, name, at)

    def ask_rename(self, at: int) -> None:
        """Ask for another name of a variable."""
        name = self.model.columns[at]
        self.question.ask("Name of the variable", "Rename", lambda new: self._rename_column(at, new), text=name)

    def _rename_column(self, at: int, name: str) -> None:
        if self._is_free(name, but=self.model.columns[at]):
            edits.rename_column(self.model, at, name)

    def _is_free(self, name: str, but: str = "") -> bool:
        if wrong := edits.column_problem(self.model, name, but):
            self.message.show_message(wrong, tone="warning", seconds=8)
        return not wrong

    # Keys

    def event(self, event: QEvent) -> bool:
        """Our keys come before the window's of the same name, unless a text field wants them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._key(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if do := self._key(event):
            do()
        else:
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> Callable[[], Any] | None:
        keys: dict[QKeySequence.StandardKey, Callable[[], Any]] = {
            QKeySequence.StandardKey.Find: self.filter.setFocus,
            QKeySequence.StandardKey.Paste: self.table.paste,
        }
        return next((do for key, do in keys.items() if event.matches(key)), None)


def _read(store: Store, test_set_id: str) -> tuple[TestSet, str, tuple[str, ...]]:
    """A test set, when it was saved, and the variables of its prompt."""
    test_set = store.test_set(test_set_id)
    state = store.test_set_state(test_set_id)
    return test_set, state[1] if state else "", wanted_by(store, test_set.prompt_id)
