"""The loopback server as a program, for journeys in other processes."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.request import urlopen


def test_as_a_program_it_serves_until_its_input_ends() -> None:
    arguments = [sys.executable, "-m", "tests.loopback"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        base_url = program.stdout.readline().strip()
        with urlopen(f"{base_url}/models", timeout=20) as reply:  # noqa: S310 - its own address
            assert [model["id"] for model in json.load(reply)["data"]] == ["tiny", "large"]
        program.stdin.close()
        assert program.wait(20) == 0
