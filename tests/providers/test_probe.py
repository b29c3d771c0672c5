"""What a model takes is found out with a few short requests."""

from __future__ import annotations

import asyncio

import pytest

from tests.loopback import LoopbackServer, answer, chunk, error, event, stream, usage_data
from workbench.core.profile import Profile
from workbench.errors import ServerError
from workbench.providers.probe import Probed, probe


def probed(server: LoopbackServer, model: str = "tiny") -> dict[str, Probed]:
    async def all_of_it() -> list[Probed]:
        return [found async for found in probe(Profile("cloud", server.base_url), None, model)]

    return {found.name: found for found in asyncio.run(all_of_it())}


def with_logprobs(text: str) -> object:
    told = chunk({"content": text})
    told["choices"][0]["logprobs"] = {"content": [{"token": "7", "logprob": -0.1, "top_logprobs": []}]}
    return stream(event(told), event(chunk(finish="stop")), event("[DONE]"))


def test_a_model_that_takes_all(server: LoopbackServer) -> None:
    server.script(
        answer("7", reasoning="Hm."),
        answer("7"),
        with_logprobs("7"),
        answer('{"number": 7}'),
        answer("7"),  # type: ignore[arg-type]
    )
    found = probed(server)
    assert {name: one.taken for name, one in found.items()} == dict.fromkeys(
        ("seed", "logprobs", "json_schema", "effort", "reasoning"), True
    )
    sent = [seen.body for seen in server.chats]
    assert [body.get("seed") for body in sent] == [None, 1, None, None, None]
    assert sent[3]["response_format"]["type"] == "json_schema"
    assert all(body["max_tokens"] == 64 for body in sent)


def test_what_is_refused_and_what_is_left_unused_without_a_word(server: LoopbackServer) -> None:
    refusal = error(400, "Unsupported parameter: seed", param="seed")
    server.script(answer("7"), refusal, answer("7"), answer("seven"), error(422, "extra fields not permitted"))
    found = probed(server)
    assert not any(one.taken for one in found.values())
    assert "It says “Unsupported parameter: seed”" in found["seed"].said
    assert found["logprobs"].said == "It was sent and came to nothing: the answer has none."
    assert found["json_schema"].said == "It was sent and came to nothing: the answer is not JSON of the schema."


def test_hidden_reasoning_shows_in_the_usage(server: LoopbackServer) -> None:
    server.script(answer("7", usage=usage_data(5, 9, reasoning=8)))
    assert probed(server)["reasoning"].taken


def test_a_model_that_is_not_there_is_an_error_after_one_request(server: LoopbackServer) -> None:
    with pytest.raises(ServerError, match="has no model fault-404"):
        probed(server, "fault-404")
    assert len(server.chats) == 1
