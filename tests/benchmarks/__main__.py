"""Run benchmarks, each in a process of its own, and write their tables into BENCHMARKS.md.

All of them, or those that are named; the others' tables stay. Each says when and on what it was measured.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "BENCHMARKS.md"
HEADING = """# Benchmarks

Written by `make bench`, or one by one by `python -m tests.benchmarks NAME`. Ratios are taken within one run, the
two sides in turn; absolute figures depend on the machine.
"""
MILLION = "bench_store --runs 1000000"
BENCHMARKS = {
    "bench_window": "The window",
    "bench_grid": "The grid of an experiment",
    "bench_local": "One local stream",
    "bench_matrix": "A local matrix",
    "bench_scheduler": "A local matrix as an experiment",
    "bench_store": "The store",
    MILLION: "The store at a million runs",
    "bench_experiment": "An experiment against a server",
    "soak": "A soak",
}
"""Modules of this folder, with their arguments, and the headings over what they print."""
PACKAGES = ("PySide6-Essentials", "llama-cpp-python", "openai", "sqlite-utils")


def main() -> int:
    """Measure what is named on the command line, or all; what could not run is said in its place."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    if unknown := sorted(set(chosen) - set(BENCHMARKS)):
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    sections, failed = kept(), 0
    for name in chosen:
        print(f"measuring: {BENCHMARKS[name]}", file=sys.stderr, flush=True)
        text, code = measured(name)
        sections[BENCHMARKS[name]] = f"{circumstances()}\n\n{text}"
        print(text, flush=True)
        failed = failed or code
        write(sections)
    return failed


def kept() -> dict[str, str]:
    """What the file says by now, by heading."""
    parts = FILE.read_text("utf-8").split("\n## ")[1:] if FILE.exists() else []
    return {heading: text.strip() for heading, _, text in (part.partition("\n") for part in parts)}


def write(sections: dict[str, str]) -> None:
    """The file, in the order of the table above."""
    known = [(title, sections[title]) for title in BENCHMARKS.values() if title in sections]
    FILE.write_text("\n".join([HEADING, *(f"## {title}\n\n{text}\n" for title, text in known)]), "utf-8")


def measured(name: str) -> tuple[str, int]:
    """What a benchmark printed and its exit code; one that broke off says so under what it had."""
    module, *arguments = name.split()
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    text = done.stdout.strip()
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        reason = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        text = f"{text}\n\nNot measured{' to its end' if text else ''}: {reason}".strip()
    return text, done.returncode


def circumstances() -> str:
    """When, and on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {packages}."
    )


def processor() -> str:
    """The processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


if __name__ == "__main__":
    sys.exit(main())
