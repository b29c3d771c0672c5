"""Run every benchmark in a process of its own and write BENCHMARKS.md with the machine and the versions."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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
}
"""Modules of this folder, with their arguments, and the headings over what they print."""
PACKAGES = ("PySide6-Essentials", "llama-cpp-python", "openai", "sqlite-utils")


def main() -> int:
    """Measure what is named on the command line, or all; all make the file, which says what could not run."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    if unknown := sorted(set(chosen) - set(BENCHMARKS)):
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    sections, failed = [], 0
    for name in chosen:
        print(f"measuring: {BENCHMARKS[name]}", file=sys.stderr, flush=True)
        text, code = measured(name)
        sections.append(f"## {BENCHMARKS[name]}\n\n{text}\n")
        print(text, flush=True)
        failed = failed or code
    if chosen == list(BENCHMARKS):
        (ROOT / "BENCHMARKS.md").write_text("\n".join([heading(), *sections]))
    return failed


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


def heading() -> str:
    """What was measured on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        "# Benchmarks\n\n"
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench`: {processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}.\n"
        "Ratios are taken within one run, the two sides in turn; absolute figures depend on the machine.\n"
    )


def processor() -> str:
    """The processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


if __name__ == "__main__":
    sys.exit(main())
