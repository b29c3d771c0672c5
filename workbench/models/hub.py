"""A model hub: any server that speaks the Hugging Face API for listing repositories and handing out files.

Nothing here connects before a method is awaited. The access token goes to the hub's own origin and nowhere else:
redirects (the files of large repositories lie on other hosts) are followed by hand, without it.
API: https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from workbench.errors import UserError
from workbench.models.hub_failures import nonsense, refusal, stalled, unreachable
from workbench.models.quantisation import quantisation_of
from workbench.models.split import split_name

if TYPE_CHECKING:
    import httpx2

PUBLIC_HUB = "https://huggingface.co"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_REDIRECTS = 5
_MOST_PAGES = 50
_LONGEST_BODY = 32 * 1024 * 1024
_LONGEST_ERROR = 64 * 1024
_CONNECT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository."""

    path: str
    """Within the repository, with slashes."""
    size_bytes: int
    sha256: str | None
    """Of its content, where the hub knows it: for every large file."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model that a repository offers: a file, or the files of a split one."""

    name: str
    """Its file's name; without the number for a split one."""
    files: tuple[HubFile, ...]
    """In order."""
    quantisation: str
    """As far as the name tells."""

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that a search found."""

    name: str
    downloads: int
    gated: bool
    """Whether its terms must be accepted before its files are handed out."""


class Answer:
    """An open answer of the server that holds a file."""

    def __init__(
        self, response: httpx2.Response, place: str, stall_seconds: float, linked: Mapping[str, str]
    ) -> None:
        self._response = response
        self._place = place
        self._stall_seconds = stall_seconds
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.identity = _tag(linked.get("x-linked-etag", "")) or _tag(response.headers.get("etag", ""))
        """What the hub calls this content; empty when it does not say."""

    @property
    def validator(self) -> str:
        """What `If-Range` may hold at the host that answered; empty where only weak tags are given."""
        tag = str(self._response.headers.get("etag", ""))
        return tag if tag.startswith('"') else ""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ServerError when it breaks off or stalls."""
        import httpx2

        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except httpx2.TimeoutException as error:
            raise stalled(self._place, self._stall_seconds) from error
        except httpx2.HTTPError as error:
            raise unreachable(self._place, error) from error


class Hub:
    """One hub, by its address. Used on one asyncio loop."""

    def __init__(self, endpoint: str = PUBLIC_HUB, token: str | None = None, *, stall_seconds: float = 30) -> None:
        self.endpoint = checked_endpoint(endpoint)
        self.place = urlsplit(self.endpoint).netloc
        self._token = token
        self._stall_seconds = stall_seconds
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def models(self, repository: str, *, revision: str = "main") -> tuple[HubModel, ...]:
        """The GGUF models of a repository, smallest first. Raises NotFound, UserError, ServerError."""
        return grouped(await self.files(repository, revision=revision))

    async def files(self, repository: str, *, revision: str = "main") -> tuple[HubFile, ...]:
        """All files of a repository. Raises NotFound, UserError, ServerError."""
        name = checked_repository(repository)
        url = f"{self.endpoint}/api/models/{name}/tree/{quote(revision, safe='')}?recursive=true"
        found: list[HubFile] = []
        for _ in range(_MOST_PAGES):
            entries, following = await self._page(url, f"repository {name}")
            found += [file for entry in entries if (file := _file(entry))]
            # Only ever on the same origin: the next page is asked for with the token.
            if not following or _origin(following) != _origin(url):
                break
            url = following
        return tuple(found)

    async def search(self, words: str, *, limit: int = 30) -> tuple[Repository, ...]:
        """Repositories with GGUF files, the most downloaded first. Raises ServerError."""
        wanted = f"search={quote(words)}&filter=gguf&sort=downloads&direction=-1&limit={limit}"
        url = f"{self.endpoint}/api/models?{wanted}"
        entries, _ = await self._page(url, "search")
        return tuple(found for entry in entries if (found := _repository(entry)))

    @asynccontextmanager
    async def open(
        self, repository: str, path: str, *, revision: str = "main", headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Answer]:
        """The content of a file, as far as `headers` ask. Raises NotFound, ServerError; 416 is an answer."""
        where = f"{checked_repository(repository)}/resolve/{quote(revision, safe='')}/{quote(path)}"
        url = f"{self.endpoint}/{where}"
        linked: dict[str, str] = {}
        wanted = {"Accept-Encoding": "identity", **(headers or {})}
        for _ in range(_MOST_REDIRECTS + 1):
            async with self._request(url, wanted) as response:
                linked = dict(response.headers) | linked
                if response.status_code in (301, 302, 303, 307, 308):
                    url = self._next(url, str(response.headers.get("location", "")))
                    continue
                if response.status_code not in (200, 206, 416):
                    raise await self._refusal(response, f"file {path}")
                yield Answer(response, urlsplit(url).netloc, self._stall_seconds, linked)
                return
        raise nonsense(self.place, f"it sends the request for {path} in circles")

    async def close(self) -> None:
        """Let connections go."""
        if self._client:
            await self._client.aclose()
            self._client = None

    async def _page(self, url: str, what: str) -> tuple[list[Any], str]:
        """A JSON list, and the address of its next page."""
        for _ in range(_MOST_REDIRECTS + 1):
            async with self._request(url, {"Accept": "application/json"}) as response:
                if response.is_redirect:  # a repository that was renamed
                    url = self._next(url, str(response.headers.get("location", "")))
                    continue
                if response.status_code != 200:
                    raise await self._refusal(response, what)
                body = await self._body(response, _LONGEST_BODY)
                following = response.links.get("next", {}).get("url", "")
                return self._list(body, what), following
        raise nonsense(self.place, f"it sends the request for the {what} in circles")

    def _list(self, body: bytes, what: str) -> list[Any]:
        try:
            data = json.loads(body)
        except ValueError as error:
            raise nonsense(self.place, f"its list for the {what} is not JSON") from error
        if not isinstance(data, list):
            raise nonsense(self.place, f"its answer for the {what} is not a list")
        return data

    @asynccontextmanager
    async def _request(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        import httpx2

        place = urlsplit(url).netloc
        sent = dict(headers)
        if self._token and _origin(url) == _origin(self.endpoint):
            sent["Authorization"] = f"Bearer {self._token}"
        client = await self._open_client()
        try:
            async with client.stream("GET", url, headers=sent) as response:
                yield response
        except httpx2.TimeoutException as error:
            raise stalled(place, self._stall_seconds) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise unreachable(place, error) from error

    async def _open_client(self) -> httpx2.AsyncClient:
        # Making the first one reads the system's certificates.
        async with self._opening:
            if (client := self._client) is None:
                client = self._client = await asyncio.to_thread(_client, self.endpoint, self._stall_seconds)
            return client

    def _next(self, url: str, location: str) -> str:
        """Where a redirect leads; never from an encrypted connection to an open one."""
        import httpx2

        if not location:
            raise nonsense(self.place, "it redirects to nowhere")
        following = str(httpx2.URL(url).join(location))
        if urlsplit(url).scheme == "https" and urlsplit(following).scheme != "https":
            raise nonsense(self.place, "it redirects to an unencrypted address")
        return following

    async def _refusal(self, response: httpx2.Response, what: str) -> Exception:
        body = (await self._body(response, _LONGEST_ERROR)).decode("utf-8", "replace")
        place = response.url.netloc.decode()
        told = self._token is not None and place == self.place
        return refusal(response.status_code, response.headers, body, place=place, what=what, token=told)

    async def _body(self, response: httpx2.Response, longest: int) -> bytes:
        data = bytearray()
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > longest:
                if response.is_success:
                    raise nonsense(self.place, "its answer does not end")
                break
        return bytes(data[:longest])


def _client(endpoint: str, stall_seconds: float) -> httpx2.AsyncClient:
    import httpx2

    # Its log lines hold whole addresses, and those of file hosts are signed.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(stall_seconds, connect=min(_CONNECT_SECONDS, stall_seconds)),
        headers={"User-Agent": "prompt-workbench"},
        trust_env=not is_loopback(endpoint),  # a proxy of the environment leads away from this machine
    )


