"""OpenAI's batch API, as OpenAI, Azure, Groq and others have it: a file of requests, answered within a day.

It knows nothing of experiments: it uploads lines, makes a batch of a file, says how far one is, reads results.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.core.completion import Request, StopReason, Usage
from workbench.core.profile import Profile
from workbench.errors import ModelError, ServerError
from workbench.providers import server_failures as failures
from workbench.providers.chat_request import chat_body, dialect
from workbench.providers.chat_stream import ChatStream, Piece
from workbench.providers.connection import Connection
from workbench.providers.server import Access, Server, server

ENDPOINT = "/v1/chat/completions"

_SECONDS = 60.0
_FILE_SECONDS = 900.0
"""How long a server may take to say something, and to take or give a file."""

_MARK = "workbench"
"""The name of our id in a batch's metadata."""

_PAGES = 5
"""Pages of a hundred that are looked through for a batch or a file of ours; the newest come first."""

_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_UNANSWERED = frozenset({"batch_expired", "batch_cancelled"})
"""Errors of lines that the server never got to."""

_NO_API = frozenset({404, 405, 501})
_NEWER_NAME = ("api.openai.com", ".openai.azure.com")
"""Where `max_completion_tokens` has taken the place of `max_tokens`; a batch cannot be told twice."""


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch as its server tells of it."""

    id: str
    status: str
    total: int = 0
    completed: int = 0
    """Requests with an answer or a refusal of their own."""
    output_file: str = ""
    error_file: str = ""
    said: str = ""
    """Why the server would not begin."""
    milliseconds: float = 0.0
    """From its making to its end."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.status in _ENDED


@dataclass(frozen=True, slots=True)
class Result:
    """What one request of a batch came to."""

    custom_id: str
    pieces: tuple[Piece, ...] = ()
    stop_reason: StopReason | None = None
    usage: Usage | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    error: ModelError | None = None
    unanswered: bool = False
    """The server never got to it."""


class BatchApi:
    """The batch API of one profile."""

    def __init__(self, profile: Profile, access: Access | str | None) -> None:
        self.profile = profile
        self._server = server(profile, access)
        self._connection = Connection(self._server)

    async def close(self) -> None:
        """Close all connections."""
        await self._connection.close()

    async def upload(self, name: str, content: bytes) -> str:
        """Send a file of requests; its id there. Raises ServerError, also where there is no batch API."""
        client = await self._connection.client()
        sending = client.post(
            "/files",
            cast_to=object,
            body={"purpose": "batch"},
            files=[("file", (name, content, "application/jsonl"))],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )
        return _id(self._server, await self._asked(sending, _FILE_SECONDS))

    async def create(self, file_id: str, ours: str) -> RemoteBatch:
        """Make a batch of an uploaded file. Raises ServerError."""
        client = await self._connection.client()
        body = {
            "input_file_id": file_id,
            "endpoint": ENDPOINT,
            "completion_window": "24h",
            "metadata": {_MARK: ours},
        }
        return self._remote(await self._asked(client.post("/batches", cast_to=object, body=body)))

    async def status(self, remote_id: str) -> RemoteBatch:
        """How far a batch is. Raises ServerError."""
        client = await self._connection.client()
        return self._remote(await self._asked(client.get(f"/batches/{remote_id}", cast_to=object)))

    async def cancel(self, remote_id: str) -> RemoteBatch:
        """Ask for its end; what is answered by then can still be fetched. Raises ServerError."""
        client = await self._connection.client()
        return self._remote(await self._asked(client.post(f"/batches/{remote_id}/cancel", cast_to=object)))

    async def find(self, ours: str) -> RemoteBatch | None:
        """The batch that an earlier program made with our id. Raises ServerError."""
        found = await self._first("/batches", lambda one: _mapping(one.get("metadata")).get(_MARK) == ours)
        return self._remote(found) if found else None

    async def find_file(self, name: str) -> str | None:
        """The id of the file that an earlier program uploaded under a name. Raises ServerError."""
        found = await self._first("/files", lambda one: one.get("filename") == name)
        return str(found["id"]) if found else None

    async def results(self, file_id: str) -> tuple[Result, ...]:
        """What stands in a file of answers or of errors; a line that cannot be read counts as not answered."""
        from openai import HttpxBinaryResponseContent

        client = await self._connection.client()
        getting = client.get(f"/files/{file_id}/content", cast_to=HttpxBinaryResponseContent)
        content = (await self._asked(getting, _FILE_SECONDS)).content
        return await asyncio.to_thread(lambda: tuple(_results(self._server, content)))

    async def _first(self, path: str, wanted: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any] | None:
        """The first of a list that is wanted; None also where the server does not list."""
        try:
            async for one in self._listed(path):
                if wanted(one) and isinstance(one.get("id"), str):
                    return one
        except ServerError as error:
            if error.status not in _NO_API:
                raise
        return None

    async def _listed(self, path: str) -> AsyncGenerator[Mapping[str, Any], None]:
        client = await self._connection.client()
        after: dict[str, str] = {}
        for _ in range(_PAGES):
            query = {"limit": "100", **after}
            page = _mapping(await self._asked(client.get(path, cast_to=object, options={"params": query})))
            rows = page.get("data")
            last: Mapping[str, Any] = {}
            for row in rows if isinstance(rows, list) else ():
                last = _mapping(row)
                yield last
            if not page.get("has_more") or not isinstance(last.get("id"), str):
                return
            after = {"after": last["id"]}

    async def _asked(self, asking: Any, seconds: float = _SECONDS) -> Any:
        try:
            return await self._connection.awaited(asking, seconds)
        except ServerError as error:
            if error.status in _NO_API:
                raise no_batches(self._server, error) from None
            raise

    def _remote(self, data: object) -> RemoteBatch:
        told = _mapping(data)
        status, counts = told.get("status"), _mapping(told.get("request_counts"))
        if not isinstance(status, str):
            raise failures.not_an_answer(self._server, "a batch")
        return RemoteBatch(
            id=_id(self._server, told),
            status=status,
            total=_number(counts.get("total")),
            completed=_number(counts.get("completed")) + _number(counts.get("failed")),
            output_file=_text(told.get("output_file_id")),
            error_file=_text(told.get("error_file_id")),
            said=self._server.hide_key(_first_error(told)),
            milliseconds=_milliseconds(told),
        )


