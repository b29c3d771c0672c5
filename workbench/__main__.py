"""The door: the window, or a subcommand, or, where there is no display, a tour in the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NO_DISPLAY = "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so the window cannot open."
_NEW_WINDOW = "--new-window"
"""Open another window on a workspace that is open already, instead of raising the one that there is."""


def main() -> int:
    """Start what the arguments ask for and return the exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != _NEW_WINDOW]
    if arguments == ["worker"]:  # how a frozen program starts its child; see own_program.py
        from workbench.worker.__main__ import main as serve_model

        serve_model()
    if arguments == ["python-check"]:  # likewise; see running/python_checks.py
        from workbench.running.python_program import main as check

        check()
        return 0
    if arguments == ["answer-check"]:  # likewise; see matching/matcher.py
        from workbench.matching.program import main as try_on_answers

        try_on_answers()
        return 0
    workspace = _workspace_alone(arguments)
    if arguments and workspace is None:
        return _command_line(arguments)
    if not _has_display():
        print(f"{_NO_DISPLAY} A tour in the terminal instead.\n", file=sys.stderr)
        return _command_line(["tour", *arguments])
    from workbench.desktop.application import run_window
    from workbench.paths import default_workspace

    return run_window(workspace or default_workspace(), new_window=_NEW_WINDOW in sys.argv[1:])


def _command_line(arguments: list[str]) -> int:
    from workbench.cli import main as command_line
    from workbench.cli.log import keep_log

    keep_log()
    return command_line(arguments)


def _workspace_alone(arguments: list[str]) -> Path | None:
    """The file of `--workspace FILE` or `--workspace=FILE`, when there is nothing else."""
    match arguments:
        case ["--workspace", path] if path:
            return Path(path).expanduser().absolute()
        case [one] if one.startswith("--workspace="):
            return Path(one.removeprefix("--workspace=")).expanduser().absolute()
        case _:
            return None


def _has_display() -> bool:
    """Whether a window can open: only Linux and its kin run without a screen as a matter of course."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    sys.exit(main())
