"""Experiments and records that the tests of the grid are made of."""

from __future__ import annotations

from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.completion import Usage
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.prompt import Prompt

OLD = Prompt(system="You are brief.", user="Say {{word}} to {{name}}.")
NEW = Prompt(system="You are kind.", user="Please say {{word}} to {{name}}.")


def an_experiment(
    cases: int = 3, *, repeat: int = 1, expected: str = "", checks: tuple[Check, ...] = ()
) -> Experiment:
    """Two columns, `old` and `new`, on cases `c0`, `c1` …"""
    variants = (Variant("old", OLD, "echo:a", label="Old"), Variant("new", NEW, "echo:b", label="New"))
    made = tuple(Case(f"c{at}", {"word": f"word{at}", "name": "Ada"}, expected) for at in range(cases))
    return Experiment("e", "Greetings", variants, made, checks or (Check("contains", "Ada"),), repeat)


def verdict(*, passed: bool) -> Judgement:
    """What one check said."""
    return Judgement(
        passed, float(passed), (Verdict(passed, float(passed), f"It {'does' if passed else 'does not'}."),)
    )


def done(variant: str, case: str, repetition: int = 0, *, passed: bool | None = True) -> CellRecord:
    """An answer that passed, failed, or that nothing looked at."""
    return CellRecord(
        Cell(variant, case, repetition),
        run_id=f"{variant}-{case}-{repetition}",
        state="done",
        judgement=Judgement(True, 1.0) if passed is None else verdict(passed=passed),
        stop_reason="stop",
        total_ms=400.0,
        usage=Usage(10, 20),
        cost=0.001,
    )


def failed(variant: str, case: str, repetition: int = 0) -> CellRecord:
    """A request that ended in an error."""
    run_id = f"{variant}-{case}-{repetition}"
    return CellRecord(
        Cell(variant, case, repetition), run_id, state="failed", stop_reason="error", error="The server said 500."
    )
