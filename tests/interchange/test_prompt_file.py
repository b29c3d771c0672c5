"""Our own prompt file: what is written comes back, whatever the text."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_completion import CONFIGS
from tests.core.test_prompt import PROMPTS, TEXTS
from workbench.core.case import Case
from workbench.core.prompt import Prompt
from workbench.core.starter import StarterPrompt
from workbench.errors import UserError
from workbench.interchange import prompt_file

VALUES = st.dictionaries(TEXTS, TEXTS, max_size=3)
WHOLE = st.builds(
    StarterPrompt,
    name=TEXTS.filter(str.strip),
    prompt=PROMPTS,
    description=TEXTS,
    values=VALUES,
    config=CONFIGS,
    cases=st.lists(st.builds(Case, id=st.just(""), values=VALUES, expected=TEXTS, name=TEXTS), max_size=2).map(
        tuple
    ),
)


@given(WHOLE)
def test_what_is_written_comes_back(prompt: StarterPrompt) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "prompt.json")
        prompt_file.write(prompt, path)
        again = prompt_file.read(path)
        assert [entry.name for entry in Path(folder).iterdir()] == ["prompt.json"]
    assert replace(again, cases=tuple(replace(case, id="") for case in again.cases)) == prompt


def test_the_file_is_readable_text(tmp_path: Path) -> None:
    prompt_file.write(StarterPrompt("Grüße", Prompt(user="Sag {{was}} 👋")), tmp_path / "p.json")
    content = (tmp_path / "p.json").read_text("utf-8")
    assert "Grüße" in content
    assert "Sag {{was}} 👋" in content
    assert json.loads(content)["format"] == "prompt-workbench/prompt"


def test_an_existing_file_is_replaced_whole_or_kept(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    prompt_file.write(StarterPrompt("one", Prompt(user="u" * 10_000)), path)
    prompt_file.write(StarterPrompt("two", Prompt(user="u")), path)
    assert prompt_file.read(path).name == "two"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone/p\.json cannot be written: No such file or directory"):
        prompt_file.write(StarterPrompt("n", Prompt(user="u")), tmp_path / "gone" / "p.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="folder cannot be written: Is a directory"):
        prompt_file.write(StarterPrompt("n", Prompt(user="u")), tmp_path / "folder")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "home"]
