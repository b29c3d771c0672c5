"""How llama-server renders conversations with the chat templates of llama.cpp's source package.

`python -m tests.worker.llama_renderings` asks llama-server and writes the digests anew; the tests compare with
them, so that they need the templates but no server. See `llama_source` for where both come from.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.worker.llama_source import llama_server, templates
from workbench.models.starter import starter_path
from workbench.worker.reasoning import format_of

RECORDED = Path(__file__).with_suffix(".json")

BOS, EOS = "<|im_start|>", "<|im_end|>"
"""SmolLM2's, which llama-server gives to the templates."""

_SYSTEM = {"role": "system", "content": "Be brief."}
_USER = {"role": "user", "content": "Hello there"}
_ANSWER = {"role": "assistant", "content": "Good day."}
_AGAIN = {"role": "user", "content": "And now?"}
_SPECIAL = "Ünï \"quoted\" 'single' <b>&amp;</b> {{ user }} {% if x %}\n\n\ttab\\n \U0001f999 end  "
_BEGUN = "Sure: "
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Says the weather of a città.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "A city <b>&'\""}},
            "required": ["city"],
        },
    },
}

CONVERSATIONS: dict[str, list[dict[str, str]]] = {
    "user": [_USER],
    "system": [_SYSTEM, _USER],
    "turns": [_SYSTEM, _USER, _ANSWER, _AGAIN],
    "special": [_SYSTEM, {"role": "user", "content": _SPECIAL}],
    "prefill": [_SYSTEM, _USER, {"role": "assistant", "content": _BEGUN}],
    "reasoning": [_SYSTEM, _USER, {**_ANSWER, "reasoning_content": "They greet."}, _AGAIN],
    "tools": [_SYSTEM, _USER],
}

THINKING = {"enable_thinking": True, "thinking": True, "reasoning_effort": "high"}
"""What effort `high` means to a template. llama-server says in any case that thinking is on, so we do, too."""

_DATES = ("%d %b %Y", "%b %d %Y", "%Y-%m-%d", "%B %d, %Y", "%d %B %Y")
_EMPTY_CHANNELS = (
    "<|channel|>analysis<|message|><|end|><|start|>assistant",
    " to=self<|message|><|eom|><|start|>assistant",
)


def digest(text: str, *, source: str, conversation: str) -> str:
    """What two renderings of one conversation have in common, apart from the date.

    Before a begun answer, an empty thought and blanks do not count: llama-server always writes a thought's tags,
    we what the template writes in a turn of the assistant.
    """
    for form in _DATES:
        text = text.replace(datetime.now().astimezone().strftime(form), "TODAY")
    if conversation == "prefill":
        for channel in _EMPTY_CHANNELS:
            text = text.replace(channel, "")
        for opening, closing in format_of(source).pairs.items():
            text = re.sub(
                rf"({re.escape(opening)})?\s*{re.escape(closing)}(?=\s*(<\|[A-Z_]+\|>)?{_BEGUN})", "", text
            )
        text = re.sub(rf"\s*{_BEGUN}$", _BEGUN, text)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recorded() -> dict[str, dict[str, str]]:
    """By template and conversation, the digest of llama-server's rendering; under `source`, the template's."""
    data: dict[str, dict[str, str]] = json.loads(RECORDED.read_text())
    return data


def source_digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def served(server: Path, template: Path) -> dict[str, str]:
    """The digests of what llama-server makes of all conversations; what it refuses is left out."""
    source = template.read_text()
    found = {"source": source_digest(source)}
    with _serving(server, template) as address:
        for name, messages in CONVERSATIONS.items():
            body: dict[str, Any] = {"messages": messages, "chat_template_kwargs": THINKING}
            if name == "tools":
                body["tools"] = [TOOL]
            if text := _prompt(address, body):
                found[name] = digest(text, source=source, conversation=name)
    return found


def _prompt(address: str, body: Mapping[str, Any]) -> str:
    asked = urllib.request.Request(  # noqa: S310 - an address of this machine
        f"{address}/apply-template", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            text: str = json.load(answer)["prompt"]
            return text
    except urllib.error.HTTPError:
        return ""


@contextmanager
def _serving(server: Path, template: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = [
        "--jinja",
        "--chat-template-file",
        str(template),
        "--port",
        port,
        "-c",
        "256",
        "-np",
        "1",
        "-t",
        "1",
    ]
    command = [str(server), "-m", str(starter_path()), "--no-warmup", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    try:
        for line in process.stdout:
            if "listening on" in line:
                break
        else:
            raise AssertionError(f"llama-server did not start with {template.name}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def main() -> int:
    """Ask llama-server about every template and write the digests."""
    server = llama_server()
    if server is None or not templates():
        print("Set LLAMA_SOURCE and LLAMA_PEERS.", file=sys.stderr)  # noqa: T201
        return 2
    data = {template.name: served(server, template) for template in templates()}
    RECORDED.write_text(json.dumps(data, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
