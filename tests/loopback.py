"""A real server on this machine that speaks the chat-completions protocol, well or badly as a test asks.

    with LoopbackServer() as server:
        server.script(answer("Hello there"), error(429, "Slow down", headers={"Retry-After": "2"}))
        ... talk to server.base_url ...
        assert server.chats[0].body["model"] == "tiny"

It runs its own asyncio loop in its own thread, so that it serves tests of any kind, and as a program
(`python -m tests.loopback`) it prints its base URL and serves until its standard input ends.

What a chat request gets, in this order: the next scripted reply; what the test's own rule chooses for it
(`choose`); the fault that its model is named for (`FAULTS`, for journeys in another process); its last message
said back word by word.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal

MODELS = ("tiny", "large")
FINGERPRINT = "fp_loopback"


@dataclass(frozen=True)
class Pause:
    """Say nothing for a while."""

    seconds: float


@dataclass(frozen=True)
class Stall:
    """Say nothing more, and keep the connection open until the client hangs up."""


@dataclass(frozen=True)
class Drop:
    """Cut the connection: `close` in the middle of the body, `reset` as a crashed server does."""

    how: Literal["close", "reset"] = "close"


Step = bytes | Pause | Stall | Drop


@dataclass(frozen=True)
class Reply:
    """One answer of the server: a head, then steps."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    mute: bool = False
    """Do not even send the head before the steps."""


@dataclass
class Seen:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """The JSON; None when there was none."""
    arrived_at: float
    """`time.monotonic()`, as all times here."""
    replied_at: float | None = None
    """When the whole reply was sent."""
    hung_up_at: float | None = None
    """When the client left before the whole reply was sent."""


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────


def event(data: Any) -> bytes:
    """One server-sent event; a text goes out as it is, anything else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    return f"data: {text}\n\n".encode("utf-8", "surrogatepass")


DONE = event("[DONE]")


def chunk(
    delta: Mapping[str, Any] | None = None, *, finish: str | None = None, model: str = "tiny", **more: Any
) -> dict[str, Any]:
    """A chat-completion chunk with one choice."""
    choice = {"index": 0, "delta": dict(delta or {}), "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": model,
        "system_fingerprint": FINGERPRINT,
        "choices": [choice],
        **more,
    }


def usage_data(prompt: int, completion: int, *, cached: int = 0, reasoning: int = 0) -> dict[str, Any]:
    """Usage as servers report it."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def words(text: str) -> list[str]:
    """The text in pieces that each end after a word, as a model's tokens roughly do."""
    return re.findall(r"\s*\S+\s*\Z|\s*\S+|\s+", text)


def answer(
    text: str,
    *,
    reasoning: str = "",
    reasoning_field: str = "reasoning_content",
    finish: str | None = "stop",
    usage: Mapping[str, Any] | None = None,
    delay: float = 0,
    first_delay: float = 0,
    done: bool = True,
    model: str = "tiny",
) -> Reply:
    """A well-made streamed answer, a word an event, `delay` seconds after each."""
    steps: list[Step] = [Pause(first_delay)] if first_delay else []
    steps.append(event(chunk({"role": "assistant", "content": ""}, model=model)))
    pieces = [{reasoning_field: word} for word in words(reasoning)] + [{"content": word} for word in words(text)]
    for piece in pieces:
        steps.append(event(chunk(piece, model=model)))
        if delay:
            steps.append(Pause(delay))
    if finish:
        steps.append(event(chunk(finish=finish, model=model)))
    counted = usage_data(7, len(pieces)) if usage is None else usage
    if counted:
        steps.append(event({**chunk(model=model), "choices": [], "usage": counted}))
    return stream(*steps, *([DONE] if done else []))


def stream(*steps: Step) -> Reply:
    """A server-sent event stream of exactly these steps."""
    return Reply(steps, content_type="text/event-stream")


def whole(text: str, *, finish: str = "stop", reasoning: str = "", delay: float = 0, model: str = "tiny") -> Reply:
    """An answer in one piece, from a server that does not stream, `delay` seconds of computing for each word."""
    message = {"role": "assistant", "content": text} | ({"reasoning_content": reasoning} if reasoning else {})
    reply = json_reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage_data(7, len(words(text))),
        }
    )
    return replace(reply, steps=(Pause(delay * len(words(text))), *reply.steps)) if delay else reply


