"""`workbench experiment` as a person and a CI system use it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tests.cli.conftest import Shell
from tests.loopback import LoopbackServer, answer, error
from workbench.core.batch import Batch, BatchState
from workbench.paths import default_workspace
from workbench.store import Store

SUITE = """\
format: prompt-workbench/suite
version: 1
name: Words
prompts:
  - {name: Say, user: "Say {{word}}"}
models: ["echo:m"]
cases:
  - {values: {word: tea}, name: tea, expected: Say tea}
  - {values: {word: milk}, expected: Say milk}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "suite.yaml"
    path.write_text(SUITE, "utf-8")
    return path


def test_a_suite_passes(shell: Shell, suite: Path, tmp_path: Path) -> None:
    out, junit = tmp_path / "out.json", tmp_path / "new" / "junit.xml"
    said = shell("experiment", "run", str(suite), "--json", str(out), "--junit", str(junit), "--repeat", "2")
    assert said.code == 0, said.err
    assert "Say · m" in said.out
    assert "4 of 4 · 4 passed · 0 failed · 0 errors" in said.err
    data = json.loads(out.read_text("utf-8"))
    assert (data["cells"], data["done"], data["failed"], data["passed"]) == (4, 4, 0, 4)
    (column,) = data["columns"]
    assert (column["variant"], column["pass_rate"], column["high"]) == ("Say · m", 1.0, 1.0)
    assert 0 < column["low"] < 1
    root = Xml.parse(junit).getroot()  # noqa: S314 - our own file
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "0", "0")
    assert [case.get("name") for case in root.iter("testcase")] == [
        "tea (1)",
        "tea (2)",
        "case 2 (1)",
        "case 2 (2)",
    ]


@pytest.mark.parametrize(
    ("state", "stands"), [("sent", "it goes on there"), ("begun", "it is not known to have arrived")]
)
def test_a_batch_at_work_is_not_passed_over(shell: Shell, suite: Path, state: BatchState, stands: str) -> None:
    data = shell("experiment", "run", str(suite), "--json", "-").lines()[0]
    with Store.open(default_workspace()) as store:
        cells = tuple((f"r{n}", one.cell) for n, one in enumerate(store.cells(data["id"])))
        batch = Batch("b", data["id"], "lab", cells)
        store.begin_batch(batch)
        store.note_batch("b", state=state, input_file="f", remote_id="")
    said = shell("experiment", "show", data["id"][:12]).err
    assert f"2 answers of a batch at lab to come: {stands}" in said
    assert f"experiment run --resume {data['id'][:12]}" in said
    assert f"experiment cancel {data['id'][:12]}" in said


def test_a_failed_check_is_exit_code_100(shell: Shell, suite: Path, tmp_path: Path) -> None:
    suite.write_text(SUITE.replace("expected: Say tea", 'expected: "Say\\0coffee"'), "utf-8")
    junit = tmp_path / "junit.xml"
    said = shell("experiment", "run", str(suite), "--json", "-", "--junit", str(junit))
    assert said.code == 100
    assert "2 of 2 · 1 passed · 1 failed · 0 errors" in said.err
    (data,) = said.lines()
    assert (data["passed"], data["done"]) == (1, 2)
    (failure,) = Xml.parse(junit).getroot().iter("failure")  # noqa: S314 - our own file
    assert "is not “Say" in (failure.get("message") or "")
    shown = shell("experiment", "show", data["id"][:12], "--cells").lines()
    assert [cell["passed"] for cell in shown] == [False, True]
    assert shell("experiment", "show", "Words").out.startswith("Words · ")
    assert shell("experiment", "show", "Words", "--json").lines()[0]["id"] == data["id"]
    (listed,) = shell("experiment", "list", "--json").lines()
    assert (listed["name"], listed["cells"], listed["passed"]) == ("Words", 2, 1)
    assert "2/2" in shell("experiment", "list").out


def test_columns_that_all_failed_are_not_said_to_lack_a_common_case(shell: Shell, suite: Path) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        server.script(*(error(400, "Bad luck") for _ in range(4)))
        said = shell("experiment", "run", str(suite), "--model", "lab:one", "--model", "lab:two")
    assert said.code == 3
    assert "No case was answered, so there is nothing to compare." in said.out
    assert "in common" not in said.out


def test_a_failed_cell_is_exit_code_3_and_can_be_asked_again(shell: Shell, suite: Path) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        server.script(error(400, "Bad luck"), error(400, "Bad luck"))
        said = shell("experiment", "run", str(suite), "--model", "lab:tiny", "--json", "-")
        assert said.code == 3
        (data,) = said.lines()
        assert (data["failed"], data["columns"][0]["model"]) == (2, "lab:tiny")
        assert shell("experiment", "run", "--resume", data["id"]).code == 3
        assert len(server.chats) == 2
        again = shell("experiment", "run", "--resume", data["id"][:12], "--retry-errors", "--concurrency", "1")
        assert again.code == 0, again.err
        assert len(server.chats) == 4


