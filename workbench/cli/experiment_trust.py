"""`workbench experiment trust`: which Python files checks may run."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.arguments import Subcommands, add_command, add_json
from workbench.cli.opening import open_store
from workbench.cli.output import print_json, print_table, print_text, when
from workbench.core.trust import fingerprint
from workbench.errors import NotFound, UserError
from workbench.running.python_checks import content_of, limits

_STATES = {True: "as it was", False: "changed; not run", None: "gone"}


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    trust = add_command(
        commands,
        "trust",
        _trust,
        about="let checks run a Python file of yours, as it is now",
        examples=(
            "workbench experiment trust checks/tone.py",
            "workbench experiment trust --list",
            "workbench experiment trust --remove checks/tone.py",
        ),
    )
    trust.add_argument("file", metavar="FILE", nargs="?", type=Path, help="a file with get_assert or check in it")
    trust.add_argument("--remove", action="store_true", help="trust it no more")
    trust.add_argument("--list", action="store_true", help="show what is trusted")
    add_json(trust)


def _trust(arguments: argparse.Namespace) -> int:
    if bool(arguments.file) == arguments.list:
        raise UserError("Give a file, or --list.")
    if arguments.list:
        return _list(arguments)
    path = arguments.file.expanduser().resolve()
    with open_store(arguments) as store:
        if arguments.remove:
            store.distrust_file(str(path))
            print_text(f"{path} is not trusted any more.")
            return 0
        if path.suffix != ".py":
            raise UserError(f"{path.name} is no Python file.", advice="Its name ends with .py.")
        sha256 = fingerprint(content_of(path))
        store.trust_file(str(path), sha256)
    if arguments.json:
        print_json({"path": str(path), "sha256": sha256})
        return 0
    print_text(f"{path} is trusted as it is now (SHA-256 {sha256[:16]}…); when it changes, it is not run.")
    print_text(limits())
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        known = [(one, _is_same(one.path, one.sha256)) for one in store.trusted_files()]
    if arguments.json:
        for one, same in known:
            print_json({"path": one.path, "sha256": one.sha256, "trusted": bool(same)})
        return 0
    rows = [(when(one.trusted_at), one.sha256[:16], _STATES[same], one.path) for one, same in known]
    print_table(("TRUSTED", "SHA-256", "STATE", "FILE"), rows)
    return 0


def _is_same(path: str, sha256: str) -> bool | None:
    """Whether the file still says what it said; None where there is none."""
    try:
        return fingerprint(content_of(Path(path))) == sha256
    except NotFound:
        return None
    except UserError:
        return False
