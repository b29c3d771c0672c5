"""Starter prompts: the four that ship are right, and a wrong file is refused with its fault."""

from __future__ import annotations

import ast
import json
import math
import operator
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from workbench.core.case import Case
from workbench.core.check import Check, Subject
from workbench.core.prompt import Prompt, variables
from workbench.core.rendering import json_schema, part, render
from workbench.core.starter import FORMAT, StarterPrompt, as_data, from_data, load_starters, read_starter
from workbench.errors import BadFile
from workbench.paths import resources
from workbench.running.checks import Checker

STARTERS = {starter.name: starter for starter in load_starters(resources() / "starter")}


def test_the_four_starters_come_in_their_order() -> None:
    assert list(STARTERS) == ["Support reply", "Ticket classification", "Word problem", "Order extraction"]


@pytest.mark.parametrize("starter", STARTERS.values(), ids=STARTERS)
def test_a_starter_can_be_run_as_it_is(starter: StarterPrompt) -> None:
    assert starter.description
    assert starter.config.max_tokens
    assert render(starter.prompt, starter.values).messages[-1].role == "user"


@pytest.mark.parametrize("starter", STARTERS.values(), ids=STARTERS)
def test_a_starter_has_cases_that_fit_it(starter: StarterPrompt) -> None:
    assert len(starter.cases) >= 15
    assert len({case.id for case in starter.cases}) == len(starter.cases)
    assert len({tuple(case.values.items()) for case in starter.cases}) == len(starter.cases)
    for case in starter.cases:
        assert case.name
        assert case.expected
        assert set(case.values) == set(variables(starter.prompt))
    assert dict(starter.values) in [dict(case.values) for case in starter.cases]


@pytest.mark.parametrize("starter", STARTERS.values(), ids=STARTERS)
def test_no_case_is_given_away_by_an_example(starter: StarterPrompt) -> None:
    shown = " ".join(example.input for example in starter.prompt.examples)
    for case in starter.cases:
        assert not any(value in shown for value in case.values.values() if len(value) > 20)


def test_support_replies_keep_to_the_structure() -> None:
    starter = STARTERS["Support reply"]
    steps = r"1\. [^\n]+\.\n2\. [^\n]+\.(\n3\. [^\n]+\.)?"
    shape = re.compile(
        rf"Hello (.+),\n\nThank you for your message about [^\n]+\.\n\n{steps}\n\nKind regards,\nThe Fernleaf team"
    )
    for case in starter.cases:
        match = shape.fullmatch(case.expected)
        assert match, case.name
        assert match.group(1) == case.values["customer"]
    for example in starter.prompt.examples:
        assert shape.fullmatch(example.output)


def test_every_ticket_has_one_of_the_labels() -> None:
    starter = STARTERS["Ticket classification"]
    labels = {example.output for example in starter.prompt.examples}
    assert {case.expected for case in starter.cases} == labels
    assert labels == {"billing", "bug", "how-to", "account", "feature-request"}


_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def computed(term: str) -> float:
    """The value of `3 * 4 + 1`."""

    def value(node: Any) -> float:
        if isinstance(node, ast.BinOp):
            return float(_OPERATORS[type(node.op)](value(node.left), value(node.right)))
        return float(node.value)

    return value(ast.parse(term.strip(), mode="eval").body)


def test_the_calculations_of_the_word_problem_examples_are_right() -> None:
    for example in STARTERS["Word problem"].prompt.examples:
        sums = re.findall(r"([\d.]+(?: [-+*/] [\d.]+)+) = ([\d.]*\d)", example.reasoning)
        assert sums
        assert all(computed(term) == float(result) for term, result in sums)
        assert sums[-1][1] == example.output


def test_the_expected_numbers_of_the_word_problems_are_right() -> None:
    expected = {case.name: case.expected for case in STARTERS["Word problem"].cases}
    assert {name: float(number) for name, number in expected.items()} == WORD_PROBLEMS


WORD_PROBLEMS: dict[str, float] = {
    "One step: adding": 7 + 5,
    "One step: taking away": 20 - 8,
    "One step: times": 3 * 8,
    "One step: shared": 30 / 6,
    "Two steps": 3 * 10 - 4,
    "Two steps with money": 40 - 2 * 15,
    "Change": 20 - (2 * 3 + 4),
    "A number that is not needed": 12 * 5,
    "Speed": 18 * 4,
    "Back to zero": 15 - 9 - 6,
    "Groups, then one more": 36 / 4 + 2,
    "Rest": 17 % 6,
    "Rounding up": math.ceil(130 / 40),
    "Half": 64 / 2 / 2,
    "Percent": 80 - 80 * 25 / 100,
    "Clock": (20 * 60 + 25) - (18 * 60 + 40),
    "Average": (4 + 10 + 7) / 3,
    "Decimal": 7.5 * 6,
    "Large numbers": 1250 * 22,
    "Compared": 48 / (3 + 1),
}
"""Every problem written as its calculation."""


