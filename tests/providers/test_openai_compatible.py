"""The provider against a server that behaves: what is sent, what comes back, and how it stops."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.loopback import (
    DONE,
    LoopbackServer,
    Reply,
    Stall,
    answer,
    chunk,
    error,
    event,
    json_reply,
    model_list,
    stream,
    usage_data,
    whole,
)
from tests.providers.asking import Ask
from workbench.core.completion import PARAMETERS, Delta, GenerationConfig, Message, ModelInfo, Request, Usage
from workbench.core.profile import Profile
from workbench.errors import UserError
from workbench.providers.openai_compatible import OpenAICompatible

QUESTION = Request("tiny", (Message("user", "one two three four five six"),))


def test_streams_the_answer_a_piece_at_a_time(ask: Ask) -> None:
    answered = ask("Hello there big world")
    assert [e.text for e in answered.events[:-1] if isinstance(e, Delta)] == ["Hello", " there", " big", " world"]
    assert answered.finished.stop_reason == "stop"
    assert answered.finished.details == {"model": "tiny", "system_fingerprint": "fp_loopback"}


def test_sends_messages_with_the_prefill_last_and_asks_for_usage(server: LoopbackServer, ask: Ask) -> None:
    ask(messages=(Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Dear")))
    assert server.chats[0].body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Dear"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_sends_every_parameter_of_the_protocol_and_no_other(server: LoopbackServer, ask: Ask) -> None:
    config = GenerationConfig(
        temperature=0.0,
        top_p=0.9,
        top_k=40,
        min_p=0.1,
        max_tokens=5,
        seed=0,
        stop=("END", "\n"),
        frequency_penalty=0.5,
        presence_penalty=-0.5,
        repeat_penalty=1.1,
    )
    ask(config=config, effort="low")
    sent = {name: value for name, value in server.chats[0].body.items() if "stream" not in name}
    del sent["messages"], sent["model"]
    assert sent == {
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 5,
        "seed": 0,
        "stop": ["END", "\n"],
        "frequency_penalty": 0.5,
        "presence_penalty": -0.5,
        "reasoning_effort": "low",
    }


def test_says_what_the_protocol_lacks() -> None:
    somewhere = OpenAICompatible(Profile("x", "https://llm.example.com/v1"), None)
    openai = OpenAICompatible(Profile("x", "https://api.openai.com/v1"), None)
    router = OpenAICompatible(Profile("x", "https://openrouter.ai/api/v1"), None)
    lacking = {"top_k", "min_p", "repeat_penalty"}
    of_llama_cpp = {name for name in PARAMETERS if name.startswith(("dry_", "xtc_", "mirostat"))}
    of_llama_cpp |= {"typical_p", "grammar"}
    assert somewhere.unsupported() == lacking | of_llama_cpp
    assert openai.unsupported() == lacking | of_llama_cpp | {"prefill"}
    assert router.unsupported() == of_llama_cpp


def test_measures_time_to_the_first_piece_and_speed(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("a b c d e", first_delay=0.2, delay=0.05, usage=usage_data(3, 5)))
    timings = ask().finished.timings
    assert timings.ttft_ms is not None
    assert timings.tokens_per_second is not None
    assert 200 <= timings.ttft_ms < timings.total_ms
    assert timings.total_ms >= 400
    # Four more tokens in at least four delays of 50 ms.
    assert 1 < timings.tokens_per_second <= 20


def test_counts_cached_and_reasoning_tokens(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("x", usage=usage_data(100, 20, cached=64, reasoning=12)))
    assert ask().finished.usage == Usage(100, 20, cached_tokens=64, reasoning_tokens=12)


def test_a_server_that_counts_nothing_gives_no_usage_and_no_speed(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("a b c", usage={}))
    finished = ask().finished
    assert finished.usage is None
    assert finished.timings.tokens_per_second is None


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_tells_reasoning_from_the_answer(server: LoopbackServer, ask: Ask, name: str) -> None:
    server.script(answer("Forty-two.", reasoning="Let me think.", reasoning_field=name))
    answered = ask()
    assert (answered.reasoning, answered.text) == ("Let me think.", "Forty-two.")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
        ("MAX_TOKENS", "length"),
    ],
)
def test_maps_finish_reasons(server: LoopbackServer, ask: Ask, word: str, reason: str) -> None:
    server.script(answer("x", finish=word))
    assert ask().finished.stop_reason == reason


def test_takes_an_answer_in_one_piece_from_a_server_that_does_not_stream(server: LoopbackServer, ask: Ask) -> None:
    server.script(whole("All at once.", reasoning="Hm."))
    answered = ask()
    assert (answered.reasoning, answered.text) == ("Hm.", "All at once.")
    assert answered.finished.stop_reason == "stop"
    assert answered.finished.usage == Usage(7, 3)
    assert answered.finished.timings.tokens_per_second is None


def test_puts_max_tokens_as_the_server_asks_and_remembers_it(server: LoopbackServer) -> None:
    said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    server.script(error(400, said, param="max_tokens"))
    request = Request("o9", QUESTION.messages, GenerationConfig(max_tokens=9))

    async def twice() -> list[Any]:
        provider = OpenAICompatible(Profile("x", server.base_url), None)
        events = [e async for e in provider.complete(request)]
        events += [e async for e in provider.complete(request)]
        await provider.close()
        return events

    events = asyncio.run(twice())
    assert [("max_tokens" in c.body, c.body.get("max_completion_tokens")) for c in server.chats] == [
        (True, None),
        (False, 9),
        (False, 9),
    ]
    assert events[-1].details["sent_as"] == {"max_tokens": "max_completion_tokens"}


def test_does_without_stream_options_where_they_are_refused(server: LoopbackServer, ask: Ask) -> None:
    server.script(json_reply({"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]}, status=422))
    assert ask("fine").text == "fine"
    assert ["stream_options" in seen.body for seen in server.chats] == [True, False]


def test_keeps_half_characters_out_of_the_request(server: LoopbackServer, ask: Ask) -> None:
    assert ask("half \ud83d and nul \0").text == "half \ufffd and nul \0"


def test_lists_models_with_their_context(server: LoopbackServer) -> None:
    server.script_models(json_reply({"data": [{"id": "a", "context_length": 8192}, {"id": "b"}, {"id": "a"}]}))
    assert asyncio.run(_models(server.base_url)) == (ModelInfo("a", 8192), ModelInfo("b"))


def test_many_answers_at_once_share_one_client(server: LoopbackServer) -> None:
    async def many() -> list[str]:
        provider = OpenAICompatible(Profile("x", server.base_url), None)

        async def one(number: int) -> str:
            request = Request("tiny", (Message("user", f"number {number}"),))
            return "".join([e.text async for e in provider.complete(request) if isinstance(e, Delta)])

        texts = await asyncio.gather(*(one(number) for number in range(64)))
        await provider.close()
        return texts

    assert asyncio.run(many()) == [f"number {number}" for number in range(64)]


def test_estimates_tokens_and_says_so(server: LoopbackServer) -> None:
    async def counted() -> Any:
        return await OpenAICompatible(Profile("x", server.base_url), None).count(QUESTION)

    count = asyncio.run(counted())
    assert not count.exact
    assert count.messages == (6,)
    assert count.total > 6
    assert server.requests == []


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["in the answer", "before it", "before the head"])
def test_cancelling_frees_the_socket_at_once(server: LoopbackServer, where: str) -> None:
    replies = {
        "in the answer": answer("word " * 2_000, delay=0.02),
        "before it": stream(Stall()),
        "before the head": Reply((Stall(),), mute=True),
    }
    server.script(replies[where])

    async def cancelled() -> float:
        provider = OpenAICompatible(Profile("x", server.base_url), None)
        begun = asyncio.Event()

        async def consume() -> None:
            async for _ in provider.complete(QUESTION):
                begun.set()

        task = asyncio.create_task(consume())
        await asyncio.to_thread(server.wait_until, lambda s: bool(s.chats))
        if where == "in the answer":
            await begun.wait()
        at = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(server.wait_until, lambda s: s.chats[0].hung_up_at is not None)
        await provider.close()
        return at

    at = asyncio.run(cancelled())
    hung_up_at = server.chats[0].hung_up_at
    assert hung_up_at is not None
    # 1 to 3 ms on an idle machine; far below any read timeout on a busy one.
    assert hung_up_at - at < 0.5


def test_leaving_the_iteration_frees_the_socket(server: LoopbackServer) -> None:
    server.script(answer("word " * 2_000, delay=0.02))

    async def left() -> None:
        provider = OpenAICompatible(Profile("x", server.base_url), None)
        events = provider.complete(QUESTION)
        await anext(events)
        await events.aclose()  # type: ignore[attr-defined]  # a generator, though the protocol does not say so
        await asyncio.to_thread(server.wait_until, lambda s: s.chats[0].hung_up_at is not None)
        await provider.close()

    asyncio.run(left())


# ── what is not sent, and when nothing is ────────────────────────────────────────────────────────────────


def test_sends_no_header_that_tells_of_the_machine_or_comes_from_the_environment(
    server: LoopbackServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-of-somebody")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-somebody")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-somebody")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: somebody\nAuthorization: Bearer sk-custom")
    ask()
    ask(key="sk-ours")
    sent = [set(seen.headers) - {"authorization"} for seen in server.chats]
    plain = {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"}
    assert sent == [plain, plain]
    assert [seen.headers.get("authorization") for seen in server.chats] == [None, "Bearer sk-ours"]
    assert "somebody" not in str([seen.headers for seen in server.requests])


def test_asks_no_proxy(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask("direct").text == "direct"


def test_opens_no_socket_before_the_first_request(server: LoopbackServer) -> None:
    async def made() -> None:
        provider = OpenAICompatible(Profile("x", server.base_url), "sk-1")
        provider.unsupported()
        await provider.close()

    asyncio.run(made())
    assert server.requests == []


def test_imports_neither_the_sdk_nor_the_keyring_by_itself() -> None:
    names = "openai_compatible", "keys", "check", "echo"
    code = f"import sys; {'; '.join(f'import workbench.providers.{name}' for name in names)}; "
    code += "sys.exit(', '.join({'openai', 'httpx2', 'keyring'} & set(sys.modules)) or None)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_refuses_a_key_that_no_header_can_carry() -> None:
    with pytest.raises(UserError, match="holds characters") as caught:
        OpenAICompatible(Profile("x", "https://llm.example.com/v1"), "sk-ünlucky\nInjected: yes")
    assert "nlucky" not in repr(caught.value) + str(caught.value)


def test_the_model_list_is_the_servers_own(server: LoopbackServer) -> None:
    server.script_models(model_list("z", "a"))
    assert [model.name for model in asyncio.run(_models(server.base_url))] == ["z", "a"]


def test_an_event_without_a_choice_is_passed_over(server: LoopbackServer, ask: Ask) -> None:
    prelude = event({**chunk(), "choices": [], "prompt_filter_results": []})  # Azure sends one
    server.script(stream(b": ping\n\n", prelude, event(chunk({"content": "ok"}, finish="stop")), DONE))
    assert ask().text == "ok"


async def _models(base_url: str) -> tuple[ModelInfo, ...]:
    provider = OpenAICompatible(Profile("x", base_url), None)
    try:
        return await provider.models()
    finally:
        await provider.close()


def test_a_begun_answer_that_llama_server_says_again_is_shown_once(server: LoopbackServer) -> None:
    server.script(answer("Dear Ada, hello"), answer("Dear Ada, hello"))
    begun = Request("tiny", (Message("user", "Hi"), Message("assistant", "Dear Ada,")))

    async def told(preset: str) -> str:
        provider = OpenAICompatible(Profile("lab", server.base_url, preset=preset), None)
        texts = [piece.text async for piece in provider.complete(begun) if isinstance(piece, Delta)]
        await provider.close()
        return "".join(texts)

    assert asyncio.run(told("llama-server")) == " hello"
    assert asyncio.run(told("")) == "Dear Ada, hello"
