"""Programs that judge are shown before they are run, and only those that are ticked are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.plan import Plan, new_plan
from workbench.core.prompt import Prompt
from workbench.core.trust import fingerprint
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.trust import TrustDialog
from workbench.desktop.experiments.plan_state import PlanState
from workbench.desktop.experiments.runs import Over, Runs
from workbench.running import Workspace
from workbench.running.plan_run import Wish
from workbench.running.python_checks import Untrusted
from workbench.store import Store

SOURCE = "def check(answer, case):\n    return 'tea' in answer\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "tone.py"
    path.write_text(SOURCE, "utf-8")
    return path


@pytest.fixture
def state(qtbot: QtBot, qapp: QApplication, workspace: Workspace, bridge: Bridge, program: Path) -> PlanState:
    """A plan whose only check is a Python file that nobody has trusted."""
    from dataclasses import replace

    from workbench.core.plan import Column

    def save(store: Store) -> Plan:
        cases = store.save_test_set("Teas", [Case("a", {"word": "tea"})])
        column = Column("v", None, model="echo:m", prompt=Prompt(user="Say {{word}}"), prompt_name="Say")
        plan = new_plan("Teas", (column,), test_set_id=cases.id)
        plan = replace(plan, checks=(Check("python", {"file": str(program)}),))
        store.save_plan(plan)
        return plan

    plan = workspace.store.write(save).result(10)
    runs = Runs(workspace, bridge, qapp)
    made = PlanState(plan.id, workspace, bridge, runs, qapp)
    made.refresh()
    qtbot.waitUntil(lambda: made.plan is not None, timeout=10_000)
    return made


def asked(qtbot: QtBot) -> TrustDialog:
    """The dialog, once it is open."""

    def dialogs() -> list[TrustDialog]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, TrustDialog) and one.isVisible()]

    qtbot.waitUntil(lambda: bool(dialogs()), timeout=10_000)
    return dialogs()[0]


def verdict(workspace: Workspace, over: Over) -> tuple[bool, str]:
    (record,) = workspace.store.read(lambda store: store.cells(over.experiment_id)).result(10)
    assert record.judgement is not None
    return record.judgement.verdicts[0].decided, record.judgement.verdicts[0].reason


def test_a_file_is_trusted_once_it_is_ticked(
    qtbot: QtBot, workspace: Workspace, state: PlanState, program: Path
) -> None:
    state.run(Wish())
    dialog = asked(qtbot)
    assert dialog.source.toPlainText() == SOURCE
    assert dialog.go_on.text() == "Run without it"
    dialog.files.item(0).setCheckState(Qt.CheckState.Checked)
    assert dialog.go_on.text() == "Trust and run"
    with qtbot.waitSignal(state.over, timeout=20_000) as over:
        dialog.go_on.click()
    assert verdict(workspace, over.args[0]) == (True, "The file says pass.")
    sha256 = fingerprint(program.read_bytes())
    assert workspace.store.read(lambda store: store.trust_in(str(program), sha256)).result(10) == "trusted"


def test_without_trust_it_is_not_run(qtbot: QtBot, workspace: Workspace, state: PlanState) -> None:
    state.run(Wish())
    with qtbot.waitSignal(state.over, timeout=20_000) as over:
        asked(qtbot).go_on.click()
    decided, reason = verdict(workspace, over.args[0])
    assert not decided
    assert "tone.py is not trusted" in reason


def test_what_is_trusted_is_what_was_shown(
    qtbot: QtBot, workspace: Workspace, state: PlanState, program: Path
) -> None:
    state.run(Wish())
    dialog = asked(qtbot)
    program.write_text("def check(answer, case): return False\n", "utf-8")
    dialog.files.item(0).setCheckState(Qt.CheckState.Checked)
    with qtbot.waitSignal(state.over, timeout=20_000) as over:
        dialog.go_on.click()
    assert "has changed since you trusted it" in verdict(workspace, over.args[0])[1]


def test_cancelling_runs_nothing_and_it_can_be_run_later(
    qtbot: QtBot, workspace: Workspace, state: PlanState
) -> None:
    state.run(Wish())
    asked(qtbot).cancel.click()
    assert state.progress is None
    qtbot.waitUntil(lambda: not state.preparing, timeout=10_000)
    state.run(Wish())
    asked(qtbot).cancel.click()


def test_several_files_are_ticked_one_by_one(qtbot: QtBot, tmp_path: Path) -> None:
    programs = tuple(Untrusted(tmp_path / name, "changed", name.encode()) for name in ("a.py", "b.py"))
    dialog = TrustDialog(programs, runs=True)
    qtbot.addWidget(dialog)
    assert dialog.files.item(0).text() == f"{tmp_path / 'a.py'} · has changed since you trusted it"
    dialog.files.setCurrentRow(1)
    assert dialog.source.toPlainText() == "b.py"
    dialog.files.item(1).setCheckState(Qt.CheckState.Checked)
    assert dialog.go_on.text() == "Trust 1 of 2 and run"
    assert dialog.trusted() == programs[1:]


def test_a_file_that_is_only_read_says_nothing_of_running(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = TrustDialog((Untrusted(tmp_path / "a.py", "unknown", b"pass"),))
    qtbot.addWidget(dialog)
    assert dialog.go_on.text() == "Do not trust it"
    dialog.files.item(0).setCheckState(Qt.CheckState.Checked)
    assert dialog.go_on.text() == "Trust it"
