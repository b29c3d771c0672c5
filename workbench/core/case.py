"""Test cases: values for a prompt's variables, with the answer that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """One set of values."""

    id: str
    values: Mapping[str, str]
    expected: str = ""
    """The expected answer; empty when there is none."""
    name: str = ""
    """A few words for lists; empty shows the values."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Cases that belong together, in their order."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    id: str
    name: str
    cases: tuple[Case, ...] = field(default_factory=tuple)
