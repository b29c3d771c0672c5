"""A block from a spreadsheet in the table of a test set: it makes the rows and columns that it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from workbench.core.case import Case
from workbench.core.identifier import new_id
from workbench.desktop.test_sets.edits import is_blank
from workbench.desktop.test_sets.steps import Insert, NewColumn, NoColumn, Put, Step, Take
from workbench.desktop.test_sets.table_model import NAME, CaseModel
from workbench.interchange.spreadsheet import Block, is_heading

EXPECTED_WORDS = frozenset({"expected", "expected answer", "__expected"})
NAME_WORDS = frozenset({"name", "__name", "__description"})


@dataclass(frozen=True, slots=True)
class Pasted:
    """What came of a paste."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    named: bool
    """Whether the first row of the block named the columns."""
    replaced: int
    """How many cases said something else where it was pasted."""


def paste(
    model: CaseModel, block: Block, rows: Sequence[int], column: int, *, heading: bool | None = None
) -> Pasted:
    """Write a block into these rows from a column on; rows and columns that are missing are added.

    The first row is the names of columns when `heading` says so, and without it when the table is empty or when
    all of them are known.
    """
    named = _names_columns(model, block[0]) if heading is None else heading
    at_first = [NAME] if column == NAME else []
    first = max(column, 1)
    if named and len(block) > 1:
        steps, columns = _columns_by_name(model, block[0])
        block, emptied = block[1:], is_blank(model)
    else:
        named, emptied = False, False
        steps, columns = _columns_from(model, at_first, first, len(block[0]))
    if emptied and model.cases:
        steps.insert(0, Take(0, len(model.cases)))
        rows = ()
    return _paste_texts(model, block, [] if emptied else list(rows), columns, steps, named=named)


def _paste_texts(
    model: CaseModel, block: Block, rows: list[int], targets: list[str | None], steps: list[Step], *, named: bool
) -> Pasted:
    """The targets are variables by name, `""` the name and None the expected answer."""
    written: dict[int, Case] = {}
    for row, texts in zip(rows, block, strict=False):
        written[row] = _with(model.cases[row], targets, texts)
    gone = {model.columns[step.at] for step in steps if isinstance(step, NoColumn)}
    stay = [name for name in model.columns if name not in gone]
    everything = [*stay, *(step.name for step in steps if isinstance(step, NewColumn))]
    new = tuple(
        _with(Case(new_id(), dict.fromkeys(everything, "")), targets, texts) for texts in block[len(rows) :]
    )
    kept = 0 if any(isinstance(step, Take) for step in steps) else len(model.cases)
    replaced = sum(
        any(before and before != now for before, now in zip(_texts(model.cases[row]), _texts(case), strict=False))
        for row, case in written.items()
    )
    if changed := {row: case for row, case in written.items() if case != model.cases[row]}:
        steps.append(Put(changed))
    if new:
        steps.append(Insert(kept, new))
    model.edit("paste", steps)
    places = {"": NAME, None: model.expected_column} | {name: at for at, name in enumerate(model.columns, 1)}
    touched = (*rows[: len(block)], *range(kept, kept + len(new)))
    return Pasted(touched, tuple(places[target] for target in targets), named, replaced)


def _with(case: Case, targets: list[str | None], texts: Sequence[str]) -> Case:
    values = dict(case.values)
    name, expected = case.name, case.expected
    for target, text in zip(targets, texts, strict=True):
        if target is None:
            expected = text
        elif target == "":
            name = text
        else:
            values[target] = text
    return replace(case, values=values, name=name, expected=expected)


def _texts(case: Case) -> tuple[str, ...]:
    return (case.name, case.expected, *case.values.values())


def _columns_from(
    model: CaseModel, before: list[int], first: int, width: int
) -> tuple[list[Step], list[str | None]]:
    """The columns to the right, then new variables."""
    texts: list[str | None] = ["" for _ in before]
    texts += [*model.columns[first - 1 :], None]
    names = _free_names(model)
    new = [next(names) for _ in range(width - len(texts))]
    steps: list[Step] = [NewColumn(len(model.columns) + at, name, {}) for at, name in enumerate(new)]
    return steps, [*texts, *new][:width]


def _columns_by_name(model: CaseModel, names: Sequence[str]) -> tuple[list[Step], list[str | None]]:
    steps: list[Step] = []
    targets: list[str | None] = []
    new = 0
    if is_blank(model):
        steps += [NoColumn(at) for at in reversed(range(len(model.columns))) if model.columns[at] not in names]
    kept = [name for name in model.columns if name in names or not steps]
    for heading in (name.strip() for name in names):
        if heading.casefold() in EXPECTED_WORDS and heading not in kept:
            targets.append(None)
        elif heading.casefold() in NAME_WORDS and heading not in kept:
            targets.append("")
        else:
            name = heading.replace(" ", "_")
            if name not in kept:
                steps.append(NewColumn(len(kept) + new, name, {}))
                new += 1
            targets.append(name)
    return steps, targets


def _names_columns(model: CaseModel, row: Sequence[str]) -> bool:
    if not is_heading(row):
        return False
    special = EXPECTED_WORDS | NAME_WORDS
    known = all(name.strip() in model.columns or name.strip().casefold() in special for name in row)
    return known or (is_blank(model) and len(row) > 1)


def _free_names(model: CaseModel) -> Iterator[str]:
    return (name for number in count(1) if (name := f"column_{number}") not in model.columns)