def test_a_model_that_cannot_answer_says_how_to_go_on(shell: Shell, suite: Path) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        said = shell("experiment", "run", str(suite), "--model", "lab:fault-401")
    assert said.code == 3
    assert "lab:fault-401 was given up" in said.err
    assert "--resume" in said.err


def test_why_cells_failed_stands_below_the_table(shell: Shell, suite: Path) -> None:
    shell("profiles", "add", "off", "http://127.0.0.1:9/v1")
    said = shell("experiment", "run", str(suite), "--model", "off:m", "--concurrency", "1")
    assert said.code == 3
    assert "2 not answered: The server at 127.0.0.1:9 refused the connection." in said.out


def test_two_columns_are_compared_in_a_sentence(shell: Shell, suite: Path) -> None:
    said = shell("experiment", "run", str(suite), "--model", "echo:a", "--model", "echo:b")
    assert said.code == 0
    assert "No difference between Say · a and Say · b was seen in 2 cases." in said.out


def test_a_suite_runs_a_prompt_of_the_workspace(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        'format: prompt-workbench/suite\nversion: 1\nprompts: ["Ticket classification@1"]\nmodels: ["echo:m"]\n'
        "cases: {test_set: Ticket classification}\nchecks: [{refusal: null, negated: true}]\n",
        "utf-8",
    )
    said = shell("experiment", "run", str(suite), "--json", "-")
    assert said.code == 0, said.err
    assert said.lines()[0]["columns"][0]["variant"].startswith("Ticket classification@1 · ")


def test_promptfoos_suite_runs_here(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "promptfooconfig.yaml"
    suite.write_text(
        "prompts: ['Say {{word}} {{missing}}']\nproviders: [echo]\n"
        "tests: [{vars: {word: tea}, assert: [{type: contains, value: tea}, {type: llm-rubric, value: kind}]}]\n",
        "utf-8",
    )
    said = shell("experiment", "run", str(suite))
    assert said.code == 100
    assert "not supported: the assertion llm-rubric" in said.err
    lenient = shell("experiment", "run", str(suite), "--ignore-unsupported", "--json", "-")
    assert lenient.code == 0
    assert lenient.lines()[0]["unsupported"] == ["the assertion llm-rubric"]


def test_a_suite_of_promptfoo_may_name_a_model_of_ours(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "promptfooconfig.yaml"
    suite.write_text(
        "prompts: ['Say {{word}}']\nproviders: [{id: starter, config: {max_tokens: 8}}]\n"
        "tests: [{vars: {word: tea}}]\n",
        "utf-8",
    )
    said = shell("experiment", "run", str(suite))
    assert said.code == 0, said.err
    assert "SmolLM2" in said.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "Give a suite"),
        (("missing.yaml",), "missing.yaml"),
        ((".",), ". is no suite file"),
        (("no such experiment",), "no such experiment"),
        (("SUITE", "--concurrency", "0"), "--concurrency is 0"),
        (("SUITE", "--model", "nonsense"), "nonsense"),
        (("SUITE", "--model", "gone:m1"), "gone"),
        (("SUITE", "--model", "local:missing.gguf"), "missing.gguf"),
        (("SUITE", "--repeat", "0"), "repeat is 0"),
        (("--resume", "abcdef", "--repeat", "2"), "--repeat"),
    ],
)
def test_bad_input_is_exit_code_2(shell: Shell, suite: Path, arguments: tuple[str, ...], word: str) -> None:
    said = shell("experiment", "run", *(str(suite) if one == "SUITE" else one for one in arguments))
    assert (said.code, said.out) == (2, "")
    assert word in said.err
    assert shell("experiment", "list", "--json").lines() == []


def test_a_suite_that_cannot_be_run_leaves_nothing_behind(shell: Shell, suite: Path) -> None:
    for change in (
        ("values: {word: milk}", "values: {wort: milk}"),
        ("cases:", "checks: [{nonsense: 1}]\ncases:"),
    ):
        suite.write_text(SUITE.replace(*change), "utf-8")
        assert shell("experiment", "run", str(suite)).code == 2
    assert shell("experiment", "list", "--json").lines() == []


