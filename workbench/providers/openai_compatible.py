"""Any server that speaks OpenAI's chat completions, through the `openai` SDK; nothing else asks it for anything.

The SDK carries the request, the connection and the event stream; everything else is decided here:
- It retries nothing and follows no redirect: the scheduler retries where a person sees it, and the key goes to
  the server of the profile and nowhere else.
- Its own headers (machine, Python version) and those it takes from `OPENAI_*` variables are not sent, nor does it
  look for a proxy in the environment.
- Chunks come as plain JSON (`cast_to=object`), because half of all servers send fields that its types do not know.
- Its exceptions end here. They may quote the key, so ours are raised outside of the `except` block and carry
  neither `__cause__` nor `__context__`.

No socket is opened before the first request. The import takes a third of a second and runs in a thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.core.completion import PARAMETERS, Event, ModelInfo, Request, TokenCount
from workbench.core.profile import Profile
from workbench.errors import ModelError, ServerError
from workbench.providers import server_failures as failures
from workbench.providers.answer import Answer
from workbench.providers.chat_request import chat_body, dialect, unsupported
from workbench.providers.chat_stream import Piece
from workbench.providers.server import Server, checked_key
from workbench.providers.server_models import model_list
from workbench.providers.token_estimate import estimate_messages

if TYPE_CHECKING:
    from httpx2 import Request as HttpRequest
    from openai import AsyncOpenAI, AsyncStream

T = TypeVar("T")

CONNECT_SECONDS = 15.0
LIST_SECONDS = 30.0
"""How long a server may take to connect, and to say which models it has."""

_KEPT_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "content-type", "content-length"})

_OTHER_NAMES = {"max_tokens": "max_completion_tokens"}
"""OpenAI's reasoning models want the second name; older servers know only the first."""

_LOGGERS = ("openai", "httpx2", "httpcore2")
"""Their debug lines quote headers and answers, and so whatever echoes the key."""

_END = object()


