"""What models at servers turned out to take: learned from refusals and from the test of a profile, remembered.

Findings are kept in the workspace's setting `capabilities`, under the profile with its server (a profile that is
pointed elsewhere begins anew), by model. What is not taken is not sent again and stands so in the parameters
panel, until the person lets it be forgotten. Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.core.profile import Profile, place
from workbench.store import Store, StoreThread

SETTING = "capabilities"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a model at a server takes one thing."""

    name: str
    """A generation parameter, `json_schema` or `effort`, as in `Provider.unsupported`; or `reasoning`."""
    taken: bool
    said: str = ""
    """What the server said, or what its answer lacked."""
    on: str = ""
    """The day, as 2026-11-30."""


Findings = Mapping[str, tuple[Finding, ...]]
"""By model."""


class Capabilities:
    """What is known in one workspace."""

    def __init__(self, store: StoreThread) -> None:
        self._store = store
        self._known: dict[str, dict[str, dict[str, Any]]] | None = None

    async def load(self, *, anew: bool = False) -> None:
        """Read what is remembered, once or `anew`."""
        if self._known is None or anew:
            self._known = await asyncio.wrap_future(self._store.read(lambda store: store.setting(SETTING, {})))

    def lacking(self, where: str, model: str) -> frozenset[str]:
        """What a model at a place (`core.profile.place`) is known not to take."""
        found = (self._known or {}).get(where, {}).get(model, {})
        return frozenset(name for name, (taken, *_) in found.items() if not taken)

    def learn(self, where: str, model: str, findings: Iterable[Finding]) -> None:
        """Know this from now on; the store is told and not waited for."""
        new = {one.name: [one.taken, one.said, one.on or _today()] for one in findings}
        known = self._known if self._known is not None else {}
        self._known = {**known, where: {**known.get(where, {}), model: {**_of(known, where, model), **new}}}
        self._store.write(lambda store: _add(store, where, model, new))


def findings(store: Store, profile: Profile) -> Findings:
    """What is remembered of a profile's models."""
    found = store.setting(SETTING, {}).get(place(profile), {})
    return {model: tuple(Finding(name, *row) for name, row in rows.items()) for model, rows in found.items()}


def forget(store: Store, profile: Profile, model: str | None = None) -> None:
    """Forget what is remembered of a profile's model, or of all its models."""
    known = dict(store.setting(SETTING, {}))
    rest = dict(known.pop(place(profile), {}))
    if model is not None:
        rest.pop(model, None)
        known[place(profile)] = rest
    store.set_setting(SETTING, known)


def _add(store: Store, where: str, model: str, new: Mapping[str, Any]) -> None:
    known = dict(store.setting(SETTING, {}))
    known[where] = {**known.get(where, {}), model: {**_of(known, where, model), **new}}
    store.set_setting(SETTING, known)


def _of(known: Mapping[str, Any], where: str, model: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = known.get(where, {}).get(model, {})
    return found


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 - the person's own day
