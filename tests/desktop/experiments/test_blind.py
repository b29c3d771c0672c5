"""Blind comparison in the window: keys vote, names stay hidden, votes are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QMainWindow,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.desktop.results.workspaces import bridge, workspace
from tests.store.answered import an_experiment, answer, save_answered
from workbench.core.blind import BlindVote
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.run import Preference
from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.blind import BlindView
from workbench.running import Workspace
from workbench.store import Store

__all__ = ["bridge", "workspace"]

SECRETS = ("Anton", "Berta", "Caesar", "secret-model", "lab:")


def stored(workspace: Workspace, do: Callable[[Store], object]) -> object:
    return workspace.store.write(do).result(10)


def records(workspace: Workspace, experiment: Experiment) -> tuple[CellRecord, ...]:
    return workspace.store.read(lambda store: store.cells(experiment.id)).result(10)


def votes(workspace: Workspace, experiment: Experiment) -> tuple[BlindVote, ...]:
    return workspace.store.read(lambda store: store.votes(experiment.id)).result(10)


@pytest.fixture
def view(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Iterator[BlindView]:
    made = BlindView(workspace, bridge)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    yield made
    made.close()


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    made = an_experiment({"a": "Column Anton", "b": "Column Berta"}, 6)
    stored(workspace, lambda store: save_answered(store, made, {"a": "++++++", "b": "++++++"}))
    return made


def open_in(qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment) -> None:
    view.show_experiment(experiment, records(workspace, experiment))
    qtbot.waitUntil(lambda: view.current() is not None)


def press(qtbot: QtBot, view: BlindView, key: Qt.Key, target: QWidget | None = None) -> None:
    """Press a key and wait for the next pair, if there is one."""
    before = view.current()
    qtbot.keyClick(target or view.match, key)
    qtbot.waitUntil(lambda: view.current() is not before)


def all_words(widget: QWidget) -> str:
    """Everything in a widget that could be read, seen or heard, hidden parts too."""
    said: list[str] = []
    for one in (widget, *widget.findChildren(QWidget)):
        said += [one.toolTip(), one.accessibleName(), one.accessibleDescription(), one.statusTip()]
        said += [one.whatsThis(), one.windowTitle(), one.objectName()]
        if isinstance(one, QLabel | QAbstractButton):
            said.append(one.text())
        if isinstance(one, QPlainTextEdit):
            said.append(one.toPlainText())
        if isinstance(one, QComboBox):
            said += [one.itemText(place) for place in range(one.count())]
    return "\n".join(said)


def test_no_name_is_anywhere_until_the_result_is_asked_for(
    qtbot: QtBot, view: BlindView, workspace: Workspace
) -> None:
    experiment = an_experiment({"a": "Column Anton", "b": "Column Berta", "c": "Column Caesar"}, 4)
    variants = {"a": "++++", "b": "+-+-", "c": "----"}
    stored(workspace, lambda store: save_answered(store, experiment, variants))
    open_in(qtbot, view, workspace, experiment)
    for key in (Qt.Key.Key_A, Qt.Key.Key_B, Qt.Key.Key_S, Qt.Key.Key_Equal):
        words = all_words(view)
        assert "answer of" in words  # the walk finds what is shown
        assert not [secret for secret in SECRETS if secret in words]
        press(qtbot, view, key)
    view.show_result()
    qtbot.waitUntil(lambda: "Column" in view.result.said.text())
    assert "Anton" in all_words(view.result)
    view.go_on()
    assert not [secret for secret in SECRETS if secret in all_words(view)]


KEYS = {
    Qt.Key.Key_A: "first",
    Qt.Key.Key_1: "first",
    Qt.Key.Key_Left: "first",
    Qt.Key.Key_B: "second",
    Qt.Key.Key_2: "second",
    Qt.Key.Key_Right: "second",
    Qt.Key.Key_Equal: "tie",
    Qt.Key.Key_Space: "tie",
}


@pytest.mark.parametrize("key", KEYS)
def test_keys_vote_wherever_the_focus_is(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment, key: Qt.Key
) -> None:
    open_in(qtbot, view, workspace, experiment)
    matches = []
    for target in (view.match, view.match.second):
        shown = view.current()
        assert shown is not None
        matches.append(shown.match)
        target.setFocus()
        press(qtbot, view, key, target)
    qtbot.waitUntil(lambda: len(votes(workspace, experiment)) == 2)
    kept = votes(workspace, experiment)
    assert [vote.match for vote in kept] == matches
    assert {vote.winner for vote in kept} == {KEYS[key]}


def test_a_vote_becomes_a_preference(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    shown = view.current()
    assert shown is not None
    press(qtbot, view, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: len(votes(workspace, experiment)) == 1)
    kept = workspace.store.read(lambda store: store.preferences()).result(10)
    assert kept == (Preference(shown.match.second_run, shown.match.first_run),)


def test_what_is_shown_is_what_is_voted_on(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    shown = view.current()
    assert shown is not None
    match = shown.match
    assert view.match.first.text() == f"answer of {match.first} to {match.case}"
    assert view.match.second.text() == f"answer of {match.second} to {match.case}"
    assert view.match.values.text() == f"word: word {match.case}\nexpected: word {match.case}"


def test_the_last_vote_is_taken_back_and_shown_again(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    first = view.current()
    press(qtbot, view, Qt.Key.Key_A)
    second = view.current()
    press(qtbot, view, Qt.Key.Key_S)
    assert view.progress.text() == "1 vote · 4 pairs left"
    qtbot.keyClick(view.match, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.current() is second
    qtbot.keyClick(view.match, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.current() is first
    assert view.progress.text() == "0 votes · 6 pairs left"
    assert not view.undo.isEnabled()
    workspace.store.write(lambda _: None).result(10)  # the vote and its taking back are written before it
    assert votes(workspace, experiment) == ()
    assert workspace.store.read(lambda store: store.preferences()).result(10) == ()
    press(qtbot, view, Qt.Key.Key_A)
    assert view.current() is second


def test_a_held_key_is_one_vote(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a", autorep=True)
    QApplication.sendEvent(view.match, event)
    assert view.votes() == ()


def test_all_pairs_get_a_vote_and_then_the_result_is_offered(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    for _ in range(6):
        qtbot.waitUntil(lambda: view.current() is not None)
        shown = view.current()
        assert shown is not None
        press(qtbot, view, Qt.Key.Key_A if shown.match.first == "a" else Qt.Key.Key_B)
    qtbot.waitUntil(lambda: view.empty.title() == "Every pair has its vote")
    assert view.progress.text() == "6 votes · no pair left"
    view.result_button.click()
    qtbot.waitUntil(lambda: bool(view.result.said.text()))
    assert view.result.said.text() == "Column Anton is preferred to Column Berta: it won 6 of 6 votes (p = 0.031)."
    assert "6 votes with a winner became preferences" in view.result.notes.text()
    picture = view.result.picture.picture()
    assert picture is not None
    assert "Column Anton: 100%" in picture.said


def test_answers_that_say_the_same_are_skipped(qtbot: QtBot, view: BlindView, workspace: Workspace) -> None:
    experiment = an_experiment(cases=60)
    stored(workspace, lambda store: save_answered(store, experiment, {}))
    for case in range(60):
        for column in "ab":
            text = f"{column} {case}" if case == 59 else f"the same {case}\n"
            stored(workspace, lambda s, c=column, n=case, t=text: answer(s, experiment, Cell(c, str(n)), t))
    open_in(qtbot, view, workspace, experiment)
    shown = view.current()
    assert shown is not None
    assert shown.match.case == "59"
    press(qtbot, view, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: view.empty.title() == "Nothing left to vote on")


def test_votes_of_an_earlier_session_count_and_are_not_asked_again(
    qtbot: QtBot, view: BlindView, workspace: Workspace, bridge: Bridge, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    for _ in range(2):
        press(qtbot, view, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: len(votes(workspace, experiment)) == 2)
    before = {vote.match.runs for vote in votes(workspace, experiment)}
    again = BlindView(workspace, bridge)
    qtbot.addWidget(again)
    open_in(qtbot, again, workspace, experiment)
    assert again.progress.text() == "2 votes · 4 pairs left"
    seen = set()
    for _ in range(4):
        qtbot.waitUntil(lambda: again.current() is not None)
        shown = again.current()
        assert shown is not None
        seen.add(shown.match.runs)
        press(qtbot, again, Qt.Key.Key_S)
    assert len(seen) == 4
    assert not seen & before


def test_new_answers_join_while_a_pair_is_on_the_screen(
    qtbot: QtBot, view: BlindView, workspace: Workspace
) -> None:
    experiment = an_experiment(cases=2)
    stored(workspace, lambda store: save_answered(store, experiment, {"a": "..", "b": ".."}))
    view.show_experiment(experiment, records(workspace, experiment))
    qtbot.waitUntil(lambda: view.empty.title() == "No two answers yet")
    for case in "01":
        for column in "ab":
            stored(workspace, lambda s, c=column, n=case: answer(s, experiment, Cell(c, n), f"{c} {n}"))
        view.show_experiment(experiment, records(workspace, experiment))
        qtbot.waitUntil(lambda: view.current() is not None)
    shown = view.current()
    view.show_experiment(experiment, records(workspace, experiment))
    assert view.current() is shown
    press(qtbot, view, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: view.current() is not None)


def test_another_experiment_takes_the_place_of_the_first(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    open_in(qtbot, view, workspace, experiment)
    press(qtbot, view, Qt.Key.Key_A)
    alone = an_experiment({"a": "Column Anton"})
    stored(workspace, lambda store: save_answered(store, alone, {"a": "+++"}))
    view.show_experiment(alone, records(workspace, alone))
    assert view.current() is None
    assert view.empty.title() == "One column alone"
    assert view.votes() == ()
    assert view.match.first.text() == ""


def test_reasoning_is_not_shown(qtbot: QtBot, view: BlindView, workspace: Workspace) -> None:
    experiment = an_experiment(cases=1)
    stored(workspace, lambda store: save_answered(store, experiment, {}))
    stored(workspace, lambda store: answer(store, experiment, Cell("a", "0"), "<think>I am Anton</think>Yes"))
    stored(workspace, lambda store: answer(store, experiment, Cell("b", "0"), "No"))
    open_in(qtbot, view, workspace, experiment)
    assert {view.match.first.text(), view.match.second.text()} == {"Yes", "No"}


def test_a_vote_that_cannot_be_stored_does_not_count(
    qtbot: QtBot, view: BlindView, workspace: Workspace, experiment: Experiment
) -> None:
    unknown = replace(experiment, id="f" * 32)
    view.show_experiment(unknown, records(workspace, experiment))
    qtbot.waitUntil(lambda: view.current() is not None)
    with qtbot.waitSignal(view.status) as said:
        press(qtbot, view, Qt.Key.Key_A)
    assert "no such two answers" in said.args[0]
    assert view.votes() == ()


def test_the_windows_own_shortcuts_do_not_take_the_keys(
    qtbot: QtBot, workspace: Workspace, bridge: Bridge, experiment: Experiment
) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    view = BlindView(workspace, bridge)
    window.setCentralWidget(view)
    taken: list[str] = []
    for keys in ("Ctrl+Z", "B", "1"):
        action = QAction(keys, window, shortcut=keys)
        action.triggered.connect(lambda _=False, keys=keys: taken.append(keys))
        window.addAction(action)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    open_in(qtbot, view, workspace, experiment)
    view.match.second.setFocus()
    press(qtbot, view, Qt.Key.Key_B, view.match.second)
    press(qtbot, view, Qt.Key.Key_1, view.match.second)
    qtbot.keyClick(view.match.second, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(view.votes()) == 1
    assert taken == []
    view.result_button.setFocus()
    qtbot.keyClick(view.result_button, Qt.Key.Key_B)
    assert taken == ["B"]  # outside of the pair they are the window's
