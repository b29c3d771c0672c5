"""Servers that many people use, so that nobody has to look an address up."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from workbench.core.profile import Profile
from workbench.errors import NotFound
from workbench.paths import resources


@dataclass(frozen=True, slots=True)
class Preset:
    """A server by its usual name and address."""

    name: str
    base_url: str
    title: str = ""
    """How it is called in a list; empty for its name."""
    key_variable: str = ""
    """The environment variable that its own tools take the key from; empty where none is needed."""
    key_header: str = ""
    own_machine: bool = False
    """Whether it runs where the person does, so that its answers cost nothing."""
    batch_share: float | None = None
    """What of its price answers of its batch API cost; None where it is not known to have OpenAI's."""
    hint: str = ""

    def profile(self, name: str = "", models: tuple[str, ...] = ()) -> Profile:
        """A new profile of this preset."""
        return Profile(
            name or self.name, self.base_url, models, self.key_variable, self.name, key_header=self.key_header
        )


@cache
def presets() -> tuple[Preset, ...]:
    """All of them, in the order of the list that is shown."""
    data = json.loads((resources() / "presets.json").read_text("utf-8"))
    return tuple(Preset(**row) for row in data["presets"])


def preset_for(base_url: str) -> Preset | None:
    """The preset with this address, if there is one."""
    wanted = base_url.rstrip("/")
    return next((preset for preset in presets() if wanted and preset.base_url == wanted), None)


def named(name: str) -> Preset:
    """The preset of a name, in any case of letters. Raises NotFound."""
    if found := next((preset for preset in presets() if preset.name.lower() == name.lower()), None):
        return found
    known = ", ".join(preset.name for preset in presets())
    raise NotFound(f"There is no preset {name!r}.", advice=f"Known: {known}.")


def on_own_machine(profile: Profile) -> bool:
    """Whether a profile's answers cost nothing: it was made from the preset of a program that runs here."""
    return any(preset.own_machine and preset.name == profile.preset for preset in presets())


def batch_share(profile: Profile) -> float:
    """What of a price an answer of a profile's batch API costs; all of it where that is not known."""
    found = next((preset for preset in presets() if preset.name == profile.preset), None)
    found = found or preset_for(profile.base_url)
    return 1.0 if found is None or found.batch_share is None else found.batch_share


def own_machines(profiles: Collection[Profile]) -> frozenset[str]:
    """The names of the profiles whose answers cost nothing."""
    return frozenset(profile.name for profile in profiles if on_own_machine(profile))
