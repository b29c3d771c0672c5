"""A server as messages speak of it, and its key as no message ever shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from workbench.core.profile import Profile
from workbench.errors import UserError

HIDDEN = "[key]"

_WINDOW = 12
"""So many characters in a row give a key away: servers echo keys cut short as well as whole."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go."""

    profile: Profile
    key: str | None = field(repr=False)

    @property
    def host(self) -> str:
        """Its name or address alone."""
        return urlsplit(self.profile.base_url).hostname or ""

    @property
    def place(self) -> str:
        """`host:port` for messages; the port only where the address has one."""
        return urlsplit(self.profile.base_url).netloc.rpartition("@")[2]

    def hide_key(self, text: str) -> str:
        """The text, with the key and every longer piece of it replaced by `HIDDEN`."""
        key = self.key
        if not key:
            return text
        text = text.replace(key, HIDDEN)
        if len(key) <= _WINDOW or len(text) < _WINDOW:
            return text
        windows = {key[at : at + _WINDOW] for at in range(len(key) - _WINDOW + 1)}
        return _without(text, windows)


def checked_key(key: str) -> str:
    """The key without the space around it. Raises UserError when no HTTP header can carry it; never shows it."""
    key = key.strip()
    if not key:
        raise UserError("The key is empty.", advice="Paste it again.")
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UserError(
            "The key holds characters that no key has.", advice="Paste it again, without its surroundings."
        )
    return key


def _without(text: str, windows: set[str]) -> str:
    """The text with every stretch that is made of these windows replaced."""
    pieces, at, hidden_to = [], 0, 0
    for start in range(len(text) - _WINDOW + 1):
        if text[start : start + _WINDOW] in windows:
            if start >= hidden_to:
                pieces += [text[at:start], HIDDEN]
            at = hidden_to = start + _WINDOW
    return "".join([*pieces, text[at:]])
