"""A loopback server, a way to ask it through the provider as the scheduler does, and loaded local models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackServer
from tests.providers.asking import Answered, Ask, answered_by
from workbench.core.completion import Message, Request
from workbench.core.profile import Profile
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions
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


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The one loop on which local models live; it runs only while a test runs something on it."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def model(runner: asyncio.Runner) -> Iterator[LlamaCpp]:
    """One loaded SmolLM2 for the tests that do not harm it."""
    provider = LlamaCpp(starter_path(), options=LoadOptions(context=2048))
    yield provider
    runner.run(provider.close())


@pytest.fixture
def own(runner: asyncio.Runner) -> Iterator[Callable[..., LlamaCpp]]:
    """Makes models of the test's own; they are closed after it, also when it fails."""
    made: list[LlamaCpp] = []

    def make(path: Path | None = None, **options: Any) -> LlamaCpp:
        made.append(LlamaCpp(path or starter_path(), options=LoadOptions(**{"context": 1024, **options})))
        return made[-1]

    yield make
    for provider in made:
        runner.run(provider.close())
