"""One run of the past in full: what came out, what went in, what a person thinks of it."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from workbench.core.completion import config_data
from workbench.core.run import RatedRun, Run
from workbench.desktop.bridge import Bridge
from workbench.desktop.plain_text import TextView
from workbench.desktop.results import figures
from workbench.desktop.results.answer_body import AnswerBody
from workbench.desktop.results.answers import EXPECTED, GOLDEN, expected_answer
from workbench.desktop.results.comparing import DifferenceDialog
from workbench.desktop.results.footer import AnswerFooter
from workbench.desktop.results.history_model import model_title
from workbench.desktop.results.live import LiveNumbers, OutcomeBadge
from workbench.desktop.results.opinion import Opinion
from workbench.desktop.results.trouble import ErrorCard, error_of
from workbench.desktop.theme import plain_label
from workbench.running import Workspace


class RunDetail(QWidget):
    """Shows one rated run; saves what a person thinks of it."""

    reopen_asked = Signal(object)
    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._make_parts()
        self._lay_out()
        self.opinion = Opinion(
            workspace,
            bridge,
            self,
            body=self.body,
            footer=self.footer,
            no_answer="This run has no answer.",
            no_run="Select a run first.",
        )
        self.opinion.status.connect(self.status)
        self.opinion.changed.connect(self._show_rating)
        self.footer.difference_asked.connect(self._compare)
        self.reopen.clicked.connect(self._reopen)

    def _make_parts(self) -> None:
        self.title = plain_label()
        self.title.setProperty("title", True)
        self.reopen = QPushButton("Reopen in the editor")
        self.reopen.setAccessibleName("Reopen in the editor")
        self.reopen.setToolTip("Put this run's prompt, variables and parameters into the editor (Return)")
        self.badge = OutcomeBadge()
        self.numbers = LiveNumbers()
        self.error = ErrorCard()
        self.body = AnswerBody(self._bridge)
        self.sent, self.inputs, self.settings = TextView(), TextView(), TextView()
        self.footer = AnswerFooter()
        self.footer.better.hide()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Parts of the run")
        pages = {
            "Answer": (self.body, "Answer of the run"),
            "Prompt as sent": (self.sent, "Prompt as sent"),
            "Variables": (self.inputs, "Variables of the run"),
            "Parameters": (self.settings, "Parameters of the run"),
        }
        for title, (page, name) in pages.items():
            page.setAccessibleName(name)
            self.tabs.addTab(page, title)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.reopen)
        line = QHBoxLayout()
        line.addWidget(self.badge)
        line.addWidget(self.numbers, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(line)
        column.addWidget(self.error)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.footer)

    def rated_run(self) -> RatedRun | None:
        """What is shown."""
        return self.opinion.run

    def show_run(self, rated: RatedRun) -> None:
        """Show a run from its top; the same run again changes its rating only."""
        before, self.opinion.run = self.opinion.run, rated
        if before is None or before.run.id != rated.run.id:
            self._show(rated.run)
        self.opinion.show()
        self._show_rating()

    def _show(self, run: Run) -> None:
        self.title.setText(f"{run.prompt_name or 'unnamed'} · {model_title(run.model)} · {_when(run)}")
        self.title.setToolTip(f"{run.model}\nrun {run.id}\ncontent {run.version[:8]}")
        self.badge.show_outcome(figures.outcome(run.stop_reason))
        self.numbers.show_run(run)
        self.body.show_run(run)
        self.error.hide()
        if run.error:
            message, advice, details = error_of(run)
            self.error.show_error(message, advice=advice, details=details, retry=False)
        self.sent.set_text(messages_text(run))
        self.inputs.set_text(values_text(run))
        self.settings.set_text(settings_text(run))

    def _show_rating(self) -> None:
        choices: dict[str, object] = {GOLDEN: GOLDEN} if self.opinion.rating().golden is not None else {}
        if self.opinion.run is not None and self.opinion.run.run.case_id:
            choices[EXPECTED] = EXPECTED
        self.footer.set_comparisons(choices)

    # What a person makes of it

    def show_difference(self) -> None:
        """The answer against the first thing there is to compare it with."""
        choices = self.footer.comparisons()
        if choices:
            self._compare(choices[0])
        else:
            self.status.emit("Select two runs to compare them.")

    def _compare(self, choice: object) -> None:
        if (rated := self.opinion.run) is None:
            return
        run, golden = rated.run, rated.rating.golden
        if choice == GOLDEN:
            show_difference(self, ("Answer", self.body.answer()), (GOLDEN, golden or ""))
            return
        self._bridge.when(
            self._workspace.store.read(lambda store: expected_answer(store, run.case_id or "")),
            lambda text: show_difference(self, (EXPECTED, text), ("Answer", self.body.answer())),
            lambda error: self.status.emit(str(error)),
            owner=self,
        )

    def _reopen(self) -> None:
        if self.opinion.run is not None:
            self.reopen_asked.emit(self.opinion.run.run)


def show_difference(parent: QWidget, before: tuple[str, str], after: tuple[str, str]) -> None:
    """Open a window with what differs between two titled texts."""
    dialog = DifferenceDialog(before, after, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


_UNSENT = "  (not sent: the provider does not take it)"


def _when(run: Run) -> str:
    return f"{run.created_at.astimezone():%Y-%m-%d %H:%M:%S}"


def messages_text(run: Run) -> str:
    """The messages as they were sent, each under its role."""
    return "\n\n".join(f"── {message.role} ──\n{message.content}" for message in run.messages)


def values_text(run: Run) -> str:
    """Every variable with its value."""
    if not run.values:
        return "This run has no variables."
    return "\n\n".join(f"── {name} ──\n{value}" for name, value in run.values.items())


def settings_text(run: Run) -> str:
    """The parameters that were set, and what else is known about how the answer was made."""
    asked = config_data(run.config)
    unsent = set(run.details.get("not_sent", ()))
    lines = [
        f"{name.replace('_', '-')}: {_shown(value)}{_UNSENT if name in unsent else ''}"
        for name, value in asked.items()
    ]
    known = {name: value for name, value in run.details.items() if name not in ("error", "not_sent")}
    details = [f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in known.items()]
    parts = ["\n".join(lines) or "All parameters were left to the model's defaults."]
    parts += ["── how it was made ──\n" + "\n".join(details)] if details else []
    parts.append(f"── identity ──\nmodel: {run.model}\nrun: {run.id}\ncontent: {run.version}")
    return "\n\n".join(parts)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
