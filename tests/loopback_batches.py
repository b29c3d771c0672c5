"""A server on this machine with OpenAI's files and batches, well or badly as a test asks.

    with LoopbackBatches() as server:
        server.refused.add("Say word3")
        ... talk to server.base_url ...
        assert len(server.uploads) == 1

A batch answers each request with its last message said back. It is `validating` when it is made, then
`in_progress`, and ends at the `polls`-th question after it; `hold()` keeps it at work until `release()`.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

_MADE = 1_760_000_000

Fault = Literal["drop", "busy", "refuse"]
"""Do what is asked and hang up without a word · status 503 with nothing done · status 400."""


@dataclass
class _Batch:
    id: str
    input_file: str
    metadata: Mapping[str, str]
    polls: int = 0
    status: str = "validating"
    output_file: str | None = None
    error_file: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    counts: tuple[int, int, int] = (0, 0, 0)
    """Total, completed, failed."""


class LoopbackBatches:
    """The server; a context manager that starts and ends its threads. `_changed` guards all that follows."""

    def __init__(self, *, polls: int = 2, lists: bool = True, has_batches: bool = True) -> None:
        self.polls = polls
        self.lists = lists
        """Whether batches and files can be listed."""
        self.has_batches = has_batches
        self.refused: set[str] = set()
        """Prompts that are answered with an error of their own."""
        self.end: Literal["completed", "expired", "failed"] = "completed"
        self.answered_before_the_end: int | None = None
        """How many requests an expired or cancelled batch got to; None is all."""
        self.faults: dict[str, list[Fault]] = {}
        """What befalls the next requests of a path, such as `POST /v1/batches`."""
        self.uploads: list[tuple[str, str]] = []
        """Names and contents of the files, as they came."""
        self.batches: dict[str, _Batch] = {}
        self.asked: Counter[str] = Counter()
        """How often each prompt was in a batch that was made."""
        self.bodies: list[Mapping[str, Any]] = []
        self.status_asked = 0
        self._files: dict[str, tuple[str, bytes]] = {}
        self._held = False
        self._changed = threading.Condition()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, name="batches", daemon=True)

    @property
    def base_url(self) -> str:
        """As a profile takes it."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def hold(self) -> None:
        """Keep every batch at work."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        """Let batches end."""
        with self._changed:
            self._held = False

    def wait_until(self, condition: Any, *, seconds: float = 30) -> None:
        """Wait until something was seen, such as `lambda s: s.batches`."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), seconds):
                raise AssertionError(f"not seen within {seconds} s; batches: {self.batches}")

    def __enter__(self) -> LoopbackBatches:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)

    # What is asked

    def reply(self, method: str, target: str, body: bytes, kind: str) -> tuple[int, bytes] | None:
        """Status and body; None hangs up without a word."""
        path = urlsplit(target).path
        with self._changed:
            faults = self.faults.get(f"{method} {path}", [])
            fault = faults.pop(0) if faults else None
            if fault == "busy":
                return 503, _error("Busy.", "busy")
            if fault == "refuse":
                return 400, _error("The file is not valid.", "invalid_request")
            answered = self._answered(method, path, parse_qs(urlsplit(target).query), body, kind)
            self._changed.notify_all()
            return None if fault == "drop" else answered

    def _answered(
        self, method: str, path: str, query: Mapping[str, list[str]], body: bytes, kind: str
    ) -> tuple[int, bytes]:
        if not self.has_batches:
            return _NOT_FOUND
        match method, path:
            case "POST", "/v1/files":
                answered = self._take_file(body, kind)
            case "POST", "/v1/batches":
                answered = self._make(json.loads(body))
            case "GET", "/v1/batches" | "/v1/files":
                answered = self._list(path, query)
            case _:
                answered = self._one(path)
        return answered

    def _one(self, path: str) -> tuple[int, bytes]:
        if found := re.fullmatch(r"/v1/files/([\w-]+)/content", path):
            return 200, self._files[found[1]][1]
        found = re.fullmatch(r"/v1/batches/([\w-]+)(/cancel)?", path)
        batch = self.batches.get(found[1]) if found else None
        if found is None or batch is None:
            return _NOT_FOUND
        if found[2]:
            self._end(batch, "cancelled")
        else:
            self.status_asked += 1
            self._advance(batch)
        return 200, _told(batch)

    def _take_file(self, body: bytes, kind: str) -> tuple[int, bytes]:
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        part = next(part for part in body.split(b"--" + boundary) if b'filename="' in part)
        head, _, content = part.partition(b"\r\n\r\n")
        found = re.search(rb'filename="([^"]+)"', head)
        assert found
        name = found[1].decode()
        content = content.removesuffix(b"\r\n")
        self.uploads.append((name, content.decode()))
        return 200, json.dumps({"id": self._keep(name, content), "filename": name, "purpose": "batch"}).encode()

    def _keep(self, name: str, content: bytes) -> str:
        file_id = f"file-{len(self._files) + 1}"
        self._files[file_id] = (name, content)
        return file_id

    def _make(self, asked: Mapping[str, Any]) -> tuple[int, bytes]:
        assert asked["endpoint"] == "/v1/chat/completions"
        batch = _Batch(f"batch_{len(self.batches) + 1}", asked["input_file_id"], asked.get("metadata") or {})
        self.batches[batch.id] = batch
        for request in self._requests(batch):
            self.bodies.append(request["body"])
            self.asked[request["body"]["messages"][-1]["content"]] += 1
        return 200, _told(batch)

    def _list(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, bytes]:
        if not self.lists:
            return 405, _error("Method not allowed", "no_list")
        if path.endswith("batches"):
            rows = [json.loads(_told(batch)) for batch in reversed(self.batches.values())]
        else:
            rows = [{"id": key, "filename": name} for key, (name, _) in reversed(self._files.items())]
        after = query.get("after", [""])[0]
        begin = next((at + 1 for at, row in enumerate(rows) if row["id"] == after), 0)
        page = rows[begin : begin + 2]  # short pages, so that a client has to turn them
        return 200, json.dumps({"data": page, "has_more": begin + 2 < len(rows)}).encode()

    def _requests(self, batch: _Batch) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._files[batch.input_file][1].splitlines()]

    # At work

    def _advance(self, batch: _Batch) -> None:
        if batch.status not in ("validating", "in_progress"):
            return
        batch.polls += 1
        batch.status = "in_progress"
        batch.counts = (len(self._requests(batch)), 0, 0)
        if batch.polls >= self.polls and not self._held:
            self._end(batch, self.end)

    def _end(self, batch: _Batch, status: str) -> None:
        batch.status = status
        if status == "failed":
            batch.errors = [{"code": "invalid_json_line", "message": "This line is not parseable.", "line": 1}]
            return
        requests = self._requests(batch)
        most = len(requests) if self.answered_before_the_end is None else self.answered_before_the_end
        answers, errors = [], []
        for number, request in enumerate(requests):
            text = request["body"]["messages"][-1]["content"]
            if status != "completed" and number >= most:
                errors.append(_line(request, None, {"code": f"batch_{status}", "message": "Not answered."}))
            elif text in self.refused:
                refusal = {"error": {"message": "This prompt is not allowed.", "code": "content_policy"}}
                errors.append(_line(request, {"status_code": 400, "body": refusal}, None))
            else:
                answers.append(_line(request, {"status_code": 200, "body": _completion(request, text)}, None))
        # Answers come in no order, as with a real batch.
        batch.output_file = self._keep("output", b"".join(reversed(answers))) if answers else None
        batch.error_file = self._keep("errors", b"".join(errors)) if errors else None
        batch.counts = (len(requests), len(answers), len(errors))


