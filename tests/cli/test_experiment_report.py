"""`workbench experiment report`: one HTML file of an experiment."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shell

SUITE = """\
format: prompt-workbench/suite
version: 1
name: Words
prompts:
  - {name: Say, user: "Say {{word}}"}
  - {name: Cry, user: "Cry {{word}}"}
models: ["echo:m"]
cases:
  - {values: {word: tea}, expected: Say tea}
"""


def test_a_report_is_written_for_a_name_or_an_id(shell: Shell, tmp_path: Path) -> None:
    suite, out = tmp_path / "suite.yaml", tmp_path / "Wörds report.html"
    suite.write_text(SUITE, "utf-8")
    shell("experiment", "run", str(suite))
    said = shell("experiment", "report", "Words", "--out", str(out))
    assert (said.code, said.out) == (0, "")
    assert f"the report of Words is in {out}" in said.err
    page = out.read_text("utf-8")
    assert "Cry · m" in page
    assert "Say tea" in page


def test_what_cannot_be_reported_is_said_in_one_line(shell: Shell, tmp_path: Path) -> None:
    said = shell("experiment", "report", "Words", "--out", str(tmp_path / "words.pdf"))
    assert said.code == 2
    assert "words.pdf" in said.err
    said = shell("experiment", "report", "Words", "--out", str(tmp_path / "words.html"))
    assert said.code == 2
    assert "There is no experiment 'Words'" in said.err
    assert list(tmp_path.glob("words.*")) == []
