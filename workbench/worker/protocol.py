"""What parent and worker say to each other: typed messages, one JSON object a line.

Every message carries the id of the request that it belongs to. The parent asks with `Load`, `Complete`,
`Rehearse`, `Count`, `Spare` and `Cancel`; the worker answers `Load` with `Progress` and `Loaded`, `Complete` and
`Rehearse` with `Progress`, `Piece` and last `Done`, `Count` with `Counted`, `Spare` with `Spared`, and any of them
with `Failed`. The end of the worker's stdin ends the worker.
A worker that was loaded to embed is asked with `Embed` only, which it answers with `Embedded`.
Standard library only: the parent process imports this without llama.cpp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.core.completion import Message, Request, StopReason, TokenCount, Usage, config_restored
from workbench.core.model_reference import Adapter
from workbench.errors import BadFile, ContextOverflow, ModelError, ModelLoadError, UserError, WorkbenchError
from workbench.worker.options import LoadOptions


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model as it is in memory."""

    file: str
    """The file's name without its folder."""
    architecture: str
    name: str
    quantisation: str
    parameters: int
    size_bytes: int
    """Of all its tensors."""
    context: int
    """Tokens of prompt and answer together."""
    trained_context: int
    layers: int
    gpu_layers: int
    """How many of them the GPU computes."""
    gpu_note: str
    """What is offloaded to which device, or why nothing is."""
    threads: int
    serial: bool
    sequences: int
    """Answers decoded at the same time."""
    cache: int
    """Tokens that all of them share."""
    shares_prefixes: bool
    """Whether prompts that begin alike share what is decoded; some architectures and serial mode do not."""
    template: str
    """`model` for the file's own chat template, `chatml` where it has none, `own` for a person's."""
    template_names: tuple[str, ...]
    """Variables that the template reads, such as `enable_thinking`."""
    memory_bytes: int
    """Resident in the worker after loading."""
    engine: str
    """Versions of llama.cpp and its Python bindings."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load this file; the first message of every worker."""

    id: int
    path: str
    options: LoadOptions
    name: str = ""
    """What the file is called when its own name says nothing."""
    embeds: bool = False
    """Whether it makes vectors, and no answers."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Answer this request."""

    id: int
    request: Request
    adapters: tuple[Adapter, ...] = ()
    """LoRA adapters that the model has for this answer."""


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Read so many tokens and write so many, whatever they are: how fast that goes is told in `Done`."""

    id: int
    prompt_tokens: int
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class Count:
    """Count the tokens of this request, without disturbing answers under way."""

    id: int
    request: Request


@dataclass(frozen=True, slots=True)
class Spare:
    """Say how much memory the GPUs have left, without disturbing answers under way."""

    id: int


@dataclass(frozen=True, slots=True)
class Embed:
    """Make a vector of each of these texts."""

    id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop answering this request."""

    id: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is ready."""

    id: int
    model: LoadedModel


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that takes time is this far."""

    id: int
    text: str
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole characters of an answer, or of the reasoning before it."""

    id: int
    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer."""

    id: int
    stop_reason: StopReason
    usage: Usage
    tokens_per_second: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """The answer to `Count`."""

    id: int
    count: TokenCount


@dataclass(frozen=True, slots=True)
class Spared:
    """The answer to `Spare`."""

    id: int
    gpu_bytes: int
    """Free on all GPUs together, less what is always left free there; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The answer to `Embed`."""

    id: int
    vectors: tuple[tuple[float, ...], ...]
    """In the order of the texts, each of length 1."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that could not be done; the worker goes on, unless it was the loading."""

    id: int
    kind: str
    """The error's class, one of `_ERRORS`."""
    message: str
    advice: str = ""
    details: str = ""


Asked = Load | Complete | Rehearse | Count | Spare | Embed | Cancel
Answered = Loaded | Progress | Piece | Done | Counted | Spared | Embedded | Failed

_PLAIN: Mapping[str, type[Piece | Progress | Spared | Failed]] = {
    kind.__name__: kind for kind in (Piece, Progress, Spared, Failed)
}

_PLAIN_ASKED: Mapping[str, type[Rehearse | Spare | Cancel]] = {
    kind.__name__: kind for kind in (Rehearse, Spare, Cancel)
}

_ERRORS: dict[str, type[WorkbenchError]] = {
    kind.__name__: kind for kind in (BadFile, ContextOverflow, ModelLoadError, UserError, ModelError)
}


def encode(message: Asked | Answered) -> bytes:
    """One line, its end included; all but ASCII is escaped, so that lone surrogates travel too."""
    return json.dumps({"type": type(message).__name__, **asdict(message)}).encode("ascii") + b"\n"


def decode_asked(line: bytes) -> Asked:
    """A message of the parent. Raises ValueError, KeyError or TypeError on anything else."""
    data = json.loads(line)
    match data.pop("type"):
        case "Load":
            return Load(data["id"], data["path"], LoadOptions(**data["options"]), data["name"], data["embeds"])
        case "Complete":
            adapters = tuple(Adapter(**adapter) for adapter in data["adapters"])
            return Complete(data["id"], _request(data["request"]), adapters)
        case "Rehearse" | "Spare" | "Cancel" as plain:
            return _PLAIN_ASKED[plain](**data)
        case "Count":
            return Count(data["id"], _request(data["request"]))
        case "Embed":
            return Embed(data["id"], tuple(data["texts"]))
        case other:
            raise ValueError(f"unknown message {other!r}")


def decode_answered(line: bytes) -> Answered:
    """A message of the worker. Raises ValueError, KeyError or TypeError on anything else."""
    data = json.loads(line)
    match data.pop("type"):
        case "Piece" | "Progress" | "Spared" | "Failed" as plain:
            return _PLAIN[plain](**data)
        case "Done":
            return Done(**{**data, "usage": Usage(**data["usage"])})
        case "Counted":
            count = data["count"]
            return Counted(data["id"], TokenCount(**{**count, "messages": tuple(count["messages"])}))
        case "Embedded":
            return Embedded(data["id"], tuple(map(tuple, data["vectors"])))
        case "Loaded":
            model = data["model"]
            return Loaded(data["id"], LoadedModel(**{**model, "template_names": tuple(model["template_names"])}))
        case other:
            raise ValueError(f"unknown message {other!r}")


def failed(id: int, error: WorkbenchError) -> Failed:  # noqa: A002 - the field's name
    """An error as a message, by the nearest class that the parent knows."""
    kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS)
    return Failed(id, kind, error.message, error.advice, error.details)


def as_error(message: Failed) -> WorkbenchError:
    """The inverse of `failed`."""
    kind = _ERRORS.get(message.kind, ModelError)
    return kind(message.message, advice=message.advice, details=message.details)


def _request(data: dict[str, Any]) -> Request:
    return Request(
        model=data["model"],
        messages=tuple(Message(**message) for message in data["messages"]),
        config=config_restored(data["config"]),
        json_schema=data["json_schema"],
        effort=data["effort"],
        draft=data["draft"],
        one_of_many=data["one_of_many"],
    )
