"""Any server that speaks OpenAI's chat completions, through the `openai` SDK.

The SDK carries the request and the event stream; `connection` decides what it may do. Chunks come as plain JSON
(`cast_to=object`), because half of all servers send fields that its types do not know.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from workbench.core.completion import Event, ModelInfo, Request, TokenCount
from workbench.core.profile import Profile
from workbench.errors import ServerError
from workbench.providers import server_failures as failures
from workbench.providers.answer import Answer
from workbench.providers.chat_request import chat_body, dialect, unsupported
from workbench.providers.chat_stream import Piece, Unechoed
from workbench.providers.connection import Connection
from workbench.providers.server import Access, server
from workbench.providers.server_models import model_list
from workbench.providers.token_estimate import estimate_messages

if TYPE_CHECKING:
    from openai import AsyncStream

LIST_SECONDS = 30.0
"""How long a server may take to say which models it has."""

_OTHER_NAMES = {"max_tokens": "max_completion_tokens"}
"""OpenAI's reasoning models want the second name; older servers know only the first."""

_END = object()


class OpenAICompatible:
    """The models of one profile."""

    def __init__(
        self, profile: Profile, key: Access | str | None, *, stall_seconds: float = 60, first_seconds: float = 600
    ) -> None:
        """`stall_seconds`: the longest silence within an answer. `first_seconds`: the longest wait for its
        beginning, which takes in a queue, a long prompt, and reasoning that is not shown.

        Raises UserError when the key cannot be one.
        """
        self._server = server(profile, key)
        self._connection = Connection(self._server)
        self._dialect = dialect(self._server.host, profile.preset)
        self._stall_seconds = stall_seconds
        self._first_seconds = first_seconds
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
        await self._connection.client()  # the first time imports the SDK, which is no part of the answer's time
        answer = Answer()
        stream = await self._ask(request, answer)
        try:
            unechoed = Unechoed(self._echoed(request))
            async with aclosing(self._pieces(stream, answer)) as pieces:
                async for piece in pieces:
                    for new in unechoed.take(piece):
                        answer.came()
                        yield new
            for held in unechoed.end():
                answer.came()
                yield held
            finished = answer.finished(self._server)
        finally:
            await stream.close()
        yield finished

    async def models(self) -> tuple[ModelInfo, ...]:
        """The server's list, in its order. Raises ServerError, also when it has none."""
        client = await self._connection.client()
        try:
            data = await self._connection.awaited(client.get("/models", cast_to=object), LIST_SECONDS)
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
        await self._connection.close()

    async def _ask(self, request: Request, answer: Answer) -> AsyncStream[object]:
        """Send the request; again, where the server only wants it put in another way."""
        from openai import AsyncStream

        client = await self._connection.client()
        while True:
            body = self._adapted(chat_body(request, self._dialect), answer)
            asking = client.post(
                "/chat/completions", body=body, cast_to=object, stream=True, stream_cls=AsyncStream[object]
            )
            try:
                return await self._connection.awaited(asking, self._first_seconds, request)
            except ServerError as error:
                if not self._learns(error, body):
                    raise

    def _echoed(self, request: Request) -> str:
        """What the server says again before it goes on; empty for nothing."""
        last = request.messages[-1]
        return last.content if self._dialect.echoes and last.role == "assistant" else ""

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
            return await self._connection.awaited(anext(chunks, _END), seconds)
        except failures.BrokenOff as error:
            if answer.first is None:
                raise
            answer.stream.details["broken_off"] = error.message
            return _END

    async def _whole(self, stream: AsyncStream[object]) -> object:
        """The JSON of a server that does not stream."""
        text = (await self._connection.awaited(stream.response.aread(), self._first_seconds)).decode(
            errors="replace"
        )
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and data.get("error"):
            raise failures.gave_up(self._server, data["error"])
        if not isinstance(data, dict) or "choices" not in data:
            raise failures.not_an_answer(self._server, "a chat completion", text)
        return data