class OpenAICompatible:
    """The models of one profile."""

    def __init__(
        self, profile: Profile, key: str | None, *, stall_seconds: float = 60, first_seconds: float = 600
    ) -> None:
        """`stall_seconds`: the longest silence within an answer. `first_seconds`: the longest wait for its
        beginning, which takes in a queue, a long prompt, and reasoning that is not shown.

        Raises UserError when the key cannot be one.
        """
        self._server = Server(profile, checked_key(key) if key else None)
        self._dialect = dialect(self._server.host)
        self._stall_seconds = stall_seconds
        self._first_seconds = first_seconds
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()  # one client, however many requests begin at once
        self._renamed: set[tuple[str, str]] = set()
        """Models, and the parameters that they want by their other name."""
        self._takes_stream_options = True

    def unsupported(self) -> frozenset[str]:
        """What the protocol lacks, and what this server is known not to take."""
        return unsupported(self._dialect)

    async def complete(self, request: Request) -> AsyncGenerator[Event, None]:
        """Stream the answer.

        An answer that breaks off after it began ends as `truncated`; errors, silence and nonsense raise
        ServerError or ContextOverflow.
        """
        await self._connected()  # the first time imports the SDK, which is no part of the answer's time
        answer = Answer()
        stream = await self._ask(request, answer)
        try:
            async with aclosing(self._pieces(stream, answer)) as pieces:
                async for piece in pieces:
                    answer.came()
                    yield piece
            finished = answer.finished(self._server)
        finally:
            await stream.close()
        yield finished

    async def models(self) -> tuple[ModelInfo, ...]:
        """The server's list, in its order. Raises ServerError, also when it has none."""
        client = await self._connected()
        try:
            data = await self._awaited(client.get("/models", cast_to=object), LIST_SECONDS)
        except ServerError as error:
            if error.status in (404, 405, 501):
                raise failures.no_model_list(self._server, error) from None
            raise
        if (found := model_list(data)) is None:
            raise failures.not_an_answer(self._server, "a model list", data if isinstance(data, str) else "")
        return found

    async def count(self, request: Request) -> TokenCount:
        """An estimate: the server's tokenizer is not at hand."""
        total, each = estimate_messages(tuple(message.content for message in request.messages))
        return TokenCount(total, each, exact=False)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _connected(self) -> AsyncOpenAI:
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self._server)
            return self._client

    async def _ask(self, request: Request, answer: Answer) -> AsyncStream[object]:
        """Send the request; again, where the server only wants it put in another way."""
        from openai import AsyncStream

        client = await self._connected()
        while True:
            body = self._adapted(chat_body(request, self._dialect), answer)
            asking = client.post(
                "/chat/completions", body=body, cast_to=object, stream=True, stream_cls=AsyncStream[object]
            )
            try:
                return await self._awaited(asking, self._first_seconds, request)
            except ServerError as error:
                if not self._learns(error, body):
                    raise

    def _adapted(self, body: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """The body as this server has turned out to want it."""
        for name, other in _OTHER_NAMES.items():
            if name in body and (body["model"], name) in self._renamed:
                body[other] = body.pop(name)
                answer.stream.details["sent_as"] = {name: other}
        if not self._takes_stream_options:
            del body["stream_options"]
        return body

    def _learns(self, refusal: ServerError, body: Mapping[str, Any]) -> bool:
        """Whether a refusal tells how to put the same request; remembered for the next ones."""
        if refusal.status not in (400, 422):
            return False
        for name, other in _OTHER_NAMES.items():
            if name in body and other in refusal.details:
                self._renamed.add((body["model"], name))
                return True
        if "stream_options" in body and "stream_options" in refusal.details:
            self._takes_stream_options = False
            return True
        return False

    async def _pieces(self, stream: AsyncStream[object], answer: Answer) -> AsyncGenerator[Piece, None]:
        """The pieces of an answer; at the end, an error where there was none to speak of."""
        kind = stream.response.headers.get("content-type", "").lower()
        if "json" in kind or "html" in kind:
            answer.in_one = True
            for piece in answer.stream.feed(await self._whole(stream)):
                yield piece
        else:
            chunks = aiter(stream)
            while (chunk := await self._next(chunks, answer)) is not _END:
                for piece in answer.stream.feed(chunk):
                    yield piece
        for piece in answer.stream.end():
            yield piece
        if answer.stream.failed:
            raise failures.gave_up(self._server, "")
        if not answer.stream.has_choice:
            raise failures.not_an_answer(self._server, "a chat completion")
        if answer.first is None and answer.stream.stop_reason == "truncated":
            raise failures.nothing_came(self._server)

    async def _next(self, chunks: AsyncIterator[object], answer: Answer) -> object:
        """The next chunk, or `_END`, which a connection that breaks within an answer is too."""
        seconds = self._first_seconds if answer.first is None else self._stall_seconds
        try:
            return await self._awaited(anext(chunks, _END), seconds)
        except failures.BrokenOff as error:
            if answer.first is None:
                raise
            answer.stream.details["broken_off"] = error.message
            return _END

    async def _whole(self, stream: AsyncStream[object]) -> object:
        """The JSON of a server that does not stream."""
        text = (await self._awaited(stream.response.aread(), self._first_seconds)).decode(errors="replace")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and data.get("error"):
            raise failures.gave_up(self._server, data["error"])
        if not isinstance(data, dict) or "choices" not in data:
            raise failures.not_an_answer(self._server, "a chat completion", text)
        return data

    async def _awaited(self, doing: Awaitable[T], seconds: float, request: Request | None = None) -> T:
        """What the SDK gives, within so many seconds; its exceptions as ours."""
        import httpx2
        import openai

        failure: ModelError
        try:
            async with asyncio.timeout(seconds):
                return await doing
        except openai.APIStatusError as error:
            model, sent = (request.model, _sent(request)) if request else ("", frozenset())
            response = error.response
            failure = failures.refused(
                self._server, response.status_code, response.text, response.headers, model=model, sent=sent
            )
        except (openai.APIConnectionError, httpx2.RequestError) as error:
            failure = failures.broken_off(self._server, error)
        except openai.APIError as error:
            failure = failures.gave_up(self._server, error.body)
        except TimeoutError:
            failure = failures.stalled(self._server, seconds)
        except UnicodeDecodeError:
            failure = failures.nonsense(self._server, "bytes that are not UTF-8")
        except (json.JSONDecodeError, RecursionError):
            failure = failures.nonsense(self._server, "something that is not JSON")
        raise failure


def _sent(request: Request) -> frozenset[str]:
    """The names of what a request sets, as `Provider.unsupported` knows them."""
    names = {name for name in PARAMETERS if getattr(request.config, name) not in (None, ())}
    extra = {"json_schema": request.json_schema, "effort": request.effort}
    return frozenset(names | {name for name, value in extra.items() if value is not None})


def _client(server: Server) -> AsyncOpenAI:
    """A client for one server; imports the SDK and reads the system's certificates, so not on the loop."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)

    async def strip(request: HttpRequest) -> None:
        """Leave only what the server needs, whatever the SDK or the environment put in."""
        for name in set(request.headers) - _KEPT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "prompt-workbench"
        if server.key:
            request.headers["authorization"] = f"Bearer {server.key}"

    # Silence is timed around each chunk, in `_awaited`.
    timeout = Timeout(None, connect=CONNECT_SECONDS)
    transport = DefaultAsyncHttpxClient(
        follow_redirects=False, trust_env=False, timeout=timeout, event_hooks={"request": [strip]}
    )
    return AsyncOpenAI(
        base_url=server.profile.base_url,
        api_key="set by strip",
        max_retries=0,
        timeout=timeout,
        http_client=transport,
    )
