"""The README's table of the command line and the commands that there are say the same."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from workbench.core.check import checked
from workbench.interchange import suite_file
from workbench.running.checks import Checker

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| `workbench ([^`]+)` \|", README, re.MULTILINE)


def commands() -> list[list[str]]:
    """Each command of the table by its words: `prompts list`, `prompts show`, `run`."""
    found = []
    for row in ROWS:
        name, *first = row.split()
        alternatives = [part.split() for part in " ".join(first).split(r"\|")]
        subcommands = [words[0] for words in alternatives if words and re.fullmatch("[a-z]+", words[0])]
        found += [[name, subcommand] for subcommand in subcommands] or [[name]]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_what_the_readme_names_there_is(shell: Shell, command: list[str]) -> None:
    said = shell(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert f"usage: workbench {' '.join(command)}" in said.out


def test_the_suite_of_the_readme_can_be_run(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "suite.yaml").write_text(block, "utf-8")
    (tmp_path / "tickets.csv").write_text("ticket,expected\nLate,Sorry\n", "utf-8")
    suite = suite_file.read(tmp_path / "suite.yaml")
    with closing(Checker()) as checker:
        assert [checked(one, checker.kinds).kind for one in suite.checks] == ["contains", "length", "judge"]
    assert (len(suite.prompts), len(suite.models), len(suite.cases)) == (2, 2, 1)


def test_what_there_is_the_readme_names(shell: Shell) -> None:
    listed = shell("--help").out.partition("COMMAND\n")[2].partition("\n\n")[0]
    names = re.findall(r"^    ([a-z]+)", listed, re.MULTILINE)
    assert {"run", "tour"} < set(names)
    assert not [name for name in names if f"`workbench {name}" not in README]
