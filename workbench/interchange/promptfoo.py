"""promptfoo's configuration as a suite: prompts × providers × tests, by its `config-schema.json` of 0.123.

Nothing in it is executed and no address, key or header is taken from it. What cannot be done here is listed.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import PARAMETERS, GenerationConfig, config_from
from workbench.core.identifier import new_id
from workbench.core.prompt import VARIABLE
from workbench.errors import BadFile, UserError
from workbench.interchange import promptfoo_checks, promptfoo_prompts, yaml_file
from workbench.interchange.promptfoo_checks import NOBODY, Graders
from workbench.interchange.promptfoo_files import Folder, Unsupported, is_program, logic_in
from workbench.interchange.suite import Suite, SuiteModel, SuitePrompt, as_text

_READ = frozenset({
    "description", "prompts", "providers", "targets", "tests", "defaultTest", "evaluateOptions",
    "assertionTemplates", "scenarios", "$schema",
})  # fmt: skip
_QUIET = frozenset({"outputPath", "tags", "metadata", "sharing", "writeLatestResults", "commandLineOptions"})
"""What says nothing about the answers: where results go, what they are called."""
_TEST_PARTS = frozenset({"vars", "assert", "description", "threshold", "metadata"})
_ADDRESSES = frozenset({"http", "https", "ws", "wss", "websocket", "webhook", "browser", "mcp"})
"""Providers that are an address in their config."""
_MOST_CASES = 100_000

_ALIASES = {
    **dict.fromkeys(
        (
            "max_completion_tokens", "max_output_tokens", "max_new_tokens", "max_gen_len", "num_predict",
            "maxTokens", "maxOutputTokens", "maxNewTokens", "maxTokenCount",
        ),
        "max_tokens",
    ),
    **dict.fromkeys(("stop_sequences", "stopSequences"), "stop"),
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}  # fmt: skip
"""What vendors call our parameters."""
_GROUPS = frozenset({"generationConfig", "inferenceConfig", "textGenerationConfig"})
"""Parts of a config that hold parameters."""

T = TypeVar("T")

_Test = tuple[Mapping[str, Any], Mapping[str, Any], tuple[Check, ...]]
"""A test, the default test, and the checks of both."""


def is_suite(data: Any) -> bool:
    """Whether a file's data looks like promptfoo's."""
    return isinstance(data, dict) and "prompts" in data and bool({"providers", "targets", "tests"} & set(data))


def from_data(data: Mapping[str, Any], folder: Path, *, name: str, graders: Graders = NOBODY) -> Suite:
    """The suite; files in it are looked for in the folder, what a model has to grade is given to the graders.

    Raises BadFile with the part that is wrong.
    """
    templates = data.get("assertionTemplates")
    reading = _Reading(Folder(folder), templates if isinstance(templates, dict) else {}, graders)
    for part in sorted(set(data) - _READ - _QUIET):
        reading.unsupported.append(part)
    prompts = tuple(reading.each(_entries(data["prompts"]), reading.prompts))
    if not prompts:
        listed = "; ".join(reading.unsupported)
        raise BadFile(f"{name} has no prompt that can be run here.", advice=f"Not supported: {listed}.")
    options = data.get("evaluateOptions") or {}
    cases = tuple(itertools.islice(reading.cases(data), _MOST_CASES + 1))
    if len(cases) > _MOST_CASES:
        raise BadFile(f"{name} has more than {_MOST_CASES:,} test cases.")
    if not cases and (data.get("tests") or data.get("scenarios")):  # one empty case would be a green result
        listed = "; ".join(reading.unsupported) or "none"
        raise BadFile(f"{name} has no test case that can be had here.", advice=f"Not supported: {listed}.")
    return Suite(
        name=as_text(data.get("description")) or Path(name).stem,
        prompts=prompts,
        models=tuple(reading.each(_entries(data.get("providers") or data.get("targets")), reading.models)),
        cases=cases or (Case(new_id(), {}),),
        repeat=options.get("repeat", 1) if isinstance(options, dict) else 1,
        unsupported=tuple(reading.unsupported),
        fill_missing=True,
    )


def is_test(data: Any) -> bool:
    """Whether data looks like one test of promptfoo's."""
    return isinstance(data, dict) and bool({"vars", "assert"} & set(data))


