"""The diagnosis of a profile's test button."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.loopback import LoopbackServer, model_list, page
from workbench.core.profile import Profile
from workbench.errors import ServerError
from workbench.providers.check import check

KEY = "sk-0123456789abcdefghijklmnop"


def diagnosis(server: LoopbackServer, key: str | None) -> str:
    return asyncio.run(check(Profile("cloud", server.base_url), key))


def test_says_that_the_key_was_taken_where_it_was_needed() -> None:
    with LoopbackServer(key=KEY) as server:
        said = diagnosis(server, KEY)
    assert said.startswith("The server answered in ")
    assert said.endswith(" ms. It offers 2 models. It took the key.")


def test_does_not_praise_a_key_that_was_not_needed(server: LoopbackServer) -> None:
    assert "Its model list is public" in diagnosis(server, KEY)


def test_warns_of_a_key_that_travels_in_the_open(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _everything_is_here)
    base_url = server.base_url.replace("127.0.0.1", "llm.lan")
    assert asyncio.run(check(Profile("cloud", base_url), KEY)).endswith("the address begins with http://.")
    assert "http" not in asyncio.run(check(Profile("cloud", base_url), None))


def _everything_is_here(_: object, port: int, *__: object, **___: object) -> list[object]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def test_needs_no_key(server: LoopbackServer) -> None:
    server.script_models(model_list("only-one"))
    assert diagnosis(server, None).endswith("It offers one model, only-one. It asked for no key.")


def test_a_server_without_models_says_so(server: LoopbackServer) -> None:
    server.script_models(model_list())
    assert "It offers no models." in diagnosis(server, None)


def test_a_refused_key_is_an_error_without_the_key() -> None:
    with LoopbackServer(key="sk-another-key-altogether") as server, pytest.raises(ServerError) as caught:
        diagnosis(server, KEY)
    assert "refused the key" in caught.value.message
    assert KEY not in str(caught.value) + caught.value.details


def test_a_portal_is_an_error(server: LoopbackServer) -> None:
    server.script_models(page())
    with pytest.raises(ServerError, match="did not answer with a model list"):
        diagnosis(server, None)


def test_sends_no_prompt(server: LoopbackServer) -> None:
    diagnosis(server, KEY)
    assert server.chats == []
