"""promptfoo's assertions as our checks, by `site/docs/configuration/expected-outputs` of promptfoo 0.123.

An assertion that has no check here becomes one of the kind `unsupported`: it is shown with its name and passes
nothing, so that a suite is never greener here than what it really asked for. Assertions that a model grades
become checks by a judge where the person names one, and `similar` one by vectors of the local model that the
person names; the graders that the suite names are not asked. Python files become checks too, which run once the
person trusts the file; code within the suite never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core import pattern
from workbench.core.check import Check
from workbench.interchange.promptfoo_files import Folder, Unsupported, logic_in
from workbench.interchange.suite import as_text

_EXPECTED = re.compile(r"^(not-)?([a-z][a-z0-9-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?$")
_WITHOUT_VALUE = frozenset({"is-json", "is-refusal"})
_KNOWN_PARTS = frozenset({"type", "value", "threshold", "weight", "metric"})
_WITH_THRESHOLD = frozenset({"judge", "python", "embedding"})
"""Kinds of ours whose threshold means what it does there: the least score that passes."""


@dataclass(frozen=True, slots=True)
class Graders:
    """The models that a person names for assertions that ask one; empty for none."""

    judge: str = ""
    embedding: str = ""
    """A model of this machine."""


NOBODY = Graders()

_SIMILAR = frozenset({"similar", "similar:cosine", "similar:dot"})
"""By the cosine; our vectors have length 1, so that the dot product is the same."""

_GRADED = {
    "llm-rubric": "{}",
    "model-graded-closedqa": "Meets this criterion: {}",
    "g-eval": "{}",
    "factuality": "States the same facts as this reference and contradicts none of them: {}",
    "model-graded-factuality": "States the same facts as this reference and contradicts none of them: {}",
}
"""Assertions that a model grades, with what a judge is told to look for."""


def checks_of(data: Any, folder: Folder, *, graders: Graders = NOBODY) -> tuple[Check, ...]:
    """The checks of one assertion; mostly one. Without a grader those that need one are not supported.

    Raises Unsupported where it cannot even be shown as one.
    """
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise Unsupported(f"an assertion without a type: {str(data)[:60]}")
    name: str = data["type"]
    negated = name.startswith("not-")
    weight, metric = _number(data.get("weight"), 1.0), as_text(data.get("metric"))
    try:
        known = _KNOWN_PARTS | {"config"} if name.endswith("python") else _KNOWN_PARTS
        if extra := sorted(set(data) - known):
            raise Unsupported(f"{name} with {', '.join(extra)}")
        found = _checks(name.removeprefix("not-"), data, folder, graders)
        if negated and len(found) != 1:
            raise Unsupported(name)
    except Unsupported as unsupported:
        return (Check("unsupported", str(unsupported), weight=weight, name=metric),)
    return tuple(
        Check(kind, value, negated, _threshold(kind, data), weight=weight, name=metric) for kind, value in found
    )


def _threshold(kind: str, data: Mapping[str, Any]) -> float | None:
    asked = data.get("threshold")
    return float(asked) if kind in _WITH_THRESHOLD and isinstance(asked, int | float) else None


def expected(text: str, folder: Folder, *, graders: Graders = NOBODY) -> tuple[Check, ...]:
    """The checks of a cell of an `__expected` column: `contains: x`, `is-json`, or just the wanted text."""
    match = _EXPECTED.match(text.strip())
    negated, name, threshold, value = match.groups() if match else (None, "", None, None)
    if text.startswith(("fn:", "eval:", "javascript:", "python:")) or name in ("grade", "llm-rubric"):
        kind = "llm-rubric" if name == "grade" else name or "javascript"
        return checks_of({"type": kind, "value": value}, folder, graders=graders)
    if name not in _CHECKS and not (name in _LISTED and value is not None):
        if match and value is not None and name in _UNSUPPORTED:
            asked = {"type": f"{negated or ''}{name}", "value": value.strip()}
            least = {"threshold": float(threshold)} if threshold is not None else {}
            return checks_of({**asked, **least}, folder, graders=graders)
        return (Check("equals", text),)
    if value is None and name not in _WITHOUT_VALUE and threshold is None:
        return (Check("equals", text),)
    data: dict[str, Any] = {"type": f"{negated or ''}{name}"}
    if value is not None:
        data["value"] = [part.strip() for part in value.split(",")] if name in _LISTED else value.strip()
    if threshold is not None:
        data["threshold"] = float(threshold)
    return checks_of(data, folder)


def wants_judge(unsupported: Iterable[str]) -> bool:
    """Whether something was left out only because nobody was named to grade it."""
    return any(what.rpartition(" ")[2] in _GRADED for what in unsupported)


_Found = list[tuple[str, Any]]


def _checks(name: str, data: Mapping[str, Any], folder: Folder, graders: Graders) -> _Found:
    if name == "python":
        return [("python", _program(data, folder))]
    value = folder.value(data.get("value"))
    if name in _SIMILAR and not graders.embedding:
        raise Unsupported(f"{name} without an embedding model")
    if name not in _CHECKS and name not in _SIMILAR and not (graders.judge and name in _GRADED):
        raise Unsupported(name)
    if logic := logic_in(as_text(value)):
        raise Unsupported(f"{name} with template logic: {logic}")
    if name in _CHECKS:
        return _CHECKS[name](value, data)
    if name in _SIMILAR:
        return _similar(name, value, graders.embedding)
    if not isinstance(value, str | list) or not value:
        raise Unsupported(f"{name} without a text")
    rubric = value.strip() if isinstance(value, str) else "\n".join(f"- {as_text(item)}" for item in value)
    return [("judge", {"rubric": _GRADED[name].format(rubric), "model": graders.judge})]


def _program(data: Mapping[str, Any], folder: Folder) -> dict[str, Any]:
    path, function = folder.program(as_text(data.get("value")))
    config = data.get("config")
    return {
        "file": str(path),
        **({"function": function} if function else {}),
        **({"config": config} if config else {}),
    }


def _similar(name: str, value: Any, model: str) -> _Found:
    texts = [as_text(item) for item in value] if isinstance(value, list) else [as_text(value)]
    if len(texts) != 1 or not texts[0]:
        raise Unsupported(f"{name} to {'one of several texts' if len(texts) > 1 else 'no text'}")
    return [("embedding", {"model": model, "to": texts[0]})]


def _text(kind: str) -> Callable[[Any, Mapping[str, Any]], _Found]:
    return lambda value, data: [(kind, as_text(value))]


def _pattern(value: Any, data: Mapping[str, Any]) -> _Found:
    """One of JavaScript's that Python does not take is not supported."""
    if wrong := pattern.fault(as_text(value)):
        raise Unsupported(f"regex that cannot be used here: {wrong}")
    return [("regex", as_text(value))]


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else str(value).split(",")
    return [as_text(item) for item in items]