def tests(data: Any, folder: Path) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """The cases of a list of tests or of a whole configuration, and what was left out of them.

    Files that are named are looked for in the folder. Raises BadFile.
    """
    config = data if isinstance(data, dict) and not is_test(data) else {"tests": _list(data)}
    templates = config.get("assertionTemplates")
    reading = _Reading(Folder(folder), templates if isinstance(templates, dict) else {}, NOBODY)
    return tuple(itertools.islice(reading.cases(config), _MOST_CASES)), tuple(reading.unsupported)


def tests_of_table(rows: Iterable[Mapping[str, str]], folder: Path) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """The cases of a table with `__expected` columns, and what was left out of them. Raises BadFile."""
    reading = _Reading(Folder(folder), {}, NOBODY)
    read = (reading.each([(test, {}, checks)], reading.rows) for test, checks in map(reading.test_of_row, rows))
    return tuple(itertools.chain.from_iterable(read)), tuple(dict.fromkeys(reading.unsupported))


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]


def _entries(data: Any) -> list[Any]:
    """A list; promptfoo lets one entry stand alone, and prompts be an object of text and label."""
    match data:
        case None:
            return []
        case list():
            return data
        case dict() if "id" not in data and "raw" not in data:
            return [{"raw": text, "label": label} for text, label in data.items()]
    return [data]


def _listed(data: Any) -> list[Any]:
    """A list; one entry may stand alone."""
    return [] if data is None else data if isinstance(data, list) else [data]


