"""How a model is named: `starter`, `local:PATH.gguf`, `PROFILE:MODEL`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.errors import UserError

Place = Literal["starter", "local", "profile", "echo"]


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model reference, taken apart."""

    place: Place
    profile: str = ""
    """The profile's name, when the place is a profile."""
    model: str = ""
    """A file path, or the model's name at its server; empty for the starter model."""

    def __str__(self) -> str:
        match self.place:
            case "starter":
                return "starter"
            case "local" | "echo":
                return f"{self.place}:{self.model}"
            case _:
                return f"{self.profile}:{self.model}"


def parse(text: str) -> ModelReference:
    """A reference from its text. Raises UserError."""
    if text == "starter":
        return ModelReference("starter")
    place, colon, model = text.partition(":")
    if not colon or not place or not model:
        raise UserError(
            f"{text!r} is not a model reference.", advice="Use starter, local:FILE.gguf or PROFILE:MODEL."
        )
    if place in ("local", "echo"):
        return ModelReference("local" if place == "local" else "echo", model=model)
    return ModelReference("profile", profile=place, model=model)


def short_name(text: str) -> str:
    """A reference as a pane's title shows it: `SmolLM2`, the file's stem, the model's name."""
    reference = parse(text)
    if reference.place == "starter":
        return "SmolLM2"
    if reference.place == "local":
        return reference.model.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")
    return reference.model
