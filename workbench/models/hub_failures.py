"""What went wrong at a model hub, said as cause and next step. No text here holds the token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from workbench.errors import NotFound, ServerError, WorkbenchError

_LONGEST_SAID = 200
_MOST_WAITED = 24 * 3600.0


def refusal(
    status: int, headers: Mapping[str, str], body: str, *, place: str, what: str, token: bool
) -> WorkbenchError:
    """The error for an answer with this status; `what` is the repository or file that was asked for."""
    code = headers.get("x-error-code", "")
    # A server that was told the token may echo it, whole or in parts.
    said = "" if token else _said(headers, body)
    details = f"HTTP status {status}{f', {code}' if code else ''}\n{said}".strip()
    if status == 404:
        return NotFound(f"{place} has no {what}.", advice=_MISSING.get(code, "Check the name."), details=details)
    if status == 401:
        cause, advice = _refused(place, what, token=token)
        return ServerError(cause, advice=advice, details=details, status=status)
    if status == 403:
        return ServerError(
            f"{place} does not hand out {what} to this account.",
            advice="Open its page there, accept its terms, and use an access token of that account."
            if code == "GatedRepo" or token
            else "Set an access token (HF_TOKEN) of an account that may read it.",
            details=details,
            status=status,
        )
    if status == 429:
        wait = retry_after(headers)
        return ServerError(
            f"{place} wants fewer requests at a time.",
            advice=f"Wait {wait:.0f} s, then resume." if wait else "Wait some minutes, then resume.",
            details=details,
            status=status,
            retryable=True,
            retry_after=wait,
        )
    return ServerError(
        f"{place} answered {what} with status {status}.",
        advice="Try again later; what has come is kept." if status >= 500 else "Check the address of the hub.",
        details=details,
        status=status,
        retryable=status >= 500 or status == 408,
        retry_after=retry_after(headers),
    )


_MISSING = {
    "RepoNotFound": "Check the spelling of owner and name; a private one needs an access token.",
    "EntryNotFound": "List the repository's files again: it may have been renamed or removed.",
    "RevisionNotFound": "Leave the revision out to take the newest.",
}


def _refused(place: str, what: str, *, token: bool) -> tuple[str, str]:
    if token:
        return f"{place} refused the access token.", "Check that it is current and may read this repository."
    return (
        f"{place} does not show {what} without an access token.",
        "Check its spelling; if it is private or gated, set HF_TOKEN or enter a token.",
    )


def unreachable(place: str, error: Exception) -> ServerError:
    """No connection, or one that broke; worth a retry."""
    words = str(error).strip() or type(error).__name__
    return ServerError(
        f"{place} cannot be reached, or the connection broke.",
        advice="Check the network and the address of the hub.",
        details=words[:_LONGEST_SAID],
        retryable=True,
    )


def stalled(place: str, seconds: float) -> ServerError:
    """Nothing came for so long; worth a retry."""
    return ServerError(
        f"{place} sent nothing for {seconds:.0f} s.",
        advice="Check the network; what has come is kept.",
        retryable=True,
    )


def nonsense(place: str, what: str) -> ServerError:
    """An answer that is not what a hub says."""
    return ServerError(
        f"{place} does not answer as a model hub does: {what}.",
        advice="Check the address of the hub, such as https://huggingface.co.",
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait; None where it does not say so in seconds."""
    text = headers.get("retry-after", "").strip()
    return min(float(text), _MOST_WAITED) if re.fullmatch(r"\d{1,9}(\.\d+)?", text) else None


def _said(headers: Mapping[str, str], body: str) -> str:
    """The server's own words, short and on one line."""
    said = headers.get("x-error-message", "")
    if not said:
        try:
            data = json.loads(body)
            said = str(data.get("error", "")) if isinstance(data, dict) else ""
        except ValueError:
            said = re.sub(r"<[^>]*>", " ", body)
    return " ".join(said.split())[:_LONGEST_SAID]
