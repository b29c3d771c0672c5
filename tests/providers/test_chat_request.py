"""Requests as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.completion import GenerationConfig, Message, Request, config_data
from workbench.errors import UserError
from workbench.providers.chat_request import Dialect, chat_body, dialect, unsupported

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
STRICT = {**OBJECT, "required": ["a"], "additionalProperties": False}


def body(spoken: Dialect | None = None, **fields: Any) -> dict[str, Any]:
    return chat_body(Request("m", (Message("user", "Hi"),), **fields), spoken or Dialect())


def test_free_text_asks_for_no_format() -> None:
    assert "response_format" not in body()


def test_an_empty_schema_asks_for_any_json() -> None:
    assert body(json_schema={})["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (STRICT, True),
        (OBJECT, False),
        ({**STRICT, "required": []}, False),
        ({**STRICT, "additionalProperties": True}, False),
        ({"type": "array", "items": STRICT}, True),
        ({"type": "array", "items": OBJECT}, False),
        ({**STRICT, "properties": {"a": {"anyOf": [STRICT, OBJECT]}}}, False),
        ({**STRICT, "required": [{}]}, False),
    ],
)
def test_a_schema_is_strict_where_openai_would_take_it_so(schema: dict[str, Any], strict: bool) -> None:
    assert body(json_schema=schema)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": strict},
    }


def test_a_router_that_documents_them_gets_the_other_samplers() -> None:
    config = GenerationConfig(top_k=0, min_p=0.0, repeat_penalty=1.1)
    sent = body(dialect("OpenRouter.ai"), config=config)
    assert (sent["top_k"], sent["min_p"], sent["repetition_penalty"]) == (0, 0.0, 1.1)


@pytest.mark.parametrize("host", ["openrouter.ai", "api.fireworks.ai"])
def test_what_two_routers_document_is_sent_as_they_write_it(host: str) -> None:
    """As openrouter.ai api_reference/parameters and Fireworks' completion_create_params name it."""
    config = GenerationConfig(
        max_tokens=7, seed=3, top_k=5, min_p=0.1, repeat_penalty=1.1, logit_bias=((5, 1.0),), logprobs=2
    )
    assert body(dialect(host), config=config, json_schema={}, effort="low").items() >= {
        "max_tokens": 7, "seed": 3, "top_k": 5, "min_p": 0.1, "repetition_penalty": 1.1, "logit_bias": {"5": 1.0},
        "logprobs": True, "top_logprobs": 2, "response_format": {"type": "json_object"}, "reasoning_effort": "low",
    }.items()  # fmt: skip


def test_fireworks_takes_typical_p_and_openrouter_does_not() -> None:
    config = GenerationConfig(typical_p=0.5)
    assert body(dialect("api.fireworks.ai"), config=config)["typical_p"] == 0.5
    assert "typical_p" in unsupported(dialect("openrouter.ai"))


LOCAL_ONLY = GenerationConfig(
    top_k=1, min_p=0.5, repeat_penalty=1.1, typical_p=0.5, xtc_probability=0.5, xtc_threshold=0.1,
    dry_multiplier=1, dry_base=2, dry_allowed_length=2, mirostat=1, mirostat_tau=5, mirostat_eta=0.1,
    grammar='root ::= "a"',
)  # fmt: skip


def test_what_is_unsupported_is_never_sent() -> None:
    assert set(config_data(LOCAL_ONLY)) == unsupported(Dialect())
    assert body(config=LOCAL_ONLY) == body()


def test_a_bias_goes_by_token_numbers_only() -> None:
    sent = body(config=GenerationConfig(logit_bias=((50256, -100.0), (7, 2.5))))
    assert sent["logit_bias"] == {"50256": -100.0, "7": 2.5}
    with pytest.raises(UserError, match="' yes' names a token by its text; a server takes numbers only"):
        body(config=GenerationConfig(logit_bias=((" yes", 1.0),)))


def test_log_probabilities_are_asked_for_with_their_alternatives() -> None:
    sent = body(config=GenerationConfig(logprobs=3))
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 3)
    assert "logprobs" not in body()


def test_reasoning_of_earlier_turns_stays_here() -> None:
    request = Request("m", (Message("assistant", "Yes.", reasoning="Hm."), Message("user", "Sure?")))
    assert chat_body(request, Dialect())["messages"][0] == {"role": "assistant", "content": "Yes."}


def test_known_servers_are_spoken_to_in_their_own_dialect() -> None:
    mistral, anthropic = dialect("api.mistral.ai"), dialect("api.anthropic.com")
    request = Request("m", (Message("user", "Hi"),), GenerationConfig(seed=3, logprobs=1), {}, "low")
    assert chat_body(request, mistral)["random_seed"] == 3
    assert "seed" not in chat_body(request, mistral)
    assert "seed" not in unsupported(mistral)
    assert not {"seed", "logprobs", "response_format", "reasoning_effort"} & set(chat_body(request, anthropic))
    assert {"seed", "logprobs", "json_schema", "effort"} <= unsupported(anthropic)
    assert dialect("contoso.openai.azure.com") == dialect("api.openai.com")
    assert dialect("notopenai.azure.com.evil.example") == Dialect()


@pytest.mark.parametrize(
    ("preset", "taken"),
    [
        ("llama-server", set(config_data(LOCAL_ONLY))),
        ("LM Studio", {"top_k", "repeat_penalty"}),
        ("vLLM", {"top_k", "min_p", "repeat_penalty"}),
        ("Ollama", set()),
        ("", set()),
    ],
)
def test_programs_of_ones_own_get_the_samplers_that_they_name(preset: str, taken: set[str]) -> None:
    spoken = dialect("127.0.0.1", preset)
    assert set(config_data(LOCAL_ONLY)) - unsupported(spoken) == taken
    sent = body(spoken, config=LOCAL_ONLY).keys() - body().keys()
    assert sent == {spoken.extra[name] for name in taken}


def test_a_known_host_goes_before_the_preset_that_a_profile_was_made_from() -> None:
    assert dialect("api.openai.com", "vLLM") == dialect("api.openai.com")


def test_gemini_is_not_sent_what_it_refuses_by_name() -> None:
    config = GenerationConfig(
        seed=1, frequency_penalty=1, presence_penalty=1, logprobs=1, temperature=1, top_p=0.5
    )
    sent = body(dialect("generativelanguage.googleapis.com"), config=config)
    assert sent.keys() - body().keys() == {"temperature", "top_p"}


def test_vllm_is_told_to_go_on_from_a_begun_answer() -> None:
    begun = Request("m", (Message("user", "Hi"), Message("assistant", "Well")))
    asked = chat_body(begun, dialect("localhost", "vLLM"))
    assert (asked["continue_final_message"], asked["add_generation_prompt"]) == (True, False)
    assert "continue_final_message" not in chat_body(begun, dialect("localhost"))
    assert "continue_final_message" not in body(dialect("localhost", "vLLM"))
