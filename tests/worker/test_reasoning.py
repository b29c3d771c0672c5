"""Reasoning told from answers: every format, in pieces of any size."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.prompt import ChainOfThought
from workbench.core.rendering import part
from workbench.worker.reasoning import FORMATS, THINK_TAGS, Parting, ReasoningFormat, format_of

FORM = {form.name: form for form in (THINK_TAGS, *FORMATS)}
HARMONY, RECIPIENTS = FORM["harmony"], FORM["recipients"]

WRITTEN = [
    ("think tags", "<think>\nIt is late.\n</think>\n\nGood night.", "It is late.", "Good night."),
    ("think tags", "  \n<thinking>Hm.</thinking>Yes.", "Hm.", "Yes."),
    ("Mistral", "[THINK]Draft.[/THINK]Here.", "Draft.", "Here."),
    ("Seed", "<seed:think>a\n\nb</seed:think>\nc\n", "a\n\nb", "c\n"),
    ("MiniMax", "<mm:think>a</mm:think>b", "a", "b"),
    ("Kimi-VL", "◁think▷a◁/think▷b", "a", "b"),
    ("Reka", "<reasoning> a </reasoning> b", "a", "b"),
    ("Apertus", "<|inner_prefix|>a<|inner_suffix|>b", "a", "b"),
    ("Gemma", "<|channel>thought\na\n<channel|>b", "a", "b"),
    ("Command", "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "a", "b"),
    ("Command", "<|START_TEXT|>b<|END_TEXT|>", "", "b"),
    ("Granite", "<think>a</think><response>b</response>", "a", "b"),
    ("Granite sentences", "Here is my thought process: a\n\nHere is my response: b", "a", "b"),
    ("Apriel", "Here are my reasoning steps:\na\n[BEGIN FINAL RESPONSE]\nb\n[END FINAL RESPONSE]", "a", "b\n"),
    ("Solar", "<|think|>a<|end|><|begin|>assistant<|content|>b", "a", "b"),
    (
        "Kimi sections",
        "<|open|>think<|sep|>a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|>",
        "a",
        "b",
    ),
    (
        "harmony",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
        "Hm.",
        "Yes.",
    ),
    ("harmony", '<|channel|>final <|constrain|>json<|message|>{"a": 1}', "", '{"a": 1}'),
    ("harmony", "<|channel|>commentary<|message|>I shall look.", "", "I shall look."),
    (
        "recipients",
        " to=self<|message|>a<|eom|><|start|>assistant to=user<|message|>b",
        "a",
        "b",
    ),
]


def parted(form: ReasoningFormat, pieces: Iterable[str], **begun: object) -> tuple[str, str]:
    """Reasoning and answer of text that comes in these pieces."""
    parting = Parting(form, **begun)  # type: ignore[arg-type]
    parts = [part for piece in pieces for part in parting.push(piece)] + list(parting.finish())
    assert all(part.text for part in parts)
    texts = {kind: "".join(p.text for p in parts if p.reasoning is kind) for kind in (True, False)}
    return texts[True], texts[False]


@pytest.mark.parametrize(("name", "text", "reasoning", "answer"), WRITTEN)
def test_a_format_is_told_apart_however_it_comes(name: str, text: str, reasoning: str, answer: str) -> None:
    assert parted(FORM[name], [text]) == (reasoning, answer)
    assert parted(FORM[name], text) == (reasoning, answer)
    for cut in range(len(text)):
        assert parted(FORM[name], [text[:cut], text[cut:]]) == (reasoning, answer)


ALPHABETS = {
    form.name: st.lists(
        st.sampled_from([*sorted(form.markers), *form.thoughts, " ", "\n", "a", "<", "[", "<|", "assistant", "é"])
        | st.text(max_size=3),
        max_size=12,
    )
    for form in FORM.values()
}


@pytest.mark.parametrize("name", sorted(FORM))
@given(data=st.data(), thinking=st.booleans(), begun=st.none() | st.just("") | st.just("Sure"))
def test_the_pieces_make_no_difference(name: str, data: st.DataObject, thinking: bool, begun: str | None) -> None:
    form = FORM[name]
    text = "".join(data.draw(ALPHABETS[name]))
    thinking = thinking and bool(form.pairs)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = parted(form, [text], thinking=thinking, begun=begun)
    assert parted(form, pieces, thinking=thinking, begun=begun) == whole


@given(st.text())
def test_an_answer_without_markers_is_kept_to_the_last_character(text: str) -> None:
    assert parted(THINK_TAGS, text) == ("", text)


@given(st.lists(st.sampled_from(["<think>", "</think>", " ", "\n", "a", "<", "think"]), max_size=12).map("".join))
def test_tags_are_parted_as_the_text_of_a_cloud_model_is(text: str) -> None:
    whole = part(ChainOfThought(mode="model"), text)
    assert parted(THINK_TAGS, text) == (whole.reasoning, whole.answer)


def test_a_thought_that_the_prompt_has_opened_begins_at_once() -> None:
    text = "\nFirst, hm.\n\nThen.\n</think>\n\nDone."
    assert parted(THINK_TAGS, text, thinking=True) == ("First, hm.\n\nThen.", "Done.")
    assert parted(THINK_TAGS, "<think>\n" + text, thinking=True) == ("First, hm.\n\nThen.", "Done.")
    assert parted(THINK_TAGS, "</think>Done.", thinking=True) == ("", "Done.")


def test_a_thought_without_end_is_all_there_is() -> None:
    assert parted(THINK_TAGS, "<think>and so on ") == ("and so on", "")
    assert parted(THINK_TAGS, "and </thi", thinking=True) == ("and </thi", "")


def test_tags_within_an_answer_are_text() -> None:
    text = "Write <think> and </think> around it."
    assert parted(THINK_TAGS, text) == ("", text)
    assert parted(THINK_TAGS, "<think>a</think>b " + text) == ("a", "b " + text)


def test_a_begun_answer_is_gone_on_with_and_a_begun_thought_too() -> None:
    assert parted(THINK_TAGS, " <think>x", begun="Sure") == ("", " <think>x")
    assert parted(THINK_TAGS, "hm.</think>Yes.", begun="<think>\nWell, ") == ("hm.", "Yes.")
    assert parted(THINK_TAGS, " all.", begun="<think>a</think>That is") == ("", " all.")
    assert parted(HARMONY, "Yes.<|return|>", begun="") == ("", "Yes.")


def test_two_thoughts_are_parted_by_a_blank_line() -> None:
    channel = "<|channel|>analysis<|message|>"
    text = f"{channel}a <|end|><|start|>assistant{channel} b<|end|><|start|>assistant<|channel|>final<|message|>c"
    assert parted(HARMONY, text) == ("a\n\nb", "c")


def test_a_model_that_writes_no_channels_loses_nothing() -> None:
    assert parted(HARMONY, "Just a short answer") == ("", "Just a short answer")
    long = "A long answer without any header at all. " * 20
    assert parted(HARMONY, long) == ("", long)
    assert parted(HARMONY, "two\nlines") == ("", "two\nlines")
    assert parted(HARMONY, "<|channel|>anal") == ("", "")


def test_text_is_shown_as_soon_as_it_is_certain() -> None:
    parting = Parting(THINK_TAGS)
    assert parting.push("<thin") == ()
    assert parting.push("k>Fir") == (("Fir", True),)
    assert parting.thinking
    assert parting.push("st </th") == (("st", True),)
    assert parting.push("ink>\nYes") == (("Yes", False),)
    assert not parting.thinking
    assert parting.push(" <think>") == ((" <think>", False),)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("{{ '<|start|>assistant<|channel|>final<|message|>' }}", "harmony"),
        ("{% if '[THINK]' in x %}", "Mistral"),
        ("<seed:think>", "Seed"),
        ("<think></think> … <response></response>", "Granite"),
        ("{% if '</think>' in content %}", "think tags"),
        ("<|im_start|>", "think tags"),
    ],
)
def test_the_format_is_known_by_the_template(source: str, name: str) -> None:
    assert format_of(source).name == name
