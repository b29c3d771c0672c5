"""`workbench cases`: test cases from files."""

from __future__ import annotations

import argparse

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json, as_file
from workbench.cli.opening import open_store
from workbench.cli.output import print_json, print_table, print_text
from workbench.core.case import Case, TestSet
from workbench.errors import NotFound
from workbench.store import Store


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "cases", about="list and import test cases")
    listed = add_command(group, "list", _list, about="list test sets, or the cases of one")
    listed.add_argument("test_set", metavar="TESTSET", nargs="?")
    add_json(listed)

    imported = add_command(
        group,
        "import",
        _import,
        about="add the cases of a CSV or JSONL file to a test set, which is made when it is new",
        examples=(
            "workbench cases import tickets.csv --into tickets",
            'workbench cases import more.jsonl --into tickets --prompt "Ticket classification" --replace',
        ),
    )
    imported.add_argument("file", metavar="FILE", help="one case a row or line; - is stdin")
    imported.add_argument("--into", metavar="TESTSET", required=True)
    imported.add_argument("--prompt", metavar="PROMPT", help="the prompt whose cases these are")
    imported.add_argument("--replace", action="store_true", help="in place of the cases that the set has")
    add_json(imported)


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        if arguments.test_set:
            return _list_cases(store.test_set(arguments.test_set), as_json=arguments.json)
        test_sets = store.test_sets()
    if arguments.json:
        for test_set in test_sets:
            print_json({"id": test_set.id, "name": test_set.name, "cases": len(test_set.cases)})
        return 0
    print_table(("TEST SET", "CASES"), ((test_set.name, str(len(test_set.cases))) for test_set in test_sets))
    return 0


def _list_cases(test_set: TestSet, *, as_json: bool) -> int:
    if as_json:
        for case in test_set.cases:
            print_json({"id": case.id, "name": case.name, "values": dict(case.values), "expected": case.expected})
        return 0
    rows = ((str(n), case.name, _line(case)) for n, case in enumerate(test_set.cases, 1))
    print_table(("CASE", "NAME", "VALUES"), rows)
    return 0


def _line(case: Case) -> str:
    text = " · ".join(" ".join(value.split()) for value in case.values.values())
    return text if len(text) <= 80 else text[:79] + "…"


def _import(arguments: argparse.Namespace) -> int:
    from workbench.interchange import cases

    with as_file(arguments.file) as path:
        read = cases.read(path)
    with open_store(arguments) as store:
        known = () if arguments.replace else _known(store, arguments.into)
        prompt_id = store.prompt(arguments.prompt).id if arguments.prompt else None
        test_set = store.save_test_set(arguments.into, (*known, *read), prompt_id=prompt_id)
    if arguments.json:
        print_json({"id": test_set.id, "name": test_set.name, "imported": len(read), "cases": len(test_set.cases)})
    else:
        print_text(f"{test_set.name}: {len(read)} cases imported, {len(test_set.cases)} in all")
    return 0


def _known(store: Store, name: str) -> tuple[Case, ...]:
    try:
        return store.test_set(name).cases
    except NotFound:
        return ()
