"""What is asked of a model and what comes back: requests, stream events, and the Provider protocol.

A provider is anything that turns a `Request` into an asynchronous stream of events. It yields text as it
comes, `Notice` for waits a person should know of, and `Finished` last, exactly once. It raises a `ModelError`
when it fails; whatever it yielded before stays valid. Cancelling the task that iterates it stops it at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args

from workbench.core.prompt import Effort
from workbench.errors import UserError

Role = Literal["system", "user", "assistant"]

StopReason = Literal["stop", "length", "cancelled", "error", "truncated", "content_filter"]
"""Ended by itself or at a stop string · at max tokens · by the person · failed · the stream broke off without
saying why · withheld by the server."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str
    reasoning: str = ""
    """The model's own reasoning, where it is kept apart from the content."""


LogitBias = tuple[tuple[int | str, float], ...]


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """Sampling settings; None means the model's or server's own default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    """Most tokens of the answer; None leaves it to the context size."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repeat_penalty: float | None = None
    typical_p: float | None = None
    """Keep the tokens of most usual surprise that together have this probability; 1 keeps all."""
    xtc_probability: float | None = None
    """How often all but the last of the tokens above `xtc_threshold` are left out; 0 never."""
    xtc_threshold: float | None = None
    dry_multiplier: float | None = None
    """Strength of the penalty for going on with a sequence that came before; 0 is none."""
    dry_base: float | None = None
    """By what the penalty grows with every further token of the repetition."""
    dry_allowed_length: int | None = None
    """Tokens that may be repeated freely."""
    mirostat: int | None = None
    """1 or 2: keep the text's surprise near `mirostat_tau`, instead of top-k, top-p and the like; 0 is off."""
    mirostat_tau: float | None = None
    mirostat_eta: float | None = None
    """How fast it adapts."""
    logit_bias: LogitBias = ()
    """Tokens, by number or by text, and what is added to their scores; -100 forbids, 100 enforces."""
    grammar: str | None = None
    """GBNF that the answer must follow; its first rule is `root`."""
    logprobs: int | None = None
    """Record every token's log-probability and those of so many alternatives, in the run's details."""


PARAMETERS: tuple[str, ...] = tuple(f.name for f in fields(GenerationConfig))
"""Names of all generation parameters, as in the command line and in stored runs."""

_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 5),
    "top_p": (0, 1),
    "top_k": (0, 100_000),
    "min_p": (0, 1),
    "max_tokens": (1, 10_000_000),
    "seed": (0, 2**32 - 1),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "repeat_penalty": (0.01, 10),
    "typical_p": (0, 1),
    "xtc_probability": (0, 1),
    "xtc_threshold": (0, 1),
    "dry_multiplier": (0, 10),
    "dry_base": (1, 10),
    "dry_allowed_length": (0, 10_000),
    "mirostat": (0, 2),
    "mirostat_tau": (0, 20),
    "mirostat_eta": (0, 1),
    "logprobs": (0, 20),
}

WHOLE_NUMBERS = frozenset({"top_k", "max_tokens", "seed", "dry_allowed_length", "mirostat", "logprobs"})
"""Parameters that take no fractions."""

_BIAS = 100
_MOST_BIASES = 1024


def checked(config: GenerationConfig) -> GenerationConfig:
    """The same config, if every value lies in its range.

    Raises UserError, with the parameter, its value and the range.
    """
    for name, (low, high) in _RANGES.items():
        value = getattr(config, name)
        if value is not None and not low <= value <= high:
            raise UserError(f"{name} is {value}; it must lie between {low:g} and {high:g}.")
    if any(not text for text in config.stop):
        raise UserError("A stop string is empty; it would end every answer at once.", advice="Remove it.")
    if config.grammar is not None and not config.grammar.strip():
        raise UserError("The grammar is empty.", advice="Write rules, the first one named root, or leave it out.")
    _check_bias(config.logit_bias)
    return config


def _check_bias(biases: LogitBias) -> None:
    if len(biases) > _MOST_BIASES:
        raise UserError(f"logit_bias names {len(biases):,} tokens; at most {_MOST_BIASES:,} are taken.")
    for token, bias in biases:
        if token == "" or (isinstance(token, int) and token < 0):
            raise UserError(f"logit_bias names the token {token!r}, which there cannot be.")
        if not -_BIAS <= bias <= _BIAS:
            raise UserError(f"The bias of {token!r} is {bias:g}; it must lie between -{_BIAS} and {_BIAS}.")


def parse_bias(text: str) -> tuple[int | str, float]:
    """`TOKEN=N`, as a person writes it: digits are a token's number, anything else its text.

    Quotes around a text are not part of it, so that `"5"=1` is a text too. Raises UserError.
    """
    token, equals, number = text.rpartition("=")
    try:
        bias = float(number.replace(",", "."))
    except ValueError:
        bias = None
    if not token or not equals or bias is None:
        raise UserError(f"{text!r} is not TOKEN=N, a token's text or number and what is added to its score.")
    if token.strip().isascii() and token.strip().isdigit():
        return int(token), bias
    quoted = len(token) > 2 and token[0] == token[-1] == '"'
    return token[1:-1] if quoted else token, bias


def write_bias(token: int | str, bias: float) -> str:
    """The inverse of `parse_bias`."""
    if isinstance(token, str) and (token.strip().isdigit() or token[0] == token[-1] == '"'):
        token = f'"{token}"'
    return f"{token}={bias:.10g}"


