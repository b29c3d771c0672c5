"""Cloud profiles: usable names and addresses, and the variable that may hold the key."""

from __future__ import annotations

import pytest

from workbench.core.profile import Profile, checked, key_variable
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
        ("", "http://a", "cannot name a profile"),
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
