"""Prompts, versions and cases from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import PROMPT, Shell

pytestmark = pytest.mark.usefixtures("greeting")


def test_the_list_names_every_prompt(shell: Shell) -> None:
    names = [prompt["name"] for prompt in shell("prompts", "list", "--json").lines()]
    assert "Greeting" in names
    table = shell("prompts", "list").out.splitlines()
    assert table[0].split() == ["NAME", "VERSIONS", "LABEL", "CHANGED"]
    assert len(table) == len(names) + 1


def test_show_prints_the_sections_that_are_written(shell: Shell) -> None:
    out = shell("prompts", "show", "Greeting").out
    assert "Be kind." in out
    assert "who, language" in out
    assert "Output format" not in out
    (data,) = shell("prompts", "show", "Greeting", "--json").lines()
    assert data["prompt"]["user"] == "Greet {{who}} in {{language}}."


def test_what_is_exported_can_be_imported(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert shell("prompts", "export", "Greeting", "--out", str(out)).code == 0
    assert shell("prompts", "import", str(out), "--name", "Copy").code == 0
    one, two = (json.loads(shell("prompts", "export", name).out) for name in ("Greeting", "Copy"))
    assert one | {"name": ""} == two | {"name": ""}
    assert [case["expected"] for case in two["cases"]] == ["Hola Eva", "Hallo Max"]


def test_a_name_that_is_taken_is_not_imported_over(shell: Shell, greeting: Path) -> None:
    said = shell("prompts", "import", str(greeting))
    assert said.code == 2
    assert "--name" in said.err


def test_save_adds_a_version_and_equal_content_does_not(shell: Shell) -> None:
    changed = PROMPT | {"prompt": {"user": "Hail {{who}}."}}
    first = shell("prompts", "save", "-", "-m", "shorter", "--json", stdin=json.dumps(changed)).lines()
    again = shell("prompts", "save", "-", "-m", "the same", "--json", stdin=json.dumps(changed)).lines()
    assert first == again
    (version,) = shell("versions", "list", "Greeting", "--json").lines()
    assert version["message"] == "shorter"


def test_diff_marks_words_section_by_section(shell: Shell) -> None:
    shell("versions", "save", "Greeting")
    changed = PROMPT | {"prompt": {"system": "Be kind.", "user": "Hail {{who}} in {{language}}."}}
    shell("prompts", "save", "-", stdin=json.dumps(changed))
    assert (
        shell("versions", "diff", "Greeting", "1", "2").out
        == "── User ──\n[-Greet-]{+Hail+} {{who}} in {{language}}.\n"
    )
    (section,) = shell("versions", "diff", "Greeting", "1", "--json").lines()
    assert section["section"] == "user"
    assert {"operation": "added", "text": "Hail"} in section["pieces"]
    assert shell("versions", "diff", "Greeting", "2").out == "No difference.\n"


def test_a_label_moves_and_names_a_version(shell: Shell) -> None:
    shell("versions", "save", "Greeting")
    assert shell("versions", "label", "Greeting", "1", "production").code == 0
    (version,) = shell("versions", "list", "Greeting", "--json").lines()
    assert version["label"] == "production"
    assert shell("prompts", "show", "Greeting@production").code == 0


def test_cases_are_added_listed_and_replaced(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("who,language,expected\nIda,Danish,Hej Ida\nAnn,Dutch,Hoi Ann\n", "utf-8")
    said = shell("cases", "import", str(file), "--into", "Greeting", "--prompt", "Greeting", "--json").lines()
    assert (said[0]["imported"], said[0]["cases"]) == (2, 4)
    said = shell(
        "cases", "import", str(file), "--into", "Greeting", "--prompt", "Greeting", "--replace", "--json"
    ).lines()
    assert said[0]["cases"] == 2
    cases = shell("cases", "list", "Greeting", "--json").lines()
    assert [case["expected"] for case in cases] == ["Hej Ida", "Hoi Ann"]
    assert shell("run", "Greeting", "--case", "1", "--model", "echo:m").out == "Greet Ida in Danish.\n"


def test_cases_come_from_standard_input_as_jsonl(shell: Shell) -> None:
    line = json.dumps({"who": "Ida", "language": "Danish"})
    said = shell("cases", "import", "-", "--into", "new", "--json", stdin=line + "\n").lines()
    assert said[0]["cases"] == 1


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["prompts", "save", "-"], "{", "standard input.json is not valid JSON"),
        (["prompts", "save", "-"], "{}", '"format"'),
        (["prompts", "save", "/nowhere.json"], "", "nowhere.json"),
        (["prompts", "show", "Nobody"], "", "Nobody"),
        (["prompts", "export", "Greeting", "--format", "word"], "", "workbench"),
        (["prompts", "export", "Greeting", "--out", "/nowhere/x.json"], "", "/nowhere/x.json"),
        (["versions", "diff", "Greeting", "1"], "", "1"),
        (["versions", "label", "Greeting", "latest", "x"], "", "version"),
        (["cases", "import", "/nowhere.csv", "--into", "x"], "", "nowhere.csv"),
        (["cases", "list", "nothing"], "", "nothing"),
        (["prompts"], "", "COMMAND"),
        (["nonsense"], "", "nonsense"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(shell: Shell, arguments: list[str], stdin: str, words: str) -> None:
    said = shell(*arguments, stdin=stdin)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_cases_are_exported_as_they_are_imported(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert shell("cases", "split", "Greeting", "--held-out", "0.5", "--json").lines()[0]["held_out"] == 1
    assert shell("cases", "export", "Greeting", "--out", str(out)).code == 0
    assert shell("cases", "import", str(out), "--into", "Copy").code == 0
    one, two = (shell("cases", "list", name, "--json").lines() for name in ("Greeting", "Copy"))
    assert [case | {"id": ""} for case in one] == [case | {"id": ""} for case in two]
    assert sorted(case["part"] for case in two) == ["development", "held_out"]


def test_what_of_promptfoo_is_not_taken_over_is_said(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(
        "- vars: {who: Ada}\n  assert: [{type: javascript, value: 'true'}, {type: contains, value: Ada}]\n"
    )
    said = shell("cases", "import", str(file), "--into", "new")
    assert "not taken over: the assertion javascript" in said.err
    (case,) = shell("cases", "list", "new", "--json").lines()
    assert [check["kind"] for check in case["checks"]] == ["unsupported", "contains"]
