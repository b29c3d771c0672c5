"""Patterns and schemas are tried in a process that can be killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from workbench.core.check import Check, Judgement, Subject, checked
from workbench.errors import UserError
from workbench.running.checks import Checker

CATASTROPHE = (r"^(\w+\s?)*$", "word " * 12 + "!")


@pytest.fixture
def checker() -> Iterator[Checker]:
    with closing(Checker(limit_seconds=0.5)) as checker:
        yield checker


def judged(checker: Checker, kind: str, value: Any, text: str, **options: Any) -> Judgement:
    check = checked(Check(kind, value, **options), checker.kinds)
    return checker.judge([check], Subject(text))


def test_a_pattern_matches_or_not(checker: Checker) -> None:
    assert judged(checker, "regex", r"order \d+", "Your order 17 is on its way").passed
    missing = judged(checker, "regex", r"order \d+", "Your parcel")
    assert not missing.passed
    assert missing.verdicts[0].reason == "Nothing in the answer matches “order \\d+”."
    assert judged(checker, "regex", r"order \d+", "Your parcel", negated=True).passed


def test_a_pattern_that_would_run_for_ever_is_ended_and_the_next_one_works(checker: Checker) -> None:
    pattern, text = CATASTROPHE
    checker.judge([Check("regex", "a")], Subject("a"))
    began = time.monotonic()
    for negated in (False, True):
        stuck = judged(checker, "regex", pattern, text * 5, negated=negated)
        assert not stuck.passed
        assert not stuck.verdicts[0].decided
        assert "more than 0.5 s" in stuck.verdicts[0].reason
    assert time.monotonic() - began < 30
    assert judged(checker, "regex", "b+", "abbb").passed


def test_a_schema_is_kept_to_or_not(checker: Checker) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert judged(checker, "json_schema", schema, '```json\n{"n": 1}\n```').passed
    broken = judged(checker, "json_schema", schema, '{"n": "one"}')
    assert broken.verdicts[0].reason == "The answer breaks the schema at n: 'one' is not of type 'integer'."
    assert not judged(checker, "json_schema", schema, "no JSON", negated=True).passed


def test_a_pattern_within_a_schema_cannot_run_for_ever_either(checker: Checker) -> None:
    pattern, text = CATASTROPHE
    schema = {"type": "string", "pattern": pattern}
    stuck = judged(checker, "json_schema", schema, f'"{text * 5}"')
    assert not stuck.verdicts[0].decided


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        ("regex", "(", "pattern"),
        ("json_schema", {"type": "nothing"}, "not a valid schema"),
        ("json_schema", {"$ref": "http://192.0.2.1/schema.json"}, "192.0.2.1"),
    ],
)
def test_what_is_itself_at_fault_says_so(checker: Checker, kind: str, value: Any, word: str) -> None:
    one = checker.judge([Check(kind, value)], Subject("{}")).verdicts[0]
    assert not one.decided
    assert word in one.reason


def test_a_pattern_with_a_mistake_is_refused_beforehand(checker: Checker) -> None:
    with pytest.raises(UserError, match=r"regex.*unterminated"):
        checked(Check("regex", "("), checker.kinds)
    for good in ("[[a]", "{{name}}(", CATASTROPHE[0]):
        assert checked(Check("regex", good), checker.kinds)


def test_threads_share_the_process(checker: Checker) -> None:
    with ThreadPoolExecutor(4) as threads:
        texts = [f"number {n}" for n in range(40)]
        results = list(threads.map(lambda text: judged(checker, "regex", rf"{text}$", text).passed, texts))
    assert all(results)


def test_odd_texts_reach_the_process_whole(checker: Checker) -> None:
    assert judged(checker, "regex", "^\ud83d\x00\u2028é$", "\ud83d\x00\u2028é").passed
