"""Our own suite files: an experiment as a text, for version control and CI.

format: prompt-workbench/suite
version: 1
name: Support replies
prompts:                            # each of them on each model
  - Support reply@production        # a prompt of the workspace, its draft or a version
  - {name: Brief, system: Be brief., user: "{{ticket}}"}
models: [starter, {model: "work:gpt-4o", label: Large, parameters: {temperature: 0}}]
parameters: {max_tokens: 200}
cases: tickets.csv                  # or {test_set: Tickets}, or a list of {values, expected, checks, name}
checks:                             # asked of every answer
  - contains: refund
  - {length: {max: 80, unit: words}, weight: 2}
  - is_json
  - {judge: {rubric: Is kind., model: "work:gpt-4o", scale: 1-5}}
  - {python: {file: checks/tone.py}}  # once it is trusted: workbench experiment trust checks/tone.py
repeat: 3
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core import check as checks
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, config_data, config_from, config_restored
from workbench.core.identifier import new_id
from workbench.core.prompt import from_data as prompt_from
from workbench.errors import BadFile, UserError
from workbench.interchange import cases
from workbench.interchange.suite import Suite, SuiteModel, SuitePrompt, as_text

FORMAT = "prompt-workbench/suite"
VERSION = 1

_PARTS = frozenset({"format", "version", "name", "prompts", "models", "parameters", "cases", "checks", "repeat"})
_OPTIONS = frozenset({"negated", "threshold", "weight", "name"})


def is_ours(data: Any) -> bool:
    """Whether a file's data says that it is a suite of ours."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def looks_like_ours(data: Any) -> bool:
    """Whether it may be one that only forgot to say so."""
    return isinstance(data, dict) and "prompts" in data and bool({"models", "cases"} & set(data))


def from_data(data: Mapping[str, Any], folder: Path, *, name: str) -> Suite:
    """A suite of ours; files in it are looked for in the folder. Raises BadFile with the part that is wrong."""
    try:
        return _suite(data, folder, name)
    except BadFile:
        raise
    except UserError as error:
        raise BadFile(f"{name}: {error.message}", advice=error.advice) from error


def _suite(data: Mapping[str, Any], folder: Path, name: str) -> Suite:
    if data.get("version") != VERSION:
        raise UserError(f"The suite has version {data.get('version')!r}; this program reads version {VERSION}.")
    if unknown := sorted(set(data) - _PARTS):
        raise UserError(f"Unknown part of a suite: {', '.join(unknown)}.", advice=f"Known: {_listed(_PARTS)}.")
    config = _config(data.get("parameters"), "parameters")
    asked = data.get("cases")
    test_set = asked.get("test_set", "") if isinstance(asked, dict) else ""
    repeat = data.get("repeat", 1)
    if not isinstance(repeat, int) or isinstance(repeat, bool):
        raise UserError(f"repeat is {repeat!r}, not a number.")
    return Suite(
        name=str(data.get("name") or Path(name).stem),
        prompts=tuple(_prompt(item) for item in _list(data, "prompts")),
        models=tuple(_model(item, config) for item in _list(data, "models", optional=True)),
        cases=() if test_set else _cases(asked, folder),
        test_set=str(test_set),
        checks=tuple(_located(check_from(item), folder) for item in _list(data, "checks", optional=True)),
        repeat=repeat,
    )


def _prompt(item: Any) -> SuitePrompt:
    match item:
        case str() if item.strip():
            return SuitePrompt(item, None)
        case {"name": str(name), **rest}:
            return SuitePrompt(name, prompt_from(rest))
    raise UserError(f"A prompt is the name of one in the workspace or an object with a name, not {item!r}.")


def _model(item: Any, config: GenerationConfig) -> SuiteModel:
    match item:
        case str():
            return SuiteModel(item, config=config)
        case {"model": str(reference), **rest} if not set(rest) - {"label", "parameters"}:
            own = _config(rest.get("parameters"), f"parameters of {reference}")
            return SuiteModel(reference, str(rest.get("label", "")), _merged(config, own))
    raise UserError(f"A model is a reference or an object with model, label and parameters, not {item!r}.")


def _merged(config: GenerationConfig, own: GenerationConfig) -> GenerationConfig:
    """The parameters of one, with those of the other where they are set."""
    return config_restored({**config_data(config), **config_data(own)})


def _config(data: Any, what: str) -> GenerationConfig:
    if data is None:
        return GenerationConfig()
    if not isinstance(data, dict):
        raise UserError(f"The {what} are an object, not {data!r}.")
    try:
        return config_from(data)
    except UserError as error:
        raise UserError(f"The {what}: {error.message}", advice=error.advice) from error


def _cases(data: Any, folder: Path) -> tuple[Case, ...]:
    if data is None:
        raise UserError("The suite has no cases.", advice="Name a file of cases, {test_set: NAME}, or list them.")
    if isinstance(data, str):
        return cases.read(folder / Path(data).expanduser())
    if not isinstance(data, list) or not data:
        raise UserError("cases is the name of a file, {test_set: NAME} or a list of cases.")
    return tuple(_case(item, number, folder) for number, item in enumerate(data, 1))


def _case(item: Any, number: int, folder: Path) -> Case:
    known = {"values", "expected", "checks", "name", "pass_score"}
    if not isinstance(item, dict) or not isinstance(item.get("values", {}), dict) or set(item) - known:
        raise UserError(f"Case {number} is an object of {_listed(known)}, not {item!r}.")
    return Case(
        id=new_id(),
        values={name: as_text(value) for name, value in item.get("values", {}).items()},
        expected=as_text(item.get("expected")),
        name=as_text(item.get("name")),
        checks=tuple(_located(check_from(one), folder) for one in item.get("checks", [])),
        pass_score=item.get("pass_score"),
    )


def check_from(item: Any) -> Check:
    """A check in any of its spellings: `is_json`, `{contains: x, weight: 2}`, `{kind: contains, value: x}`."""
    if isinstance(item, str):
        return Check(item)
    if isinstance(item, dict) and "kind" not in item:
        kinds = [name for name in item if name not in _OPTIONS]
        if len(kinds) == 1:
            options = {name: value for name, value in item.items() if name in _OPTIONS}
            return checks.from_data({"kind": kinds[0], "value": item[kinds[0]], **options})
    return checks.from_data(item)


def _located(check: Check, folder: Path) -> Check:
    """A check by a Python file with the file's whole path; `{python: tone.py}` will do for one."""
    if check.kind != "python":
        return check
    value = {"file": check.value} if isinstance(check.value, str) else check.value
    if not isinstance(value, dict) or not isinstance(value.get("file"), str):
        raise UserError(f"The check python needs a file, not {value!r}.")
    return replace(check, value={**value, "file": str((folder / Path(value["file"]).expanduser()).resolve())})


def _list(data: Mapping[str, Any], name: str, *, optional: bool = False) -> list[Any]:
    items = data.get(name, [])
    if not isinstance(items, list) or not (items or optional):
        raise UserError(f"{name} of the suite is a list{'' if optional else ' with at least one in it'}.")
    return items


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))