def is_loopback(endpoint: str) -> bool:
    """Whether a hub runs on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def checked_endpoint(text: str) -> str:
    """A hub's address without a slash at its end. Raises UserError."""
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and not parts.query and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise UserError(f"{text!r} is not the address of a hub.", advice=f"It looks like {PUBLIC_HUB}.")
    if parts.username or parts.password:
        raise UserError("The address of the hub holds a user name or password.", advice="Use an access token.")
    return text


def checked_repository(text: str) -> str:
    """`owner/name`, also from the address of its page. Raises UserError."""
    name = re.sub(r"^https?://[^/]+/", "", text.strip()).strip("/")
    name = "/".join(name.split("/")[:2])
    if not _REPOSITORY.fullmatch(name) or ".." in name:
        raise UserError(f"{text!r} does not name a repository.", advice="It looks like owner/name.")
    return name


def checked_path(path: str) -> str:
    """A file's path that stays within its repository's folder on every system. Raises UserError."""
    if not _is_safe(path):
        raise UserError(f"{path!r} cannot be a file of a repository.", advice="Choose another file.")
    return path


def grouped(files: tuple[HubFile, ...]) -> tuple[HubModel, ...]:
    """GGUF files as models, split ones whole, smallest first; incomplete sets and image projectors left out."""
    models: list[HubModel] = []
    sets: dict[tuple[str, int], dict[int, HubFile]] = {}
    for file in files:
        name = file.path.rpartition("/")[2]
        if not name.lower().endswith(".gguf") or name.lower().startswith("mmproj"):
            continue
        if split := split_name(file.path):
            sets.setdefault((split.prefix, split.count), {})[split.number] = file
        else:
            models.append(HubModel(file.path, (file,), quantisation_of(name)))
    for (prefix, count), parts in sets.items():
        if set(parts) == set(range(1, count + 1)):
            ordered = tuple(parts[number] for number in range(1, count + 1))
            models.append(HubModel(f"{prefix}.gguf", ordered, quantisation_of(prefix.rpartition("/")[2])))
    return tuple(sorted(models, key=lambda model: (model.size_bytes, model.name)))


def _file(entry: Any) -> HubFile | None:
    """A line of a listing; None for folders, and for what no hub of good will would say."""
    match entry:
        case {"type": "file", "path": str(path), "size": int(size)} if size >= 0 and _is_safe(path):
            lfs = entry.get("lfs")
            told = lfs if isinstance(lfs, dict) else {}
            sha256 = str(told.get("oid") or told.get("sha256") or "").removeprefix("sha256:").lower()
            real = told.get("size")
            return HubFile(
                path,
                real if isinstance(real, int) and real >= 0 else size,
                sha256 if _SHA256.fullmatch(sha256) else None,
            )
    return None


def _repository(entry: Any) -> Repository | None:
    match entry:
        case {"id": str(name)} if _REPOSITORY.fullmatch(name):
            downloads = entry.get("downloads")
            return Repository(name, downloads if isinstance(downloads, int) else 0, bool(entry.get("gated")))
    return None


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return (
        len(path) < 500
        and path.isprintable()
        and not any(character in path for character in '\\:*?"<>|')
        and all(part not in ("", ".", "..") and not part.endswith((".", " ")) for part in parts)
    )


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _tag(text: str) -> str:
    return text.removeprefix("W/").strip('"')
