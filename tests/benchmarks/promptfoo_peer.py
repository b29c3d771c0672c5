"""promptfoo, the program that most people evaluate prompts with, on the same suite and the same server.

It is the ordinary npm package in a pinned version, installed by name into a folder of its own under the user's
cache; so is the Node that it asks for where this machine's is older. No install script runs, and nobody is told
anything: telemetry, the look for updates, remote generation and sharing are off.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.paths import cache_folder

VERSION = "0.123.1"
NODE_VERSION = "22.23.3"
NODE_NEEDED = (22, 22)

QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_REDTEAM_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_SHARING": "1",
    "PROMPTFOO_SELF_HOSTED": "1",
}
_OURS = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-save", "--loglevel=error")
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "win"}


class NotToBeHad(Exception):
    """Why promptfoo cannot be measured here, in a few words."""


def installed() -> tuple[str, ...]:
    """The command that runs promptfoo, installed if need be. Raises NotToBeHad."""
    folder = cache_folder() / "benchmarks" / f"promptfoo-{VERSION}"
    entry = folder / "node_modules" / "promptfoo" / "dist" / "src" / "entrypoint.js"
    node = _node(folder)
    if entry.exists() and Path(node).exists():
        return node, str(entry)
    npm = shutil.which("npm")
    if npm is None:
        raise NotToBeHad("there is no npm on this machine")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n')
    packages = [f"promptfoo@{VERSION}", *_node_package(), *_native_package(npm, folder)]
    _install(npm, folder, packages)
    if not entry.exists() or not Path(node).exists():
        raise NotToBeHad(f"npm installed promptfoo {VERSION} without what it runs with")
    return node, str(entry)


def _install(npm: str, folder: Path, packages: Sequence[str]) -> None:
    command = [npm, "install", *_OURS, *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=1_800)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"npm ended with {done.returncode}"]
        raise NotToBeHad(f"npm cannot install promptfoo {VERSION}: {lines[0]}")


def _node_package() -> list[str]:
    return [] if _own_node() else [f"node-{_platform()}@{NODE_VERSION}"]


def _native_package(npm: str, folder: Path) -> list[str]:
    """The one optional part that promptfoo cannot do without: its database, made for this machine."""
    _install(npm, folder, [f"promptfoo@{VERSION}"])
    data = json.loads((folder / "node_modules" / "libsql" / "package.json").read_text())
    wanted = f"@libsql/{_platform()}"
    found = [name for name in data.get("optionalDependencies", {}) if name.startswith(wanted)]
    fitting = [name for name in found if name.endswith(("-gnu", "-msvc")) or name == wanted]
    if not fitting:
        raise NotToBeHad(f"promptfoo {VERSION} has no database for {_platform()}")
    return [f"{fitting[0]}@{data['optionalDependencies'][fitting[0]]}"]


def _node(folder: Path) -> str:
    return _own_node() or str(folder / "node_modules" / f"node-{_platform()}" / "bin" / "node")


def _own_node() -> str | None:
    """This machine's Node where it is new enough."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = said.strip().removeprefix("v").split(".")[:2]
    return node if len(parts) == 2 and tuple(map(int, parts)) >= NODE_NEEDED else None


def _platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    if system not in _SYSTEMS or machine not in _MACHINES:
        raise NotToBeHad(f"there is no Node for {system} on {machine}")
    return f"{_SYSTEMS[system]}-{_MACHINES[machine]}"


def seconds(command: Sequence[str], suite: Path, home: Path, *, url: str, at_once: int) -> float:
    """How long the whole command takes for a suite, all of whose tests have to pass; its files go to `home`."""
    out = home / "promptfoo.json"
    options = ["--no-cache", "--no-table", "--no-progress-bar", "--no-share", "-j", str(at_once), "-o", str(out)]
    environment = {**_inherited(), **QUIET, "PROMPTFOO_CONFIG_DIR": str(home / "promptfoo")}
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "eval", "-c", str(suite), *options],
        env={**environment, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    spent = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    stats = json.loads(out.read_text())["results"]["stats"]
    assert (stats["failures"], stats["errors"]) == (0, 0), stats
    return spent


def _inherited() -> Mapping[str, str]:
    """This process's environment without anybody's keys."""
    return {name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_TOKEN", "_SECRET"))}
