"""A cloud profile: where an OpenAI-compatible server is and how it is spoken to. Keys live elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from workbench.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
RESERVED_NAMES = frozenset({"starter", "local", "echo"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One server, by a name that model references begin with: `NAME:MODEL`."""

    name: str
    base_url: str
    """Up to and including the version part, such as `https://api.example.com/v1`."""
    models: tuple[str, ...] = ()
    """The model list as last fetched, or typed by the person."""
    key_variable: str = ""
    """The environment variable that may hold the key; empty for the usual one made from the name."""


def checked(profile: Profile) -> Profile:
    """The same profile, its name and address usable. Raises UserError with the value that is not."""
    if not _NAME.fullmatch(profile.name) or profile.name.lower() in RESERVED_NAMES:
        raise UserError(
            f"{profile.name!r} cannot name a profile.",
            advice="Use letters, digits, spaces, dots, dashes; not starter, local or echo.",
        )
    try:
        parts = urlsplit(profile.base_url)
        bad = parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) > 65535
    except ValueError:
        bad = True
    if bad:
        raise UserError(
            f"{profile.base_url!r} is not an address of a server.",
            advice="It begins with http:// or https://.",
        )
    if parts.username or parts.password:
        raise UserError("The address holds a user name or password.", advice="Put the key into its own field.")
    return profile


def key_variable(profile: Profile) -> str:
    """The environment variable for this profile's key: its own, or `WORKBENCH_KEY_<NAME>`."""
    return profile.key_variable or "WORKBENCH_KEY_" + re.sub(r"\W", "_", profile.name).upper()
