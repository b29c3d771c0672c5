"""`workbench versions`: what a prompt was, what changed, which version carries a label."""

from __future__ import annotations

import argparse
import sys

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store
from workbench.cli.output import print_json, print_table, print_text, when
from workbench.core.difference import Piece
from workbench.core.prompt import SECTION_TITLES, Prompt
from workbench.core.version import PromptVersion, diff
from workbench.store import Store

_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_COLOURS = {"same": ("", ""), "removed": ("\x1b[31m[-", "-]\x1b[0m"), "added": ("\x1b[32m{+", "+}\x1b[0m")}


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "versions", about="list, compare, save and label the versions of a prompt")
    listed = add_command(group, "list", _list, about="list a prompt's versions, newest first")
    listed.add_argument("prompt", metavar="PROMPT")
    add_json(listed)

    compared = add_command(
        group,
        "diff",
        _diff,
        about="show what changed between two versions, section by section",
        examples=('workbench versions diff "Support reply" 1 draft', "workbench versions diff reply production 4"),
    )
    compared.add_argument("prompt", metavar="PROMPT")
    compared.add_argument("before", metavar="A", help="a number, label, id, latest, or draft")
    compared.add_argument("after", metavar="B", nargs="?", default="draft", help="the same (default: draft)")
    add_json(compared)

    saved = add_command(group, "save", _save, about="save a prompt's draft as a version")
    saved.add_argument("prompt", metavar="PROMPT")
    saved.add_argument("-m", "--message", default="", help="what changed")
    add_json(saved)

    labelled = add_command(
        group,
        "label",
        _label,
        about="move a label to a version",
        examples=('workbench versions label "Support reply" 3 production',),
    )
    labelled.add_argument("prompt", metavar="PROMPT")
    labelled.add_argument("version", metavar="VERSION", help="a number, label, id, or latest")
    labelled.add_argument("name", metavar="NAME", help='the label; "" takes the version\'s label away')


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        versions = store.versions(store.prompt(arguments.prompt).id)
    if arguments.json:
        for version in versions:
            print_json(_data(version))
        return 0
    rows = ((str(v.number), v.label, when(v.created_at), v.id[:8], v.message) for v in versions)
    print_table(("VERSION", "LABEL", "SAVED", "ID", "MESSAGE"), rows)
    return 0


def _data(version: PromptVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "id": version.id,
        "label": version.label,
        "message": version.message,
        "parent": version.parent,
        "created_at": version.created_at.isoformat(),
    }


def _diff(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        before, after = (_content(store, arguments.prompt, spec) for spec in (arguments.before, arguments.after))
    changed = [section for section in diff(before, after) if section.changed]
    for section in changed:
        if arguments.json:
            pieces = [{"operation": piece.operation, "text": piece.text} for piece in section.pieces]
            print_json(
                {"section": section.section, "before": section.before, "after": section.after, "pieces": pieces}
            )
        else:
            print_text(f"── {SECTION_TITLES[section.section]} ──")
            _print_pieces(section.pieces)
    if not changed and not arguments.json:
        print_text("No difference.")
    return 0


def _content(store: Store, prompt: str, spec: str) -> Prompt:
    record = store.prompt(prompt)
    return record.prompt if spec == "draft" else store.version(record.id, spec).prompt


def _print_pieces(pieces: tuple[Piece, ...]) -> None:
    """The words of both, marked as wdiff marks them; in colour on a terminal."""
    marks = _COLOURS if sys.stdout.isatty() else _MARKS
    for piece in pieces:
        before, after = marks[piece.operation]
        sys.stdout.write(before)
        print_text(piece.text, end=after)
    print_text("")


def _save(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        record = store.prompt(arguments.prompt)
        version = store.save_version(record.id, record.prompt, arguments.message)
    if arguments.json:
        print_json(_data(version))
    else:
        print_text(f"{record.name}: version {version.number}")
    return 0


def _label(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        record = store.prompt(arguments.prompt)
        version = store.version(record.id, arguments.version)
        store.label_version(record.id, version.id, arguments.name)
    print_text(f"{record.name}: version {version.number} is now {arguments.name or 'without a label'}")
    return 0
