"""Commands called as a shell would, in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends import fail

from workbench.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def lines(self) -> list[Any]:
        """Standard output as JSON lines; fails when anything else is there."""
        return [json.loads(line) for line in self.out.splitlines()]


Shell = Callable[..., Said]

PROMPT = {
    "format": "prompt-workbench/prompt",
    "version": 1,
    "name": "Greeting",
    "prompt": {"system": "Be kind.", "user": "Greet {{who}} in {{language}}."},
    "values": {"who": "Ada", "language": "French"},
    "cases": [
        {"name": "spanish", "values": {"who": "Eva", "language": "Spanish"}, "expected": "Hola Eva"},
        {"name": "german", "values": {"who": "Max", "language": "German"}, "expected": "Hallo Max"},
    ],
}


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """A machine without a keyring, so that no test reads or writes the person's."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run `workbench ARGUMENTS`, with a text on standard input."""

    def run(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def greeting(shell: Shell, tmp_path: Path) -> Path:
    """The prompt `Greeting` in the workspace, and its file."""
    path = tmp_path / "greeting.json"
    path.write_text(json.dumps(PROMPT), "utf-8")
    assert shell("prompts", "import", str(path)).code == 0
    return path
