"""Test cases: values for a prompt's variables, with the answer that is expected and what it is checked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.core.check import Check


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


@dataclass(frozen=True, slots=True)
class TestSet:
    """Cases that belong together, in their order."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    id: str
    name: str
    cases: tuple[Case, ...] = field(default_factory=tuple)
