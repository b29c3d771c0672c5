"""Where keys are kept: the environment, the system's keyring, or this session only. Never in a file of ours.

An entry is named for the profile and its server. So a profile that is pointed at another server, or comes in with
somebody's file under a known name, does not take the key along.

Every function here may wait: a keyring that is locked asks the person for its password first. Call them in a
thread, never on the window's or the loop's. `_session` is the only state; its lock keeps it whole.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.core.profile import Profile, checked_value, key_variable, place
from workbench.errors import UserError
from workbench.providers.server import Access, checked_key

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "Prompt Workbench"
"""Under this name the keyring's own program shows our entries."""

_SAFE_PRIORITY = 1
"""The keyring library ranks what it recommends from 1; plain-text files and the null backend stand below."""

_lock = threading.Lock()
_session: dict[str, str] = {}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, and where it was."""

    key: str = field(repr=False)
    source: Literal["environment", "keyring", "session"]


def find_key(profile: Profile) -> FoundKey | None:
    """The key of a profile: from the environment, else as saved last; None for servers that need none.

    Raises UserError when the environment variable holds something that cannot be a key.
    """
    variable = key_variable(profile)
    if given := os.environ.get(variable, "").strip():
        return FoundKey(_from_variable(variable, given), "environment")
    return _found(place(profile))


def find_header(profile: Profile, name: str) -> FoundKey | None:
    """The value of a header that is kept like a key; None when nobody has given one."""
    return _found(_header_account(profile, name))


def find_access(profile: Profile) -> Access:
    """All that opens a profile's server: its key, its secret headers, its proxy where that has a password.

    Raises UserError that names the variable or header which has no value.
    """
    if profile.is_plugins:
        return Access()
    found = find_key(profile)
    secret = [header for header in profile.headers if header.source != "plain"]
    headers = {
        header.name: _variable_value(header.value, f"the header {header.name}")
        if header.source == "environment"
        else _kept_header(profile, header.name)
        for header in secret
    }
    proxy = profile.proxy.removeprefix("$") if profile.proxy.startswith("$") else ""
    return Access(found.key if found else None, headers, _variable_value(proxy, "the proxy") if proxy else "")


def _kept_header(profile: Profile, name: str) -> str:
    if found := find_header(profile, name):
        return found.key
    advice = f"Enter it in the profile {profile.name}, or name an environment variable that holds it."
    raise UserError(f"The header {name} of the profile {profile.name} has no value.", advice=advice)


def _variable_value(variable: str, what: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise UserError(f"The environment variable {variable}, which holds {what}, is not set.")
    return checked_value(f"in the variable {variable}", value)


def save_key(profile: Profile, key: str) -> Literal["keyring", "session"]:
    """Keep a key, in the keyring if there is one that can; otherwise until the program ends.

    Raises UserError when it cannot be a key.
    """
    return _kept(place(profile), checked_key(key))


def save_header(profile: Profile, name: str, value: str) -> Literal["keyring", "session"]:
    """Keep a header's value where keys are kept. Raises UserError when no header can carry it."""
    return _kept(_header_account(profile, name), checked_value(name, value))


def _kept(account: str, key: str) -> Literal["keyring", "session"]:
    kept = _write(account, key)
    with _lock:
        if kept:
            _session.pop(account, None)
        else:
            _session[account] = key
    return "keyring" if kept else "session"


def forget_key(profile: Profile) -> None:
    """Remove a profile's key and secret headers from session and keyring; the environment is not ours."""
    _forget(place(profile))
    for header in profile.headers:
        if header.source == "keyring":
            _forget(_header_account(profile, header.name))


def forget_header(profile: Profile, name: str) -> None:
    """Remove a header's value from the session and the keyring."""
    _forget(_header_account(profile, name))


def _forget(account: str) -> None:
    with _lock:
        _session.pop(account, None)
    if (backend := _backend()) is None:
        return
    try:
        backend.delete_password(SERVICE, account)
    except Exception as error:  # noqa: BLE001 - backends raise what they like; no entry is an error to them too
        _log.info("No key was removed from the keyring (%s).", type(error).__name__)


def has_keyring() -> bool:
    """Whether keys can be kept beyond this session."""
    return _backend() is not None


def _header_account(profile: Profile, name: str) -> str:
    return f"{place(profile)}, header {name.lower()}"


def _found(account: str) -> FoundKey | None:
    with _lock:
        held = _session.get(account)
    if held:  # the keyring would not take it, so what the keyring may hold is older
        return FoundKey(held, "session")
    kept = _read(account)
    return FoundKey(kept, "keyring") if kept else None


def _from_variable(variable: str, value: str) -> str:
    try:
        return checked_key(value)
    except UserError as error:
        raise UserError(
            f"The environment variable {variable} does not hold a key.", advice=error.message
        ) from None


def _read(account: str) -> str | None:
    if (backend := _backend()) is None:
        return None
    try:
        return backend.get_password(SERVICE, account)
    except Exception as error:  # noqa: BLE001 - backends raise what they like, when locked or gone
        _log.info("The keyring could not be read (%s).", type(error).__name__)
        return None


def _write(account: str, key: str) -> bool:
    if (backend := _backend()) is None:
        return False
    try:
        backend.set_password(SERVICE, account, key)
    except Exception as error:  # noqa: BLE001 - backends raise what they like, when locked or gone
        _log.info("The keyring could not be written (%s).", type(error).__name__)
        return False
    return True


def _backend() -> KeyringBackend | None:
    """The system's keyring, unless it is one that keeps keys in the open, or none."""
    import keyring
    from keyring.backends import chainer

    try:
        chosen = keyring.get_keyring()
        candidates = chosen.backends if isinstance(chosen, chainer.ChainerBackend) else [chosen]
        return next((backend for backend in candidates if backend.priority >= _SAFE_PRIORITY), None)
    except Exception as error:  # noqa: BLE001 - asking for the priority connects to D-Bus
        _log.info("There is no keyring (%s).", type(error).__name__)
        return None
