"""Our own suite files."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.errors import BadFile
from workbench.interchange.suite import SuitePrompt
from workbench.interchange.suite_file import read

SUITE = """\
format: prompt-workbench/suite
version: 1
name: Replies
prompts:
  - Support reply@production
  - {name: Brief, system: Be brief., user: "{{ticket}}"}
models:
  - starter
  - {model: "work:gpt-4o", label: Large, parameters: {temperature: 0}}
parameters: {max_tokens: 200, stop: ["END"]}
cases:
  - {values: {ticket: Late, number: 5, at: 2024-05-01}, expected: Sorry, name: late}
  - {values: {ticket: Lost}, checks: [is_json], pass_score: 0.5}
checks:
  - contains: refund
  - {length: {max: 80, unit: words}, weight: 2, negated: true}
  - {kind: equals, value: x, threshold: 0.5}
repeat: 3
"""


def written(folder: Path, text: str, name: str = "suite.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_suite_says_what_to_run(tmp_path: Path) -> None:
    suite = read(written(tmp_path, SUITE))
    assert suite.name == "Replies"
    assert suite.prompts == (
        SuitePrompt("Support reply@production", None),
        SuitePrompt("Brief", Prompt(system="Be brief.", user="{{ticket}}")),
    )
    small, large = suite.models
    assert (small.reference, small.config) == ("starter", GenerationConfig(max_tokens=200, stop=("END",)))
    assert (large.label, large.config.temperature, large.config.max_tokens) == ("Large", 0, 200)
    late, lost = suite.cases
    assert late.values == {"ticket": "Late", "number": "5", "at": "2024-05-01"}
    assert (late.expected, late.name) == ("Sorry", "late")
    assert (lost.checks, lost.pass_score) == ((Check("is_json"),), 0.5)
    assert suite.checks == (
        Check("contains", "refund"),
        Check("length", {"max": 80, "unit": "words"}, weight=2, negated=True),
        Check("equals", "x", threshold=0.5),
    )
    assert (suite.repeat, suite.unsupported) == (3, ())


def test_cases_come_from_a_file_beside_it_or_a_test_set(tmp_path: Path) -> None:
    written(tmp_path, "ticket,expected\nLate,Sorry\n", "tickets.csv")
    head = SUITE.partition("cases:")[0]
    suite = read(written(tmp_path, head + "cases: tickets.csv\n"))
    assert [(case.values, case.expected) for case in suite.cases] == [({"ticket": "Late"}, "Sorry")]
    suite = read(written(tmp_path, head + "cases: {test_set: Tickets}\n"))
    assert (suite.test_set, suite.cases) == ("Tickets", ())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("version: 1", "version: 2"), "version 2"),
        (("repeat: 3", "repeat: often"), "often"),
        (("repeat: 3", "speed: 3"), "speed"),
        (("max_tokens: 200", "max_tokens: many"), "parameters: max_tokens is 'many', not a number"),
        (('stop: ["END"]', "stop: END"), "stop is 'END', not a list"),
        (("max_tokens: 200", "grammar: 5"), "grammar is 5, not a text"),
        (("format: prompt-workbench/suite\n", ""), "does not say what it is"),
        (("max_tokens: 200", "heat: 200"), "heat"),
        (("  - starter\n", "  - 5\n"), "model"),
        (("  - contains: refund\n", "  - {contains: a, equals: b}\n"), "check"),
        (("  - Support reply@production\n", "  - 5\n"), "prompt"),
        (("system: Be brief.", "sistem: Be brief."), "sistem"),
        (("- {values: {ticket: Lost}", "- {value: {ticket: Lost}"), "Case 2"),
        (("prompts:", "prompts: {"), "line"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], word: str) -> None:
    with pytest.raises(BadFile, match=word):
        read(written(tmp_path, SUITE.replace(*change)))


@pytest.mark.parametrize("text", ["", "just text", "[1]", "a: b", "{"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFile, match=r"suite\.yaml"):
        read(written(tmp_path, text))


def test_aliases_cannot_blow_a_page_up(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    with pytest.raises(BadFile, match="too many values"):
        read(written(tmp_path, bomb))


def test_tags_execute_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="not valid YAML"):
        read(written(tmp_path, "a: !!python/object/apply:os.system ['true']"))
