"""Test sets, profiles, settings, local models."""

from __future__ import annotations

import pytest

from tests.store.samples import GREETING
from workbench.core.case import Case
from workbench.core.profile import Header, Profile
from workbench.errors import NotFound, UserError
from workbench.store import Changed, Store

CASES = (Case("b", {"name": "Ada"}, "Hello"), Case("a", {"name": "Bo", "x": "1"}, name="second"))


def test_a_test_set_keeps_the_order_of_its_cases(store: Store) -> None:
    saved = store.save_test_set("People", CASES)
    assert saved.cases == CASES
    assert store.test_set("People") == store.test_set(saved.id) == store.test_set(saved.id[:14]) == saved
    assert store.test_sets() == (saved,)


def test_saving_again_replaces_the_cases_and_keeps_the_id(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_test_set("People", CASES, prompt_id=record.id)
    second = store.save_test_set("People", CASES[:1])
    assert second.id == first.id
    assert store.test_set_for(record.id) == second
    assert store.test_set_for("another") is None


def test_the_test_set_last_saved_is_the_prompts(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    store.save_test_set("one", CASES, prompt_id=record.id)
    store.save_test_set("two", CASES, prompt_id=record.id)
    latest = store.save_test_set("one", CASES[1:], prompt_id=record.id)
    assert store.test_set_for(record.id) == latest


def test_bad_test_sets_are_refused(store: Store) -> None:
    with pytest.raises(UserError, match="empty"):
        store.save_test_set(" ", CASES)
    with pytest.raises(UserError, match="'a'"):
        store.save_test_set("twice", [*CASES, CASES[1]])
    with pytest.raises(NotFound, match="none yet"):
        store.test_set("twice")


def test_profiles(store: Store) -> None:
    profile = Profile("OpenRouter", "https://openrouter.ai/api/v1", ("a/b", "c"), "OPENROUTER_API_KEY")
    store.save_profile(Profile("OpenRouter", "http://localhost:1"))
    store.save_profile(profile)
    store.save_profile(Profile("lm studio", "http://localhost:1234/v1"))
    assert store.profile("OpenRouter") == profile
    assert [found.name for found in store.profiles()] == ["lm studio", "OpenRouter"]
    store.delete_profile("OpenRouter")
    with pytest.raises(NotFound, match="Known: lm studio"):
        store.profile("OpenRouter")


def test_a_profile_with_a_password_in_its_address_is_refused(store: Store) -> None:
    with pytest.raises(UserError):
        store.save_profile(Profile("x", "https://user:secret@example.com/v1"))
    assert store.profiles() == ()


def test_settings_hold_any_json(store: Store) -> None:
    assert store.setting("layout", [1]) == [1]
    for value in ({"a": [1, None, "ü\ud800"]}, "", False, None, 1.5):
        store.set_setting("layout", value)
        assert store.setting("layout", "default") == value
    assert Changed("setting", "layout") in store.take_changes()


def test_local_models_keep_their_order_and_stand_once(store: Store) -> None:
    for path in ("/models/b.gguf", "/models/a.gguf", "/models/b.gguf", "/odd/\udcff.gguf"):
        store.add_local_model(path)
    assert store.local_models() == ("/models/b.gguf", "/models/a.gguf", "/odd/\udcff.gguf")
    store.remove_local_model("/models/b.gguf")
    assert store.local_models() == ("/models/a.gguf", "/odd/\udcff.gguf")


def test_how_a_server_is_spoken_to_is_kept(store: Store) -> None:
    headers = (
        Header("X-Title", "Bench"),
        Header("X-Tenant", "TENANT", "environment"),
        Header("X-B", "", "keyring"),
    )
    profile = Profile(
        "azure", "https://us.example/openai/v1", ("gpt",), "AZURE_KEY", "Azure OpenAI", key_header="api-key",
        query=(("api-version", "2024-10-21"),), headers=headers, proxy="$PROXY", ca_file="/etc/ca.pem",
    )  # fmt: skip
    store.save_profile(profile)
    assert store.profile("azure") == profile
