"""The diagnosis of a profile's test button."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.loopback import LoopbackServer, Reply, Seen, error, model_list, page
from workbench.core.profile import Header, Profile
from workbench.errors import ServerError
from workbench.providers import check as check_module
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


# Usual slips


class Beside(LoopbackServer):
    """A server that knows paths below one prefix only, as real ones do; elsewhere it has a website."""

    prefix = "/v1"

    def _reply(self, seen: Seen) -> Reply:
        return super()._reply(seen) if seen.path.startswith(self.prefix) else self.elsewhere

    elsewhere: Reply = error(404, "Not Found")


@pytest.mark.parametrize("elsewhere", [error(404, "Not Found"), page("<h1>Welcome</h1>")])
def test_an_address_without_its_v1_is_told_the_right_one(elsewhere: Reply) -> None:
    with Beside() as server:
        server.elsewhere = elsewhere
        profile = Profile("cloud", server.base_url.removesuffix("/v1"), headers=(Header("X-A", "b"),))
        with pytest.raises(ServerError) as caught:
            asyncio.run(check(profile, KEY))
    assert caught.value.advice == f"A model server answers at {server.base_url}: put that in."
    assert all("authorization" not in seen.headers for seen in server.requests[1:])  # no key beyond the first


def test_an_address_with_too_much_of_a_path_is_told_the_right_one() -> None:
    with Beside() as server:
        profile = Profile("cloud", server.base_url.removesuffix("/v1") + "/chat")
        with pytest.raises(ServerError) as caught:
            asyncio.run(check(profile, None))
    assert f"A model server answers at {server.base_url}" in caught.value.advice


def test_a_server_that_wants_a_key_is_found_at_the_right_address_too() -> None:
    with Beside(key=KEY) as server:
        profile = Profile("cloud", server.base_url.removesuffix("/v1"))
        with pytest.raises(ServerError) as caught:
            asyncio.run(check(profile, None))
    assert "put that in" in caught.value.advice


def test_a_wrong_port_of_ones_own_machine_is_told_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer() as server:
        monkeypatch.setattr(check_module, "_PORTS", {server.port: "Ollama"})
        with pytest.raises(ServerError) as caught:
            asyncio.run(check(Profile("cloud", "http://127.0.0.1:9/v1"), None))
    assert caught.value.message == "The server at 127.0.0.1:9 refused the connection."
    assert caught.value.advice == (
        f"A model server answers at {server.base_url}, the port of Ollama: put that in, or start yours."
    )


def test_nothing_there_is_said_with_what_to_do() -> None:
    with pytest.raises(ServerError) as caught:
        asyncio.run(check(Profile("cloud", "http://no-such-host.invalid/v1"), None))
    assert str(caught.value) == (
        "The name no-such-host.invalid was not found. Check the address in the profile, and whether this machine "
        "is online."
    )


def test_tls_where_there_is_none(server: LoopbackServer) -> None:
    with pytest.raises(ServerError, match=r"does not speak TLS\. If it is a server on this machine"):
        asyncio.run(check(Profile("cloud", server.base_url.replace("http:", "https:")), None))


def test_models_of_the_profile_that_the_server_does_not_list_are_named(server: LoopbackServer) -> None:
    profile = Profile("cloud", server.base_url, ("tiny", "tinny"))
    said = asyncio.run(check(profile, None))
    assert "Of the models in the profile, it does not list tinny: remove what is gone" in said


def test_a_slow_server_is_called_slow(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_module, "_SLOW_SECONDS", 0.0)
    assert "seconds to list its models: it is busy, far away" in diagnosis(server, None)
