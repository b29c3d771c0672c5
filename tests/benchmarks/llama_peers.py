"""llama.cpp's own programs on the same matrix, where `LLAMA_PEERS` names the folder that they were built in."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from workbench.models.starter import starter_path

FOLDER = os.environ.get("LLAMA_PEERS")
BATCHES = (16, 32)


def bound_seconds(*, shared: int, own: int, answer: int, cells: int, threads: int) -> tuple[float, int]:
    """What `llama-batched-bench` needs for the work, and at how many sequences."""
    batches = ",".join(str(count) for count in BATCHES)
    options = ["-npp", str(shared), "-ntg", str(answer), "-npl", batches, "-pps", "-kvu"]
    sizes = ["-c", "8192", "-b", "512", "-ub", "512", "-t", str(threads), "--output-format", "jsonl"]
    program = str(Path(FOLDER or "", "llama-batched-bench"))
    command = [program, "-m", str(starter_path()), *options, *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            prompts = row["t_pp"] * (shared + own * cells) / shared
            found.append((prompts + row["t_tg"] * cells / row["pl"], row["pl"]))
    return min(found)


@contextmanager
def server(*, slots: int, threads: int, context: int) -> Iterator[str]:
    """A `llama-server` with so many slots; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sizes = ["-c", str(context), "-b", "512", "-ub", "512", "-t", str(threads), "-np", str(slots)]
    command = [str(Path(FOLDER or "", "llama-server")), "-m", str(starter_path()), *sizes, "--port", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, "--no-webui"], stdout=quiet, stderr=quiet) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/health")
            yield address
        finally:
            process.terminate()


def server_seconds(address: str, texts: Sequence[str], *, tokens: int) -> float:
    """How long a server takes for all texts, sent at once."""

    def ask(text: str) -> int:
        data = {"prompt": text, "n_predict": tokens, "temperature": 0, "cache_prompt": True, "ignore_eos": True}
        asked = Request(f"{address}/completion", json.dumps(data).encode(), {"Content-Type": "application/json"})
        with urlopen(asked, timeout=300) as reply:
            return int(json.load(reply)["tokens_predicted"])

    began = time.perf_counter()
    with ThreadPoolExecutor(len(texts)) as pool:
        made = list(pool.map(ask, texts))
    assert set(made) == {tokens}
    return time.perf_counter() - began


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(address, timeout=5) as reply:
                if reply.status == 200:
                    return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)
