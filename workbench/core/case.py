"""Test cases: values for a prompt's variables, with the answer that is expected and what it is checked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from workbench.core.check import Check

Part = Literal["development", "held_out"]
"""What a prompt is written and improved on · what it has not seen until it is judged."""

PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Case:
    """One set of values."""

    id: str
    values: Mapping[str, str]
    expected: str = ""
    """The expected answer; empty when there is none."""
    name: str = ""
    """A few words for lists; empty shows the values."""
    checks: tuple[Check, ...] = ()
    """What answers to this case are checked for, besides what an experiment checks in every case."""
    pass_score: float | None = None
    """The score of all checks together that is enough; None wants each of them to pass."""
    part: Part = "development"
    generated: bool = False
    """Whether a model thought it up and no person has vouched for it since."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Cases that belong together, in their order."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    id: str
    name: str
    cases: tuple[Case, ...] = field(default_factory=tuple)
    prompt_id: str | None = None
    """The prompt that the cases are for, where there is one."""
    columns: tuple[str, ...] = ()
    """The variables in the order in which they are shown, those without a value in any case among them."""


def variables(cases: Iterable[Case]) -> tuple[str, ...]:
    """The names of all values, in the order in which they first occur."""
    return tuple(dict.fromkeys(name for case in cases for name in case.values))
