"""The worker process: `python -m workbench.worker`, spoken to over stdin and stdout as `protocol` says."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

_PR_SET_PDEATHSIG = 1


def main() -> NoReturn:
    """Serve one model until stdin ends; exit code 1 when it cannot be loaded."""
    sink = _guarded_stdout()
    # Ctrl+C reaches every process of a terminal; the parent cancels what it wants to be cancelled.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        _die_with_the_parent()
        _volunteer_for_the_oom_killer()
    from workbench.worker.session import serve  # loads llama.cpp, which may print: after the guard

    serve(sys.stdin.buffer, sink)
    sys.stderr.flush()
    os._exit(1)  # the reader sleeps in stdin, whose lock an orderly end of the interpreter would wait for


def _guarded_stdout() -> BinaryIO:
    """The real stdout for messages alone; whatever native code or Python prints goes to stderr."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return sink


def _die_with_the_parent() -> None:
    """A second belt beside the end of stdin, which a stopped process would not notice."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _volunteer_for_the_oom_killer() -> None:
    """When memory runs out, the kernel shall end the model and not the window with the person's work."""
    with contextlib.suppress(OSError):  # not allowed in some sandboxes; it is a courtesy
        Path("/proc/self/oom_score_adj").write_text("500")


if __name__ == "__main__":
    main()
