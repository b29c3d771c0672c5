"""What went wrong at a server, said as cause and next step. Pure functions; no text of theirs holds the key."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from workbench.core.completion import PARAMETERS
from workbench.core.profile import key_variable
from workbench.errors import ContextOverflow, ModelError, ServerError
from workbench.providers.chat_request import WIRE_NAMES
from workbench.providers.server import Server

_LONGEST_SENTENCE = 300
_LONGEST_DETAILS = 4_000
_LONGEST_SEARCHED = 20_000

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context|context (length|size|window)|too many tokens",
    re.IGNORECASE,
)
_UNTAKEN = re.compile(
    r"unsupported|not (currently |yet )?support|n['’]t support|unrecogni[sz]ed|unknown|unexpected|not permitted"
    r"|not allowed|extra (inputs|fields)|unavailable|not available|does not exist",
    re.IGNORECASE,
)
"""Words of a refusal that no other value of the parameter would mend."""
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)

_Failure = tuple[str, str, bool]
"""Message, advice, and whether the same request may succeed later; {place} and {status} are filled in."""

_TRY_AGAIN = "Try again; if it stays, look at the server's log or status page."

_BY_STATUS: dict[int, _Failure] = {
    407: (
        "The proxy on the way to {place} wants a user name and password.",
        "Put its address with them into an environment variable, and write $VARIABLE as the profile's proxy.",
        False,
    ),
    402: ("The account at {place} has no credit left.", "Add credit there, or use another key.", False),
    403: ("{place} does not allow this key to do that.", "Check what the key may use.", False),
    408: ("{place} took too long to answer.", "Try again, or choose a smaller model.", True),
    409: ("{place} was busy with something else.", "Try again.", True),
    413: ("The request is too large for {place}.", "Shorten the prompt.", False),
    429: ("{place} wants fewer requests at a time.", "Wait a little, or run fewer at once.", True),
    504: ("{place} took too long to answer.", "Try again, or choose a smaller model.", True),
}
_OTHER_NAME = ("is for another name", "Write the address with the name that the certificate was made for.")
_UNTRUSTED = (
    "is not trusted by this machine",
    "Check the address; a private certificate is trusted by a file in the profile's connection.",
)
_CERTIFICATES = {
    9: ("is not valid yet", "Check the date of this machine."),
    10: ("has expired", "Tell who runs the server, or check the date of this machine."),
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
"""By OpenSSL's verify codes: not yet valid · expired · hostname mismatch · IP address mismatch."""
_OUT_OF_QUOTA = ("The quota of the account at {place} is used up.", "Check its plan and billing there.", False)


class BrokenOff(ServerError):
    """The connection ended; what came before it may be an answer worth keeping."""


def refused(
    server: Server, status: int, body: str, headers: Mapping[str, str], *, model: str = "", sent: frozenset[str]
) -> ModelError:
    """An answer with an error status; `headers` by lower-case names, `sent` the parameters of the request."""
    said = _said(server, body)
    details = _details(server, f"HTTP status {status}\n{body}")
    if status in (400, 413, 422) and _CONTEXT.search(body[:_LONGEST_SEARCHED]):
        return ContextOverflow(
            f"The prompt is longer than {model or 'the model'} at {server.place} can take.{_quoted(said)}",
            advice="Shorten the prompt, lower max tokens, or choose a model with a larger context.",
            details=details,
        )
    if status in (400, 422) and (name := _parameter(body, sent)):
        return ServerError(
            f"{server.place} does not take the parameter {name} as it is.{_quoted(said)}",
            advice=f"Set {name} back to its default, or choose another model.",
            details=details,
            status=status,
            untaken=name if _UNTAKEN.search(body[:_LONGEST_SEARCHED]) else "",
        )
    message, advice, retryable = _by_status(server, status, body, headers, model)
    return ServerError(
        message.replace("{place}", server.place).replace("{status}", str(status)) + _quoted(said),
        advice=advice,
        details=details,
        status=status,
        retryable=retryable,
        retry_after=retry_after(headers),
    )


