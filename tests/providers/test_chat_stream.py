"""Reading answers in every dialect, from plain JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.completion import Delta, ReasoningDelta, Usage
from workbench.providers.chat_stream import ChatStream, Unechoed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def read(*deltas: dict[str, Any]) -> tuple[str, str]:
    """Reasoning and text of some deltas."""
    stream = ChatStream()
    pieces = [piece for delta in deltas for piece in stream.feed({"choices": [{"delta": delta}]})]
    pieces += stream.end()
    reasoning = "".join(piece.text for piece in pieces if isinstance(piece, ReasoningDelta))
    return reasoning, "".join(piece.text for piece in pieces if isinstance(piece, Delta))


@pytest.mark.parametrize(
    "deltas",
    [
        [{"reasoning_content": "Hm."}, {"content": "Yes."}],  # DeepSeek, llama-server, LM Studio
        [{"reasoning": "Hm."}, {"content": "Yes."}],  # Ollama, newer vLLM
        [
            {"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
            {"content": "Yes."},
        ],
        [{"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm."}, 7]}, {"content": "Yes."}],
        [{"reasoning": "Hm.", "reasoning_content": "Hm."}, {"content": "Yes.", "reasoning": None}],
        [{"reasoning_content": "Hm.", "content": "Yes."}],
        [
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},  # Mistral
            {"content": [{"type": "text", "text": "Yes."}, "noise"]},
        ],
    ],
)
def test_reasoning_is_told_apart_in_every_dialect(deltas: list[dict[str, Any]]) -> None:
    assert read(*deltas) == ("Hm.", "Yes.")


def test_a_refusal_is_text() -> None:
    assert read({"content": None, "refusal": "I cannot"}, {"refusal": " do that."}) == ("", "I cannot do that.")


def test_a_pair_cut_in_two_is_joined_in_reasoning_and_text_apart() -> None:
    assert read({"reasoning": "\ud83d", "content": "\ud83d"}, {"reasoning": "\ude00"}, {"content": "\ude01"}) == (
        "😀",
        "😁",
    )


@pytest.mark.parametrize(
    ("data", "usage"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 3}, Usage(9, 3)),
        ({"prompt_tokens": 9, "completion_tokens": 3, "prompt_cache_hit_tokens": 8}, Usage(9, 3, cached_tokens=8)),
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(9, 0, cached_tokens=8)),
        ({"prompt_tokens": None, "completion_tokens": "3", "prompt_tokens_details": None}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": -3, "completion_tokens_details": 7}, Usage()),
    ],
)
def test_usage_is_read_with_care(data: dict[str, Any], usage: Usage) -> None:
    stream = ChatStream()
    list(stream.feed({"choices": [], "usage": data}))
    assert stream.usage == usage


def test_usage_that_comes_with_every_chunk_is_the_last_one() -> None:
    stream = ChatStream()
    for count in (1, 2, 3):
        list(stream.feed({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": count}}))
    list(stream.feed({"choices": [], "usage": None}))
    assert stream.usage == Usage(5, 3)


def test_details_are_what_the_server_says_of_itself() -> None:
    stream = ChatStream()
    list(stream.feed({"model": "gpt-9-2026", "system_fingerprint": "fp_1", "provider": "Azure", "id": "no"}))
    list(stream.feed({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}))
    assert stream.details == {
        "model": "gpt-9-2026",
        "system_fingerprint": "fp_1",
        "provider": "Azure",
        "finish_reason": "tool_calls",
    }
    assert stream.stop_reason == "stop"


def test_log_probabilities_are_kept_in_the_form_of_local_ones() -> None:
    other = {"token": "No", "logprob": -1.5, "bytes": None}
    likeliest = {"token": "Yes", "logprob": -0.25}
    chunk = {**likeliest, "bytes": [1], "top_logprobs": [likeliest, other]}
    stream = ChatStream()
    for content in ([chunk], [{"token": ".", "logprob": -0.5}, {"token": "?", "logprob": float("nan")}, 7]):
        list(stream.feed({"choices": [{"delta": {"content": "x"}, "logprobs": {"content": content}}]}))
    top = [likeliest, {"token": "No", "logprob": -1.5}]
    assert stream.details["logprobs"] == [{**likeliest, "top": top}, {"token": ".", "logprob": -0.5}]


@given(JSON)
def test_nothing_that_is_json_breaks_it(data: object) -> None:
    stream = ChatStream()
    for wrapped in (data, {"choices": data, "usage": data}, {"choices": [data]}, {"choices": [{"delta": data}]}):
        list(stream.feed(wrapped))
    for name in ("content", "reasoning", "reasoning_details", "refusal"):
        list(stream.feed({"choices": [{"delta": {name: data}, "finish_reason": data}]}))
    for wrapped in (
        data,
        {"content": data},
        {"content": [{"token": data, "logprob": data, "top_logprobs": data}]},
    ):
        list(stream.feed({"choices": [{"logprobs": wrapped}]}))
    list(stream.end())
    assert stream.stop_reason


@pytest.mark.parametrize(
    ("said", "new"),
    [
        (("My fav", "ourite is", " blue"), " blue"),
        (("My favourite is blue",), " blue"),
        (("My fav", "oured one"), "My favoured one"),
        ((" blue", " as My favourite is"), " blue as My favourite is"),
        (("My fav",), "My fav"),
        (("My favourite is",), ""),
    ],
)
def test_a_beginning_that_is_said_again_is_left_out(said: tuple[str, ...], new: str) -> None:
    unechoed = Unechoed("My favourite is")
    pieces = [piece for text in said for piece in unechoed.take(Delta(text))] + list(unechoed.end())
    assert "".join(piece.text for piece in pieces) == new


def test_reasoning_goes_through_and_nothing_is_held_where_nothing_was_begun() -> None:
    assert list(Unechoed("My").take(ReasoningDelta("My"))) == [ReasoningDelta("My")]
    assert list(Unechoed("").take(Delta("My"))) == [Delta("My")]
