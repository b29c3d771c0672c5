"""A cloud profile: where an OpenAI-compatible server is and how it is spoken to. Keys live elsewhere.

Nothing of a profile is secret, since it is stored as it is: a header or a proxy with a password in it says where
the secret is, an environment variable or the keyring, and is refused when it holds what looks like one itself.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from workbench.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
RESERVED_NAMES = frozenset({"starter", "local", "echo"})

LLM = "llm"
"""The name and the preset of the profile of installed `llm` plugins; it has no address."""

HeaderSource = Literal["plain", "environment", "keyring"]
"""Stands in the profile · in an environment variable · in the keyring, under the profile's and header's names."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_OURS = frozenset({"host", "connection", "content-length", "content-type", "transfer-encoding", "accept-encoding"})
"""Headers that the connection writes itself."""
_HOLE = re.compile(r"YOUR-[A-Z]+")
"""What a preset's address leaves open."""
_SECRET_NAME = re.compile(r"auth|key|token|secret|passw|cookie|credential|signature|\bsig\b", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"(bearer|basic)\s|\b(sk|gsk|xai|hf|AIza)[-_A-Za-z0-9]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a person wants sent with every request to a server."""

    name: str
    value: str = ""
    """The value itself when it is plain, the variable's name when it is in the environment; else empty."""
    source: HeaderSource = "plain"


@dataclass(frozen=True, slots=True)
class Profile:
    """One server, by a name that model references begin with: `NAME:MODEL`."""

    name: str
    base_url: str
    """Up to and including the version part, such as `https://api.example.com/v1`; empty for `llm` plugins."""
    models: tuple[str, ...] = ()
    """The model list as last fetched, or typed by the person."""
    key_variable: str = ""
    """The environment variable that may hold the key; empty for the usual one made from the name."""
    preset: str = ""
    """Name of the preset that it was made from; empty for any other server."""
    key_header: str = ""
    """The header that carries the key as it is, such as Azure's `api-key`; empty is `Authorization`."""
    query: tuple[tuple[str, str], ...] = ()
    """What every address gets after its question mark, such as Azure's `api-version`."""
    headers: tuple[Header, ...] = ()
    proxy: str = ""
    """Address of an HTTP proxy, or `$VARIABLE` for one whose address has a password; empty for none."""
    ca_file: str = ""
    """A PEM file with certificates that this server is trusted by, besides the system's."""

    @property
    def is_plugins(self) -> bool:
        """Whether its models are those of installed `llm` plugins."""
        return self.preset == LLM


def checked(profile: Profile) -> Profile:
    """The same profile, all of it usable. Raises UserError with the value that is not; never shows a secret."""
    if profile.is_plugins:
        return _checked_plugins(profile)
    if not profile.name:
        raise UserError("A profile needs a name.", advice="Such as work or lab: its models are then NAME:MODEL.")
    if not _NAME.fullmatch(profile.name) or profile.name.lower() in RESERVED_NAMES | {LLM}:
        raise UserError(
            f"{profile.name!r} cannot name a profile.",
            advice="Use letters, digits, spaces, dots, dashes; not starter, local, echo or llm.",
        )
    _check_address(profile.base_url, "an address of a server")
    if hole := _HOLE.search(profile.base_url):
        raise UserError(f"The address still says {hole[0]}.", advice="Put the name of yours in its place.")
    if profile.proxy.startswith("$"):
        _check_variable(profile.proxy[1:])
    elif profile.proxy:
        _check_proxy(profile.proxy)
    for header in profile.headers:
        _check_header(header)
    _check_once("header", [header.name.lower() for header in profile.headers])
    if profile.key_header and not _TOKEN.fullmatch(profile.key_header):
        raise UserError(f"{profile.key_header!r} cannot be the name of a header.", advice="Azure's is api-key.")
    for name, value in profile.query:
        _check_query(name, value)
    _check_once("query parameter", [name for name, _ in profile.query])
    return profile


def _checked_plugins(profile: Profile) -> Profile:
    if (profile.name, profile.base_url) != (LLM, ""):
        raise UserError(f"The profile of llm's plugins is named {LLM} and has no address.")
    return profile


def _check_address(address: str, what: str) -> None:
    try:
        parts = urlsplit(address)
        bad = parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) > 65535
    except ValueError:
        bad = True
    if bad:
        raise UserError(f"{address!r} is not {what}.", advice="It begins with http:// or https://.")
    if parts.username or parts.password:
        raise UserError("The address holds a user name or password.", advice="Put the key into its own field.")


def _check_proxy(address: str) -> None:
    if "@" in address:
        raise UserError(
            "The address of the proxy holds a user name or password.",
            advice="Put the whole address into an environment variable and write $VARIABLE here.",
        )
    _check_address(address, "an address of a proxy")


def _check_variable(name: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise UserError(f"{name!r} cannot be the name of an environment variable.", advice="Write it without $.")


def _check_header(header: Header) -> None:
    if not _TOKEN.fullmatch(header.name) or header.name.lower() in _OURS:
        raise UserError(f"{header.name!r} cannot be a header of your own.", advice="Use letters, digits, dashes.")
    if header.source == "environment":
        _check_variable(header.value)
    elif header.source == "plain":
        _check_plain(header)


def _check_plain(header: Header) -> None:
    if _SECRET_NAME.search(header.name) or _SECRET_VALUE.search(header.value):
        raise UserError(
            f"The header {header.name} looks like a secret, and a plain header is stored as it is.",
            advice="Keep it in the keyring, or name an environment variable that holds it.",
        )
    checked_value(header.name, header.value)


def checked_value(name: str, value: str) -> str:
    """A header's value without the space around it. Raises UserError for what no header can carry."""
    value = value.strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise UserError(f"The header {name} has no value that can be sent.", advice="Use plain letters and signs.")
    return value


def _check_query(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name) or not value.isprintable():
        raise UserError(f"{name!r} cannot be a query parameter.", advice="Azure's is api-version.")
    if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value):
        raise UserError(
            f"The query parameter {name} looks like a secret; addresses end up in logs.",
            advice="Put the key into its own field.",
        )


def _check_once(what: str, names: list[str]) -> None:
    if names and (most := Counter(names).most_common(1)[0])[1] > 1:
        raise UserError(f"The {what} {most[0]} is there twice.", advice="Remove one.")


def tidied(profile: Profile) -> Profile:
    """The profile with an address that was copied from a vendor's page taken apart.

    The path of the chat endpoint goes, since it is added to every request; what stands after a question mark
    becomes query parameters.
    """
    if "?" not in profile.base_url and not profile.base_url.rstrip("/").endswith("/chat/completions"):
        return profile
    address, _, query = profile.base_url.partition("?")
    found = tuple(pair for pair in parse_qsl(query) if pair[0] not in dict(profile.query))
    address = address.rstrip("/").removesuffix("/chat/completions")
    return replace(profile, base_url=address, query=(*profile.query, *found))


def key_variable(profile: Profile) -> str:
    """The environment variable for this profile's key: its own, or `WORKBENCH_KEY_<NAME>`."""
    return profile.key_variable or "WORKBENCH_KEY_" + re.sub(r"\W", "_", profile.name).upper()


def place(profile: Profile) -> str:
    """The profile and its server: what keys, headers and findings about it are kept under.

    So a profile that is pointed at another server takes none of them along.
    """
    return f"{profile.name} at {urlsplit(profile.base_url).netloc.lower()}"
