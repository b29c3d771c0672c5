"""A report: one page that needs nothing else, says what is so, and shows every text as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.store.answered import an_experiment, answer, save_answered
from tests.store.test_votes import the_match
from workbench.core.case import Case
from workbench.core.experiment import Cell, Experiment, Variant
from workbench.errors import NotFound, UserError
from workbench.running import report
from workbench.running.report_cells import LONGEST
from workbench.running.report_parts import without_folders
from workbench.store import Store

NASTY = '</pre><script>alert(1)</script> & "quotes" \'\ud800\x00 \u202etxt <img src=x onerror=y>'
_VOID = {"meta", "br", "rect", "line", "circle", "path"}


class Page(HTMLParser):
    """A page taken apart; a tag that is not closed where it should be fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += data


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "workspace.db") as store:
        yield store


def written(store: Store, experiment: Experiment, tmp_path: Path) -> tuple[str, Page]:
    path = tmp_path / "report.html"
    report.write(store, experiment.id, path)
    html = path.read_text("utf-8")
    return html, Page(html)


def test_a_report_says_what_came_out(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment(cases=8)
    save_answered(store, experiment, {"a": "--------", "b": "++++++++"})
    store.vote(experiment.id, the_match(store, experiment), "second")
    html, page = written(store, experiment, tmp_path)
    assert html.startswith("<!DOCTYPE html>")
    for said in (
        "16 of 16 answers · 8 passed",
        "Column Berta is better than Column Anton: 100 more of 100 cases pass",
        "Columns are compared on the cases that both answered, by McNemar's exact test.",
        "Blind comparison: 1 vote",
        "Better: 8 cases",
        "answer of a to 0",
        "✗ not passed",
        "It does not contain the word.",
        "temperature: 0.5",
        "lab:secret-model-a",
        "You are brief.",
        experiment.id,
        "by Prompt Workbench",
    ):
        assert said in page.words, said
    assert page.tags.count("svg") >= 4
    assert len(page.ids) == len(set(page.ids))
    assert {value for name, value in page.attributes if name == "href"} == {f"#case-{n}" for n in range(1, 9)}


def test_a_report_loads_nothing_and_runs_nothing(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment({"a": NASTY, "b": "B"})
    nasty = Case("0", {NASTY: NASTY}, NASTY, NASTY)
    experiment = replace(experiment, name=f"Words {NASTY}", cases=(nasty, *experiment.cases[1:]), source=NASTY)
    save_answered(store, experiment, {"a": ".-+", "b": "+++"})
    answer(store, experiment, Cell("a", "0"), NASTY * 20, passed=False)
    html, page = written(store, experiment, tmp_path)
    assert set(page.tags).isdisjoint({"script", "img", "iframe", "link", "object", "form"})
    assert all(not name.startswith("on") and name != "src" for name, _ in page.attributes)
    assert "default-src 'none'" in html
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "url(" not in html
    assert "alert(1)</script>" in page.words  # it is there, as text


def test_names_of_folders_are_not_passed_on(store: Store, tmp_path: Path) -> None:
    experiment = replace(an_experiment(), source="/home/ada/private/suite.yaml")
    local = Variant("c", experiment.variants[0].prompt, r"local:C:\Users\ada\models\tiny.gguf")
    experiment = replace(experiment, variants=(*experiment.variants, local))
    save_answered(store, experiment, {"c": "++-"})
    html, page = written(store, experiment, tmp_path)
    assert "ada" not in html
    assert "local:tiny.gguf" in page.words
    assert "suite.yaml" in page.words
    assert without_folders("local:/home/ada/m.gguf") == "local:m.gguf"
    assert without_folders("lab:org/model") == "lab:org/model"
    assert (
        without_folders("local:/home/ada/m.gguf+lora:/home/ada/style.gguf@0.5")
        == "local:m.gguf+lora:style.gguf@0.5"
    )


def test_long_answers_are_folded_and_endless_ones_cut(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment(cases=1)
    store.save_experiment(experiment)
    answer(store, experiment, Cell("a", "0"), "short")
    answer(store, experiment, Cell("b", "0"), "x" * (LONGEST + 1_234))
    _, page = written(store, experiment, tmp_path)
    assert "1,234 more characters are in the workspace" in page.words
    assert page.words.count("x" * LONGEST) == 1
    assert page.tags.count("summary") == 1 + len(experiment.variants)  # the long answer, the settings


def test_cells_that_failed_or_wait_are_shown_as_such(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment(cases=2, repeat=2)
    save_answered(store, experiment, {"a": "+..."})
    _, page = written(store, experiment, tmp_path)
    assert page.words.count("not asked") == 7
    assert "✓ passed 1" in page.words
    assert "Flaky cases" in page.words


def test_one_column_alone_is_reported_too(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment({"a": "Alone"})
    save_answered(store, experiment, {"a": "..."})
    _, page = written(store, experiment, tmp_path)
    assert "nothing to compare it with" in page.words
    assert "Cases that changed" not in page.words


def test_answers_are_asked_for_as_their_row_is_written(store: Store) -> None:
    experiment = an_experiment(cases=50)
    save_answered(store, experiment, {"a": "+" * 50, "b": "-" * 50})
    about = report.Subject(experiment, store.cells(experiment.id))
    asked: list[str] = []

    def text_of(run_id: str) -> str:
        asked.append(run_id)
        return "text"

    at_row = [
        len(asked)
        for piece in report.pieces(about, text_of, lambda *_: None)
        if "case-" in piece and "<tr" in piece
    ]
    assert at_row == [2 * row for row in range(50)]


def test_a_report_that_is_stopped_leaves_no_file(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment()
    save_answered(store, experiment, {"a": "+++"})
    told: list[tuple[int, int]] = []

    def tell(done: int, of: int) -> None:
        told.append((done, of))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report.write(store, experiment.id, tmp_path / "report.html", tell=tell)
    assert told == [(1, 3), (2, 3)]
    assert not list(tmp_path.glob("*report*"))


def test_what_cannot_be_written_or_found_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no experiment 'Nothing'"):
        report.write(store, "Nothing", tmp_path / "report.html")
    experiment = an_experiment()
    store.save_experiment(experiment)
    with pytest.raises(UserError, match="cannot be written"):
        report.write(store, experiment.id, tmp_path / "nowhere" / "report.html")


def test_a_connection_of_its_own_reads_beside_the_program(store: Store, tmp_path: Path) -> None:
    experiment = an_experiment()
    save_answered(store, experiment, {"a": "+++"})
    report.write_from(store.path, experiment.id, tmp_path / "report.html")
    assert "Column Anton" in (tmp_path / "report.html").read_text("utf-8")


def test_without_a_check_nothing_is_called_passed(store: Store, tmp_path: Path) -> None:
    plain = an_experiment()
    experiment = replace(plain, checks=(), cases=tuple(replace(one, expected="") for one in plain.cases))
    save_answered(store, experiment, {"a": "+++", "b": "+++"})
    _, page = written(store, experiment, tmp_path)
    assert "No answer is checked." in page.words
    assert "passed" not in page.words.partition("All answers")[0].replace("Passed (95% interval)", "")
