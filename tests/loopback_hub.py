"""A model hub on this machine: the Hugging Face API for listing and files, well or badly as a test asks.

    with LoopbackHub() as hub:
        hub.add("owner/name", {"tiny-Q8_0.gguf": data})
        hub.faults.append(Cut(after=1000))
        ... talk to hub.url ...
        assert hub.file_requests[0].headers["range"] == "bytes=1000-"

Large files are handed out by a second server under another host name, as hubs do it with their file hosts. Each
answer with a file takes the next fault. As a program (`python -m tests.loopback_hub FOLDER`) it serves the folders
OWNER/NAME below FOLDER, prints its address, and ends with its standard input.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_TREE = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/tree/(?P<revision>[^/]+)")
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
_RANGE = re.compile(r"bytes=(\d+)-")
_PIECE = 65_536


@dataclass(frozen=True)
class Cut:
    """Close the connection after so many bytes of the body."""

    after: int


@dataclass(frozen=True)
class Stall:
    """Say nothing more after so many bytes, until the test lets go or the client leaves."""

    after: int


@dataclass(frozen=True)
class Status:
    """Answer with an error instead."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Spoil:
    """Send other bytes than the listing promises, from here on."""

    at: int


Fault = Cut | Stall | Status | Spoil | None


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    host: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""