def test_a_word_problems_answer_is_found_behind_the_marker() -> None:
    prompt = STARTERS["Word problem"].prompt
    shown = render(prompt, STARTERS["Word problem"].values).messages[2].content
    parted = part(prompt.chain_of_thought, shown)
    assert parted.found
    assert parted.answer == prompt.examples[0].output
    assert parted.reasoning == prompt.examples[0].reasoning


def test_expected_orders_keep_to_the_schema() -> None:
    starter = STARTERS["Order extraction"]
    schema = json_schema(starter.prompt)
    assert schema
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    outputs = [case.expected for case in starter.cases] + [example.output for example in starter.prompt.examples]
    for output in outputs:
        validator.validate(json.loads(output))
    assert not validator.is_valid({"customer": "x"})


def test_data_gives_the_starter_back() -> None:
    for starter in STARTERS.values():
        again = from_data(json.loads(json.dumps(as_data(starter))))
        assert as_data(again) == as_data(starter)
        assert again.prompt == starter.prompt


def test_a_case_keeps_its_checks_score_part_and_mark() -> None:
    asked = (Check("contains", "tea"), Check("judge", {"rubric": "Kind.", "model": "starter"}, weight=2))
    case = Case("1", {"word": "tea"}, "Tea.", "tea", asked, pass_score=0.5, part="held_out", generated=True)
    written = json.loads(json.dumps(as_data(StarterPrompt("n", Prompt(user="{{word}}"), cases=(case,)))))
    (read,) = from_data(written).cases
    assert replace(read, id="1") == case


def test_support_replies_are_checked_for_their_structure() -> None:
    for case in STARTERS["Support reply"].cases:
        subject = Subject(case.expected, case.expected, case.values)
        with closing(Checker()) as checker:
            assert checker.judge(case.checks, subject).passed
            assert not checker.judge(case.checks, replace(subject, text="It is in the bin.")).passed


def whole(**parts: Any) -> dict[str, Any]:
    return {"format": FORMAT, "version": 1, "name": "n", "prompt": {"user": "u"}, **parts}


def test_a_prompt_alone_is_enough() -> None:
    assert from_data(whole()) == StarterPrompt("n", Prompt(user="u"))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "not a prompt file"),
        ({"format": "other"}, "not a prompt file"),
        (whole(version=2), "version 2"),
        (whole(name=" "), "no name"),
        ({"format": FORMAT, "version": 1, "name": "n"}, "no prompt"),
        (whole(prompt={"sys": ""}), "sys"),
        (whole(extra=1), "extra"),
        (whole(values=[]), "values"),
        (whole(values={"a": 1}), "values"),
        (whole(config={"temperature": 9}), "temperature is 9"),
        (whole(config={"temperature": "hot"}), "not a number"),
        (whole(config={"stop": 3}), "stop is 3, not a list"),
        (whole(config=[]), "config"),
        (whole(cases={}), "cases"),
        (whole(cases=[{"values": {}}, 3]), "Case 2"),
        (whole(cases=[{"input": "x"}]), "case 1: input"),
        (whole(cases=[{"expected": 3}]), "expected"),
        (whole(cases=[{"checks": {}}]), "checks of case 1"),
        (whole(cases=[{"checks": [{"value": "x"}]}]), "A check is an object with a kind"),
        (whole(cases=[{"part": "half"}]), "part of case 1 is 'half'"),
        (whole(cases=[{"pass_score": "all"}]), "pass_score of case 1"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(data: Any, named: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(BadFile, match=named) as raised:
        read_starter(path)
    assert str(raised.value).startswith("wrong.json")


@pytest.mark.parametrize(
    ("content", "named"),
    [(b"{", "not valid JSON"), (b"\xff", "UTF-8"), (b"[" * 100_000, "not valid JSON"), (b"", "JSON")],
)
def test_what_is_no_json_is_refused(content: bytes, named: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=named):
        read_starter(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"gone\.json cannot be read: No such file"):
        read_starter(tmp_path / "gone.json")
