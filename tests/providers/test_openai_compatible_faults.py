"""The provider against servers that misbehave: every one ends in a sentence, and what came before is kept."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.loopback import (
    DONE,
    Drop,
    LoopbackServer,
    Pause,
    Reply,
    Stall,
    answer,
    chunk,
    error,
    event,
    json_reply,
    model_list,
    page,
    redirect,
    stream,
)
from tests.providers.asking import Answered, Ask
from workbench.core.completion import GenerationConfig
from workbench.core.profile import Profile
from workbench.errors import ContextOverflow, ServerError
from workbench.providers.openai_compatible import OpenAICompatible

HALF = event(chunk({"content": "Half an answer"}))
KEY = "sk-live-0123456789abcdefghijklmnopqrstuvwxyz"


def failed(answered: Answered) -> ServerError:
    """The error that an answer ended with."""
    assert isinstance(answered.error, ServerError)
    assert answered.error.advice
    return answered.error


# ── streams that go wrong ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "end", [(), (Drop(),), (Drop("reset"),), (DONE,)], ids=["ended", "closed", "reset", "done"]
)
def test_an_answer_that_breaks_off_is_truncated(
    server: LoopbackServer, ask: Ask, end: tuple[bytes | Drop, ...]
) -> None:
    server.script(stream(HALF, *end))
    answered = ask()
    assert answered.text == "Half an answer"
    assert answered.finished.stop_reason == "truncated"
    assert ("broken_off" in answered.finished.details) == any(isinstance(step, Drop) for step in end)


@pytest.mark.parametrize("steps", [(Drop(),), (event(chunk({"role": "assistant"})), Drop("reset"))])
def test_an_answer_that_breaks_off_before_its_first_word_may_be_tried_again(
    server: LoopbackServer, ask: Ask, steps: tuple[bytes | Drop, ...]
) -> None:
    server.script(stream(*steps))
    answered = ask()
    assert answered.events == []
    assert failed(answered).retryable


def test_an_answer_that_ends_after_its_reason_is_whole_without_a_done(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("Whole.", done=False))
    assert ask().finished.stop_reason == "stop"


def test_an_empty_answer_is_an_answer(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer(""))
    answered = ask()
    assert (answered.text, answered.finished.stop_reason) == ("", "stop")
    assert answered.finished.timings.ttft_ms is None


def test_a_page_in_place_of_an_answer_is_named(server: LoopbackServer, ask: Ask) -> None:
    server.script(page("<html><style>p {}</style><h1>Sign in to Hotel WiFi</h1></html>"))
    failure = failed(ask())
    assert "did not answer with a chat completion" in str(failure)
    assert "“Sign in to Hotel WiFi”" in str(failure)
    assert not failure.retryable


def test_a_page_that_claims_to_be_a_stream_is_no_answer(server: LoopbackServer, ask: Ask) -> None:
    server.script(stream(b"<html><body>Welcome</body></html>\n\n"))
    assert "did not answer with a chat completion" in failed(ask()).message


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (event('{"id": "x", "choices": ['), "not JSON"),
        (event("NaN{"), "not JSON"),
        (event("[" * 50_000), "not JSON"),
        (b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n', "not UTF-8"),
    ],
    ids=["cut", "noise", "nested", "bytes"],
)
def test_nonsense_in_a_stream_keeps_what_came_before(
    server: LoopbackServer, ask: Ask, bad: bytes, what: str
) -> None:
    server.script(stream(HALF, bad, DONE))
    answered = ask()
    assert answered.text == "Half an answer"
    assert what in failed(answered).message


@pytest.mark.parametrize("choices", [None, [], {}, "x", [None], [{"delta": None}], [{"delta": {"content": 7}}]])
def test_chunks_without_a_choice_are_no_crash(server: LoopbackServer, ask: Ask, choices: object) -> None:
    server.script(stream(event({"id": "x", "choices": choices}), event("7"), event("null"), event("[]"), DONE))
    answered = ask()
    assert answered.text == ""
    assert failed(answered).message.endswith(("with a chat completion.", "before it began."))


def test_surrogates_are_joined_or_replaced_and_nul_is_kept(server: LoopbackServer, ask: Ask) -> None:
    pieces = ["a\\ud83d", "\\ude00b", "\\ud800", "c\\u0000", "\\udc00", "end\\ud83d"]
    steps = [event(f'{{"choices": [{{"delta": {{"content": "{piece}"}}}}]}}') for piece in pieces]
    server.script(stream(*steps, event(chunk(finish="stop")), DONE))
    answered = ask()
    assert answered.text == "a😀b\ufffdc\0\ufffdend\ufffd"
    answered.text.encode()


def test_a_piece_of_20_megabytes_arrives(server: LoopbackServer, ask: Ask) -> None:
    text = "0123456789" * 2_000_000
    server.script(stream(event(chunk({"content": text}, finish="stop")), DONE))
    assert ask().text == text


def test_a_stream_cut_at_every_byte_reads_the_same(server: LoopbackServer, ask: Ask) -> None:
    whole = b"".join(step for step in answer("Grüße 😀 an alle", delay=0).steps if isinstance(step, bytes))
    server.script(stream(*(whole[at : at + 1] for at in range(len(whole)))))
    assert ask().text == "Grüße 😀 an alle"


def test_silence_within_an_answer_ends_it(server: LoopbackServer, ask: Ask) -> None:
    server.script(stream(HALF, Stall()))
    answered = ask(stall_seconds=0.3)
    failure = failed(answered)
    assert answered.text == "Half an answer"
    assert "has sent nothing for 0.3 seconds" in failure.message
    assert failure.retryable
    server.wait_until(lambda s: s.chats[0].hung_up_at is not None)


def test_pings_are_no_progress(server: LoopbackServer, ask: Ask) -> None:
    pings = [step for _ in range(100) for step in (b": ping\n\n", Pause(0.05))]
    server.script(stream(HALF, *pings))
    assert "has sent nothing" in failed(ask(stall_seconds=0.3)).message


@pytest.mark.parametrize("mute", [True, False])
def test_the_beginning_may_take_longer_than_a_stall_but_not_forever(
    server: LoopbackServer, ask: Ask, mute: bool
) -> None:
    server.script(answer("late", first_delay=0.5), Reply((Stall(),), content_type="text/event-stream", mute=mute))
    assert ask(stall_seconds=0.1, first_seconds=30).text == "late"
    assert failed(ask(stall_seconds=0.1, first_seconds=0.5)).retryable


def test_an_error_within_the_stream_is_the_servers(server: LoopbackServer, ask: Ask) -> None:
    server.script(stream(HALF, event({"error": {"code": 502, "message": "Upstream went away"}}), DONE))
    answered = ask()
    failure = failed(answered)
    assert answered.text == "Half an answer"
    assert "“Upstream went away”" in failure.message
    assert (failure.status, failure.retryable) == (502, True)


def test_an_answer_that_ends_with_the_word_error_failed(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("Half", finish="error"))
    answered = ask()
    assert answered.text == "Half"
    assert failed(answered).retryable


def test_an_error_with_status_200_is_an_error(server: LoopbackServer, ask: Ask) -> None:
    server.script(json_reply({"error": {"message": "No endpoints found", "code": 404}}))
    assert "No endpoints found" in failed(ask()).message


@pytest.mark.parametrize("reply", [json_reply([]), json_reply("ok"), json_reply({}), Reply((b'{"a',))])
def test_other_json_is_no_answer(server: LoopbackServer, ask: Ask, reply: Reply) -> None:
    server.script(reply)
    assert "did not answer with a chat completion" in failed(ask()).message


# ── statuses ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "said", "retryable"),
    [
        (error(401, "Bad key"), ("refused the key", "Check the key of the profile cloud"), False),
        (error(402, "Pay"), ("no credit left", "Add credit"), False),
        (error(403, "No"), ("does not allow this key", "Check what"), False),
        (error(404, "The model `tiny` does not exist"), ("has no model tiny", "Fetch the model list"), False),
        (page(status=404), ("There is no chat completion at http", "ends with /v1"), False),
        (error(413, "Too big"), ("too large", "Shorten"), False),
        (error(429, "Slow down"), ("fewer requests", "Wait a little"), True),
        (error(429, "Out", code="insufficient_quota"), ("quota", "billing"), False),
        (error(500, "Oops"), ("failed with status 500", "Try again"), True),
        (page("<h1>Bad gateway</h1>", status=502), ("“Bad gateway”", "Try again"), True),
        (error(503, "Loading model"), ("“Loading model”", "Try again"), True),
        (error(418, "Teapot"), ("refused the request with status 418", ""), False),
    ],
)
def test_a_status_says_cause_and_next_step(
    server: LoopbackServer, ask: Ask, reply: Reply, said: tuple[str, str], retryable: bool
) -> None:
    server.script(reply)
    failure = ask(key=KEY).error
    assert isinstance(failure, ServerError)
    assert said[0] in failure.message
    assert said[1] in failure.advice
    assert (failure.status, failure.retryable) == (reply.status, retryable)


def test_a_server_that_wants_a_key_says_how_to_give_one(server: LoopbackServer, ask: Ask) -> None:
    server.script(error(401, "Missing bearer"))
    failure = failed(ask())
    assert "wants a key and has been given none" in failure.message
    assert "WORKBENCH_KEY_CLOUD" in failure.advice


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "20"},
        {"Retry-After": "20.5"},
        {"retry-after-ms": "20250"},
    ],
)
def test_retry_after_is_seconds(server: LoopbackServer, ask: Ask, headers: dict[str, str]) -> None:
    server.script(error(429, "Slow down", headers=headers))
    assert failed(ask()).retry_after == pytest.approx(20, abs=0.5)


def test_retry_after_may_be_a_date(server: LoopbackServer, ask: Ask) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    server.script(error(429, "Slow down", headers={"Retry-After": date}))
    wait = failed(ask()).retry_after
    assert wait is not None
    assert 200 < wait <= 300


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "Thu, 99 Foo 2026", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_without_sense_is_no_wait(server: LoopbackServer, ask: Ask, value: str) -> None:
    server.script(error(503, "Busy", headers={"Retry-After": value}))
    assert not failed(ask()).retry_after


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (error(400, "Unsupported value: 'temperature' does not support 0.2.", param="temperature"), "temperature"),
        (error(400, "Invalid schema", param="response_format.json_schema"), "json_schema"),
        (json_reply({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}, status=422), "seed"),
        (json_reply({"error": "reasoning_effort is not supported by this model"}, status=400), "effort"),
    ],
)
def test_a_refused_parameter_is_named(server: LoopbackServer, ask: Ask, reply: Reply, name: str) -> None:
    server.script(reply)
    config = GenerationConfig(temperature=0.2, seed=4)
    failure = failed(ask(config=config, json_schema={"type": "object"}, effort="high"))
    assert f"does not take the parameter {name} " in failure.message
    assert name in failure.advice


def test_a_parameter_that_was_not_sent_is_not_blamed(server: LoopbackServer, ask: Ask) -> None:
    server.script(error(400, "seed and temperature are all right, but the stars are not"))
    assert ask().error is not None
    assert "parameter" not in str(ask().error)


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
        error(400, "the request exceeds the available context size", code="exceed_context_size_error"),
    ],
)
def test_a_prompt_that_is_too_long_is_an_overflow(server: LoopbackServer, ask: Ask, reply: Reply) -> None:
    server.script(reply)
    failure = ask(config=GenerationConfig(max_tokens=5)).error
    assert isinstance(failure, ContextOverflow)
    assert "Shorten the prompt" in failure.advice


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_redirect_is_not_followed_and_the_key_stays(server: LoopbackServer, ask: Ask) -> None:
    with LoopbackServer() as elsewhere:
        server.script(redirect(f"{elsewhere.base_url}/chat/completions"))
        failure = failed(ask(key=KEY))
        assert elsewhere.requests == []
    assert elsewhere.base_url in failure.message
    assert "put its address into the profile" in failure.advice


def test_a_redirect_loop_makes_one_request(server: LoopbackServer, ask: Ask) -> None:
    server.script(*[redirect("/v1/chat/completions")] * 80)
    assert failed(ask()).status == 307
    assert len(server.requests) == 1


def test_a_refused_connection_asks_whether_the_server_runs(ask: Ask, free_port: int) -> None:
    failure = failed(ask(base_url=f"http://127.0.0.1:{free_port}/v1"))
    assert failure.message == f"The server at 127.0.0.1:{free_port} refused the connection."
    assert "Is it running?" in failure.advice


def test_an_unknown_name_is_named(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failed(ask(base_url="http://no.such.host.invalid/v1")).message.startswith(
        "The name no.such.host.invalid"
    )


def test_tls_with_a_plain_server_is_told_apart(server: LoopbackServer, ask: Ask) -> None:
    failure = failed(ask(base_url=server.base_url.replace("http:", "https:")))
    assert "does not speak TLS" in failure.message
    assert "http://" in failure.advice


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that nobody listens on; bound, so that nobody takes it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# ── the model list ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (page(), "did not answer with a model list"),
        (json_reply({"hello": 1}), "did not answer with a model list"),
        (page(status=404), "has no model list"),
        (error(405, "Method not allowed"), "has no model list"),
        (error(401, "No"), "wants a key"),
        (Reply((b'{"data": [',)), "not JSON"),
        (Reply((b"\xff\xfe",)), "not JSON"),
    ],
)
def test_a_model_list_that_fails_says_why(server: LoopbackServer, reply: Reply, sentence: str) -> None:
    server.script_models(reply)

    async def models() -> None:
        provider = OpenAICompatible(Profile("cloud", server.base_url), None)
        try:
            await provider.models()
        finally:
            await provider.close()

    with pytest.raises(ServerError, match=sentence) as caught:
        asyncio.run(models())
    assert caught.value.advice


def test_an_empty_model_list_is_a_model_list(server: LoopbackServer) -> None:
    server.script_models(model_list())
    provider = OpenAICompatible(Profile("cloud", server.base_url), None)

    async def models() -> object:
        try:
            return await provider.models()
        finally:
            await provider.close()

    assert asyncio.run(models()) == ()


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────

ECHOES = {
    "401": error(401, f"Incorrect API key provided: {KEY}."),
    "401 cut short": error(401, f"Incorrect API key provided: {KEY[:-8]}… and also …{KEY[8:]}"),
    "page": page(f"<p>Authorization: Bearer {KEY}</p>", status=500),
    "page with status 200": page(f"<p>Bearer {KEY}</p>"),
    "parameter": error(400, f"temperature of {KEY}", param="temperature"),
    "redirect": redirect(f"http://127.0.0.1:9/v1?key={KEY}"),
    "stream": stream(HALF, event({"error": {"message": f"Key {KEY} expired"}})),
    "nonsense": stream(HALF, event(f'{{"key": "{KEY}')),
    "status 200": json_reply({"error": f"{KEY} is not known"}),
    "overflow": error(400, f"context length of {KEY}", code="context_length_exceeded"),
    "head": Reply(headers={"Bad\x00Header": KEY}),
    "broken": stream(Drop("reset")),
}


@pytest.mark.parametrize("how", ECHOES)
def test_the_key_stands_in_no_error_and_no_log(
    server: LoopbackServer, ask: Ask, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(ECHOES[how])
    failure = ask(key=KEY, config=GenerationConfig(temperature=1)).error
    assert failure is not None
    told = [str(failure), repr(failure), failure.details, repr(vars(failure)), caplog.text]
    told += ["".join(traceback.TracebackException.from_exception(failure, capture_locals=False).format())]
    linked: BaseException | None = failure
    while linked is not None:
        told += [repr(linked), repr(linked.args), repr(vars(linked))]
        linked = linked.__cause__ or linked.__context__
    assert server.chats[0].headers["authorization"] == f"Bearer {KEY}"
    for text in told:
        for at in range(len(KEY) - 12):
            assert KEY[at : at + 12] not in text


def test_the_key_stands_in_no_detail_of_an_answer(server: LoopbackServer, ask: Ask) -> None:
    server.script(answer("Hi", model=f"tiny-{KEY}"))
    assert ask(key=KEY).finished.details["model"] == "tiny-[key]"


def test_no_error_of_the_sdk_hangs_on_ours(server: LoopbackServer, ask: Ask) -> None:
    server.script(ECHOES["401"])
    failure = failed(ask(key=KEY))
    assert failure.__cause__ is None
    assert failure.__context__ is None
    assert "[key]" in failure.message