@dataclass
class _Reading:
    """A suite while it is read, with the list of what was left out."""

    folder: Folder
    templates: Mapping[str, Any]
    graders: Graders
    unsupported: list[str] = field(default_factory=list)

    def each(self, items: Iterable[Any], read: Callable[[Any], Iterator[T]]) -> Iterator[T]:
        """What the items come to, those that are not supported noted."""
        for item in items:
            try:
                yield from read(item)
            except Unsupported as unsupported:
                self.unsupported.append(str(unsupported))

    # Prompts and models

    def prompts(self, item: Any) -> Iterator[SuitePrompt]:
        yield from promptfoo_prompts.prompts(item, self.folder)

    def models(self, item: Any) -> Iterator[SuiteModel]:
        """A provider by its id; its parameters come along, addresses and keys do not."""
        match item:
            case str() if item.startswith("file://") and not is_program(item):
                yield from self.each(_entries(self.folder.data(item)), self.models)
            case str():
                yield self._model(item, {}, "")
            case {"id": str(name)} if isinstance(item.get("config") or {}, dict):
                for part in sorted(set(item) - {"id", "label", "config"}):
                    self.unsupported.append(f"{part} of the provider {name}")
                yield self._model(name, item.get("config") or {}, as_text(item.get("label")))
            case dict() if len(item) == 1:
                ((name, rest),) = item.items()
                if name == "id" or not isinstance(rest or {}, dict):
                    raise Unsupported(f"a provider of an unknown form: {str(item)[:60]}")
                yield from self.models({"id": name, **(rest or {})})
            case _:
                raise Unsupported(f"a provider of an unknown form: {str(item)[:60]}")

    def _model(self, name: str, config: Mapping[str, Any], label: str) -> SuiteModel:
        if is_program(name) or name in _ADDRESSES or "://" in name:
            raise Unsupported(f"the provider {name}: a program or an address of its own")
        known: dict[str, Any] = {}
        for key, value in _flat(config):
            ours = _ALIASES.get(key, key)
            if ours in PARAMETERS and ours not in ("logprobs", "logit_bias", "grammar"):
                known[ours] = (value,) if ours == "stop" and isinstance(value, str) else value
            else:
                self.unsupported.append(f"{key} of the provider {name}")
        try:
            parameters = config_from(known) if known else GenerationConfig()
        except UserError as error:
            raise Unsupported(f"the parameters of the provider {name}: {error}") from error
        return SuiteModel(name, label, parameters, foreign=True)

    # Cases

    def cases(self, data: Mapping[str, Any]) -> Iterator[Case]:
        """The cases of all tests, what the default test says added to each."""
        usual = data.get("defaultTest") or {}
        if isinstance(usual, str):
            usual = self.folder.value(usual)
        if not isinstance(usual, dict):
            raise BadFile(f"defaultTest is an object, not {usual!r}.")
        tests = data.get("tests")
        usual_checks = tuple(self._checks(usual))
        self._note_parts(usual, "defaultTest")
        if not tests and not data.get("scenarios") and (usual.get("vars") or usual_checks):
            tests = [{}]
        for test, checks in itertools.chain(self._tests(_listed(tests)), self._scenarios(data)):
            yield from self.each([(test, usual, (*usual_checks, *checks))], self.rows)

    def _scenarios(self, data: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[Check, ...]]]:
        """Every test of a scenario with each of its sets of values."""
        for scenario in self.each(_listed(data.get("scenarios")), self._scenario):
            settings = [one for one in _listed(scenario.get("config")) or [{}] if isinstance(one, dict)]
            for test, checks in self._tests(_listed(scenario.get("tests")) or [{}]):
                for setting in settings:
                    self._note_parts(setting, "a scenario")
                    values = [*_listed(setting.get("vars")), *_listed(test.get("vars"))]
                    yield {**setting, **test, "vars": values}, (*self._checks(setting), *checks)

    def _scenario(self, item: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(item, str):
            for path in self.folder.find_all(item):
                yield from self.each(_listed(self.folder.data(str(path))), self._scenario)
        elif isinstance(item, dict):
            yield item
        else:
            raise Unsupported(f"a scenario of an unknown form: {str(item)[:60]}")

    def _tests(self, entries: Iterable[Any]) -> Iterator[tuple[Mapping[str, Any], tuple[Check, ...]]]:
        """Every test with its own checks, out of the suite, a table or another file."""
        for entry in entries:
            if isinstance(entry, dict) and "path" not in entry:
                self._note_parts(entry, "a test")
                yield entry, tuple(self._checks(entry))
                continue
            try:
                if isinstance(entry, dict):
                    raise Unsupported(f"tests from {str(entry['path'])[:60]}, which makes them")
                if not isinstance(entry, str) or is_program(entry) or "://" in entry.removeprefix("file://"):
                    raise Unsupported(f"tests from {str(entry)[:60]}")
                for path in self.folder.find_all(entry):
                    yield from self._tests_of_file(path)
            except Unsupported as unsupported:
                self.unsupported.append(str(unsupported))

    def _tests_of_file(self, path: Path) -> Iterator[tuple[Mapping[str, Any], tuple[Check, ...]]]:
        match path.suffix.lower():
            case ".csv":
                yield from map(self.test_of_row, _rows_of_table(path))
            case ".jsonl":
                lines = yaml_file.read_text(path).split("\n")
                yield from self._tests([yaml_file.parse(line, path.name) for line in lines if line.strip()])
            case _:
                yield from self._tests(_listed(self.folder.data(str(path))))

    def test_of_row(self, row: Mapping[str, str]) -> tuple[Mapping[str, Any], tuple[Check, ...]]:
        values: dict[str, str] = {}
        test: dict[str, str] = {}
        checks: list[Check] = []
        for column, value in row.items():
            if column.startswith("__expected"):
                if value.strip():
                    checks += self.each([value], self._expected)
            elif column in ("__description", "__threshold"):
                test[column[2:]] = value
            elif column.startswith("__"):
                if not column.startswith("__metadata"):
                    self.unsupported.append(f"the column {column}")
            else:
                values[column] = value
        kept: dict[str, Any] = {"vars": values, "description": test.get("description", "")}
        if test.get("threshold"):
            kept["threshold"] = _score(test["threshold"])
        return kept, tuple(checks)

    def _expected(self, text: str) -> Iterator[Check]:
        for check in promptfoo_checks.expected(text, self.folder, graders=self.graders):
            if check.kind == "unsupported":
                self.unsupported.append(f"the assertion {check.value}")
            yield check

    def rows(self, test_with_checks: _Test) -> Iterator[Case]:
        """A case for every combination of values that are lists."""
        test, usual, checks = test_with_checks
        given = {**self._values(usual.get("vars")), **self._values(test.get("vars"))}
        lists = {name: self._series(value) for name, value in given.items()}
        threshold = test.get("threshold", usual.get("threshold"))
        for combination in itertools.product(*lists.values()):
            values: dict[str, str] = {}
            for name, value in zip(lists, combination, strict=True):
                _add_value(values, name, value)
            yield Case(
                id=new_id(),
                values=self._resolved(values),
                name=as_text(test.get("description")),
                checks=checks,
                pass_score=None if threshold is None else _score(threshold),
            )

    def _values(self, data: Any) -> Mapping[str, Any]:
        """A test's values: an object, or the names of files that hold one."""
        found: dict[str, Any] = {}
        for part in data if isinstance(data, list) else [data]:
            if isinstance(part, str) and not is_program(part):
                for path in self.folder.find_all(part):
                    found |= self._values(self.folder.data(str(path)))
            elif isinstance(part, dict):
                found |= part
            elif part is not None:
                raise Unsupported(f"vars that are no object: {str(part)[:60]}")
        return found

    def _series(self, value: Any) -> list[Any]:
        """The values that a variable takes one after the other; mostly one."""
        found: list[Any] = []
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and is_program(one):
                raise Unsupported(f"the value {one}: a program, which is not executed")
            read = self.folder.value(one)
            found += read if isinstance(read, list) and "*" in str(one) else [read]
        return found

    def _resolved(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values with other values in place of the variables within them."""
        for name, value in values.items():
            if logic := logic_in(value):
                self.unsupported.append(f"template logic in the value {name}: {logic}")
        return {
            name: VARIABLE.sub(lambda match: values.get(match.group(1), match.group(0)), value)
            for name, value in values.items()
        }

    # Checks

    def _checks(self, test: Mapping[str, Any]) -> Iterator[Check]:
        asked = test.get("assert") or []
        yield from self.each(asked if isinstance(asked, list) else [asked], self._check)

    def _check(self, item: Any) -> Iterator[Check]:
        if isinstance(item, dict) and isinstance(item.get("$ref"), str):
            item = self.templates.get(item["$ref"].rpartition("/")[2], item)
        if isinstance(item, dict) and item.get("type") == "assert-set":
            item = {"type": "assert-set"}
        for check in promptfoo_checks.checks_of(item, self.folder, graders=self.graders):
            if check.kind == "unsupported":
                self.unsupported.append(f"the assertion {check.value}")
            yield check

    def _note_parts(self, test: Mapping[str, Any], where: str) -> None:
        self.unsupported += [f"{part} of {where}" for part in sorted(set(test) - _TEST_PARTS)]


def _flat(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A provider's config, what stands in a group of parameters beside the others."""
    for key, value in config.items():
        if key in _GROUPS and isinstance(value, dict):
            yield from value.items()
        else:
            yield key, value


def _rows_of_table(path: Path) -> Iterator[Mapping[str, str]]:
    reader = csv.DictReader(io.StringIO(yaml_file.read_text(path), newline=""), skipinitialspace=True)
    try:
        for row in reader:
            extra = row.pop(None, None)
            if extra or None in row.values():
                raise BadFile(
                    f"{path.name}, line {reader.line_num}: another number of columns than in the header."
                )
            yield {column.strip(): value for column, value in row.items()}
    except csv.Error as error:
        raise BadFile(f"{path.name}, line {reader.line_num}: {error}.") from error


def _add_value(values: dict[str, str], name: str, value: Any) -> None:
    """A value by its name, and what is inside an object by `name.inner` as templates ask for it."""
    values[name] = as_text(value)
    if isinstance(value, dict):
        for inner, item in value.items():
            _add_value(values, f"{name}.{inner}", item)


def _score(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Unsupported(f"the threshold {value!r}") from None