def _by_status(server: Server, status: int, body: str, headers: Mapping[str, str], model: str) -> _Failure:
    if status == 401:
        return _key_refused(server)
    if status == 404:
        return _not_found(server, body, model)
    if 300 <= status < 400:
        return _redirected(server, headers)
    if status == 429 and "insufficient_quota" in body:
        return _OUT_OF_QUOTA
    if status >= 500:
        return _BY_STATUS.get(status, ("{place} failed with status {status}.", _TRY_AGAIN, True))
    return _BY_STATUS.get(status, ("{place} refused the request with status {status}.", "", False))


def _key_refused(server: Server) -> _Failure:
    if server.key:
        return f"{server.place} refused the key.", f"Check the key of the profile {server.profile.name}.", False
    variable = key_variable(server.profile)
    advice = f"Enter one in the profile {server.profile.name}, or set {variable}."
    return f"{server.place} wants a key and has been given none.", advice, False


def _not_found(server: Server, body: str, model: str) -> _Failure:
    if model and "model" in body.lower() and _json(body) is not None:
        return f"{server.place} has no model {model}.", "Fetch the model list again and choose from it.", False
    return (
        f"There is no chat completion at {server.profile.base_url}.",
        "Check the address in the profile; it usually ends with /v1.",
        False,
    )


def _redirected(server: Server, headers: Mapping[str, str]) -> _Failure:
    target = server.hide_key(headers.get("location", ""))[:_LONGEST_SENTENCE] or "somewhere else"
    message = f"{server.place} sends us on to {target}, and the key is not sent there."
    return message, "If that is the right server, put its address into the profile.", False


def broken_off(server: Server, error: BaseException) -> BrokenOff:
    """No connection, or one that ended before an answer was complete."""
    causes = list(_causes(error))
    message, advice, retryable = _by_cause(server, causes)
    names = " ← ".join(f"{type(cause).__name__}: {cause}" for cause in causes)
    return BrokenOff(message, advice=advice, details=_details(server, names), retryable=retryable)


def _by_cause(server: Server, causes: list[BaseException]) -> _Failure:
    """What to say of a connection; nothing is worth a retry that stays as it is until somebody mends it."""

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    place = server.place
    if untrusted := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        wrong, advice = _CERTIFICATES.get(untrusted.verify_code, _UNTRUSTED)
        return f"The certificate of {place} {wrong}.", advice, False
    if among(ssl.SSLError):
        advice = "If it is a server on this machine or in your network, its address may begin with http://."
        return f"{place} does not speak TLS.", advice, False
    return _by_proxy(server, causes) if server.proxy else _unreached(server, causes)


def _unreached(server: Server, causes: list[BaseException]) -> _Failure:
    """What to say where no connection came about, or one broke."""

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    place, online = server.place, "Check the address in the profile, and whether this machine is online."
    if among(socket.gaierror):
        return f"The name {server.host} was not found.", online, False
    # With several addresses for a name, asyncio only says that all attempts failed.
    if among(ConnectionRefusedError) or any("attempts failed" in str(cause) for cause in causes):
        return (
            f"The server at {place} refused the connection.",
            "Is it running? Check the port in the profile.",
            False,
        )
    if any(type(cause).__name__ == "ConnectTimeout" for cause in causes):
        return f"{place} cannot be reached.", online, True
    return f"The connection to {place} broke.", _TRY_AGAIN, True


def _by_proxy(server: Server, causes: list[BaseException]) -> _Failure:
    """What to say where the first machine on the way is a proxy: it is the one that was not reached."""
    proxy, check = server.proxy_place, "Check the proxy in the profile's connection, or leave it empty."
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"The name of the proxy {proxy} was not found.", check, False
    if any(isinstance(cause, ConnectionRefusedError) or "attempts failed" in str(cause) for cause in causes):
        return f"The proxy {proxy} refused the connection.", check, False
    if refusal := next((cause for cause in causes if type(cause).__name__ == "ProxyError"), None):
        if "407" in str(refusal):
            message, advice, retryable = _BY_STATUS[407]
            return message.replace("{place}", server.place), advice, retryable
        return f"The proxy {proxy} did not let us through to {server.place}.", check, False
    return f"The connection to {server.place} through the proxy {proxy} broke.", _TRY_AGAIN, True


