"""Which model hub is asked, and with which access token.

The address comes from `--endpoint`, the setting, the environment (HF_ENDPOINT), or is the public hub. The token
comes from HF_TOKEN or the keyring, never from a file. HF_TOKEN belongs to the hub that the environment or the
person's own hand names: a workspace that somebody else made may name another hub in its settings, and that one
does not get it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from workbench.core.profile import Profile
from workbench.models.hub import PUBLIC_HUB, Hub, checked_endpoint, is_loopback
from workbench.store import Store

if TYPE_CHECKING:
    from workbench.providers.keys import FoundKey

T = TypeVar("T")

ENDPOINT = "hub_endpoint"
"""The setting with the hub's address; empty for the usual one."""

_KEYRING_NAME = "model hub"


def endpoint(store: Store) -> str:
    """The hub's address as set, in the workspace or the environment. Raises UserError."""
    return checked_endpoint(str(store.setting(ENDPOINT, "")) or usual_endpoint())


def usual_endpoint() -> str:
    """The hub of this machine's environment, or the public one."""
    return os.environ.get("HF_ENDPOINT", "").strip() or PUBLIC_HUB


def open_hub(address: str, *, named_by_hand: bool = False) -> Hub:
    """The hub at an address, with its token. May wait for a locked keyring: call it in a thread."""
    found = find_token(address, named_by_hand=named_by_hand)
    return Hub(address, found.key if found else None)


async def ask_hub(address: str, do: Callable[[Hub], Awaitable[T]], *, named_by_hand: bool = False) -> T:
    """What a hub answers to one question. Raises NotFound, UserError, ServerError."""
    hub = await asyncio.to_thread(lambda: open_hub(address, named_by_hand=named_by_hand))
    try:
        return await do(hub)
    finally:
        await hub.close()


def set_endpoint(store: Store, address: str) -> None:
    """Ask this hub from now on; an empty address is the usual one. Raises UserError."""
    store.set_setting(ENDPOINT, checked_endpoint(address) if address.strip() else "")


def find_token(address: str, *, named_by_hand: bool = False) -> FoundKey | None:
    """The token for a hub; None where it has none, or where it would travel unencrypted."""
    from workbench.providers.keys import FoundKey, find_key

    address = checked_endpoint(address)
    if urlsplit(address).scheme != "https" and not is_loopback(address):
        return None
    given = os.environ.get("HF_TOKEN", "").strip()
    if given and (named_by_hand or address in (PUBLIC_HUB, checked_endpoint(usual_endpoint()))):
        return FoundKey(_usable(given), "environment")
    return find_key(_profile(address))


def save_token(address: str, token: str) -> str:
    """Keep a token for a hub, in the keyring or for this session; returns which. Raises UserError."""
    from workbench.providers.keys import save_key

    return save_key(_profile(checked_endpoint(address)), token)


def _usable(token: str) -> str:
    from workbench.providers.server import checked_key

    return checked_key(token)


def _profile(address: str) -> Profile:
    """The keyring's entries are named for a profile and its server."""
    return Profile(_KEYRING_NAME, address)
