"""A prompt with all that belongs to it, as a file holds it: name, values, parameters, test cases.

The starter prompts of a new workspace are such files, and so is a prompt that a person exports as our own
JSON. The shape is

    {"format": "prompt-workbench/prompt", "version": 1, "name": …, "description": …, "prompt": {…},
     "values": {…}, "config": {…}, "cases": [{"name": …, "values": {…}, "expected": …, "checks": [{…}],
     "pass_score": …, "part": "held_out", "generated": true}]}

where everything after the prompt may be missing, and of a case everything but its values. Unknown parts are
refused rather than dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.case import PARTS, Case
from workbench.core.check import as_data as check_data
from workbench.core.check import from_data as check_from
from workbench.core.completion import GenerationConfig, config_data, config_from
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.prompt import as_data as prompt_data
from workbench.core.prompt import from_data as prompt_from
from workbench.errors import BadFile, UserError

FORMAT = "prompt-workbench/prompt"
VERSION = 1

_PARTS = frozenset({"format", "version", "name", "description", "prompt", "values", "config", "cases"})
_CASE_PARTS = frozenset({"name", "values", "expected", "checks", "pass_score", "part", "generated"})


@dataclass(frozen=True, slots=True)
class StarterPrompt:
    """A prompt ready to be put into a library."""

    name: str
    prompt: Prompt
    description: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What its variables hold when it is first opened."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    cases: tuple[Case, ...] = ()


def load_starters(folder: Path) -> tuple[StarterPrompt, ...]:
    """The starter prompts of a folder, in the order of its file names. Raises BadFile."""
    return tuple(read_starter(path) for path in sorted(folder.glob("*.json")))


def read_starter(path: Path) -> StarterPrompt:
    """One prompt file. Raises BadFile, with the file's name and the part that is wrong."""
    try:
        return from_data(json.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not a text file in UTF-8 (byte {error.start}).") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path.name} is not valid JSON: {error}.") from error
    except UserError as error:
        raise BadFile(f"{path.name}: {error.message}", advice=error.advice) from error


def as_data(starter: StarterPrompt) -> dict[str, Any]:
    """The whole as plain JSON data; case ids stay behind, they belong to a workspace."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": starter.name,
        "description": starter.description,
        "prompt": prompt_data(starter.prompt),
        "values": dict(starter.values),
        "config": config_data(starter.config),
        "cases": [_case_data(case) for case in starter.cases],
    }


def _case_data(case: Case) -> dict[str, Any]:
    """What is as usual is left out, so that a program of before reads what it can."""
    data: dict[str, Any] = {"name": case.name, "values": dict(case.values), "expected": case.expected}
    if case.checks:
        data["checks"] = [check_data(check) for check in case.checks]
    if case.pass_score is not None:
        data["pass_score"] = case.pass_score
    if case.part != "development":
        data["part"] = case.part
    if case.generated:
        data["generated"] = True
    return data


def from_data(data: Any) -> StarterPrompt:
    """The inverse of `as_data`; cases get new ids. Raises UserError with the part that is wrong."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UserError(
            "This is not a prompt file of Prompt Workbench.", advice=f'Its "format" must be "{FORMAT}".'
        )
    if data.get("version") != VERSION:
        raise UserError(
            f"The prompt file has version {data.get('version')!r}; this program reads version {VERSION}.",
            advice="Update Prompt Workbench.",
        )
    _only_known(data, _PARTS, "prompt file")
    if not isinstance(data.get("name"), str) or not data["name"].strip():
        raise UserError("The prompt file has no name.")
    if "prompt" not in data:
        raise UserError("The prompt file has no prompt.")
    return StarterPrompt(
        name=data["name"],
        prompt=prompt_from(data["prompt"]),
        description=_text(data, "description"),
        values=_values(data.get("values", {}), "values"),
        config=_config(data.get("config", {})),
        cases=_cases(data.get("cases", [])),
    )


def _cases(data: Any) -> tuple[Case, ...]:
    if not isinstance(data, list):
        raise UserError('"cases" must be a list.')
    return tuple(_case(item, number) for number, item in enumerate(data, 1))


def _case(data: Any, number: int) -> Case:
    if not isinstance(data, dict):
        raise UserError(f"Case {number} must be a JSON object.")
    _only_known(data, _CASE_PARTS, f"case {number}")
    values = _values(data.get("values", {}), f"values of case {number}")
    part, score, checks = data.get("part", "development"), data.get("pass_score"), data.get("checks", [])
    if part not in PARTS:
        raise UserError(f"The part of case {number} is {part!r}.", advice=f"Known: {', '.join(PARTS)}.")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise UserError(f"The pass_score of case {number} is {score!r}, not a number.")
    if not isinstance(checks, list):
        raise UserError(f"The checks of case {number} must be a list.")
    return Case(
        new_id(),
        values,
        _text(data, "expected"),
        _text(data, "name"),
        checks=tuple(map(check_from, checks)),
        pass_score=score,
        part=part,
        generated=data.get("generated") is True,
    )


def _values(data: Any, what: str) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise UserError(f"The {what} must be a JSON object of texts.")
    return data


def _config(data: Any) -> GenerationConfig:
    if not isinstance(data, dict):
        raise UserError('"config" must be a JSON object of generation parameters.')
    return config_from(data)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise UserError(f'"{name}" must be text, not {value!r}.')
    return value


def _only_known(data: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if unknown := sorted(map(str, set(data) - known)):
        raise UserError(
            f"Unknown part of the {what}: {', '.join(unknown)}.", advice=f"Known: {', '.join(sorted(known))}."
        )
