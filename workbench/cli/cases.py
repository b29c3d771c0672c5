"""`workbench cases`: test cases from files and back into them."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json, as_file
from workbench.cli.opening import open_store
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.core.case import Case, TestSet
from workbench.core.case_split import split
from workbench.core.check import as_data
from workbench.errors import NotFound
from workbench.store import Store


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "cases", about="list, import, export and split test cases")
    listed = add_command(group, "list", _list, about="list test sets, or the cases of one")
    listed.add_argument("test_set", metavar="TESTSET", nargs="?")
    add_json(listed)

    imported = add_command(
        group,
        "import",
        _import,
        about="add the cases of a CSV, JSONL, Parquet or promptfoo file to a test set, made when it is new",
        examples=(
            "workbench cases import tickets.csv --into tickets",
            'workbench cases import more.jsonl --into tickets --prompt "Ticket classification" --replace',
            "workbench cases import promptfooconfig.yaml --into triage",
        ),
    )
    imported.add_argument("file", metavar="FILE", help="one case a row or line; - is stdin")
    imported.add_argument("--into", metavar="TESTSET", required=True)
    imported.add_argument("--prompt", metavar="PROMPT", help="the prompt whose cases these are")
    imported.add_argument("--replace", action="store_true", help="in place of the cases that the set has")
    add_json(imported)

    exported = add_command(
        group,
        "export",
        _export,
        about="write the cases of a test set to a CSV or JSONL file, which import reads back as they were",
        examples=("workbench cases export tickets --out tickets.csv",),
    )
    exported.add_argument("test_set", metavar="TESTSET")
    exported.add_argument("--out", metavar="FILE", type=Path, required=True)

    parted = add_command(
        group,
        "split",
        _split,
        about="hold out a share of the cases, the same of every expected answer",
        examples=("workbench cases split tickets --held-out 0.2",),
    )
    parted.add_argument("test_set", metavar="TESTSET")
    parted.add_argument("--held-out", metavar="SHARE", type=float, required=True, help="between 0 and 1")
    parted.add_argument("--seed", metavar="N", type=int, default=0, help="another one holds out other cases")
    add_json(parted)


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
            print_json(_case_data(case))
        return 0
    rows = ((str(n), case.name, _line(case)) for n, case in enumerate(test_set.cases, 1))
    print_table(("CASE", "NAME", "VALUES"), rows)
    return 0


def _case_data(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "name": case.name,
        "values": dict(case.values),
        "expected": case.expected,
        "checks": [as_data(check) for check in case.checks],
        "part": case.part,
        "generated": case.generated,
    }


def _line(case: Case) -> str:
    text = " · ".join(" ".join(value.split()) for value in case.values.values())
    return text if len(text) <= 80 else text[:79] + "…"


def _import(arguments: argparse.Namespace) -> int:
    from workbench.interchange import cases
    from workbench.interchange.promptfoo_checks import wants_judge

    with as_file(arguments.file) as path:
        file = cases.read_file(path)
    read = file.cases
    with open_store(arguments) as store:
        known = () if arguments.replace else _known(store, arguments.into)
        prompt_id = store.prompt(arguments.prompt).id if arguments.prompt else None
        test_set = store.save_test_set(arguments.into, (*known, *read), prompt_id=prompt_id)
    if arguments.json:
        counts = {"imported": len(read), "cases": len(test_set.cases), "not_taken_over": list(file.unsupported)}
        print_json({"id": test_set.id, "name": test_set.name, **counts})
    else:
        print_text(f"{test_set.name}: {len(read)} cases imported, {len(test_set.cases)} in all")
        for part in file.unsupported:
            note(f"not taken over: {part}")
        if wants_judge(file.unsupported):
            note(
                "Let a model judge that: a check of the cases in the window, or run the file itself with --judge."
            )
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from workbench.interchange.case_file import write

    with open_store(arguments) as store:
        test_set = store.test_set(arguments.test_set)
    write(arguments.out.expanduser(), test_set.cases, test_set.columns)
    print_text(f"{test_set.name}: {len(test_set.cases)} cases written to {arguments.out}")
    return 0


def _split(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        test_set = store.test_set(arguments.test_set)
        cases = split(test_set.cases, arguments.held_out, seed=arguments.seed)
        store.save_cases(test_set.id, cases, test_set.columns)
    held_out = sum(case.part == "held_out" for case in cases)
    if arguments.json:
        print_json({"id": test_set.id, "development": len(cases) - held_out, "held_out": held_out})
    else:
        print_text(f"{test_set.name}: {len(cases) - held_out} development, {held_out} held out")
    return 0


def _known(store: Store, name: str) -> tuple[Case, ...]:
    try:
        return store.test_set(name).cases
    except NotFound:
        return ()