def config_data(config: GenerationConfig) -> dict[str, Any]:
    """The set parameters as JSON data; what is left to the default is left out."""
    data = {name: getattr(config, name) for name in PARAMETERS if getattr(config, name) not in (None, ())}
    if config.stop:
        data["stop"] = list(config.stop)
    if config.logit_bias:
        data["logit_bias"] = [list(pair) for pair in config.logit_bias]
    return data


def config_from(data: Mapping[str, Any]) -> GenerationConfig:
    """The inverse of `config_data`; raises UserError on unknown names and values out of range."""
    if unknown := sorted(set(data) - set(PARAMETERS)):
        raise UserError(f"Unknown parameter {', '.join(unknown)}.", advice=f"Known: {', '.join(PARAMETERS)}.")
    _check_shape(data.get("logit_bias", ()))
    _check_values(data)
    return checked(config_restored(data))


def _check_shape(biases: Any) -> None:
    match biases:
        case tuple() | list() if all(_is_bias(pair) for pair in biases):
            return
    raise UserError("logit_bias is not a list of pairs of a token, by number or text, and a number.")


def _check_values(data: Mapping[str, Any]) -> None:
    for name in _RANGES:
        if not isinstance(value := data.get(name), int | float | None):
            raise UserError(f"{name} is {value!r}, not a number.")
    stop, grammar = data.get("stop", ()), data.get("grammar")
    if not isinstance(stop, list | tuple) or not all(isinstance(text, str) for text in stop):
        raise UserError(f"stop is {stop!r}, not a list of texts.")
    if not isinstance(grammar, str | None):
        raise UserError(f"grammar is {grammar!r}, not a text.")


def _is_bias(pair: Any) -> bool:
    match pair:
        case (int() | str(), int() | float()) | [int() | str(), int() | float()]:
            return True
    return False


def config_restored(data: Mapping[str, Any]) -> GenerationConfig:
    """A config from what `config_data` gave once, unchecked; what a newer version has added is left out."""
    known: dict[str, Any] = {name: value for name, value in data.items() if name in PARAMETERS}
    known["stop"] = tuple(known.get("stop", ()))
    known["logit_bias"] = tuple((token, bias) for token, bias in known.get("logit_bias", ()))
    return GenerationConfig(**known)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a provider needs for one answer."""

    model: str
    """The model's name as its provider knows it; a local model's reference, which names its adapters."""
    messages: tuple[Message, ...]
    """An assistant message in last place is a prefill: the answer goes on from it."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    json_schema: Mapping[str, Any] | None = None
    """The answer must be JSON of this schema; an empty mapping means any JSON; None means free text."""
    effort: Effort | None = None
    """How hard a reasoning model should think; None sends nothing about it."""
    draft: str = ""
    """An earlier answer that may come again: a local model verifies it several tokens a step. It never changes
    what is answered, only how soon."""
    one_of_many: bool = False
    """Whether nobody waits for this answer by itself, as in an experiment: a local model lets others go first."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as counted by the model or its server."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Those of the prompt tokens that were not computed again."""
    reasoning_tokens: int = 0
    """Those of the completion tokens that were reasoning."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in milliseconds, seen from where the request was made.

    A local model's begin when it begins to read the prompt; how long it was loaded or busy with others before that
    is `waited_ms` in the answer's details.
    """

    ttft_ms: float | None = None
    """From sending to the first piece of text; None when none came."""
    total_ms: float = 0.0
    tokens_per_second: float | None = None
    """Completion tokens after the first one, over the time from the first piece to the end."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's own reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that takes time and that a person should see: loading a model, waiting for a retry."""

    text: str
    fraction: float | None = None
    """How far it is, 0 to 1, where that is known."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer."""

    stop_reason: StopReason
    usage: Usage | None = None
    timings: Timings = field(default_factory=Timings)
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON data about how it was made: decoding mode, the server's model name, fingerprint."""


Event = Delta | ReasoningDelta | Notice | Finished


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a provider offers."""

    name: str
    context: int | None = None
    """Largest context in tokens, where known."""


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How long a request is for a model, before it is run."""

    total: int
    """Tokens of the whole rendered request."""
    messages: tuple[int, ...] = ()
    """Tokens of each message's content alone."""
    exact: bool = True
    """False for an estimate without the model's own tokenizer."""
    text: str = ""
    """The string after the chat template, where the provider renders it itself."""
    context: int | None = None
    """The model's context size in tokens, where known."""


class Provider(Protocol):
    """A place where models run. All methods are called on the one asyncio loop."""

    def complete(self, request: Request) -> AsyncGenerator[Event, None]:
        """Stream the answer; ends with `Finished`. Raises ModelError or UserError.

        Whoever leaves before the end closes the generator (`contextlib.aclosing`), which frees its socket at once.
        """
        ...

    def unsupported(self) -> frozenset[str]:
        """Names out of `PARAMETERS` (and `json_schema`, `effort`, `prefill`) that this provider does not take."""
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """The models on offer. Raises ModelError."""
        ...

    async def count(self, request: Request) -> TokenCount:
        """Tokens of a request; an estimate where the tokenizer is not at hand. Raises ModelError."""
        ...

    async def close(self) -> None:
        """Let go of processes and connections; the provider is not used afterwards."""
        ...


ROLES: tuple[Role, ...] = get_args(Role)
