"""What a person can do to a table of cases beyond typing into a cell, each as one step back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from workbench.core.case import Case
from workbench.core.identifier import new_id
from workbench.desktop.test_sets.steps import Insert, NamedColumn, NewColumn, NoColumn, Order, Put, Step, Take
from workbench.desktop.test_sets.table_model import CaseModel

Cells = Iterable[tuple[int, int]]
"""Rows and columns."""


# Rows


def add(model: CaseModel, at: int, cases: Iterable[Case] = ()) -> int:
    """Insert these cases, or an empty one; the answer is the row of the first."""
    new = tuple(cases) or (Case(new_id(), dict.fromkeys(model.columns, "")),)
    model.edit("add case" if len(new) == 1 else f"add {len(new)} cases", [Insert(at, new)])
    return at


def add_with_columns(model: CaseModel, cases: Sequence[Case], *, words: str) -> None:
    """Append cases from elsewhere, with a column for each variable that is new."""
    names = dict.fromkeys(name for case in cases for name in case.values)
    new = [name for name in names if name not in model.columns]
    known = {case.id for case in model.cases}
    fresh = tuple(replace(case, id=new_id()) if case.id in known else case for case in cases)
    columns = [NewColumn(len(model.columns) + at, name, {}) for at, name in enumerate(new)]
    model.edit(words, [*columns, Insert(len(model.cases), fresh)])


def replace_all(model: CaseModel, cases: Sequence[Case], *, words: str) -> None:
    """Have these cases and their columns and no others."""
    steps: list[Step] = [Take(0, len(model.cases))] if model.cases else []
    steps += [NoColumn(at) for at in reversed(range(len(model.columns)))]
    names = dict.fromkeys(name for case in cases for name in case.values)
    steps += [NewColumn(at, name, {}) for at, name in enumerate(names)]
    model.edit(words, [*steps, Insert(0, tuple(cases))])


def put_all(model: CaseModel, cases: Iterable[Case], *, words: str) -> None:
    """Have each case say what the one of its id says."""
    wanted = {case.id: case for case in cases}
    changed = {row: wanted[case.id] for row, case in enumerate(model.cases) if wanted.get(case.id, case) != case}
    model.edit(words, [Put(changed)] if changed else [])


def duplicate(model: CaseModel, rows: Sequence[int]) -> int:
    """Copies behind the last of these; the answer is the row of the first copy."""
    copies = tuple(replace(model.cases[row], id=new_id()) for row in sorted(rows))
    at = max(rows) + 1
    model.edit("duplicate", [Insert(at, copies)])
    return at


def delete(model: CaseModel, rows: Iterable[int]) -> None:
    """Take these out."""
    blocks = list(_blocks(rows))
    number = sum(length for _, length in blocks)
    words = "delete case" if number == 1 else f"delete {number} cases"
    model.edit(words, [Take(at, length) for at, length in reversed(blocks)])


def move(model: CaseModel, rows: Sequence[int], by: int) -> bool:
    """Move these a row up (-1) or down (1) past the others; false when they stand at the end already."""
    chosen = set(rows)
    order = list(range(len(model.cases)))
    walk = order if by < 0 else order[::-1]
    if not chosen or walk[0] in chosen:
        return False
    for row in walk:
        if row in chosen:
            at = order.index(row)
            order[at], order[at + by] = order[at + by], order[at]
    model.edit("move", [Order(tuple(order))])
    return True


def sort(model: CaseModel, column: int, *, descending: bool = False) -> None:
    """Bring the cases into the order of a column, those that are alike as they stood."""

    def key(row: int) -> str:
        case = model.cases[row]
        return (model.text(case, column) if model.is_text(column) else case.part).casefold()

    order = tuple(sorted(range(len(model.cases)), key=key, reverse=descending))
    if order != tuple(range(len(order))):
        model.edit("sort", [Order(order)])


def _blocks(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow one another, as a beginning and a length."""
    for _, found in groupby(enumerate(sorted(set(rows))), key=lambda pair: pair[1] - pair[0]):
        block = [row for _, row in found]
        yield block[0], len(block)


# Columns


def add_column(model: CaseModel, name: str, at: int | None = None) -> None:
    """A variable more, empty in every case."""
    place = len(model.columns) if at is None else at
    model.edit(f"add {name}", [NewColumn(place, name, {case.id: "" for case in model.cases})])


def rename_column(model: CaseModel, at: int, name: str) -> None:
    """Call a variable something else, in every case."""
    if name != model.columns[at]:
        model.edit("rename column", [NamedColumn(at, name)])


def delete_column(model: CaseModel, at: int) -> None:
    """A variable fewer."""
    model.edit(f"delete {model.columns[at]}", [NoColumn(at)])


def move_column(model: CaseModel, at: int, by: int) -> None:
    """A variable one place to the left (-1) or right (1)."""
    if 0 <= at + by < len(model.columns):
        name = model.columns[at]
        texts = {case.id: case.values[name] for case in model.cases if name in case.values}
        model.edit(f"move {name}", [NoColumn(at), NewColumn(at + by, name, texts)])


def column_problem(model: CaseModel, name: str, but: str = "") -> str:
    """Why a variable cannot have a name; empty when it can."""
    from workbench.core.prompt import VARIABLE

    if not name:
        return "The name is empty."
    if name != but and name in model.columns:
        return f"There is a column {name!r} already."
    if not VARIABLE.fullmatch(f"{{{{{name}}}}}"):
        return f"{name!r} cannot stand in a prompt: letters, digits, _, . and - after a first letter."
    return ""


# Cells


def clear(model: CaseModel, cells: Cells) -> None:
    """Empty the cells that hold texts; checks go as well."""
    _write(model, "clear", {cell: "" for cell in cells if model.is_text(cell[1])}, checks_of=cells)


def fill(model: CaseModel, rows: Sequence[int], columns: Iterable[int]) -> None:
    """Give the rows below what the first of them says in these columns, checks and part included."""
    first, *others = rows
    wanted = set(columns)
    source = model.cases[first]

    def filled(case: Case) -> Case:
        for column in wanted:
            if model.is_text(column):
                case = model.with_text(case, column, model.text(source, column))
        if model.checks_column in wanted:
            case = replace(case, checks=source.checks, pass_score=source.pass_score)
        return replace(case, part=source.part) if model.part_column in wanted else case

    model.change("fill down", others, filled)


def _write(model: CaseModel, words: str, texts: dict[tuple[int, int], str], *, checks_of: Cells = ()) -> None:
    changed: dict[int, Case] = {}
    for (row, column), text in texts.items():
        changed[row] = model.with_text(changed.get(row, model.cases[row]), column, text)
    for row, column in checks_of:
        if column == model.checks_column:
            changed[row] = replace(changed.get(row, model.cases[row]), checks=())
    changed = {row: case for row, case in changed.items() if case != model.cases[row]}
    model.edit(words, [Put(changed)] if changed else [])


def is_blank(model: CaseModel) -> bool:
    """Whether nobody has written anything yet."""
    return not any(case.name or case.expected or case.checks or any(case.values.values()) for case in model.cases)