def test_what_a_check_lacks_is_said_below_the_table(shell: Shell, suite: Path) -> None:
    asked = "checks: [{contains: '{{nobody}}'}, {equals: '{{expected}}'}]\ncases:"
    suite.write_text(SUITE.replace("cases:", asked), "utf-8")
    said = shell("experiment", "run", str(suite))
    assert said.code == 100
    assert "2 not decided: The check needs a value that the case does not have." in said.out
    assert "No value for {{nobody}}." in said.out
    assert "No value for {{expected}}" not in said.out


def test_a_check_that_cannot_be_is_refused_before_anything_is_asked(shell: Shell, suite: Path) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        suite.write_text(SUITE.replace("cases:", "checks: [{regex: '('}]\ncases:"), "utf-8")
        said = shell("experiment", "run", str(suite), "--model", "lab:tiny")
        assert (said.code, server.chats) == (2, [])
    assert "regex" in said.err
    assert "unterminated" in said.err


@pytest.mark.parametrize(
    ("judge", "word"),
    [
        ("{judge: {rubric: Kind., model: 'nobody:large'}}", "The judge nobody:large cannot be asked."),
        ("{judge_pair: {rubric: Kind., model: 'lab:large', against: Other}}", "the column 'Other'"),
    ],
)
def test_a_judge_that_cannot_judge_is_refused_before_any_answer_is_paid(
    shell: Shell, suite: Path, judge: str, word: str
) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        suite.write_text(SUITE.replace("cases:", f"checks: [{judge}]\ncases:"), "utf-8")
        said = shell("experiment", "run", str(suite), "--model", "lab:tiny")
        assert (said.code, server.chats) == (2, [])
    assert word in said.err
    assert shell("experiment", "list", "--json").lines() == []


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(
    shell: Shell, suite: Path, tmp_path: Path, option: str
) -> None:
    for wrong in (tmp_path, suite / "results"):
        said = shell("experiment", "run", str(suite), option, str(wrong))
        assert said.code == 2
        assert f"{wrong} cannot be written" in said.err
    assert shell("experiment", "list", "--json").lines() == []


def test_a_provider_that_nobody_has_asks_for_a_model(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "promptfooconfig.yaml"
    suite.write_text("prompts: [hi]\nproviders: ['openai:gpt-4o']\ntests: []\n", "utf-8")
    said = shell("experiment", "run", str(suite))
    assert said.code == 2
    assert "openai:gpt-4o" in said.err
    assert "--model" in said.err
    shell("profiles", "add", "openai", "http://127.0.0.1:9/v1")
    again = shell("experiment", "run", str(suite), "--concurrency", "1")
    assert "refused the connection" in again.err + shell("experiment", "show", "promptfooconfig", "--cells").out


def test_what_promptfoo_has_a_model_grade_is_graded_by_the_judge_that_is_named(
    shell: Shell, tmp_path: Path
) -> None:
    suite = tmp_path / "promptfooconfig.yaml"
    suite.write_text(
        "prompts: ['Say {{word}}']\nproviders: [echo]\ntests:\n"
        "  - {vars: {word: tea}, assert: [{type: llm-rubric, value: 'Names {{word}}'}]}\n"
    )
    unjudged = shell("experiment", "run", str(suite))
    assert unjudged.code == 100
    assert "not supported: the assertion llm-rubric" in unjudged.err
    assert "--judge PROFILE:MODEL" in unjudged.err
    with LoopbackServer() as server:
        server.choose(lambda seen: answer('{"reason": "It does.", "verdict": "pass"}'))
        shell("profiles", "add", "lab", server.base_url)
        judged = shell("experiment", "run", str(suite), "--judge", "lab:tiny")
        assert judged.code == 0, judged.err
        assert "not supported" not in judged.err
        assert any("Names tea" in message["content"] for message in server.chats[0].body["messages"])
    assert "--judge" in shell("experiment", "run", "promptfooconfig", "--judge", "lab:tiny").err


def test_tests_that_a_model_grades_say_how_they_can_be(shell: Shell, tmp_path: Path) -> None:
    tests = tmp_path / "tests.yaml"
    tests.write_text("- {vars: {word: tea}, assert: [{type: llm-rubric, value: kind}]}\n", "utf-8")
    said = shell("cases", "import", str(tests), "--into", "Words")
    assert said.code == 0
    assert "not taken over: the assertion llm-rubric" in said.err
    assert "with --judge" in said.err


def test_a_judge_that_could_not_answer_is_no_failed_check(shell: Shell, suite: Path) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        judge = "checks: [equals, {judge: {rubric: Kind., model: 'lab:fault-404'}}]\ncases:"
        suite.write_text(SUITE.replace("cases:", judge), "utf-8")
        said = shell("experiment", "run", str(suite))
    assert said.code == 3
    assert "lab:fault-404 was given up" in said.err


def test_a_check_that_there_is_not_is_named_with_its_case_and_the_nearest(shell: Shell, suite: Path) -> None:
    suite.write_text(SUITE.replace("name: tea,", "name: tea, checks: [{containz: x}],"), "utf-8")
    said = shell("experiment", "run", str(suite))
    assert said.code == 2
    assert "Case tea: There is no check 'containz'. Do you mean contains?" in said.err


def test_of_several_checks_each_is_counted(shell: Shell, suite: Path, tmp_path: Path) -> None:
    suite.write_text(SUITE.replace("cases:", "checks: [equals, {contains: tea}]\ncases:"), "utf-8")
    said = shell("experiment", "run", str(suite), "--json", str(tmp_path / "out.json"))
    rows = [line.split("  ")[0] for line in said.out.splitlines() if line.endswith(" of 2)")]
    assert rows == ["is the expected answer", "contains “tea”"]
    assert "contains “tea”          50% (1 of 2)" in said.out
    data = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [one["columns"] for one in data["checks"]] == [
        [{"variant": "Say · m", "judged": 2, "passed": passed, "undecided": 0}] for passed in (2, 1)
    ]
    assert shell("experiment", "report", "Words", "--out", str(tmp_path / "r.html")).code == 0
    assert "<td>contains “tea”</td><td>50% (1 of 2)</td>" in (tmp_path / "r.html").read_text("utf-8")


# Judges, trust, ablation

JUDGED = (
    SUITE
    + """checks:
  - {judge: {rubric: Says it., model: "lab:large"}}
  - {python: tone.py}
"""
)


def test_a_judge_and_a_python_file_of_a_suite(shell: Shell, suite: Path) -> None:
    suite.write_text(JUDGED, "utf-8")
    tone = suite.parent / "tone.py"
    tone.write_text("def check(answer, case): return case['values']['word'] in answer\n", "utf-8")
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url)
        server.script(*[answer('{"reason": "It does.", "verdict": "pass"}')] * 2)
        distrusted = shell("experiment", "run", str(suite), "--json", "-")
        assert distrusted.code == 100
        assert "tone.py is not trusted" in distrusted.err
        assert f"workbench experiment trust {tone}" in distrusted.err
        (data,) = distrusted.lines()
        assert len(data["unsupported"]) == 1
        assert shell("experiment", "trust", str(tone)).code == 0
        said = shell("experiment", "run", str(suite), "--json", "-")
        assert said.code == 0, said.err
        assert len(server.chats) == 2
    (data,) = said.lines()
    (judge,) = data["judges"]
    assert (judge["judged"], judge["undecided"], judge["rated"]) == (2, 0, 0)
    run = shell("experiment", "show", data["id"], "--cells").lines()[0]["run"]
    shell("rate", run, "--good")
    assert "The judge agrees with you on 1 of 1 answers" in shell("experiment", "show", data["id"]).out


