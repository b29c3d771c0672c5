"""Text survives exactly, wherever it stands, and is found all the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import ODD_TEXTS, a_run
from workbench.core.case import Case
from workbench.core.completion import GenerationConfig, Message
from workbench.core.prompt import Example, Prompt
from workbench.core.run import Rating
from workbench.store import Store
from workbench.store.text import excerpt, restored, stored

any_text = st.text(st.characters(codec=None, exclude_categories=()))


@given(any_text)
def test_any_string_comes_back_from_its_column(text: str) -> None:
    assert restored(stored(text)) == text


@given(any_text, any_text)
def test_an_excerpt_is_one_short_storable_line(text: str, around: str) -> None:
    shown = excerpt(text, around)
    assert len(shown) <= 200
    assert "\n" not in shown
    shown.encode("utf-8")


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_odd_text_survives_in_every_place_of_a_run(store: Store, text: str) -> None:
    prompt = Prompt(system=text, user=text, examples=(Example(text, text, text),))
    run = a_run(
        text,
        prompt=prompt,
        prompt_name=text,
        reasoning=text,
        values={"name": text, text or "key": "value"},
        messages=(Message("user", text, reasoning=text),),
        config=GenerationConfig(stop=(text,)),
        model=f"local:{text}.gguf",
        error=text,
        details={"note": text},
        case_id=text,
    )
    store.begin_run(run)
    store.flush_run(run.id, text, text)
    store.finish_run(run)
    store.rate(run.id, Rating("good", golden=text, note=text or "note"))
    assert store.run(run.id).run == run
    assert store.rating(run.id).golden == text
    assert [summary.prompt_name for summary in store.runs()] == [text]


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_odd_text_survives_in_drafts_versions_and_cases(store: Store, text: str) -> None:
    prompt = Prompt(system=text, user="u")
    record = store.create_prompt(f"x{text[:50]}", prompt, values={"v": text}, description=text)
    version = store.save_version(record.id, prompt, text)
    store.label_version(record.id, version.id, f"x{text[:50]}")
    cases = (Case("1", {"v": text}, text, text),)
    store.save_test_set("set", cases, prompt_id=record.id)
    found = store.prompt(record.id)
    assert (found.prompt, dict(found.values), found.description) == (prompt, {"v": text}, text)
    assert store.version(record.id, "latest").message == text
    assert store.test_set("set").cases == cases


def test_ten_megabytes_survive_and_are_found(store: Store) -> None:
    text = "".join(f"sentence {n} of a long answer.\n" for n in range(330_000))
    assert len(text) > 10_000_000
    run = a_run(text, values={"document": text[::-1]})
    store.finish_run(run)
    assert store.run(run.id).run == run
    assert [found.id for found in store.runs(query="sentence 329999 of")] == [run.id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("before\x00behind the nul", "behind"),
        ("half an emoji \ud83d here", "emoji here"),
        ("abc\ud800def", '"abc\ud800def"'),
        ("one\r\ntwo words", "two"),
        ("line\u2028separated", "separated"),
        ("say \u202ereversed", "reversed"),
    ],
)
def test_odd_text_is_found(store: Store, text: str, query: str) -> None:
    run = a_run(text)
    store.finish_run(run)
    store.finish_run(a_run("something else"))
    assert [found.id for found in store.runs(query=query)] == [run.id]


def test_what_runs_share_is_stored_once(store: Store) -> None:
    long = "a very long document " * 50_000
    for n in range(20):
        messages = (Message("system", "short"), Message("user", long))
        store.finish_run(a_run(f"answer {n}", values={"document": long}, messages=messages))
    sizes = [store.path.with_name(f"workspace.db{ending}").stat().st_size for ending in ("", "-wal")]
    assert sum(sizes) < 8_000_000  # two texts of 1 MB, in the file and once more in its log
