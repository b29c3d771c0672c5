"""What becomes of the columns of a file of cases: variables by another name, the answer, the name, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from workbench.core.case import Case


@dataclass(frozen=True, slots=True)
class Target:
    """Where the texts of a column go."""

    kind: Literal["variable", "expected", "name", "left out"]
    name: str = ""
    """The variable's."""


_ANSWERS = frozenset({"expected answer", "answer", "output", "completion", "response", "target", "label"})


def guessed(column: str, known: Iterable[str], *, has_expected: bool) -> Target:
    """The answer goes by many names; any other column is a variable, written as prompts can name it."""
    if column not in set(known) and not has_expected and column.strip().casefold() in _ANSWERS:
        return Target("expected")
    return Target("variable", column.strip().replace(" ", "_"))


def mapped(cases: Iterable[Case], targets: Mapping[str, Target]) -> tuple[Case, ...]:
    """The cases with each of their values where it belongs."""
    return tuple(_mapped(case, targets) for case in cases)


def _mapped(case: Case, targets: Mapping[str, Target]) -> Case:
    values: dict[str, str] = {}
    expected, name = case.expected, case.name
    for column, text in case.values.items():
        target = targets[column]
        match target.kind:
            case "variable":
                values[target.name] = text
            case "expected":
                expected = text
            case "name":
                name = text
    return replace(case, values=values, expected=expected, name=name)


def clash(targets: Iterable[Target]) -> str:
    """Why these targets cannot be; empty when they can."""
    kept = [target for target in targets if target.kind != "left out"]
    twice = next((target for at, target in enumerate(kept) if target in kept[:at]), None)
    if twice is not None:
        said = {"expected": "the expected answer", "name": "the name"}.get(twice.kind, repr(twice.name))
        return f"Two columns become {said}."
    if not any(target.kind == "variable" for target in kept):
        return "No column becomes a variable."
    return ""


def without_known(cases: Iterable[Case], known: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that say something else than the known ones and than those before them."""
    seen = {_said(case) for case in known}
    fresh = []
    for case in cases:
        if (said := _said(case)) not in seen:
            seen.add(said)
            fresh.append(case)
    return tuple(fresh)


def _said(case: Case) -> tuple[object, ...]:
    return case.expected, frozenset((name, text) for name, text in case.values.items() if text)