def _equals(value: Any, data: Mapping[str, Any]) -> _Found:
    return [("equals", value if isinstance(value, dict | list) else as_text(value))]


def _is_json(value: Any, data: Mapping[str, Any]) -> _Found:
    if value is None:
        return [("is_json", None)]
    schema = value
    if isinstance(value, str):
        from workbench.interchange.yaml_file import parse

        schema = parse(value, "the schema of is-json")
    if not isinstance(schema, dict | bool):
        raise Unsupported("is-json with something that is no schema")
    return [("json_schema", schema)]


def _at_most(kind: str) -> Callable[[Any, Mapping[str, Any]], _Found]:
    def find(value: Any, data: Mapping[str, Any]) -> _Found:
        if not isinstance(data.get("threshold"), int | float):
            raise Unsupported(f"{data['type']} without a threshold")
        return [(kind, data["threshold"])]

    return find


def _word_count(value: Any, data: Mapping[str, Any]) -> _Found:
    match value:
        case int():
            return [("length", {"min": value, "max": value, "unit": "words"})]
        case dict() if value and not set(value) - {"min", "max"}:
            return [("length", {**value, "unit": "words"})]
    raise Unsupported(f"word-count with {value!r}")


def _levenshtein(value: Any, data: Mapping[str, Any]) -> _Found:
    return [("edit_distance", {"to": as_text(value), "max": data.get("threshold", 5)})]


_CHECKS: dict[str, Callable[[Any, Mapping[str, Any]], _Found]] = {
    "equals": _equals,
    "contains": _text("contains"),
    "icontains": _text("contains_in_any_case"),
    "contains-all": lambda value, data: [("contains_all", _texts(value))],
    "contains-any": lambda value, data: [("contains_any", _texts(value))],
    "icontains-all": lambda value, data: [("contains_in_any_case", text) for text in _texts(value)],
    "icontains-any": lambda value, data: [("regex", "(?i)" + "|".join(map(re.escape, _texts(value))))],
    "starts-with": _text("starts_with"),
    "regex": _pattern,
    "is-json": _is_json,
    "is-refusal": lambda value, data: [("refusal", None)],
    "latency": _at_most("latency"),
    "cost": _at_most("cost"),
    "levenshtein": _levenshtein,
    "word-count": _word_count,
}

_LISTED = frozenset({"contains-all", "contains-any", "icontains-all", "icontains-any"})

_UNSUPPORTED = frozenset({
    "answer-relevance", "bleu", "classifier", "contains-html", "contains-json", "contains-sql", "contains-xml",
    "context-faithfulness", "context-recall", "context-relevance", "conversation-relevance", "factuality",
    "finish-reason", "g-eval", "gleu", "guardrails", "is-html", "is-sql", "is-valid-function-call",
    "is-valid-openai-function-call", "is-valid-openai-tools-call", "is-xml", "javascript", "llm-rubric",
    "max-score", "meteor", "model-graded-closedqa", "model-graded-factuality", "moderation", "perplexity",
    "perplexity-score", "pi", "python", "rouge-n", "ruby", "search-rubric", "select-best", "similar",
    "skill-used", "tool-call-f1", "trace-error-spans", "trace-span-count", "trace-span-duration", "webhook",
})  # fmt: skip
"""Types that promptfoo has and we do not, so that a cell such as `note: call back` is still a text."""


def _number(value: Any, usual: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else usual
