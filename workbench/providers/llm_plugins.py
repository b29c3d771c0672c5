"""The models of the `llm` command line and its plugins, through its Python API: all their providers work here.

`llm` is imported when its models are first asked for, with the plugins that are installed beside this program; one
is kept out, since it loads llama.cpp, which belongs to the worker (its model is the embedded one anyway). Plugins
keep their own keys and make their own requests: nothing of a profile applies to them.

Threads: each answer is a thread of its own, `llm-answer`, because plugins block. It hands its pieces to the
loop's thread and touches nothing else; it is a daemon, so that a plugin which hangs keeps nobody from leaving. A
cancelled answer is given up at once; its thread ends with the plugin's next piece.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.core.completion import (
    PARAMETERS,
    Delta,
    Event,
    Finished,
    ModelInfo,
    ReasoningDelta,
    Request,
    Timings,
    TokenCount,
    Usage,
)
from workbench.errors import ModelError, UserError
from workbench.providers.token_estimate import estimate_messages

if TYPE_CHECKING:
    import llm

KEPT_OUT = "smollm2"
"""The plugin of the embedded model, by its entry point's name."""

_OPTION_NAMES: Mapping[str, tuple[str, ...]] = {
    "max_tokens": ("max_tokens", "max_output_tokens", "num_predict", "n_predict"),
    "repeat_penalty": ("repeat_penalty", "repetition_penalty"),
    "stop": ("stop", "stop_sequences"),
    "effort": ("reasoning_effort", "thinking_effort", "thinking_level"),
}
"""What plugins call what we have another name for."""

_SECONDS = 600.0
"""The longest silence of a plugin."""

_LONGEST = 400

Piece = Delta | ReasoningDelta
_loading = threading.Lock()  # two threads importing the plugins at once would register them twice


class LlmPlugins:
    """All models that `llm` knows here."""

    def __init__(self) -> None:
        self._models: Mapping[str, llm.Model] | None = None

    def unsupported(self) -> frozenset[str]:
        """What no plugin takes; each model lacks more, see `lacking`."""
        return frozenset({"prefill", "logit_bias", "grammar", "logprobs"})

    def lacking(self, model: str) -> frozenset[str]:
        """What a model has no option for; nothing until the plugins are loaded."""
        found = (self._models or {}).get(model)
        if found is None:
            return frozenset()
        names = {name for name in (*PARAMETERS, "effort") if not _option(found, name)}
        return frozenset(names if found.supports_schema else names | {"json_schema"})

    async def models(self) -> tuple[ModelInfo, ...]:
        """The plugins' models, and llm's own where there is a key for them. Raises ModelError."""
        loaded = await self._loaded()
        return tuple(ModelInfo(name) for name, model in loaded.items() if _is_usable(model))

    async def complete(self, request: Request) -> AsyncGenerator[Event, None]:
        """Stream the answer as the plugin writes it. Raises ModelError."""
        model = (await self._loaded()).get(request.model)
        if model is None:
            raise ModelError(
                f"No installed llm plugin has a model {request.model}.",
                advice="Install its plugin beside this program, then fetch the models of llm again.",
            )
        answer = _Answer(model, request)
        began = time.monotonic()
        first: float | None = None
        try:
            async for piece in answer.pieces():
                first = first or time.monotonic()
                yield piece
        finally:
            answer.leave()
        yield Finished("stop", answer.usage, _timings(began, first, answer.usage), answer.details)

    async def count(self, request: Request) -> TokenCount:
        """An estimate: plugins do not say how they count."""
        total, each = estimate_messages(tuple(message.content for message in request.messages))
        return TokenCount(total, each, exact=False)

    async def close(self) -> None:
        """Nothing is held."""

    async def _loaded(self) -> Mapping[str, llm.Model]:
        if self._models is None:
            self._models = await asyncio.to_thread(load)
        return self._models


def load() -> Mapping[str, llm.Model]:
    """All models of `llm`, by their ids; imports it and the plugins. Raises ModelError."""
    try:
        module = importlib.import_module("llm")
        plugins = importlib.import_module("llm.plugins")
    except ImportError:
        raise ModelError(
            "The package llm is not installed beside this program.", advice="Install it with pip: llm."
        ) from None
    try:
        with _loading:
            plugins.pm.set_blocked(KEPT_OUT)
            found = module.get_models_with_aliases()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything while it is imported
        raise ModelError(
            f"The installed llm plugins cannot be loaded: {_short(error)}",
            advice="Try: llm models. Uninstall or update the plugin that fails.",
        ) from None
    return {one.model.model_id: one.model for one in found if one.model is not None}


