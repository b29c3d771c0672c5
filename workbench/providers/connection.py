"""The one connection to an OpenAI-compatible server: the SDK's client, and its exceptions as ours.

- It retries nothing and follows no redirect: the scheduler retries where a person sees it, and the key goes to
  the server of the profile and nowhere else.
- The SDK's own headers (machine, Python version) and those it takes from `OPENAI_*` variables are not sent, nor
  does it look for a proxy in the environment: the profile says which headers and which proxy.
- Its exceptions end here. They may quote the key, so ours are raised outside of the `except` block and carry
  neither `__cause__` nor `__context__`.

No socket is opened before the first request. The import takes a third of a second and runs in a thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from workbench.core.completion import PARAMETERS, Request
from workbench.errors import ModelError, UserError
from workbench.providers import server_failures as failures
from workbench.providers.server import Server

if TYPE_CHECKING:
    from httpx2 import Request as HttpRequest
    from openai import AsyncOpenAI

T = TypeVar("T")

CONNECT_SECONDS = 15.0
"""How long a server may take to connect."""

_KEPT_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "content-type", "content-length"})

_LOGGERS = ("openai", "httpx2", "httpcore2")
"""Their debug lines quote headers and answers, and so whatever echoes the key."""


class Connection:
    """A server's client, made at the first use."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()  # one client, however many requests begin at once

    async def client(self) -> AsyncOpenAI:
        """The SDK's client. Raises UserError for a certificate file that cannot be read."""
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self.server)
            return self._client

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def awaited(self, doing: Awaitable[T], seconds: float, request: Request | None = None) -> T:
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
                self.server, response.status_code, response.text, response.headers, model=model, sent=sent
            )
        except (openai.APIConnectionError, httpx2.RequestError) as error:
            failure = failures.broken_off(self.server, error)
        except openai.APIError as error:
            failure = failures.gave_up(self.server, error.body)
        except TimeoutError:
            failure = failures.stalled(self.server, seconds)
        except UnicodeDecodeError:
            failure = failures.nonsense(self.server, "bytes that are not UTF-8")
        except (json.JSONDecodeError, RecursionError):
            failure = failures.nonsense(self.server, "something that is not JSON")
        raise failure


def _sent(request: Request) -> frozenset[str]:
    """The names of what a request sets, as `Provider.unsupported` knows them."""
    names = {name for name in PARAMETERS if getattr(request.config, name) not in (None, ())}
    extra = {"json_schema": request.json_schema, "effort": request.effort}
    return frozenset(names | {name for name, value in extra.items() if value is not None})


def _client(server: Server) -> AsyncOpenAI:
    """A client for one server; imports the SDK and reads certificates, so not on the loop. Raises UserError."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    own = _own_headers(server)

    async def strip(request: HttpRequest) -> None:
        """Leave only what the server needs, whatever the SDK or the environment put in."""
        for name in set(request.headers) - _KEPT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "prompt-workbench"
        for name, value in own.items():
            request.headers[name] = value

    # Silence is timed around each chunk, in `awaited`.
    timeout = Timeout(None, connect=CONNECT_SECONDS)
    transport = DefaultAsyncHttpxClient(
        follow_redirects=False,
        trust_env=False,
        timeout=timeout,
        event_hooks={"request": [strip]},
        proxy=server.proxy or None,
        verify=_certificates(server.profile.ca_file),
    )
    return AsyncOpenAI(
        base_url=server.profile.base_url,
        api_key="set by strip",
        max_retries=0,
        timeout=timeout,
        http_client=transport,
        default_query=dict(server.profile.query),
    )


def _own_headers(server: Server) -> dict[str, str]:
    """The profile's headers and the key's; what carries the key is the key's, whatever else names it."""
    headers = {header.name.lower(): header.value for header in server.profile.headers if header.source == "plain"}
    headers |= {name.lower(): value for name, value in server.headers.items()}
    if server.key:
        name = server.profile.key_header.lower()
        headers[name or "authorization"] = server.key if name else f"Bearer {server.key}"
    return headers


def _certificates(ca_file: str) -> ssl.SSLContext | bool:
    """The system's certificates, and with a file those in it too. Raises UserError."""
    if not ca_file:
        return True
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:  # ssl.SSLError is one: a file without a certificate in it
        said = "holds no certificate" if isinstance(error, ssl.SSLError) else f"cannot be read: {error.strerror}"
        raise UserError(
            f"The certificate file {ca_file} {said}.", advice="Choose a PEM file in the profile's connection."
        ) from None
    return context