class LoopbackHub:
    """Two servers in threads of their own, and the repositories that they serve."""

    def __init__(
        self, *, token: str | None = None, ranges: bool = True, tags: bool = True, page: int = 1000
    ) -> None:
        self.token = token
        """When set, every request to the hub needs it."""
        self.ranges = ranges
        self.tags = tags
        self.page = page
        """Entries of a listing on one page."""
        self.redirects = True
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.hashes: dict[str, str] = {}
        """SHA-256 that the listing gives in place of the true one, by path."""
        self.faults: deque[Fault] = deque()
        self.listing: Status | None = None
        """What every listing is answered with."""
        self.requests: list[Seen] = []
        self.released = threading.Event()
        """Set: stalled answers go on."""
        self._hub = _server(self, "127.0.0.1")
        self._files = _server(self, "localhost")

    @property
    def url(self) -> str:
        """The hub's address."""
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def files_url(self) -> str:
        """The address of its file host."""
        return f"http://localhost:{self._files.server_port}"

    @property
    def file_requests(self) -> list[Seen]:
        """What was asked of the file host."""
        return [seen for seen in self.requests if seen.host.startswith("localhost")]

    def add(self, repository: str, files: Mapping[str, bytes]) -> None:
        """Offer files."""
        self.repositories.setdefault(repository, {}).update(files)

    def __enter__(self) -> LoopbackHub:
        for server in (self._hub, self._files):
            # The poll only bounds how long a shutdown takes.
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        for server in (self._hub, self._files):
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: LoopbackHub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is what the tests are about."""


def _server(hub: LoopbackHub, host: str) -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    server.server_name = host
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet."""

    def do_GET(self) -> None:
        hub = self.server.hub
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.requests.append(Seen(headers.get("host", ""), self.path, headers))
        parts = urlsplit(self.path)
        if self.server.server_name == "localhost":
            repository, path = unquote(parts.path).lstrip("/").split("|")
            self._file(hub.repositories[repository][path], headers)
        elif hub.token and headers.get("authorization") != f"Bearer {hub.token}":
            code = 401 if "authorization" not in headers else 403
            self._refuse(Status(code, {"X-Error-Code": "GatedRepo"}, '{"error": "Access is restricted."}'))
        elif parts.path == "/api/models":
            self._search(parse_qs(parts.query)["search"][0])
        elif match := _TREE.fullmatch(parts.path):
            self._tree(match["repo"], parse_qs(parts.query))
        elif match := _FILE.fullmatch(unquote(parts.path)):
            self._resolve(match["repo"], match["path"], headers)
        else:
            self._refuse(Status(404))

    def _search(self, words: str) -> None:
        found = [name for name in self.server.hub.repositories if words.lower() in name.lower()]
        self._json([{"id": name, "downloads": 10 - n, "gated": False} for n, name in enumerate(found)])

    def _tree(self, repository: str, query: Mapping[str, list[str]]) -> None:
        hub = self.server.hub
        if hub.listing:
            self._refuse(hub.listing)
            return
        if repository not in hub.repositories:
            self._refuse(Status(404, {"X-Error-Code": "RepoNotFound"}, '{"error": "Repository not found"}'))
            return
        entries: list[dict[str, Any]] = [{"type": "directory", "path": "somewhere", "size": 0, "oid": "0"}]
        for path, data in sorted(hub.repositories[repository].items()):
            lfs = {"oid": self._hash(path, data), "size": len(data), "pointerSize": 134}
            large = {"lfs": lfs} if len(data) > 500 else {}
            entries.append({"type": "file", "path": path, "size": len(data), "oid": "1" * 40, **large})
        start = int(query.get("cursor", ["0"])[0])
        more = {}
        if start + hub.page < len(entries):
            following = f"{hub.url}/api/models/{repository}/tree/main?recursive=true&cursor={start + hub.page}"
            more = {"Link": f'<{following}>; rel="next"'}
        self._json(entries[start : start + hub.page], more)

    def _resolve(self, repository: str, path: str, headers: Mapping[str, str]) -> None:
        hub = self.server.hub
        data = hub.repositories.get(repository, {}).get(path)
        if data is None:
            self._refuse(Status(404, {"X-Error-Code": "EntryNotFound"}, "Entry not found"))
        elif hub.redirects:
            tag = {"X-Linked-ETag": f'"{self._hash(path, data)}"'} if hub.tags else {}
            location = f"{hub.files_url}/{repository}%7C{path}?Signature=secret"
            self._head(302, 0, {"Location": location, "X-Linked-Size": str(len(data)), **tag})
        else:
            self._file(data, headers)

    def _file(self, data: bytes, headers: Mapping[str, str]) -> None:
        hub = self.server.hub
        fault = hub.faults.popleft() if hub.faults else None
        if isinstance(fault, Status):
            self._refuse(fault)
            return
        if isinstance(fault, Spoil):
            data = data[: fault.at] + bytes(byte ^ 0xFF for byte in data[fault.at :])
        tag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        more = {"ETag": tag} if hub.tags else {}
        start = self._start(headers, tag)
        if start >= len(data) > 0:
            self._head(416, 0, {"Content-Range": f"bytes */{len(data)}"})
            return
        if start:
            more["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(206 if start else 200, len(data) - start, more)
        self._send(data[start:], fault)

    def _start(self, headers: Mapping[str, str], tag: str) -> int:
        wanted = _RANGE.fullmatch(headers.get("range", ""))
        if not wanted or not self.server.hub.ranges or headers.get("if-range", tag) != tag:
            return 0
        return int(wanted[1])

    def _send(self, body: bytes, fault: Fault) -> None:
        most = fault.after if isinstance(fault, Cut | Stall) else len(body)
        for at in range(0, min(most, len(body)), _PIECE):
            self.wfile.write(body[at : min(at + _PIECE, most)])
            self.wfile.flush()
        if isinstance(fault, Cut):
            self.close_connection = True
        elif isinstance(fault, Stall):
            self.server.hub.released.wait(60)
            self.wfile.write(body[most:])

    def _hash(self, path: str, data: bytes) -> str:
        return self.server.hub.hashes.get(path) or hashlib.sha256(data).hexdigest()

    def _json(self, data: Any, more: Mapping[str, str] | None = None) -> None:
        body = json.dumps(data).encode()
        self._head(200, len(body), {"Content-Type": "application/json", **(more or {})})
        self.wfile.write(body)

    def _refuse(self, status: Status) -> None:
        body = status.body.encode()
        self._head(status.code, len(body), status.headers)
        self.wfile.write(body)

    def _head(self, code: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _folders(root: Path) -> Iterable[tuple[str, dict[str, bytes]]]:
    for folder in root.glob("*/*/"):
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
        yield folder.relative_to(root).as_posix(), files


def _main(root: str) -> None:
    with LoopbackHub() as hub:
        for repository, files in _folders(Path(root)):
            hub.add(repository, files)
        print(hub.url, flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    _main(sys.argv[1])
