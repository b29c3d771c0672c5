"""A loopback server, and a way to ask it through the provider as the scheduler does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loopback import LoopbackServer
from tests.providers.asking import Answered, Ask, answered_by
from workbench.core.completion import Message, Request
from workbench.core.profile import Profile
from workbench.providers.openai_compatible import OpenAICompatible


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def ask(server: LoopbackServer) -> Ask:
    """Ask the server; see `Ask`."""

    def asked(
        text: str = "Hello there big world", *, key: str | None = None, base_url: str = "", **more: Any
    ) -> Answered:
        patience = {name: more.pop(name) for name in ("stall_seconds", "first_seconds") if name in more}
        request = Request(**{"model": "tiny", "messages": (Message("user", text),), **more})
        profile = Profile("cloud", base_url or server.base_url)
        return asyncio.run(answered_by(OpenAICompatible(profile, key, **patience), request))

    return asked
