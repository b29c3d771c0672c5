"""The library: prompts, drafts, versions, labels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.store.samples import GREETING
from workbench.core.case import Case
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.core.starter import StarterPrompt
from workbench.core.version import content_id
from workbench.errors import NotFound, UserError
from workbench.store import Changed, Store

EDITED = replace(GREETING, system="You are long-winded.")


def test_a_draft_comes_back_with_what_it_was_last_used_with(store: Store) -> None:
    record = store.create_prompt("Greeting", GREETING, description="for the door")
    config = GenerationConfig(temperature=0.7, stop=("x",))
    store.save_draft(record.id, EDITED, {"name": "Ada"}, config)
    found = store.prompt("Greeting")
    assert (found.prompt, found.values, found.config) == (EDITED, {"name": "Ada"}, config)
    assert found.description == "for the door"
    assert found.updated_at > record.updated_at


@pytest.mark.parametrize("wanted", ["Support reply", "support REPLY", "id", "prefix"])
def test_a_prompt_is_found_by_name_and_id(store: Store, wanted: str) -> None:
    record = store.create_prompt("Support reply", GREETING)
    names = {"id": record.id, "prefix": record.id[:12]}
    assert store.prompt(names.get(wanted, wanted)) == record


def test_an_unknown_prompt_is_refused_with_near_names(store: Store) -> None:
    store.create_prompt("Support reply", GREETING)
    with pytest.raises(NotFound, match="Near: Support reply"):
        store.prompt("Suport reply")
    with pytest.raises(NotFound):
        store.prompt("")


def test_an_unknown_prompt_names_those_that_there_are(store: Store) -> None:
    with pytest.raises(NotFound, match="There is none yet"):
        store.prompt("zzz")
    for number in range(7):
        store.create_prompt(f"Prompt {number}", Prompt(user="Hello"))
    with pytest.raises(NotFound, match=r"There are Prompt 0, Prompt 1, .*, Prompt 4 and others"):
        store.prompt("zzz")


def test_names_are_unique_and_not_empty(store: Store) -> None:
    first, second = store.create_prompt("A", GREETING), store.create_prompt("B", GREETING)
    for wrong in ("A", " A ", "", "  "):
        with pytest.raises(UserError):
            store.create_prompt(wrong, GREETING)
    with pytest.raises(UserError, match="already"):
        store.rename_prompt(second.id, "A")
    store.rename_prompt(first.id, "C")
    assert [p.name for p in store.prompts()] == ["B", "C"]
    assert store.free_name("B") == "B 2"
    assert store.free_name(" ") == "Untitled"


def test_an_archived_prompt_leaves_the_list_and_comes_back(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    store.archive_prompt(record.id)
    assert store.prompts() == ()
    assert store.prompt("A").archived
    with pytest.raises(UserError, match="archived"):
        store.create_prompt("A", GREETING)
    store.unarchive_prompt(record.id)
    assert [p.id for p in store.prompts()] == [record.id]


def test_a_duplicate_begins_with_the_draft(store: Store) -> None:
    record = store.create_prompt("A", GREETING, values={"name": "Ada"}, config=GenerationConfig(seed=1))
    copy = store.duplicate_prompt(record.id, "A copy")
    assert (copy.prompt, copy.values, copy.config) == (record.prompt, record.values, record.config)
    assert copy.id != record.id


@pytest.mark.parametrize("write", ["save_draft", "archive", "rename", "version", "label", "duplicate"])
def test_writing_to_a_prompt_that_is_not_there_is_refused(store: Store, write: str) -> None:
    calls = {
        "save_draft": lambda: store.save_draft("no", GREETING, {}, GenerationConfig()),
        "archive": lambda: store.archive_prompt("no"),
        "rename": lambda: store.rename_prompt("no", "name"),
        "version": lambda: store.save_version("no", GREETING, ""),
        "label": lambda: store.label_version("no", "latest", "x"),
        "duplicate": lambda: store.duplicate_prompt("no", "name"),
    }
    with pytest.raises(NotFound):
        calls[write]()
    assert store.take_changes() == ()


def test_versions_have_numbers_parents_and_messages(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_version(record.id, GREETING, "as it began")
    second = store.save_version(record.id, EDITED, "longer")
    assert (first.number, first.parent, first.id) == (1, None, content_id(GREETING))
    assert (second.number, second.parent, second.message) == (2, first.id, "longer")
    assert store.versions(record.id) == (second, first)
    assert store.prompt("A").base_version == second.id
    assert store.prompt("A").prompt == EDITED
    assert store.prompts()[0].versions == 2


def test_equal_content_is_the_same_version(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_version(record.id, GREETING, "one")
    store.save_version(record.id, EDITED, "two")
    assert store.save_version(record.id, GREETING, "three") == first
    assert len(store.versions(record.id)) == 2
    assert store.prompt("A").base_version == first.id


def test_a_version_saved_from_a_restored_one_has_that_as_its_parent(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_version(record.id, GREETING, "one")
    store.save_version(record.id, EDITED, "two")
    store.save_draft(record.id, GREETING, {}, GenerationConfig(), base_version=first.id)
    third = store.save_version(record.id, replace(GREETING, user="Bye"), "three")
    assert third.parent == first.id


def test_two_prompts_may_hold_the_same_content(store: Store) -> None:
    one, other = store.create_prompt("A", GREETING), store.create_prompt("B", GREETING)
    assert store.save_version(one.id, GREETING, "").id == store.save_version(other.id, GREETING, "").id


def test_a_version_is_found_by_number_label_and_id(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_version(record.id, GREETING, "one")
    second = store.save_version(record.id, EDITED, "two")
    store.label_version(record.id, "1", "production")
    first = replace(first, label="production")
    for spec in ("1", "v1", "V1", first.id, first.id[:8], first.id[:8].upper(), "production"):
        assert store.version(record.id, spec) == first, spec
    assert store.version(record.id, "latest") == second
    for unknown in ("", "3", "v0", "staging", "ffffffffff", "%%%%%%%%"):
        with pytest.raises(NotFound, match="numbers 1 to 2"):
            store.version(record.id, unknown)


def test_a_label_stands_on_one_version(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    first = store.save_version(record.id, GREETING, "one")
    second = store.save_version(record.id, EDITED, "two")
    store.label_version(record.id, first.id, "production")
    store.label_version(record.id, second.id, "production")
    assert [v.label for v in store.versions(record.id)] == ["production", ""]
    assert store.prompts()[0].label == "production"
    store.label_version(record.id, second.id, "")
    assert [v.label for v in store.versions(record.id)] == ["", ""]


@pytest.mark.parametrize("label", ["latest", "3", "v3", "abcdef12"])
def test_a_label_that_already_names_a_version_is_refused(store: Store, label: str) -> None:
    record = store.create_prompt("A", GREETING)
    version = store.save_version(record.id, GREETING, "one")
    with pytest.raises(UserError, match="cannot be a label"):
        store.label_version(record.id, version.id, label)


def test_starters_are_put_into_a_new_workspace_once(store: Store) -> None:
    starters = [
        StarterPrompt(
            "Greeting", GREETING, values={"name": "Ada"}, cases=(Case("1", {"name": "Bo"}, "Hello, Bo"),)
        ),
        StarterPrompt("Other", EDITED),
    ]
    store.create_prompt("Greeting", Prompt(user="the person's own"))
    store.seed_starter(starters)
    store.archive_prompt(store.prompt("Other").id)
    store.seed_starter(starters)
    assert [p.name for p in store.prompts()] == ["Greeting", "Greeting 2"]
    seeded = store.prompt("Greeting 2")
    assert store.version(seeded.id, "latest").prompt == GREETING
    test_set = store.test_set_for(seeded.id)
    assert test_set is not None
    assert test_set.cases == starters[0].cases


def test_search_finds_drafts_versions_cases_and_runs(store: Store) -> None:
    record = store.create_prompt("Door", Prompt(user="Greet the walrus"))
    store.save_version(record.id, Prompt(user="Greet the walrus politely"), "")
    store.save_test_set("Animals", [Case("c1", {"who": "a walrus"}, "Good day")])
    assert [(hit.kind, hit.title) for hit in store.search("walrus")] == [
        ("case", "Animals: 1"),
        ("version", "Door v1"),
        ("prompt", "Door"),
    ]
    assert "walrus" in store.search("WALRUS")[0].excerpt
    store.save_draft(record.id, Prompt(user="Greet the otter"), {}, GenerationConfig())
    store.save_test_set("Animals", [Case("c1", {"who": "an otter"})])
    assert [hit.kind for hit in store.search("walrus")] == ["version"]
    assert {hit.kind for hit in store.search("otter")} == {"prompt", "case"}
    assert store.search("nowhere") == store.search("") == ()


def test_writes_say_what_they_changed(store: Store) -> None:
    record = store.create_prompt("A", GREETING)
    assert store.take_changes() == (Changed("prompt", record.id),)
    version = store.save_version(record.id, GREETING, "")
    assert set(store.take_changes()) == {Changed("prompt", record.id), Changed("version", version.id)}
    with pytest.raises(UserError):
        store.rename_prompt(record.id, "")
    assert store.take_changes() == ()


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            store.create_prompt("A", GREETING)
            store.set_setting("x", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.prompts() == ()
    assert store.setting("x") is None
    assert store.take_changes() == ()


def test_a_part_of_a_transaction_may_fail_alone(store: Store) -> None:
    with store.transaction():
        store.create_prompt("A", GREETING)
        with pytest.raises(UserError):
            store.seed_starter(
                [StarterPrompt("B", GREETING), StarterPrompt("C", GREETING, cases=(Case("", {}),) * 2)]
            )
    assert [p.name for p in store.prompts()] == ["A"]
    assert {change.kind for change in store.take_changes()} == {"prompt"}
    assert store.search("C:") == ()
