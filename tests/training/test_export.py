"""The files of an export: real JSONL, complete or absent, with a manifest that accounts for everything."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import workbench
from tests.training.runs import BAD, GOOD, golden, rated
from workbench.core import model_names
from workbench.errors import UserError
from workbench.training import FORMATS, Exported, TrainingSet, export, preview, rows

COUNTRIES = {"France": "Paris", "Italy": "Rome", "Japan": "Tokyo"}


def good_set() -> TrainingSet:
    return rows([rated(capital, country=country) for country, capital in COUNTRIES.items()])


def lines(exported: Exported) -> list[dict[str, Any]]:
    text = exported.files[0].read_bytes()
    assert text.endswith(b"\n")
    assert b"\r" not in text
    return [json.loads(line) for line in text[:-1].split(b"\n")]


def manifest(exported: Exported) -> Any:
    return json.loads(exported.files[1].read_text("utf-8"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_what_its_preview_shows(name: str, tmp_path: Path) -> None:
    runs = [
        rated("Lyon", golden("Paris")),
        rated("Rome", GOOD, country="Italy"),
        rated("Milan", BAD, country="Italy"),
    ]
    made = rows(runs)
    exported = export(made, name, tmp_path / "out")
    assert lines(exported) == list(preview(made, name))
    assert exported.rows == 2
    assert [path.name for path in exported.files] == ["train.jsonl", "manifest.json"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"train.jsonl", "manifest.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "home"}


def test_the_manifest_tells_where_every_row_comes_from(tmp_path: Path) -> None:
    run, other, cut = rated("Paris"), rated("x", golden("Rome"), country="Italy"), rated("L", stop_reason="length")
    made = rows([run, other, replace(cut, run=replace(cut.run, values={}))])
    exported = export(made, "openai-sft", tmp_path / "out", manifest={"workspace": "mine.db"})
    data = manifest(exported)
    assert data["rows"] == [
        {"line": 1, "runs": [run.run.id], "version": run.run.version, "model": "echo:test", "golden": False},
        {"line": 2, "runs": [other.run.id], "version": run.run.version, "model": "echo:test", "golden": True},
    ]
    assert data["counts"] == {"rows": 2, "refused": 1, "not_good": 0}
    assert data["refused"] == [{"run": cut.run.id, "reason": made.refused[0].reason}]
    assert data["recipe"] == {
        "few_shot": "fold",
        "system": "keep",
        "reasoning": "answer_only",
        "minimum_score": None,
    }
    assert data["format"] == "openai-sft"
    assert data["versions"] == [run.run.version]
    assert data["facts"] == {"workspace": "mine.db"}
    assert data["program"] == f"prompt-workbench {workbench.__version__}"
    assert data["created_at"].endswith("+00:00")
    digest = hashlib.sha256(exported.files[0].read_bytes()).hexdigest()
    assert data["files"] == [{"name": "train.jsonl", "sha256": digest}]


def test_a_pairs_lineage_names_both_runs(tmp_path: Path) -> None:
    better, worse = rated("Paris", GOOD), rated("Lyon", BAD)
    data = manifest(export(rows([better, worse]), "trl-preference", tmp_path / "out"))
    assert data["rows"][0]["runs"] == [better.run.id, worse.run.id]
    assert data["rows"][0]["origin"] == "ratings"


def test_the_lineage_also_has_the_name_of_a_model_whose_reference_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_names, "_names", {"/blobs/sha256-aa": "llama3:8b"})
    one, other = rated("Paris"), rated("Rome", country="Italy")
    one = replace(one, run=replace(one.run, model="local:/blobs/sha256-aa"))
    data = manifest(export(rows([one, other]), "openai-sft", tmp_path / "out"))
    first, second = data["rows"]
    assert (first["model"], first["model_name"]) == ("local:/blobs/sha256-aa", "local:llama3:8b")
    assert "model_name" not in second


@pytest.mark.parametrize(
    "text",
    [
        "NUL \0",
        "\u2028 and \u2029 and \x85",
        "bidi \u202e",
        "CR \r LF \n tab \t",
        "emoji 👩‍🚀 ü",
        '"\\"',
        "\x1c\x1d\x0b",
    ],
)
def test_strange_text_arrives_exactly_and_in_one_line(text: str, tmp_path: Path) -> None:
    exported = export(rows([rated(f"[{text}]")]), "openai-sft", tmp_path / "out")
    content = exported.files[0].read_text("utf-8")
    assert len(content.splitlines()) == 1  # also for readers that split as Python does
    assert json.loads(content)["messages"][-1]["content"] == f"[{text}]"


def test_text_stays_readable(tmp_path: Path) -> None:
    exported = export(rows([rated("Reykjavík 🇮🇸")]), "openai-sft", tmp_path / "out")
    assert "Reykjavík 🇮🇸" in exported.files[0].read_text("utf-8")


def test_a_row_out_of_order_is_refused_and_the_others_are_written(tmp_path: Path) -> None:
    made = good_set()
    broken = replace(made.rows[1], input=made.rows[1].input[:1])
    made = replace(made, rows=(made.rows[0], broken, made.rows[2]))
    exported = export(made, "trl-prompt-completion", tmp_path / "out")
    assert exported.rows == 2
    assert [(one.run_id, one.reason) for one in exported.refused] == [
        (broken.run_id, "The last turn before the answer is not the user's.")
    ]
    assert [row["line"] for row in manifest(exported)["rows"]] == [1, 2]


def test_few_rows_are_a_warning_where_the_trainer_wants_more(tmp_path: Path) -> None:
    assert "at least 10 rows; this file has 3" in export(good_set(), "openai-sft", tmp_path / "a").warnings[0]
    assert export(good_set(), "trl-prompt-completion", tmp_path / "b").warnings == ()


# Nothing to write


@pytest.mark.parametrize(
    ("made", "name", "why"),
    [
        (rows([]), "openai-sft", "None of 0 rated runs is rated good"),
        (rows([rated("x", BAD)]), "openai-sft", "None of 1 rated runs is rated good. Rate a run good first."),
        (rows([rated("x", stop_reason="length")]), "openai-sft", "cut off at its token limit"),
        (good_set(), "trl-preference", "no pair of a better and a worse answer"),
        (good_set(), "parquet", "no export format 'parquet'. Known: openai-sft"),
    ],
)
def test_without_a_row_nothing_is_written(made: TrainingSet, name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=why):
        export(made, name, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


# The target


def test_missing_folders_are_made_and_an_empty_one_is_filled(tmp_path: Path) -> None:
    assert export(good_set(), "openai-sft", tmp_path / "a" / "b" / "out").rows == 3
    (tmp_path / "empty").mkdir()
    assert export(good_set(), "openai-sft", tmp_path / "empty").rows == 3


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    export(good_set(), "openai-sft", tmp_path / "out")
    exported = export(rows([rated("Lyon", golden("Paris"))]), "trl-preference", tmp_path / "out")
    assert len(lines(exported)) == 1
    assert manifest(exported)["format"] == "trl-preference"
    assert {path.name for path in tmp_path.iterdir()} == {"out", "home"}


@pytest.mark.parametrize("with_export", [False, True])
def test_a_folder_with_other_files_is_left_as_it_is(tmp_path: Path, *, with_export: bool) -> None:
    out = tmp_path / "out"
    if with_export:
        export(good_set(), "openai-sft", out)
    out.mkdir(exist_ok=True)
    (out / "thesis.txt").write_text("mine", "utf-8")
    before = sorted((path.name, path.read_bytes()) for path in out.iterdir())
    with pytest.raises(UserError, match=r"already holds thesis\.txt"):
        export(good_set(), "trl-prompt-completion", out)
    assert sorted((path.name, path.read_bytes()) for path in out.iterdir()) == before


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"kind": "other"}', '{"kind": "prompt-workbench/training-export"}']
)
def test_a_foreign_manifest_is_no_licence(content: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(UserError, match=r"already holds manifest\.json"):
        export(good_set(), "openai-sft", out)
    assert (out / "manifest.json").read_text("utf-8") == content


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="is a file"):
        export(good_set(), "openai-sft", tmp_path / "out")


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    export(good_set(), "openai-sft", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "train.jsonl").exists()


def test_the_folder_can_be_read_like_any_other(tmp_path: Path) -> None:
    export(good_set(), "openai-sft", tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow further, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_the_earlier_export(tmp_path: Path) -> None:
    export(good_set(), "openai-sft", tmp_path / "out")
    before = (tmp_path / "out" / "train.jsonl").read_bytes()
    large = rows([rated("x" * 50_000, country=str(n)) for n in range(10)])
    with (
        largest_file(100_000),
        pytest.raises(UserError, match=r"failed: .+ Choose another folder or free some space"),
    ):
        export(large, "openai-sft", tmp_path / "out")
    assert (tmp_path / "out" / "train.jsonl").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out", "home"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(UserError, match="locked/out failed: Permission denied"):
        export(good_set(), "openai-sft", tmp_path / "locked" / "out")


def test_a_place_below_a_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    with pytest.raises(UserError, match=r"failed: File exists \(.*/file\)"):
        export(good_set(), "openai-sft", tmp_path / "file" / "out")
