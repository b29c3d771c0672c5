"""Cases by a model: what it is asked for, and what is read out of answers good and bad."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.case import Case
from workbench.core.prompt import Prompt
from workbench.errors import UserError
from workbench.running.generated_cases import asking, read
from workbench.running.job import checked

COLUMNS = ("ticket", "tone")
KNOWN = (Case("1", {"ticket": "Where is my parcel?", "tone": "calm"}, "delivery"),)
ONE = {"ticket": "Refund me", "tone": "angry", "expected": "refund"}
TWO = {"ticket": "Invoice?", "tone": "calm", "expected": "billing"}


def said(text: str, **more: int) -> list[tuple[str, str]]:
    return [(case.values["ticket"], case.expected) for case in read(text, COLUMNS, KNOWN, **more).cases]


BOTH = [("Refund me", "refund"), ("Invoice?", "billing")]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"cases": [ONE, TWO]}),
        json.dumps([ONE, TWO]),
        json.dumps({"cases": [ONE, TWO]}, indent=2),
        f"Sure, here you are:\n```json\n{json.dumps([ONE, TWO])}\n```\nAnything else?",
        "\n".join(map(json.dumps, (ONE, TWO))),
        json.dumps({"cases": [{"values": {"ticket": "Refund me"}, "expected": "refund"}, TWO]}),
        json.dumps({"result": {"test_cases": [ONE, TWO]}}),
        json.dumps({"cases": [ONE, TWO, {"ticket": "cut off"}]})[:-12],
        json.dumps([ONE, ONE, KNOWN[0].values | {"expected": "x"}, TWO]),
        json.dumps([{"ticket": " where IS my\nparcel? ", "tone": "Calm"}, ONE, TWO, {"other": 1}, {"ticket": ""}]),
    ],
)
def test_cases_are_found_in_any_wrapping(text: str) -> None:
    assert said(text) == BOTH


def test_they_are_marked_and_counted() -> None:
    found = read(json.dumps([ONE, ONE, TWO]), COLUMNS, KNOWN)
    assert all(case.generated and case.part == "development" for case in found.cases)
    assert len({case.id for case in found.cases}) == 2
    assert found.duplicates == 1
    assert said(json.dumps([ONE, TWO]), most=1) == BOTH[:1]


def test_values_that_are_no_texts_are_written_out() -> None:
    (case,) = read(json.dumps([{"ticket": {"id": 3}, "tone": 5, "expected": ["a"]}]), COLUMNS).cases
    assert dict(case.values) == {"ticket": '{"id": 3}', "tone": "5"}
    assert case.expected == '["a"]'


@given(st.text(st.sampled_from('{}[]",:ticket \\n1'), max_size=60))
def test_no_answer_breaks_it(text: str) -> None:
    read(text, COLUMNS)


def test_a_growing_answer_only_adds_cases() -> None:
    text = json.dumps({"cases": [ONE, TWO]})
    before: list[tuple[str, str]] = []
    for end in range(len(text) + 1):
        now = said(text[:end])
        assert now[: len(before)] == before
        before = now
    assert before == BOTH


def test_the_model_is_told_everything() -> None:
    prompt = Prompt(system="Classify. Answer {{format}}.", user="{{ticket}}")
    job = asking(prompt, COLUMNS, KNOWN, count=7, model="lab:tiny", wish="two languages")
    text = checked(job).messages[-1].content
    for part in (
        "Classify. Answer {{format}}.",
        "Where is my parcel?",
        "Write 7 new cases",
        "two languages",
        '"tone"',
    ):
        assert part in text
    assert job.prompt.output_format.kind == "text"
    assert asking(prompt, COLUMNS, (), count=1, model="starter").prompt.output_format.kind == "json"


@pytest.mark.parametrize(("columns", "count", "why"), [((), 3, "no variable"), (COLUMNS, 0, "0 cases")])
def test_nothing_to_ask_for_is_said(columns: tuple[str, ...], count: int, why: str) -> None:
    with pytest.raises(UserError, match=why):
        asking(None, columns, (), count=count, model="starter")