class _Answer:
    """One answer: a thread that asks the plugin, and its pieces on the loop."""

    def __init__(self, model: llm.Model, request: Request) -> None:
        self._model = model
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Piece | ModelError | UserError | None] = asyncio.Queue()
        self._left = threading.Event()
        self.usage: Usage | None = None
        self.details: dict[str, Any] = {}

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The pieces as they come. Raises what went wrong."""
        threading.Thread(target=self._ask, name="llm-answer", daemon=True).start()
        while True:
            try:
                came = await asyncio.wait_for(self._queue.get(), _SECONDS)
            except TimeoutError:
                raise ModelError(
                    f"{self._request.model} has sent nothing for {_SECONDS:g} seconds.", advice="Try again."
                ) from None
            if came is None:
                return
            if isinstance(came, ModelError | UserError):
                raise came
            yield came

    def leave(self) -> None:
        """Nobody listens any more."""
        self._left.set()

    # On the answer's thread

    def _ask(self) -> None:
        end: ModelError | UserError | None = None
        try:
            response = self._model.prompt(
                messages=list(_messages(self._request)),
                stream=self._model.can_stream,
                schema=dict(self._request.json_schema) if self._request.json_schema else None,
                options=_options(self._model, self._request),
            )
            events: Iterator[Any] = response.stream_events()  # type: ignore[no-untyped-call]
            for event in events:
                if self._left.is_set():
                    return
                if piece := _piece(event):
                    self._tell(piece)
            self.usage, self.details = _usage(response), _details(response)
        except UserError as error:
            end = error
        except Exception as error:  # noqa: BLE001 - plugins raise what their libraries raise
            end = self._failure(error)
        self._tell(end)

    def _tell(self, piece: Piece | ModelError | UserError | None) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._queue.put_nowait, piece)

    def _failure(self, error: Exception) -> ModelError:
        said = _short(error)
        if key := _key(self._model):
            said = said.replace(key, "[key]")
        name = type(error).__name__
        if name == "NeedsKeyException":
            alias = self._model.needs_key
            return ModelError(
                f"{self._request.model} needs a key.", advice=f"Give it to llm: llm keys set {alias}."
            )
        return ModelError(
            f"{self._request.model} failed: {said or name}",
            advice="It is the llm plugin that says so.",
            details=name,
        )


def _messages(request: Request) -> Iterator[llm.Message]:
    import llm

    makers = {"system": llm.system, "user": llm.user, "assistant": llm.assistant}
    for message in request.messages:
        yield makers[message.role](message.content)


def _options(model: llm.Model, request: Request) -> dict[str, Any]:
    asked = {name: getattr(request.config, name) for name in PARAMETERS} | {"effort": request.effort}
    set_ones = {name: value for name, value in asked.items() if value not in (None, ())}
    return {
        option: list(value) if isinstance(value, tuple) else value
        for name, value in set_ones.items()
        if (option := _option(model, name))
    }


def _option(model: llm.Model, name: str) -> str:
    """What a model calls one of our parameters; empty when it has no such option."""
    known = model.Options.model_fields
    return next((option for option in _OPTION_NAMES.get(name, (name,)) if option in known), "")


def _piece(event: Any) -> Piece | None:
    if not event.chunk:
        return None
    match event.type:
        case "text":
            return Delta(event.chunk)
        case "reasoning":
            return ReasoningDelta(event.chunk)
    return None


def _usage(response: llm.Response) -> Usage | None:
    if response.input_tokens is None and response.output_tokens is None:
        return None
    details = response.token_details or {}
    reasoning = details.get("reasoning_tokens") or (details.get("completion_tokens_details") or {}).get(
        "reasoning_tokens"
    )
    return Usage(
        response.input_tokens or 0,
        response.output_tokens or 0,
        reasoning_tokens=reasoning if isinstance(reasoning, int) else 0,
    )


def _details(response: llm.Response) -> dict[str, Any]:
    return {"model": response.resolved_model} if response.resolved_model else {}


def _timings(began: float, first: float | None, usage: Usage | None) -> Timings:
    ended = time.monotonic()
    if first is None:
        return Timings(None, (ended - began) * 1_000)
    tokens = usage.completion_tokens if usage else 0
    speed = (tokens - 1) / (ended - first) if tokens > 1 and ended > first else None
    return Timings((first - began) * 1_000, (ended - began) * 1_000, speed)


def _is_usable(model: llm.Model) -> bool:
    """Whether it is a plugin's, or one of llm's own OpenAI models that there is a key for."""
    return not type(model).__module__.startswith("llm.default_plugins") or _key(model) is not None


def _key(model: llm.Model) -> str | None:
    try:
        return model.get_key()
    except Exception:  # noqa: BLE001 - no key, or a plugin of its own mind
        return None


def _short(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said if len(said) <= _LONGEST else said[:_LONGEST] + "…"
