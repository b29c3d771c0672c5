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
BENCHMARKS = {
    "bench_window": "The window",
    "bench_local": "One local stream",
    "bench_matrix": "A local matrix",
    "bench_store": "The store",
    "bench_experiment": "An experiment against a server",
}
PACKAGES = ("PySide6-Essentials", "llama-cpp-python", "openai", "sqlite-utils")


def main() -> int:
    """Measure what is named on the command line, or all; the file is written only when all went well."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    sections = []
    for name in chosen:
        print(f"measuring: {BENCHMARKS[name]}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            return done.returncode
        sections.append(f"## {BENCHMARKS[name]}\n\n{done.stdout.strip()}\n")
        print(done.stdout)
    if chosen == list(BENCHMARKS):
        (ROOT / "BENCHMARKS.md").write_text("\n".join([heading(), *sections]))
    return 0


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