def json_reply(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Any JSON."""
    return Reply((json.dumps(data).encode(),), status=status, headers=headers or {})


def error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error in OpenAI's form."""
    body = {"error": {"message": message, "type": "error", "param": param, "code": code}}
    return json_reply(body, status=status, headers=headers)


def page(text: str = "<html><body><h1>Welcome</h1></body></html>", *, status: int = 200) -> Reply:
    """An HTML page where an answer was expected: a portal, a proxy, a wrong address."""
    return Reply((text.encode(),), status=status, content_type="text/html")


def redirect(location: str, *, status: int = 307) -> Reply:
    """Somewhere else, please."""
    return Reply(status=status, headers={"Location": location})


def model_list(*names: str) -> Reply:
    """The reply of `GET /models`."""
    return json_reply(
        {
            "object": "list",
            "data": [{"id": name, "object": "model", "created": 0, "owned_by": "us"} for name in names],
        }
    )


_HALF = (event(chunk({"content": "Half an"})), event(chunk({"content": " answer"})))

FAULTS: dict[str, Reply] = {
    "fault-401": error(401, "Incorrect API key provided.", code="invalid_api_key"),
    "fault-404": error(404, "The model does not exist.", code="model_not_found"),
    "fault-429": error(429, "Rate limit reached.", code="rate_limit_exceeded", headers={"Retry-After": "1"}),
    "fault-500": error(500, "The server had an error."),
    "fault-page": page(),
    "fault-close": stream(*_HALF, Drop()),
    "fault-reset": stream(*_HALF, Drop("reset")),
    "fault-stall": stream(*_HALF, Stall()),
    "fault-silent": Reply((Stall(),), mute=True),
    "fault-json": stream(*_HALF, event('{"id": "x", "choices": [')),
    "fault-slow": answer("one two three four five six seven eight nine ten " * 30, delay=0.1),
}
"""A request for a model of one of these names gets that reply."""


Rule = Callable[[Seen], Reply | None]
"""What a request gets; called on the server's thread, one request at a time."""


# ── the server ───────────────────────────────────────────────────────────────────────────────────────────


class LoopbackServer:
    """The server; a context manager that starts and ends its thread.

    Threads: `_replies`, `_rule`, `_models` and `requests` change under `_changed`; everything else belongs to the
    server's own thread.
    """

    def __init__(self, *, port: int = 0, key: str | None = None, delay: float = 0) -> None:
        self._wanted_port = port
        self._key = key
        self._delay = delay
        self._changed = threading.Condition()
        self._replies: deque[Reply] = deque()
        self._rule: Rule = lambda seen: None
        self._models: Reply = model_list(*MODELS)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="loopback", daemon=True)
        self.requests: list[Seen] = []
        self.port = 0

    @property
    def base_url(self) -> str:
        """As a profile takes it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[Seen]:
        """The chat requests seen so far."""
        with self._changed:
            return [seen for seen in self.requests if _at(seen, "/chat/completions")]

    def script(self, *replies: Reply) -> None:
        """Answer the next chat requests with these, one each."""
        with self._changed:
            self._replies.extend(replies)

    def choose(self, rule: Rule) -> None:
        """Answer every chat request that nothing is scripted for as this says; None leaves it to the server."""
        with self._changed:
            self._rule = rule

    def script_models(self, reply: Reply) -> None:
        """Answer every model list request with this."""
        with self._changed:
            self._models = reply

    def wait_until(self, condition: Callable[[LoopbackServer], bool], *, seconds: float = 10) -> None:
        """Wait until something was seen, such as `lambda s: s.chats and s.chats[0].hung_up_at`."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), seconds):
                raise AssertionError(f"not seen within {seconds} s; requests: {self.requests}")

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        if not self._ready.wait(10):
            raise AssertionError("the loopback server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await self._loop.create_server(self._connection, "127.0.0.1", self._wanted_port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connection(self) -> _Connection:
        return _Connection(self._start)

    def _start(self, connection: _Connection) -> None:
        task = self._loop.create_task(self._talk(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, connection: _Connection) -> None:
        """Requests of one connection, one after another."""
        try:
            while (seen := await _read_request(connection.reader)) is not None:
                with self._changed:
                    self.requests.append(seen)
                    self._changed.notify_all()
                kept = await self._answer(connection, seen)
                with self._changed:
                    seen.replied_at = time.monotonic() if kept else None
                    seen.hung_up_at = connection.gone_at
                    self._changed.notify_all()
                if not kept:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.transport.close()

    async def _answer(self, connection: _Connection, seen: Seen) -> bool:
        """Send the reply; False when the connection is over."""
        sending = asyncio.ensure_future(_send(connection, self._reply(seen)))
        leaving = asyncio.ensure_future(connection.gone.wait())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        if not sending.done():
            sending.cancel()
            return False
        return sending.result()

    def _reply(self, seen: Seen) -> Reply:
        if self._key is not None and seen.headers.get("authorization") != f"Bearer {self._key}":
            given = seen.headers.get("authorization", "").removeprefix("Bearer ")
            return error(401, f"Incorrect API key provided: {given}.", code="invalid_api_key")
        with self._changed:
            if _at(seen, "/models"):
                return self._models
            if not _at(seen, "/chat/completions"):
                return page("<h1>Not found</h1>", status=404)
            if self._replies:
                return self._replies.popleft()
            if (chosen := self._rule(seen)) is not None:
                return chosen
        asked = seen.body if isinstance(seen.body, dict) else {}
        return FAULTS.get(asked.get("model", "")) or self._said_back(asked)

    def _said_back(self, asked: Mapping[str, Any]) -> Reply:
        messages = asked.get("messages") or [{"content": ""}]
        text, model = messages[-1]["content"], asked.get("model", "tiny")
        made = answer if asked.get("stream") else whole
        return made(text, delay=self._delay, model=model)


def _at(seen: Seen, path: str) -> bool:
    """Whether a request is for this, whatever stands before it and after a question mark."""
    return seen.path.partition("?")[0].endswith(path)


class _Connection(asyncio.StreamReaderProtocol):
    """One client; knows when it has left, also while nothing is read from it."""

    def __init__(self, start: Callable[[_Connection], None]) -> None:
        self.reader = asyncio.StreamReader(limit=1 << 26)
        super().__init__(self.reader)
        self.gone = asyncio.Event()
        self.gone_at: float | None = None
        self._begin = start

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.writer = asyncio.StreamWriter(transport, self, self.reader, asyncio.get_running_loop())
        self._begin(self)

    def cut(self, how: Literal["close", "reset"]) -> None:
        """End the connection from this side."""
        if how == "reset":  # without lingering, closing sends RST instead of FIN
            connected: socket.socket = self.transport.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.close()

    def eof_received(self) -> bool:
        self._leave()
        return bool(super().eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        self.gone_at = self.gone_at or time.monotonic()
        self.gone.set()


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        first_byte = await reader.readexactly(1)
        if not first_byte.isalpha():  # not HTTP: the greeting of TLS, perhaps
            return None
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, json.loads(body) if body else None, time.monotonic())


async def _send(connection: _Connection, reply: Reply) -> bool:
    """The reply, step by step, chunked; True when the connection may be used again."""
    writer = connection.writer
    if not reply.mute:
        writer.write("".join(_head(reply)).encode())
    for step in reply.steps:
        match step:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Stall():
                await writer.drain()
                await connection.gone.wait()
                return False
            case Drop(how):
                await writer.drain()
                connection.cut(how)
                return False
            case _ if step:
                writer.write(f"{len(step):x}\r\n".encode() + step + b"\r\n")
                await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _head(reply: Reply) -> Iterator[str]:
    yield f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
    yield f"Content-Type: {reply.content_type}\r\n"
    yield "Transfer-Encoding: chunked\r\n"
    for name, value in reply.headers.items():
        yield f"{name}: {value}\r\n"
    yield "\r\n"


def main() -> None:
    """Serve until standard input ends; the base URL is the first line on standard output."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", help="refuse every other key")
    parser.add_argument("--delay", type=float, default=0, help="seconds after each word")
    chosen = parser.parse_args()
    with LoopbackServer(port=chosen.port, key=chosen.key, delay=chosen.delay) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
