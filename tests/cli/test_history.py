"""History, ratings and training data from a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from workbench.cli.training import FORMAT_NAMES
from workbench.models.starter import starter_path
from workbench.training import FORMATS

pytestmark = pytest.mark.usefixtures("greeting")


def run_greeting(shell: Shell, who: str) -> str:
    """The id of a new run."""
    (run,) = shell(
        "run", "Greeting", "--model", "echo:m", "--var", f"who={who}", "--var", "language=Dutch", "--json"
    ).lines()
    return str(run["id"])


def test_runs_are_listed_newest_first_and_found_by_words(shell: Shell) -> None:
    first, second = run_greeting(shell, "Anna"), run_greeting(shell, "Bert")
    assert [run["id"] for run in shell("history", "list", "--json").lines()] == [second, first]
    assert [run["id"] for run in shell("history", "search", "anna", "--json").lines()] == [first]
    assert [run["id"] for run in shell("history", "list", "--limit", "1", "--json").lines()] == [second]
    assert shell("history", "search", "nobody", "--json").out == ""
    table = shell("history", "list").out.splitlines()
    assert table[1].startswith(second[:12])
    assert table[1].endswith("Greet Bert in Dutch.")


def test_a_run_is_shown_whole_by_the_beginning_of_its_id(shell: Shell) -> None:
    run = run_greeting(shell, "Anna")
    out = shell("history", "show", run[:14]).out
    assert "── user ──\nGreet Anna in Dutch." in out
    assert "── answer ──\nGreet Anna in Dutch." in out
    (data,) = shell("history", "show", "last", "--json").lines()
    assert (data["id"], data["values"]["who"], data["rating"]["verdict"]) == (run, "Anna", None)


def test_a_model_without_a_name_of_its_own_is_shown_by_what_it_is_called(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = tmp_path / "ollama" / "blobs" / f"sha256-{'a' * 64}"
    blob.parent.mkdir(parents=True)
    blob.symlink_to(starter_path())
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'a' * 64}"}
    manifest = tmp_path / "ollama" / "manifests" / "registry.ollama.ai" / "library" / "llama3" / "8b"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"layers": [layer]}))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    values = ("--var", "who=Anna", "--var", "language=Dutch", "--max-tokens", "1")
    assert shell("run", "Greeting", "--model", f"local:{blob}", *values).code == 0
    assert "local:llama3:8b" in shell("history", "list").out
    assert f"model    local:llama3:8b (local:{blob})" in shell("history", "show", "last").out
    assert shell("history", "list", "--json").lines()[0]["model"] == f"local:{blob}"


def test_ratings_add_up_and_filter_the_history(shell: Shell, tmp_path: Path) -> None:
    run = run_greeting(shell, "Anna")
    run_greeting(shell, "Bert")
    assert shell("rate", run, "--good").out == f"{run[:12]}: good\n"
    golden = tmp_path / "golden.txt"
    golden.write_text("Dag Anna\n", "utf-8")
    (rating,) = shell("rate", run, "--golden", str(golden), "--note", "short", "--json").lines()
    assert rating == {"id": run, "verdict": "good", "score": None, "golden": "Dag Anna", "note": "short"}
    assert [one["id"] for one in shell("history", "list", "--only", "good", "--json").lines()] == [run]
    assert "── golden answer ──\nDag Anna" in shell("history", "show", run).out


@pytest.fixture
def rated(shell: Shell) -> str:
    """A run rated good with a golden answer, beside one that is only bad."""
    good, bad = run_greeting(shell, "Anna"), run_greeting(shell, "Bert")
    assert shell("rate", good, "--good", "--golden", "-", stdin="Dag Anna").code == 0
    assert shell("rate", bad, "--bad").code == 0
    return good


def test_the_names_of_formats_are_those_of_the_training_room() -> None:
    assert set(FORMAT_NAMES) == set(FORMATS)


def test_a_preview_is_the_rows(shell: Shell, rated: str) -> None:
    (row,) = shell("training", "preview").lines()
    assert row["messages"][-1] == {"role": "assistant", "content": "Dag Anna"}


def test_a_check_counts(shell: Shell, rated: str) -> None:
    (found,) = shell("training", "check", "--json").lines()
    assert (found["rows"], found["not_good"]) == (1, 1)
    assert "1 row, 0 runs refused" in shell("training", "check", "--format", "trl-preference").out


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_every_format_is_exported(shell: Shell, rated: str, tmp_path: Path, name: str) -> None:
    said = shell("training", "export", "--format", name, "--out", str(tmp_path / "out"), "--json")
    (exported,) = said.lines()
    assert (said.code, exported["rows"], exported["refused"]) == (0, 1, [])
    (line,) = Path(exported["files"][0]).read_text("utf-8").splitlines()
    assert "Dag Anna" in json.dumps(json.loads(line), ensure_ascii=False)


def test_nothing_good_is_nothing_written(shell: Shell, tmp_path: Path) -> None:
    run_greeting(shell, "Anna")
    said = shell("training", "export", "--out", str(tmp_path / "out"))
    assert (said.code, said.out) == (2, "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rate", "last", "--good"], "no run"),
        (["rate", "abcdef", "--good"], "abcdef"),
        (["rate", "last"], "--good"),
        (["rate", "last", "--score", "6"], "6"),
        (["rate", "last", "--good", "--bad"], "--bad"),
        (["history", "show", "abcdef"], "abcdef"),
        (["history", "list", "--prompt", "Nobody"], "Nobody"),
        (["training", "export", "--out", "x", "--format", "word"], "openai-sft"),
        (["training", "export"], "--out"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(shell: Shell, arguments: list[str], words: str) -> None:
    said: Any = shell(*arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
