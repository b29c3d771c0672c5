"""Verdicts: what passes, why, and that what cannot be decided never passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.asked_checks import ASKED
from workbench.core.check import (
    Check,
    Kind,
    Measured,
    Subject,
    Verdict,
    as_data,
    checked,
    from_data,
    judge,
    title,
    verdict,
    verdict_data,
    verdict_from,
)
from workbench.core.check_kinds import KINDS
from workbench.errors import UserError


def said(kind: str, value: Any = None, text: str = "", **more: Any) -> Verdict:
    """The verdict of one well-formed check."""
    options = {name: more.pop(name) for name in ("negated", "threshold") if name in more}
    return verdict(checked(Check(kind, value, **options), KINDS), Subject(text, **more), KINDS)


ORDER = '{"order": {"items": [{"name": "Tea", "price": 4.5}], "paid": true}}'


@pytest.mark.parametrize(
    ("kind", "value", "yes", "no"),
    [
        ("equals", "Paris", " Paris\n", "Paris."),
        ("equals", {"a": [1]}, '{"a": [1]}', '{"a": [2]}'),
        ("contains", "Paris", "It is Paris.", "It is paris."),
        ("contains_in_any_case", "STRASSE", "Eine Straße", "Ein Weg"),
        ("contains_all", ["a", "b"], "a and b", "only b"),
        ("contains_any", ["x", "b"], "a and b", "none"),
        ("starts_with", "Dear", "\nDear Ada", "My dear"),
        ("one_of", ["yes", "no"], "yes\n", "maybe"),
        ("length", {"max": 3, "unit": "words"}, "one two three", "one two three four"),
        ("length", {"min": 2, "unit": "lines"}, "a\nb", "a"),
        ("length", {"min": 1, "max": 4}, "four", ""),
        ("is_json", None, "[1]", "```json\n[1]\n```"),
        ("is_json", None, "null", "NaN"),
        ("json_path", {"path": "$.order.items[0].name"}, ORDER, '{"order": {}}'),
        (
            "json_path",
            {"path": "order['paid']", "equals": True},
            f"```json\n{ORDER}\n```",
            '{"order": {"paid": 1}}',
        ),
        ("number_within", {"min": 1, "max": 2}, "First 5, then 1.5", "First 1, then 5"),
        ("number_within", {"value": 1200, "tolerance": 1}, "About 1,200.5 euros", "About 1,300 euros"),
        ("number_within", {"value": "-3"}, "It is \N{MINUS SIGN}3.", "It is 3."),
        ("number_within", {"path": "$.order.items[-1].price", "max": 5}, ORDER, ORDER.replace("4.5", "14.5")),
        ("language", "de", "Das ist nicht der Weg und auch nicht das Ziel.", "This is not the way that you want."),
        ("language", "ja", "これは日本語です。", "这是中文。"),
        ("refusal", None, "I’m sorry, but I can’t help with that.", "I can help you with that."),
        ("refusal", None, "  ", "Je ne regrette rien."),
        ("edit_similarity", "kitten", "sitten", "something else"),
        ("edit_distance", {"to": "kitten", "max": 1}, "sitten", "sitting"),
        ("rouge_l", "the cat sat on the mat", "The cat sat, on a mat.", "Dogs bark."),
    ],
)
def test_kinds_tell_what_they_are_for(kind: str, value: Any, yes: str, no: str) -> None:
    good, bad = said(kind, value, yes), said(kind, value, no)
    assert good.passed, good.reason
    assert not bad.passed, bad.reason
    assert good.decided
    assert bad.decided
    for one in (good, bad):
        assert one.reason.endswith((".", ")."))
    turned = said(kind, value, no, negated=True)
    assert turned.passed
    assert turned.score == pytest.approx(1 - bad.score)


@pytest.mark.parametrize(
    ("kind", "value", "good", "bad"),
    [
        ("latency", 500, {"latency_ms": 499.0}, {"latency_ms": 501.0}),
        ("cost", 0.01, {"cost": 0.0}, {"cost": 0.02}),
        ("tokens", 10, {"tokens": 10}, {"tokens": 11}),
    ],
)
def test_what_an_answer_took(kind: str, value: float, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert said(kind, value, **good).passed
    assert not said(kind, value, **bad).passed
    unknown = said(kind, value)
    assert (unknown.passed, unknown.decided) == (False, False)
    assert not said(kind, value, negated=True).passed


def test_without_a_value_the_expected_answer_is_meant() -> None:
    for kind in ("equals", "contains", "contains_in_any_case", "edit_similarity", "rouge_l"):
        assert said(kind, text="Paris", expected="Paris").passed, kind
        assert not said(kind, text="Rome", expected="Paris").passed, kind


def test_variables_of_the_case_are_filled_into_the_value() -> None:
    assert said("contains_all", ["{{city}}", "euros"], "Paris, 5 euros", values={"city": "Paris"}).passed
    assert said("equals", "{{expected}}", "Paris", expected="Paris").passed
    assert said("equals", "{{expected}}", "a", expected="b", values={"expected": "a"}).passed
    missing = said("contains", "{{city}}", "Paris")
    assert not missing.decided
    assert "{{city}}" in missing.reason


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("json_path", {"path": "$.a", "equals": 1}, "no JSON"),
        ("number_within", {"max": 3}, "no number"),
        ("number_within", {"path": "$.a", "max": 3}, '{"a": "x"}'),
        ("number_within", {"value": "many"}, "3"),
        ("language", "en", "Ok"),
        ("unsupported", "llm-rubric", "whatever"),
        ("edit_similarity", "x", "y" * 50_001),
    ],
)
def test_what_cannot_be_decided_passes_neither_way(kind: str, value: Any, text: str) -> None:
    for negated in (False, True):
        one = said(kind, value, text, negated=negated)
        assert (one.passed, one.decided, one.score) == (False, False, 0.0)


def test_a_threshold_of_its_own() -> None:
    assert said("contains_all", ["a", "b"], "a", threshold=0.5).passed
    assert not said("rouge_l", "a b c d", "a b c x", threshold=0.9).passed


@pytest.mark.parametrize(
    "check",
    [
        Check("equal"),
        Check("starts_with"),
        Check("contains", 5),
        Check("contains_all", []),
        Check("length", {"unit": "pages", "min": 1}),
        Check("length", {"min": "1"}),
        Check("length", {"max": -5}),
        Check("length", {"min": 5, "max": 3}),
        Check("number_within", {"min": 5, "max": 3}),
        Check("number_within", {"value": 5, "tolerance": -1}),
        Check("edit_distance", {"max": -1}),
        Check("json_path", {"path": "$..a"}),
        Check("json_path", {"path": "$.a", "is": 1}),
        Check("number_within", {"path": "$.a"}),
        Check("language", "klingon"),
        Check("latency", -1),
        Check("tokens", True),
        Check("is_json", "yes"),
        Check("equals", "a", threshold=2),
        Check("equals", "a", weight=-1),
    ],
)
def test_a_malformed_check_is_refused_with_what_is_wrong(check: Check) -> None:
    with pytest.raises(UserError) as caught:
        checked(check, KINDS)
    assert check.kind in caught.value.message


FIXED = {
    score: Kind("", lambda value, subject, score=score: Measured(score, "So."), str) for score in (0.0, 0.4, 1.0)
}


def kinds(scores: dict[str, float]) -> dict[str, Kind]:
    return {name: FIXED[score] for name, score in scores.items()}


def test_every_check_has_to_pass_unless_a_pass_score_says_otherwise() -> None:
    table = kinds({"good": 1.0, "bad": 0.4})
    checks = (Check("good", weight=3), Check("bad"))
    alone = judge(checks, Subject(""), table)
    assert (alone.passed, alone.score) == (False, pytest.approx(0.85))
    assert judge(checks, Subject(""), table, pass_score=0.8).passed
    assert not judge(checks, Subject(""), table, pass_score=0.9).passed


def test_what_weighs_nothing_is_only_shown() -> None:
    judged = judge((Check("bad", weight=0),), Subject(""), kinds({"bad": 0.0}))
    assert (judged.passed, judged.score, len(judged.verdicts)) == (True, 1.0, 1)
    assert not judged.verdicts[0].passed


def test_checks_and_verdicts_survive_json() -> None:
    checks = [
        Check("equals", {"a": [1, None]}, negated=True, threshold=0.5, weight=2, name="exact"),
        Check("is_json"),
    ]
    assert [from_data(json.loads(json.dumps(as_data(check)))) for check in checks] == checks
    assert as_data(checks[1]) == {"kind": "is_json"}
    for one in (Verdict(True, 1.0, "Yes."), Verdict(False, 0.0, "Nobody knows.", decided=False)):
        assert verdict_from(json.loads(json.dumps(verdict_data(one)))) == one


@pytest.mark.parametrize(
    "data",
    [
        "equals",
        {"value": 1},
        {"kind": "equals", "wait": 1},
        {"kind": "a", "weight": True},
        {"kind": "a", "negated": 1},
    ],
)
def test_data_that_is_no_check_is_refused(data: Any) -> None:
    with pytest.raises(UserError):
        from_data(data)


def test_a_title_says_what_is_asked() -> None:
    assert title(Check("contains", "x", negated=True), KINDS) == "not contains “x”"
    assert title(Check("contains", "x", name="has x"), KINDS) == "has x"
    assert title(Check("equals"), KINDS) == "is the expected answer"
    assert title(Check("is_json"), KINDS) == "is JSON"
    long = Check("judge", {"rubric": "Is kind.\n" * 20, "model": "starter"})
    assert title(long, ASKED) == f"judged by a model “{('Is kind. ' * 7)[:60]}…”"


@given(st.text(max_size=400), st.text(max_size=60))
def test_no_answer_breaks_a_check(text: str, value: str) -> None:
    values: dict[str, Any] = {
        "contains_all": [value], "contains_any": [value], "one_of": [value], "length": {"max": 5},
        "json_path": {"path": "$.a[0]"}, "number_within": {"max": 5}, "language": "en", "latency": 5, "cost": 1,
        "tokens": 5, "is_json": None, "refusal": None, "equals": None, "edit_distance": {"to": value, "max": 3},
    }  # fmt: skip
    for kind in KINDS:
        one = verdict(Check(kind, values.get(kind, value)), Subject(text, value, latency_ms=1, tokens=1), KINDS)
        assert 0 <= one.score <= 1
        assert one.reason
