"""How a model is named: `starter`, `local:PATH.gguf`, `PROFILE:MODEL`.

A model of this machine may have LoRA adapters, each at a scale: `local:PATH.gguf+lora:ADAPTER.gguf@0.8`. With and
without them it is one model in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from workbench.core.model_names import name_of
from workbench.errors import UserError

Place = Literal["starter", "local", "profile", "echo"]

_LORA = "+lora:"
_MOST = 10.0


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter."""

    path: str
    scale: float = 1.0
    """By what its changes are multiplied; 0 leaves the model as it is."""

    def __str__(self) -> str:
        plain = self.scale == 1 and _number(self.path.rpartition("@")[2]) is None
        return self.path if plain else f"{self.path}@{self.scale:.10g}"


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model reference, taken apart."""

    place: Place
    profile: str = ""
    """The profile's name, when the place is a profile."""
    model: str = ""
    """A file path, or the model's name at its server; empty for the starter model."""
    adapters: tuple[Adapter, ...] = ()
    """What is added to a model of this machine."""

    def __str__(self) -> str:
        more = "".join(f"{_LORA}{adapter}" for adapter in self.adapters)
        match self.place:
            case "starter":
                return f"starter{more}"
            case "local" | "echo":
                return f"{self.place}:{self.model}{more}"
            case _:
                return f"{self.profile}:{self.model}"

    @property
    def base(self) -> ModelReference:
        """The same model without adapters."""
        return replace(self, adapters=())


def parse(text: str) -> ModelReference:
    """A reference from its text. Raises UserError."""
    base, *_ = text.split(_LORA)
    if base == "starter":
        return ModelReference("starter", adapters=adapters_of(text))
    place, colon, model = base.partition(":")
    if not colon or not place or not model:
        raise UserError(
            f"{text!r} is not a model reference.", advice="Use starter, local:FILE.gguf or PROFILE:MODEL."
        )
    if place == "local":
        return ModelReference("local", model=model, adapters=adapters_of(text))
    if place == "echo":
        return ModelReference("echo", model=text.partition(":")[2])
    return ModelReference("profile", profile=place, model=text.partition(":")[2])


def adapters_of(text: str) -> tuple[Adapter, ...]:
    """The adapters in the reference of a local model. Raises UserError."""
    return tuple(map(parse_adapter, text.split(_LORA)[1:]))


def parse_adapter(text: str, *, sign: str = "@") -> Adapter:
    """`FILE` or, with the scale behind the sign, `FILE@0.8`. Raises UserError."""
    path, found, number = text.rpartition(sign)
    scale = _number(number) if found else None
    adapter = Adapter(text) if scale is None else Adapter(path, scale)
    if not adapter.path:
        raise UserError(f"{text!r} names no adapter file.", advice=f"Write FILE.gguf or FILE.gguf{sign}0.8.")
    if not -_MOST <= adapter.scale <= _MOST:
        raise UserError(f"The scale of {path} is {number}; it must lie between -{_MOST:g} and {_MOST:g}.")
    return adapter


def short_name(text: str) -> str:
    """A reference as a pane's title shows it: `SmolLM2`, what a file is called or its stem, the model's name."""
    reference = parse(text)
    match reference.place:
        case "starter":
            name = "SmolLM2"
        case "local":
            name = name_of(reference.model) or _stem(reference.model)
        case _:
            return reference.model
    return " + ".join((name, *map(_adapter_name, reference.adapters)))


def named(text: str) -> str:
    """The reference of a model file that has no name of its own, by what it is called; any other text as it is."""
    try:
        reference = parse(text)
    except UserError:  # an older program's, or another's
        return text
    name = name_of(reference.model) if reference.place == "local" else ""
    return str(replace(reference, model=name)) if name else text


def _adapter_name(adapter: Adapter) -> str:
    return _stem(adapter.path) + ("" if adapter.scale == 1 else f" × {adapter.scale:g}")


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
