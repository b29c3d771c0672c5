"""A server as messages speak of it, and its secrets as no message ever shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from workbench.core.profile import Profile
from workbench.errors import UserError

HIDDEN = "[key]"

_WINDOW = 12
"""So many characters in a row give a key away: servers echo keys cut short as well as whole."""

_LEAST = 4
"""A secret header may be as short as "yes"; hiding every "yes" would garble what a server says."""


@dataclass(frozen=True, slots=True)
class Access:
    """What opens a server: found in the environment, the keyring or this session, and never stored by us."""

    key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of the headers that are not plain, by name."""
    proxy: str = field(default="", repr=False)
    """The proxy's address where it stands in a variable, since it has a password."""


def access(given: Access | str | None) -> Access:
    """Access by a key alone, where that is all there is. Raises UserError when it cannot be a key."""
    if isinstance(given, Access):
        return given
    return Access(checked_key(given) if given else None)


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go."""

    profile: Profile
    key: str | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secret headers, by name."""
    secret_proxy: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Its name or address alone."""
        return urlsplit(self.profile.base_url).hostname or ""

    @property
    def place(self) -> str:
        """`host:port` for messages; the port only where the address has one."""
        return urlsplit(self.profile.base_url).netloc.rpartition("@")[2]

    @property
    def proxy(self) -> str:
        """The proxy's address as it is used; empty for none."""
        return self.secret_proxy if self.profile.proxy.startswith("$") else self.profile.proxy

    @property
    def proxy_place(self) -> str:
        """`host:port` of the proxy, for messages."""
        return urlsplit(self.proxy).netloc.rpartition("@")[2]

    def hide_key(self, text: str) -> str:
        """The text, with every secret and every longer piece of one replaced by `HIDDEN`."""
        for secret in self._secrets():
            text = _hidden(secret, text)
        return text

    def _secrets(self) -> list[str]:
        password = urlsplit(self.secret_proxy).password or ""
        known = [self.key or "", *self.headers.values(), self.secret_proxy, password]
        return [secret for secret in known if len(secret) >= _LEAST]


def server(profile: Profile, given: Access | str | None) -> Server:
    """A profile's server with what opens it. Raises UserError when the key cannot be one."""
    opened = access(given)
    return Server(profile, opened.key, opened.headers, opened.proxy)


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


def _hidden(secret: str, text: str) -> str:
    text = text.replace(secret, HIDDEN)
    if len(secret) <= _WINDOW or len(text) < _WINDOW:
        return text
    return _without(text, {secret[at : at + _WINDOW] for at in range(len(secret) - _WINDOW + 1)})


def _without(text: str, windows: set[str]) -> str:
    """The text with every stretch that is made of these windows replaced."""
    pieces, at, hidden_to = [], 0, 0
    for start in range(len(text) - _WINDOW + 1):
        if text[start : start + _WINDOW] in windows:
            if start >= hidden_to:
                pieces += [text[at:start], HIDDEN]
            at = hidden_to = start + _WINDOW
    return "".join([*pieces, text[at:]])
