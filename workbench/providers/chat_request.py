"""A request as the JSON of a chat completion, and what a server of the protocol does not take.

The protocol lacks many of llama.cpp's samplers, `top_k` first of all: OpenAI refuses them with status 400, others
ignore them without a word, and what is ignored must not look as if it had been sent. They are sent only to servers
whose documentation names them.

Compared on 2026-11-21 with what the vendors publish: platform.claude.com openai-sdk · console.groq.com openai ·
docs.ollama.com openai-compatibility · lmstudio.ai openai-compat · docs.vllm.ai openai-compatible-server ·
docs.together.ai openai-compatibility · openrouter.ai api_reference/parameters and overview · Fireworks' SDK
(completion_create_params, which its reference is made from) · llama.cpp's tools/server; and, where a vendor lists
nothing, with what users were refused: Gemini (mcpchecker #188, RSSBox #132, LiteLLM #4333), Mistral
(platform-docs-public #7, chatlas #145). OpenRouter leaves unused what the model behind it does not take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.core.completion import PARAMETERS, Request
from workbench.errors import UserError
from workbench.providers.characters import whole_characters

_PROTOCOL = frozenset(
    {
        "temperature", "top_p", "max_tokens", "seed", "stop", "frequency_penalty", "presence_penalty",
        "logit_bias", "logprobs",
    }
)  # fmt: skip
_BEYOND_THE_PROTOCOL = tuple(name for name in PARAMETERS if name not in _PROTOCOL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one server takes beyond the protocol, or does not take of it."""

    extra: Mapping[str, str] = field(default_factory=dict)
    """Parameters beyond the protocol, with their names there; those of it that have another name there too."""
    lacks: frozenset[str] = frozenset()
    """What of the protocol it refuses, or takes without a word and leaves unused."""
    prefill: bool = True
    """Whether it goes on from an assistant message in last place."""
    echoes: bool = False
    """Whether it says such a message again before it goes on."""
    to_go_on: Mapping[str, bool] = field(default_factory=dict)
    """What has to be sent with such a message, where the message alone is not enough."""


_SAMPLERS = {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repetition_penalty"}
_LACKING_AT_ANTHROPIC = {
    "seed", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "json_schema", "effort",
}  # fmt: skip
_LACKING_AT_GOOGLE = {"seed", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"}
_AT_LLAMA_SERVER = {name: name for name in _BEYOND_THE_PROTOCOL}
"""It takes every sampler of llama.cpp beside the protocol's parameters, by the names that we have too."""
_HOSTS = {
    "api.openai.com": Dialect(prefill=False),
    "openai.azure.com": Dialect(prefill=False),
    "api.anthropic.com": Dialect(lacks=frozenset(_LACKING_AT_ANTHROPIC)),
    "generativelanguage.googleapis.com": Dialect(lacks=frozenset(_LACKING_AT_GOOGLE)),
    "api.mistral.ai": Dialect({"seed": "random_seed"}, frozenset({"logit_bias", "logprobs"}), prefill=False),
    "api.groq.com": Dialect(lacks=frozenset({"logit_bias", "logprobs"})),
    "openrouter.ai": Dialect(_SAMPLERS),
    "api.together.ai": Dialect(_SAMPLERS),
    "api.together.xyz": Dialect(_SAMPLERS),
    "api.fireworks.ai": Dialect({**_SAMPLERS, "typical_p": "typical_p"}),
}
_PROGRAMS = {
    "Ollama": Dialect(lacks=frozenset({"logit_bias"})),
    "LM Studio": Dialect({"top_k": "top_k", "repeat_penalty": "repeat_penalty"}),
    "llama-server": Dialect(_AT_LLAMA_SERVER, echoes=True),
    "vLLM": Dialect(_SAMPLERS, to_go_on={"continue_final_message": True, "add_generation_prompt": False}),
}
"""Servers that may stand anywhere, by the preset that a profile was made from."""

WIRE_NAMES = {
    "max_completion_tokens": "max_tokens",
    "response_format": "json_schema",
    "reasoning_effort": "effort",
    "top_logprobs": "logprobs",
}
"""Names of the protocol that differ from ours."""


def dialect(host: str, preset: str = "") -> Dialect:
    """The dialect of a server; the plain protocol for those that are not known."""
    host = host.lower()
    # Azure gives every customer a host of their own below its name.
    found = next((known for known in _HOSTS if host == known or host.endswith(f".{known}")), "")
    return _HOSTS.get(found) or _PROGRAMS.get(preset) or Dialect()


def unsupported(spoken: Dialect) -> frozenset[str]:
    """Names as `Provider.unsupported` gives them."""
    missing = {name for name in _BEYOND_THE_PROTOCOL if name not in spoken.extra} | spoken.lacks
    return frozenset(missing if spoken.prefill else missing | {"prefill"})


def chat_body(request: Request, spoken: Dialect) -> dict[str, Any]:
    """The JSON to send. Parameters that the server does not take are left out; defaults are not sent at all.

    Raises UserError for a bias that names a token by its text.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [
            {"role": message.role, "content": whole_characters(message.content)} for message in request.messages
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in PARAMETERS:
        value = getattr(request.config, name)
        if value in (None, ()) or name in spoken.lacks:
            continue
        if name in spoken.extra:
            body[spoken.extra[name]] = value
        elif name in _PROTOCOL:
            body |= _written(name, value)
    if request.json_schema is not None and "json_schema" not in spoken.lacks:
        body["response_format"] = _response_format(request.json_schema)
    if request.effort is not None and "effort" not in spoken.lacks:
        body["reasoning_effort"] = request.effort
    if request.messages[-1].role == "assistant":
        body |= spoken.to_go_on
    return body


def _written(name: str, value: Any) -> dict[str, Any]:
    """A parameter of the protocol as it writes it. Raises UserError."""
    match name:
        case "stop":
            return {name: list(map(whole_characters, value))}
        case "logit_bias":
            return {name: {str(_token_number(token)): bias for token, bias in value}}
        case "logprobs":
            return {name: True, "top_logprobs": value}
    return {name: value}


def _token_number(token: int | str) -> int:
    if isinstance(token, str):
        raise UserError(
            f"The bias of {token!r} names a token by its text; a server takes numbers only.",
            advice="Write the token's number in the server's vocabulary, or use a local model.",
        )
    return token


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    if not schema:
        return {"type": "json_object"}
    described = {"name": "answer", "schema": dict(schema), "strict": _is_strict(schema)}
    return {"type": "json_schema", "json_schema": described}


def _is_strict(schema: object) -> bool:
    """Whether a server may hold the answer to the schema exactly.

    OpenAI takes `strict` only for schemas whose objects require all their properties and allow no others.
    """
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(properties, Mapping) or not isinstance(required, list):
            return False
        if schema.get("additionalProperties") is not False or sorted(properties) != sorted(map(str, required)):
            return False
    return all(map(_is_strict, schema.values()))
