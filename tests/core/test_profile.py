"""Cloud profiles: usable names and addresses, and the variable that may hold the key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench.core.profile import Header, Profile, checked, key_variable, tidied
from workbench.errors import UserError


@pytest.mark.parametrize(
    "address",
    ["https://api.example.com/v1", "http://localhost:8080/v1", "http://[::1]:8080", "HTTPS://example.com"],
)
def test_good_addresses(address: str) -> None:
    profile = Profile("My server 2.0", address)
    assert checked(profile) == profile


@pytest.mark.parametrize(
    ("name", "address", "named"),
    [
        ("", "http://a", "needs a name"),
        ("a:b", "http://a", "'a:b' cannot name"),
        ("Local", "http://a", "'Local' cannot name"),
        ("starter", "http://a", "cannot name"),
        ("x" * 65, "http://a", "cannot name"),
        ("ok", "", "not an address"),
        ("ok", "api.example.com/v1", "not an address"),
        ("ok", "ftp://example.com", "not an address"),
        ("ok", "http://", "not an address"),
        ("ok", "http://example.com:99999", "not an address"),
        ("ok", "http://[::1", "not an address"),
    ],
)
def test_bad_profiles_are_refused(name: str, address: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        checked(Profile(name, address))


def test_a_password_in_the_address_is_refused_without_showing_it() -> None:
    with pytest.raises(UserError) as raised:
        checked(Profile("ok", "https://me:hunter2@example.com"))
    assert "hunter2" not in str(raised.value)


def test_the_key_variable_is_the_profiles_own_or_made_from_its_name() -> None:
    assert key_variable(Profile("ok", "http://a", key_variable="MY_KEY")) == "MY_KEY"
    assert key_variable(Profile("my server-2", "http://a")) == "WORKBENCH_KEY_MY_SERVER_2"


GOOD = Profile("ok", "https://a.example/v1")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"headers": (Header("Authorization", "x"),)}, "header Authorization looks like a secret"),
        ({"headers": (Header("X-Thing", "Bearer abcdef"),)}, "header X-Thing looks like a secret"),
        ({"headers": (Header("X-Thing", "sk-0123456789abcdef"),)}, "looks like a secret"),
        ({"headers": (Header("X Thing", "a"),)}, "'X Thing' cannot be a header"),
        ({"headers": (Header("Host", "a"),)}, "'Host' cannot be a header"),
        ({"headers": (Header("X-A", "line\nbreak"),)}, "no value that can be sent"),
        ({"headers": (Header("X-A", ""),)}, "no value that can be sent"),
        ({"headers": (Header("X-A", "a"), Header("x-a", "b"))}, "header x-a is there twice"),
        ({"headers": (Header("X-A", "$NAME", "environment"),)}, "cannot be the name of an environment variable"),
        ({"key_header": "api key"}, "'api key' cannot be the name of a header"),
        ({"query": (("api-key", "x"),)}, "query parameter api-key looks like a secret"),
        ({"query": (("v", "1"), ("v", "2"))}, "query parameter v is there twice"),
        ({"proxy": "socks5://a:1"}, "not an address of a proxy"),
        ({"proxy": "$MY PROXY"}, "cannot be the name of an environment variable"),
        ({"name": "llm"}, "'llm' cannot name a profile"),
        ({"preset": "llm"}, "is named llm and has no address"),
    ],
)
def test_what_cannot_be_a_connection_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        checked(replace(GOOD, **changes))


def test_a_secret_is_never_shown() -> None:
    for bad in (
        replace(GOOD, headers=(Header("X-Key", "hunter2"),)),
        replace(GOOD, proxy="http://me:hunter2@proxy:3128"),
        replace(GOOD, query=(("token", "hunter2"),)),
    ):
        with pytest.raises(UserError) as raised:
            checked(bad)
        assert "hunter2" not in str(raised.value)


def test_a_full_connection_is_good() -> None:
    headers = (Header("X-Title", "Workbench"), Header("X-Key", "", "keyring"), Header("X-B", "B_1", "environment"))
    profile = replace(
        GOOD, headers=headers, query=(("api-version", "2024-10-21"),), key_header="api-key", proxy="http://p:3128"
    )
    assert checked(profile) == profile
    assert checked(Profile("llm", "", ("a",), preset="llm")).is_plugins


def test_a_copied_address_is_taken_apart() -> None:
    copied = Profile("a", "https://us.example/openai/deployments/gpt/chat/completions?api-version=2024-10-21")
    tidy = tidied(copied)
    assert (tidy.base_url, tidy.query) == (
        "https://us.example/openai/deployments/gpt",
        (("api-version", "2024-10-21"),),
    )
    assert tidied(GOOD) == GOOD