def test_trust_is_shown_and_taken_back(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tone.py"
    file.write_text("def check(answer, case): return True\n", "utf-8")
    said = shell("experiment", "trust", str(file))
    assert "no sandbox" in said.out
    assert [one["trusted"] for one in shell("experiment", "trust", "--list", "--json").lines()] == [True]
    file.write_text("def check(answer, case): return False\n", "utf-8")
    assert "changed; not run" in shell("experiment", "trust", "--list").out
    assert shell("experiment", "trust", "--remove", str(file)).code == 0
    assert shell("experiment", "trust", "--remove", str(file)).code == 2
    assert shell("experiment", "trust", str(tmp_path / "none.py")).code == 2
    assert shell("experiment", "trust").code == 2


def test_an_ablation_is_an_experiment_with_a_table_and_a_picture(
    shell: Shell, greeting: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "curve.svg"
    command = ("experiment", "ablate", "Greeting", "--model", "echo:m", "--check", "{contains: Spanish}")
    said = shell(*command, "--what", "temperature=0,0.5,1", "--picture", str(picture))
    assert said.code == 100, said.err
    assert "temperature 0.5  2/2" in said.out
    assert "50% (9% to 91%)" in said.out
    root = Xml.parse(picture).getroot()  # noqa: S314 - our own file
    assert "temperature 0.5: 50% pass" in "".join(root.itertext())
    sections = shell(*command, "--what", "sections", "--json", "-").lines()[0]
    assert [column["variant"] for column in sections["columns"]] == ["as it is", "without system"]
    assert sections["name"] == "Greeting: sections on and off"


def test_an_ablation_of_nothing_is_refused(shell: Shell, greeting: Path) -> None:
    said = shell("experiment", "ablate", "Greeting", "--what", "shots", "--model", "echo:m")
    assert said.code == 2
    assert "no example that is on" in said.err
    assert shell("experiment", "list", "--json").lines() == []
