"""What came out of an experiment, for the person at the terminal and for the program that called."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workbench.cli.experiment_data import checks_table, sentences, table
from workbench.cli.output import note, print_table, print_text
from workbench.core.batch import Batch
from workbench.core.experiment import CellRecord, Experiment, outcome
from workbench.core.pictures.figures import counted
from workbench.errors import UserError
from workbench.running.experiment import Ending
from workbench.running.judge_agreement import JudgeAgreement

CHECKS_FAILED = 100
NOT_ANSWERED = 3
MOST_REASONS = 3
INTERRUPTED = 130


def print_results(
    experiment: Experiment, records: tuple[CellRecord, ...], judges: Iterable[JudgeAgreement] = ()
) -> None:
    """The columns as a table, why cells failed, their comparison, and how far the judges are to be relied on."""
    titles = ("VARIANT", "DONE", "ERRORS", "PASSED (95%)", "MEAN TIME", "COST", "FLAKY")
    print_table(titles, table(experiment, records))
    if rows := tuple(checks_table(experiment, records)):
        print_table(("PASSED BY CHECK", *(variant.title for variant in experiment.variants)), rows)
    _print_reasons("not answered", (one.error for one in records if one.error), experiment)
    _print_reasons("not decided", _undecided(records), experiment)
    for said in sentences(experiment, records):
        print_text(said)
    for judge in judges:
        print_text(f"{judge.title} ({judge.model}): {judge.sentence}")


def _undecided(records: Iterable[CellRecord]) -> Iterator[str]:
    """Why checks could be neither passed nor failed, which counts as failed."""
    for record in records:
        verdicts = record.judgement.verdicts if record.judgement else ()
        yield from dict.fromkeys(one.reason for one in verdicts if not one.decided)


def _print_reasons(what: str, reasons: Iterable[str], experiment: Experiment) -> None:
    counts = Counter(" ".join(reason.split()) for reason in reasons)
    for reason, times in counts.most_common(MOST_REASONS):
        print_text(f"{times:,} {what}: {reason}")
    if len(counts) > MOST_REASONS:
        more = f"workbench experiment show {experiment.id[:12]} --cells"
        print_text(f"And {len(counts) - MOST_REASONS:,} other reasons: {more}")


def explain_batches(experiment: Experiment, batches: Iterable[Batch]) -> None:
    """Which answers are still to come from servers, that a person may not think them lost or ask for them anew."""
    for batch in batches:
        stands = "it goes on there" if batch.state == "sent" else "it is not known to have arrived"
        note(
            f"{counted(len(batch.cells), 'answer')} of a batch at {batch.profile} to come: {stands}. "
            f"Take them: workbench experiment run --resume {experiment.id[:12]}. "
            f"Give it up: workbench experiment cancel {experiment.id[:12]}"
        )


def explain(experiment: Experiment, ending: Ending, *, interrupted: bool) -> None:
    """Why it ended before it was whole, and how to go on."""
    for model, reason in ending.given_up.items():
        note(f"{model} was given up: {reason}".replace("\n", " "))
    if ending.limit:
        note(ending.limit)
    if ending.unknown_costs:
        note(
            f"{ending.unknown_costs:,} answers have no known price and count nothing: workbench prices set MODEL …"
        )
    if interrupted or ending.stopped or ending.given_up or ending.limit:
        note(f"go on with: workbench experiment run --resume {experiment.id[:12]} --retry-errors")


def exit_code(experiment: Experiment, records: tuple[CellRecord, ...], ending: Ending) -> int:
    """0 where all passed, 100 where a check failed, 3 where an answer or its verdict is missing.

    A judge that could not answer at all is no failed check: what it did not say is missing.
    """
    found = outcome(experiment, records)
    if ending.given_up or found.done < found.cells or any(one.judgement is None for one in records):
        return NOT_ANSWERED
    return 0 if found.passed == found.done else CHECKS_FAILED


def make_room(path: Path) -> None:
    """Find out before anything is asked whether a file can be written there. Raises UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error
    if path.is_dir():
        raise UserError(f"{path} cannot be written: it is a folder.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UserError(f"{path} cannot be written: permission denied.")


def write_json(path: Path, data: Any) -> None:
    """Write JSON for people and programs. Raises UserError."""
    write_text(path, json.dumps(data, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file. Raises UserError."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error


def judges_data(judges: Iterable[JudgeAgreement]) -> list[dict[str, Any]]:
    """The judges as JSON."""
    return [
        {
            "check": judge.title,
            "model": judge.model,
            "judged": judge.judged,
            "undecided": judge.undecided,
            "flipped": judge.flipped,
            "flaky": judge.flaky,
            "spread": judge.spread,
            "cost": judge.cost,
            "rated": judge.agreement.count,
            "agreed": judge.agreement.share.value if judge.agreement.count else None,
            "kappa": judge.agreement.kappa.value if judge.agreement.kappa else None,
            "kappa_low": judge.agreement.kappa.low if judge.agreement.kappa else None,
            "kappa_high": judge.agreement.kappa.high if judge.agreement.kappa else None,
            "sentence": judge.sentence,
        }
        for judge in judges
    ]
