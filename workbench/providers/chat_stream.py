"""A chat completion as events: a state machine over plain JSON that does no I/O.

It takes chunks of a stream and whole completions alike, in the dialects of OpenAI, DeepSeek, vLLM, llama-server,
OpenRouter, Ollama and Mistral, and it believes nothing: any field may be missing, null or of another type.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from workbench.core.completion import Delta, ReasoningDelta, StopReason, Usage
from workbench.providers.characters import Joining

Piece = Delta | ReasoningDelta

_STOP_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    # Words of servers that pass on what their engine said.
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
    "refusal": "content_filter",
}

_DETAILS = ("model", "system_fingerprint", "service_tier", "provider")
"""What a server says about how it answered; `provider` is OpenRouter's."""


class ChatStream:
    """One answer while it arrives."""

    def __init__(self) -> None:
        self._joining = {"text": Joining(), "reasoning": Joining()}
        self._ended: str | None = None
        self.usage: Usage | None = None
        self.details: dict[str, Any] = {}
        self.has_choice = False
        """Whether anything came that belongs to an answer."""

    @property
    def stop_reason(self) -> StopReason:
        """Why it ended; `truncated` until the server has said so."""
        return "truncated" if self._ended is None else _STOP_REASONS.get(self._ended.lower(), "stop")

    @property
    def failed(self) -> bool:
        """Whether the server gave up in the middle and said so only by its finish reason."""
        return self._ended == "error"

    def feed(self, data: object) -> Iterator[Piece]:
        """The pieces of a chunk or of a whole completion."""
        if not isinstance(data, Mapping):
            return
        self._note(data)
        choices = data.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping):
            return
        self.has_choice = True
        self._note_probabilities(choice.get("logprobs"))
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, Mapping):
            yield from self._pieces(delta)
        if isinstance(reason := choice.get("finish_reason"), str) and reason:
            self._ended = reason
            if reason not in _STOP_REASONS:
                self.details["finish_reason"] = reason

    def end(self) -> Iterator[Piece]:
        """What was held back; afterwards nothing more is fed."""
        if rest := self._joining["reasoning"].end():
            yield ReasoningDelta(rest)
        if rest := self._joining["text"].end():
            yield Delta(rest)

    def _pieces(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        if reasoning := self._joining["reasoning"].add(_reasoning(delta)):
            yield ReasoningDelta(reasoning)
        if text := self._joining["text"].add(_text(delta)):
            yield Delta(text)

    def _note_probabilities(self, data: object) -> None:
        """Log-probabilities in the form that a local model's have, too."""
        content = data.get("content") if isinstance(data, Mapping) else None
        if isinstance(content, list) and (found := [p for p in map(_probability, content) if p]):
            self.details.setdefault("logprobs", []).extend(found)

    def _note(self, data: Mapping[str, Any]) -> None:
        for name in _DETAILS:
            if isinstance(value := data.get(name), str) and value:
                self.details[name] = value
        if isinstance(usage := data.get("usage"), Mapping):
            self.usage = _usage(usage)


class Unechoed:
    """The pieces of an answer without its beginning that was sent, which llama-server says again."""

    def __init__(self, begun: str) -> None:
        self._begun = begun
        self._held = ""

    def take(self, piece: Piece) -> Iterator[Piece]:
        """What of a piece is new, as soon as that is certain."""
        if not self._begun or not isinstance(piece, Delta):
            yield piece
            return
        self._held += piece.text
        if self._held != self._begun and self._begun.startswith(self._held):
            return
        new, self._begun, self._held = self._held.removeprefix(self._begun), "", ""
        if new:
            yield Delta(new)

    def end(self) -> Iterator[Piece]:
        """What was held back."""
        if self._held:
            yield Delta(self._held)


def _text(delta: Mapping[str, Any]) -> str:
    content = delta.get("content")
    if isinstance(content, list):
        return _parts(content, "text")
    if isinstance(content, str) and content:
        return content
    refusal = delta.get("refusal")  # OpenAI: the model's own words why it does not answer
    return refusal if isinstance(refusal, str) else ""


def _reasoning(delta: Mapping[str, Any]) -> str:
    """The reasoning of a delta; where a server sends it under two names, it is the same text."""
    for name in (
        "reasoning_content",
        "reasoning",
    ):  # DeepSeek, llama-server, vLLM · OpenRouter, Ollama, newer vLLM
        if isinstance(value := delta.get(name), str) and value:
            return value
    if isinstance(details := delta.get("reasoning_details"), list):  # OpenRouter, where it sends only these
        return "".join(_first_text(item, "text", "summary") for item in details)
    content = delta.get("content")
    return _parts(content, "thinking") if isinstance(content, list) else ""


def _parts(content: list[Any], kind: Literal["text", "thinking"]) -> str:
    """The text of those content parts that are of one kind; Mistral's thinking holds parts again."""
    texts = []
    for part in content:
        if not isinstance(part, Mapping) or part.get("type") != kind:
            continue
        inner = part.get(kind)
        texts.append(_parts(inner, "text") if isinstance(inner, list) else _first_text(part, kind))
    return "".join(texts)


def _first_text(item: object, *names: str) -> str:
    if not isinstance(item, Mapping):
        return ""
    return next((value for name in names if isinstance(value := item.get(name), str)), "")


def _usage(data: Mapping[str, Any]) -> Usage:
    cached = _number(_inner(data, "prompt_tokens_details").get("cached_tokens"))
    return Usage(
        prompt_tokens=_number(data.get("prompt_tokens")),
        completion_tokens=_number(data.get("completion_tokens")),
        cached_tokens=cached or _number(data.get("prompt_cache_hit_tokens")),  # DeepSeek
        reasoning_tokens=_number(_inner(data, "completion_tokens_details").get("reasoning_tokens")),
    )


def _inner(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _probability(data: object) -> dict[str, Any] | None:
    if not isinstance(data, Mapping) or not isinstance(logprob := data.get("logprob"), float | int):
        return None
    if not -math.inf < logprob <= 0:
        return None
    told = {"token": _first_text(data, "token"), "logprob": logprob}
    others = data.get("top_logprobs")
    return told | {"top": [p for p in map(_probability, others) if p]} if isinstance(others, list) else told


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