def stalled(server: Server, seconds: float) -> ServerError:
    """Silence for too long."""
    return ServerError(
        f"{server.place} has sent nothing for {seconds:g} seconds.",
        advice="Try again; what came before is kept.",
        retryable=True,
    )


def not_an_answer(server: Server, what: str, body: str = "") -> ServerError:
    """Status 200 with something else than a chat completion."""
    return ServerError(
        f"{server.place} did not answer with {what}.{_quoted(_said(server, body))}",
        advice="Check the address in the profile; it usually ends with /v1.",
        details=_details(server, body),
    )


def no_model_list(server: Server, refusal: ServerError) -> ServerError:
    """The server answers, but does not say which models it has; some never do."""
    return ServerError(
        f"{server.place} has no model list.",
        advice="Type the names of its models into the profile, or check the address; it usually ends with /v1.",
        details=refusal.details,
        status=refusal.status,
    )


def nothing_came(server: Server) -> ServerError:
    """A stream that ends in good order, without a word."""
    return ServerError(f"{server.place} ended its answer before it began.", advice="Try again.", retryable=True)


def nonsense(server: Server, what: str) -> ServerError:
    """A stream that cannot be read on."""
    return ServerError(
        f"{server.place} sent {what} in the middle of its answer.",
        advice=_TRY_AGAIN,
        retryable=True,
    )


def gave_up(server: Server, said: object) -> ModelError:
    """An error that the server reports inside its stream, where the status was already sent."""
    body = json.dumps({"error": said})
    code = said.get("code") if isinstance(said, Mapping) else None
    status = int(code) if isinstance(code, int | str) and re.fullmatch(r"[45]\d\d", str(code)) else 500
    return refused(server, status, body, {}, sent=frozenset())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait: `Retry-After` as a number or a date, or OpenAI's milliseconds."""
    for name, unit in (("retry-after-ms", 1_000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d+)?", value):
            return float(value) / unit
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, date.timestamp() - time.time())


def _said(server: Server, body: str) -> str:
    """The server's own sentence, whichever form its error has; a page's text without its tags."""
    data = _json(body)
    text = _sentence(data) if data is not None else _TAGS.sub(" ", body[:_LONGEST_SEARCHED])
    text = " ".join(server.hide_key(text[:_LONGEST_SEARCHED]).split())
    return text if len(text) <= _LONGEST_SENTENCE else text[:_LONGEST_SENTENCE] + "…"


def _sentence(data: Any) -> str:
    """OpenAI {error: {message}} · Ollama {error: text} · FastAPI {detail: …} · Google [{error: …}]."""
    match data:
        case str():
            return data
        case [first, *_]:
            return _sentence(first)
        case {"error": inner} | {"detail": inner} | {"message": inner} | {"msg": inner}:
            return _sentence(inner)
    return ""


def _parameter(body: str, sent: frozenset[str]) -> str:
    """The parameter that a refusal is about, by our name; empty when it names none that was sent."""
    data = _json(body)
    error = data.get("error") if isinstance(data, dict) else None
    named = error.get("param") if isinstance(error, dict) else None
    candidates = [named] if isinstance(named, str) else []
    text = body[:_LONGEST_SEARCHED]
    candidates += [name for name in (*WIRE_NAMES, *PARAMETERS) if re.search(rf"\b{name}\b", text)]
    ours = (WIRE_NAMES.get(name.partition(".")[0], name) for name in candidates)
    return next((name for name in ours if name in sent), "")


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _quoted(said: str) -> str:
    said = said.rstrip(" .")
    return f" It says “{said}”." if said else ""


def _details(server: Server, text: str) -> str:
    return server.hide_key(text[:_LONGEST_SEARCHED])[:_LONGEST_DETAILS]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, groups opened."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 20:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause is not None]
