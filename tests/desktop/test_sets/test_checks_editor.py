"""Checks are edited as a person thinks of them, and a wrong one says why."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.asked_checks import ASKED
from workbench.core.check import Check, checked
from workbench.desktop.test_sets.check_menu import FIELDS, grouped
from workbench.desktop.test_sets.check_words import in_words
from workbench.desktop.test_sets.checks_editor import ChecksEditor
from workbench.desktop.test_sets.growing_text import GrowingText
from workbench.running.checks import Checker

KINDS = Checker().kinds

EVERY = (
    Check("equals"),
    Check("equals", "yes\nand no", negated=True),
    Check("equals", {"a": [1, None]}),
    Check("contains", "refund", weight=2.5, name="on topic"),
    Check("contains_in_any_case", "{{name}}"),
    Check("contains_all", ["one", " two "]),
    Check("contains_any", ["a", "b"]),
    Check("contains_any", ["line\nend", "b"]),
    Check("one_of", ["yes", "no"]),
    Check("starts_with", "Dear"),
    Check("regex", r"\d{3}"),
    Check("is_json"),
    Check("json_schema", {"type": "object"}),
    Check("json_path", {"path": "$.a[0]", "equals": None}),
    Check("json_path", {"path": "$.a[0]"}),
    Check("number_within", {"value": "{{total}}", "tolerance": 0.5}),
    Check("number_within", {"min": -1, "max": 2.5, "path": "$.n"}),
    Check("length", {"max": 80, "unit": "words"}),
    Check("length", {"min": 3}),
    Check("language", "de"),
    Check("refusal", negated=True),
    Check("edit_similarity", threshold=0.9),
    Check("rouge_l", "a text", threshold=0.5),
    Check("edit_distance", {"max": 5, "to": "x"}),
    Check("latency", 2000),
    Check("cost", 0.002),
    Check("tokens", 200),
    Check("unsupported", "python"),
    Check("judge", {"rubric": "Polite.", "model": "starter", "scale": "1-5", "repeat": 3}),
    Check("judge", {"rubric": "Polite.", "model": "starter", "parameters": {"temperature": 0}}),
    Check("judge_pair", {"rubric": "Polite.", "model": "lab:tiny", "against": "expected"}),
    Check("embedding", {"model": "starter", "to": "x"}),
    Check("python", {"file": "/home/ann/check.py", "config": {"a": 1}}),
)


@pytest.fixture
def editor(qtbot: QtBot) -> ChecksEditor:
    made = ChecksEditor()
    qtbot.addWidget(made)
    made.resize(380, 800)
    made.show()
    return made


@pytest.mark.parametrize("check", EVERY, ids=lambda check: f"{check.kind} {check.value!r:.24}")
def test_every_check_comes_back_as_it_was(editor: ChecksEditor, check: Check) -> None:
    assert checked(check, KINDS) == check
    editor.set_checks((check,))
    assert editor.checks() == (check,)
    assert editor.is_valid()


def test_every_kind_has_its_place_and_its_fields() -> None:
    offered = {kind for _, members in grouped(KINDS) for kind in members}
    assert offered == set(KINDS) - {"unsupported"}
    assert set(FIELDS) == set(KINDS)
    assert "Other" not in dict(grouped(KINDS))
    assert set(ASKED) <= offered


def test_a_kind_that_is_new_here_takes_json(editor: ChecksEditor) -> None:
    editor.set_checks((Check("from_tomorrow", {"x": 1}),))
    assert "There is no check 'from_tomorrow'" in editor.rows[0].trouble.text()
    assert field(editor).toPlainText() == '{\n  "x": 1\n}'


def test_a_judge_of_pairs_is_offered_the_columns_and_the_models(editor: ChecksEditor) -> None:
    editor.offer("column", [("Triage · tiny", "Triage · tiny")])
    editor.add_check(Check("judge_pair", {"rubric": "Polite.", "model": "starter"}))
    editor.offer("model", [("Tiny", "lab:tiny")])
    boxes = {box.accessibleName(): box for box in editor.rows[0].values.findChildren(QComboBox)}
    assert [boxes["Check 1: Judge"].itemText(0), boxes["Check 1: Against"].itemText(0)] == [
        "lab:tiny",
        "Triage · tiny",
    ]
    boxes["Check 1: Against"].setCurrentIndex(0)
    (check,) = editor.checks()
    assert check.value["against"] == "Triage · tiny"


def test_a_check_that_is_added_counts_once_it_is_right(qtbot: QtBot, editor: ChecksEditor) -> None:
    said: list[tuple[Check, ...]] = []
    editor.edited.connect(lambda: said.append(editor.checks()))
    editor.add_check(Check("starts_with", ""))
    row = editor.rows[0]
    assert row.trouble.text() == "Not used yet: it needs a text."
    qtbot.waitUntil(row.trouble.isVisible)
    qtbot.keyClicks(field(editor), "Dear")
    assert not row.trouble.isVisible()
    assert said[0] == ()
    assert said[-1] == (Check("starts_with", "Dear"),)


def test_another_kind_keeps_the_value_that_fits_it(editor: ChecksEditor) -> None:
    editor.set_checks((Check("contains", "refund"),))
    choose(editor, "regex")
    assert editor.checks() == (Check("regex", "refund"),)
    choose(editor, "latency")
    assert editor.checks() == ()
    assert "needs a number" in editor.rows[0].trouble.text()


@pytest.mark.parametrize(
    ("check", "text", "why"),
    [
        (Check("json_schema", {}), "{", "needs JSON"),
        (Check("one_of", ["a"]), "", "needs a list of texts"),
    ],
)
def test_a_wrong_value_says_why(editor: ChecksEditor, check: Check, text: str, why: str) -> None:
    editor.set_checks((check,))
    field(editor).setPlainText(text)
    assert why in editor.rows[0].trouble.text()
    assert editor.checks() == ()
    assert not editor.is_valid()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("threshold", "2", "lies between 0 and 1"),
        ("threshold", "high", "needs a number as its threshold"),
        ("weight", "-1", "weight of the check"),
    ],
)
def test_a_wrong_option_says_why(qtbot: QtBot, editor: ChecksEditor, name: str, text: str, why: str) -> None:
    editor.set_checks((Check("contains", "x"),))
    row = editor.rows[0]
    qtbot.mouseClick(row.more, Qt.MouseButton.LeftButton)
    option: QLineEdit = getattr(row, name)
    option.clear()
    qtbot.keyClicks(option, text)
    assert why in row.trouble.text()


def test_the_opposite_is_one_click(qtbot: QtBot, editor: ChecksEditor) -> None:
    editor.set_checks((Check("contains", "x"),))
    editor.rows[0].negated.click()
    assert editor.checks() == (Check("contains", "x", negated=True),)


def test_showing_the_same_checks_again_disturbs_nobody(editor: ChecksEditor) -> None:
    editor.set_checks((Check("contains", "x"),))
    editor.add_check(Check("starts_with", ""))
    rows = list(editor.rows)
    editor.set_checks((Check("contains", "x"),))
    assert editor.rows == rows
    editor.begin((Check("contains", "x"),))
    assert len(editor.rows) == 1


def test_a_removed_check_is_gone_and_the_hint_returns(editor: ChecksEditor) -> None:
    editor.set_checks((Check("contains", "x"), Check("is_json")))
    editor.rows[0].remove.click()
    assert editor.checks() == (Check("is_json"),)
    editor.rows[0].remove.click()
    assert editor.checks() == ()
    assert editor._hint.isVisible()


def test_models_are_offered_and_may_be_typed(qtbot: QtBot, editor: ChecksEditor) -> None:
    editor.offer("model", [("SmolLM2", "starter"), ("GPT", "openai:gpt")])
    editor.set_checks((Check("judge", {"rubric": "x", "model": "lab:own"}),))
    assert editor.checks()[0].value["model"] == "lab:own"
    box = editor.rows[0].values._fields[1][1].widget
    assert [box.itemText(n) for n in range(box.count())] == ["starter", "openai:gpt"]  # type: ignore[attr-defined]


def test_every_field_has_a_name(qtbot: QtBot, editor: ChecksEditor) -> None:
    editor.set_checks(check for check in EVERY if check.kind != "unsupported")
    qtbot.wait(50)
    nameless = [
        type(widget).__name__
        for widget in editor.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
    assert nameless == []


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (Check("equals"), "is the expected answer"),
        (Check("contains", "refund", negated=True), "not contains “refund”"),
        (Check("length", {"max": 80, "unit": "words"}), "length at most 80 words"),
        (Check("one_of", ["yes", "no"]), "is one of yes, no"),
        (Check("latency", 2000), "latency in ms at most 2,000"),
        (Check("is_json"), "is JSON"),
        (Check("regex", "x", name="digits"), "digits"),
        (Check("json_path", {"path": "$.a", "equals": 3}), "JSON value path $.a is 3"),
        (Check("judge", {"rubric": "Polite.", "model": "starter"}), "judged by a model “Polite.”"),
        (Check("python", {"file": "/home/ann/tone.py"}), "Python file tone.py"),
        (Check("unknown", {"odd": 1}), 'unknown {"odd": 1}'),
    ],
)
def test_a_check_in_words(check: Check, words: str) -> None:
    assert in_words(check, KINDS) == words


def field(editor: ChecksEditor) -> GrowingText:
    found: Any = editor.rows[-1].values.first()
    assert isinstance(found, GrowingText)
    return found


def choose(editor: ChecksEditor, kind: str) -> None:
    box = editor.rows[0].kind
    box.show_kind(kind)
    box.activated.emit(box.currentIndex())
