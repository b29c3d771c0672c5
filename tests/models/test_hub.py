"""Listing a hub's repositories and files; what its refusals mean; where the token goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from tests.loopback_hub import LoopbackHub, Status
from workbench.errors import NotFound, ServerError, UserError
from workbench.models.hub import (
    Hub,
    HubFile,
    HubModel,
    checked_endpoint,
    checked_path,
    checked_repository,
    grouped,
)

T = TypeVar("T")


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        running.add(
            "owner/model-GGUF",
            {
                "README.md": b"x" * 900,
                "model-Q4_K_M.gguf": b"4" * 4000,
                "model-Q8_0.gguf": b"8" * 8000,
                "BF16/model-BF16-00001-of-00002.gguf": b"1" * 9000,
                "BF16/model-BF16-00002-of-00002.gguf": b"2" * 700,
                "F32/model-F32-00001-of-00002.gguf": b"1" * 9000,
                "mmproj-model.gguf": b"image" * 300,
            },
        )
        yield running


def ask(hub: LoopbackHub, do: Callable[[Hub], Awaitable[T]], token: str | None = None) -> T:
    async def asked() -> T:
        client = Hub(hub.url, token)
        try:
            return await do(client)
        finally:
            await client.close()

    return asyncio.run(asked())


def models(
    hub: LoopbackHub, repository: str = "owner/model-GGUF", token: str | None = None
) -> tuple[HubModel, ...]:
    return ask(hub, lambda client: client.models(repository), token)


def test_models_are_listed_with_size_and_quantisation_split_ones_whole(hub: LoopbackHub) -> None:
    found = models(hub)
    assert [(model.name, model.size_bytes, model.quantisation) for model in found] == [
        ("model-Q4_K_M.gguf", 4000, "Q4_K_M"),
        ("model-Q8_0.gguf", 8000, "Q8_0"),
        ("BF16/model-BF16.gguf", 9700, "BF16"),
    ]
    assert len(found[2].files) == 2
    assert all(file.sha256 and len(file.sha256) == 64 for model in found for file in model.files)


def test_a_listing_of_many_pages_is_read_whole(hub: LoopbackHub) -> None:
    hub.page = 2
    assert len(models(hub)) == 3
    assert len(hub.requests) == 4


def test_words_find_repositories(hub: LoopbackHub) -> None:
    hub.add("other/thing", {})
    found = ask(hub, lambda client: client.search("model"))
    assert [one.name for one in found] == ["owner/model-GGUF"]
    assert "filter=gguf" in hub.requests[0].path


def test_nothing_is_asked_before_somebody_asks(hub: LoopbackHub) -> None:
    Hub(hub.url)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (Status(404, {"X-Error-Code": "RepoNotFound"}), NotFound, "has no repository owner/model-GGUF.*spelling"),
        (Status(401), ServerError, "without an access token.*set HF_TOKEN"),
        (Status(403, {"X-Error-Code": "GatedRepo"}), ServerError, "does not hand out.*accept its terms"),
        (Status(403), ServerError, "does not hand out.*HF_TOKEN"),
        (Status(429, {"Retry-After": "70"}), ServerError, "fewer requests.*Wait 70 s"),
        (Status(503, body="<h1>busy</h1>"), ServerError, "status 503.*Try again later"),
        (Status(200, body="<html>hello"), ServerError, "not answer as a model hub.*not JSON"),
        (Status(200, body='{"a": 1}'), ServerError, "is not a list"),
        (Status(302, {"Location": ""}), ServerError, "redirects to nowhere"),
        (Status(302, {"Location": "/api/models/a/b/tree/main"}), ServerError, "in circles"),
    ],
)
def test_a_refusal_is_one_sentence_with_a_next_step(
    hub: LoopbackHub, status: Status, kind: type[Exception], words: str
) -> None:
    hub.listing = status
    with pytest.raises(kind, match=words):
        models(hub)


def test_a_refused_token_is_said_and_never_shown(hub: LoopbackHub) -> None:
    hub.listing = Status(401, body='{"error": "Invalid username or password hf_secretsecret"}')
    with pytest.raises(ServerError, match="refused the access token") as refused:
        models(hub, token="hf_secretsecret")
    assert "hf_secretsecret" not in f"{refused.value}{refused.value.details}"


def test_a_hub_that_is_not_there_is_said(hub: LoopbackHub) -> None:
    with LoopbackHub() as gone:
        pass
    with pytest.raises(ServerError, match="cannot be reached") as refused:
        models(gone)
    assert refused.value.retryable


def test_the_token_goes_to_the_hub_and_not_to_its_file_host(hub: LoopbackHub) -> None:
    hub.token = "hf_secret"

    async def fetch(client: Hub) -> bytes:
        async with client.open("owner/model-GGUF", "model-Q8_0.gguf") as answer:
            return b"".join([chunk async for chunk in answer.chunks()])

    assert ask(hub, fetch, "hf_secret") == b"8" * 8000
    asked, handed = hub.requests
    assert asked.headers["authorization"] == "Bearer hf_secret"
    assert handed.host.startswith("localhost")
    assert "authorization" not in handed.headers
    assert "hf_secret" not in repr(handed)


def test_a_listing_goes_on_only_at_the_hub_itself(hub: LoopbackHub) -> None:
    hub.token = "hf_secret"
    hub.listing = Status(200, {"Link": f'<{hub.files_url}/steal>; rel="next"'}, "[]")
    assert models(hub, token="hf_secret") == ()
    assert hub.file_requests == []


@pytest.mark.parametrize(
    "path", ["../x.gguf", "/etc/x.gguf", "a//b.gguf", "a\\b.gguf", "C:x.gguf", "a\n.gguf", "x."]
)
def test_paths_that_leave_the_folder_are_refused(path: str) -> None:
    with pytest.raises(UserError, match="cannot be a file"):
        checked_path(path)


def test_a_listing_with_such_paths_offers_the_others(hub: LoopbackHub) -> None:
    hub.add("owner/bad", {"../../evil.gguf": b"1" * 600, "good.gguf": b"2" * 600})
    assert [model.name for model in models(hub, "owner/bad")] == ["good.gguf"]


def test_a_repository_is_named_or_pointed_at() -> None:
    assert checked_repository(" owner/name ") == "owner/name"
    assert checked_repository("https://huggingface.co/owner/name/tree/main") == "owner/name"
    for wrong in ("", "name", "owner/", "owner/../x", "owner/na me", "-o/x"):
        with pytest.raises(UserError, match="looks like owner/name"):
            checked_repository(wrong)


def test_an_endpoint_is_an_address() -> None:
    assert checked_endpoint("https://hub.example.com/mirror/ ") == "https://hub.example.com/mirror"
    for wrong in ("", "hub.example.com", "ftp://x", "https://", "https://x?y=1", "https://x:99999999"):
        with pytest.raises(UserError, match="is not the address of a hub"):
            checked_endpoint(wrong)
    with pytest.raises(UserError, match="user name or password") as refused:
        checked_endpoint("https://me:secret@hub.example.com")
    assert "secret" not in str(refused.value)


def test_sets_with_a_missing_file_are_not_offered() -> None:
    files = tuple(HubFile(f"a-{n:05}-of-00003.gguf", 10, None) for n in (1, 3))
    assert grouped(files) == ()
