"""A server's name in messages, and its key out of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.profile import Profile
from workbench.providers.server import Server

KEY = "sk-proj-0123456789abcdefghijklmnop"


def server(key: str | None = KEY, base_url: str = "http://localhost:8080/v1") -> Server:
    return Server(Profile("x", base_url), key)


@pytest.mark.parametrize(
    ("base_url", "place"),
    [
        ("http://localhost:8080/v1", "localhost:8080"),
        ("https://api.example.com/v1", "api.example.com"),
        ("http://[::1]:8080/v1", "[::1]:8080"),
        ("https://user:secret@api.example.com/v1", "api.example.com"),
    ],
)
def test_a_place_is_host_and_port(base_url: str, place: str) -> None:
    assert server(base_url=base_url).place == place


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"no {KEY}!", "no [key]!"),
        (f"{KEY}{KEY}", "[key][key]"),
        (f"…{KEY[5:]}…", "…[key]…"),
        (f"{KEY[:20]}***", "[key]***"),
        ("sk-proj- is how they begin", "sk-proj- is how they begin"),
        ("", ""),
    ],
)
def test_the_key_and_its_pieces_are_hidden(text: str, hidden: str) -> None:
    assert server().hide_key(text) == hidden


def test_a_short_key_is_hidden_too() -> None:
    assert server("secret").hide_key("a secret, top secret") == "a [key], top [key]"


def test_a_server_shows_no_key() -> None:
    assert KEY not in repr(server())


@given(st.text(), st.integers(0, 20), st.integers(0, 20), st.text())
def test_no_twelve_characters_of_the_key_get_through(before: str, start: int, cut: int, after: str) -> None:
    shown = server().hide_key(before + KEY[start : len(KEY) - cut] + after)
    assert not any(KEY[at : at + 12] in shown for at in range(len(KEY) - 11))