def batch_line(profile: Profile, custom_id: str, request: Request) -> str:
    """A request as a line of the file to upload. Raises UserError for what the protocol cannot say."""
    host = server(profile, None).host
    body = chat_body(request, dialect(host, profile.preset))
    for name in ("stream", "stream_options"):
        del body[name]
    if "max_tokens" in body and f".{host}".endswith(_NEWER_NAME):
        body["max_completion_tokens"] = body.pop("max_tokens")
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}) + "\n"


def no_batches(server: Server, refusal: ServerError) -> ServerError:
    """The server answers, but has no batch API, or not this batch."""
    return ServerError(
        f"{server.place} has no batch API, or does not know this batch.",
        advice="Run the experiment without its batch API.",
        details=refusal.details,
        status=refusal.status,
    )


def _results(server: Server, content: bytes) -> Iterator[Result]:
    for line in content.splitlines():
        try:
            told = _mapping(json.loads(line))
        except (ValueError, RecursionError):
            continue
        if isinstance(custom_id := told.get("custom_id"), str):
            yield _result(server, custom_id, told)


def _result(server: Server, custom_id: str, told: Mapping[str, Any]) -> Result:
    response, error = _mapping(told.get("response")), _mapping(told.get("error"))
    if error.get("code") in _UNANSWERED:
        return Result(custom_id, unanswered=True)
    status, body = response.get("status_code"), response.get("body")
    if status == 200 and isinstance(body, Mapping):
        return _answer(server, custom_id, body)
    said = json.dumps(body if response else {"error": error})
    code = status if isinstance(status, int) and status >= 400 else 500
    failure = failures.refused(server, code, said, {}, sent=frozenset())
    return Result(custom_id, error=failure)


def _answer(server: Server, custom_id: str, body: Mapping[str, Any]) -> Result:
    stream = ChatStream()
    pieces = (*stream.feed(body), *stream.end())
    if not stream.has_choice:
        return Result(custom_id, error=failures.not_an_answer(server, "a chat completion"))
    return Result(custom_id, pieces, stream.stop_reason, stream.usage, stream.details)


def _first_error(told: Mapping[str, Any]) -> str:
    rows = _mapping(told.get("errors")).get("data")
    first = _mapping(rows[0]) if isinstance(rows, list) and rows else {}
    line = f" (line {first['line']})" if isinstance(first.get("line"), int) else ""
    return _text(first.get("message")) + line


def _milliseconds(told: Mapping[str, Any]) -> float:
    began = told.get("created_at")
    ended = next((told[name] for name in (f"{status}_at" for status in _ENDED) if _number(told.get(name))), None)
    return max(0.0, (ended - began) * 1_000.0) if isinstance(began, int) and isinstance(ended, int) else 0.0


def _id(server: Server, data: object) -> str:
    if isinstance(found := _mapping(data).get("id"), str) and found:
        return found
    raise failures.not_an_answer(server, "an id")


def _mapping(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _text(data: object) -> str:
    return data if isinstance(data, str) else ""


def _number(data: object) -> int:
    return data if isinstance(data, int) and not isinstance(data, bool) and data > 0 else 0