def _line(request: Mapping[str, Any], response: Any, error: Any) -> bytes:
    told = {"id": "r", "custom_id": request["custom_id"], "response": response, "error": error}
    return json.dumps(told).encode() + b"\n"


def _completion(request: Mapping[str, Any], text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": request["body"]["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 1_000},
    }


def _told(batch: _Batch) -> bytes:
    total, completed, failed = batch.counts
    return json.dumps(
        {
            "id": batch.id,
            "object": "batch",
            "status": batch.status,
            "input_file_id": batch.input_file,
            "output_file_id": batch.output_file,
            "error_file_id": batch.error_file,
            "errors": {"data": batch.errors} if batch.errors else None,
            "request_counts": {"total": total, "completed": completed, "failed": failed},
            "metadata": batch.metadata,
            "created_at": _MADE,
            f"{batch.status}_at": _MADE + 90,
        }
    ).encode()


def _error(message: str, code: str) -> bytes:
    return json.dumps({"error": {"message": message, "code": code}}).encode()


_NOT_FOUND = (404, _error("Not Found", "not_found"))


def _handler(server: LoopbackBatches) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self._body())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                pieces = []
                while size := int(self.rfile.readline(), 16):
                    pieces.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(pieces)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _answer(self, body: bytes) -> None:
            answered = server.reply(self.command, self.path, body, self.headers.get("Content-Type", ""))
            if answered is None:
                self.close_connection = True
                return
            status, content = answered
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
