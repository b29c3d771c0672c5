"""What an experiment has to ask: its jobs, in lanes that go on side by side, and the hash of each request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.core import check
from workbench.core.asked_checks import ASKED, column_of
from workbench.core.check import Check, Kind
from workbench.core.completion import Request, config_data
from workbench.core.experiment import Cell, Experiment, checks_of, expand
from workbench.core.model_reference import Adapter, parse
from workbench.core.profile import LLM, Profile
from workbench.errors import UserError
from workbench.running.job import Job, checked

PATIENCE = 40
"""How often a server at its limit is asked again for one cell: nobody watches a night's run."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell with the job that answers it."""

    cell: Cell
    job: Job


@dataclass(frozen=True, slots=True)
class Lane:
    """Cells that go on independently of other lanes: those of a profile, or all of this machine's models."""

    local: bool
    asked: tuple[Asked, ...]
    """In the order in which they are asked; a local model's cells stand together."""
    has_batches: bool = False
    """Whether it is a server's, which may have a batch API."""


def jobs(experiment: Experiment, cells: Iterable[Cell]) -> tuple[Asked, ...]:
    """The jobs of these cells, all of them well formed. Raises UserError, naming the column and the case."""
    variants = {variant.id: variant for variant in experiment.variants}
    cases = {case.id: case for case in experiment.cases}
    numbers = {case.id: number for number, case in enumerate(experiment.cases, 1)}
    asked = []
    for cell in cells:
        variant, case = variants[cell.variant], cases[cell.case]
        job = Job(
            prompt=variant.prompt,
            values=case.values,
            model=variant.model,
            config=variant.config,
            prompt_id=variant.prompt_id,
            prompt_name=variant.prompt_name,
            case_id=case.id,
            patience=PATIENCE,
            one_of_many=True,
        )
        try:
            checked(job)
        except UserError as error:
            where = f"Case {case.name or numbers[case.id]} of {variant.title}"
            raise UserError(f"{where}: {error.message}", advice=error.advice) from error
        asked.append(Asked(cell, job))
    return tuple(asked)


def validate(experiment: Experiment, kinds: Mapping[str, Kind]) -> None:
    """Raise UserError for a check that is none or compares with no column, and a case that fits no prompt."""
    for one in experiment.checks:
        _validate_check(experiment, one, kinds)
    for number, case in enumerate(experiment.cases, 1):
        try:
            for one in case.checks:
                _validate_check(experiment, one, kinds)
        except UserError as error:
            raise UserError(f"Case {case.name or number}: {error.message}", advice=error.advice) from error
    jobs(experiment, expand(replace(experiment, repeat=1)))


def _validate_check(experiment: Experiment, one: Check, kinds: Mapping[str, Kind]) -> None:
    check.checked(one, kinds)
    if (column := column_of(one)) and not variant_named(experiment, column):
        known = ", ".join(variant.title for variant in experiment.variants)
        raise UserError(
            f"A judge compares with the column {column!r}, and there is none of that name.",
            advice=f"Compare with the expected answer, or with one of these: {known}.",
        )


def variant_named(experiment: Experiment, column: str) -> str:
    """The id of a column by its id or its heading; empty for none."""
    variants = experiment.variants
    named = (one.id for one in variants if column in (one.id, one.label, one.title))
    return next((one.id for one in variants if one.id == column), None) or next(named, "")


def models_of(experiment: Experiment) -> frozenset[str]:
    """The models that an experiment's checks ask."""
    every = (one for case in experiment.cases for one in checks_of(experiment, case))
    return frozenset(one.value["model"] for one in every if one.kind in ASKED and "model" in one.value)


def lanes(asked: Iterable[Asked]) -> tuple[Lane, ...]:
    """The jobs in lanes, each in its given order but for local models, whose cells are brought together."""
    by_lane: dict[str, list[Asked]] = {}
    for one in asked:
        by_lane.setdefault(_lane(one.job.model), []).append(one)
    return tuple(
        Lane(not name, tuple(_by_model(kept) if not name else kept), name not in _WITHOUT_BATCHES)
        for name, kept in by_lane.items()
    )


_WITHOUT_BATCHES = frozenset({"", "echo:", f"profile:{LLM}"})


def _lane(model: str) -> str:
    reference = parse(model)
    match reference.place:
        case "profile" | "echo":
            return f"{reference.place}:{reference.profile}"
        case _:
            return ""


def _by_model(asked: Iterable[Asked]) -> Iterator[Asked]:
    """Each model is loaded once, with and without adapters."""
    by_model: dict[str, list[Asked]] = {}
    for one in asked:
        by_model.setdefault(str(parse(one.job.model).base), []).append(one)
    for kept in by_model.values():
        yield from kept


def request_hash(request: Request, model: Mapping[str, Any], repetition: int) -> bytes:
    """16 bytes that are the same only where the answer could be: the model, all that is sent, which repetition."""
    said = {
        "model": model,
        "messages": [asdict(message) for message in request.messages],
        "config": config_data(request.config),
        "json_schema": request.json_schema,
        "effort": request.effort,
        "repetition": repetition,
    }
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(body.encode("ascii"), digest_size=16).digest()


def model_identity(reference: str, profiles: Mapping[str, Profile], starter: Path) -> Mapping[str, Any]:
    """What makes a model that model: a server's address and name, files with their sizes and dates."""
    parsed = parse(reference)
    match parsed.place:
        case "profile":
            profile = profiles.get(parsed.profile)
            return {"server": profile.base_url if profile else parsed.profile, "model": parsed.model}
        case "echo":
            return {"echo": parsed.model}
        case _:
            model = _file_identity(starter if parsed.place == "starter" else Path(parsed.model).expanduser())
            return (
                {**model, "adapters": list(map(_adapter_identity, parsed.adapters))} if parsed.adapters else model
            )


def _adapter_identity(adapter: Adapter) -> Mapping[str, Any]:
    return {**_file_identity(Path(adapter.path).expanduser()), "scale": adapter.scale}


def _file_identity(path: Path) -> Mapping[str, Any]:
    try:
        found = path.stat()
    except OSError:
        return {"file": str(path)}
    return {"file": str(path.resolve()), "size": found.st_size, "changed": found.st_mtime_ns}
