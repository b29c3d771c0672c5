"""The kinds of checks that need only the answer: texts, lists, numbers, lengths, what it took."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from workbench.core import json_answer, json_path, language, refusal, similarity
from workbench.core.check import Kind, Measured, Subject, Undecided

LONGEST_COMPARED = 50_000
"""Characters of a text whose similarity is measured; the time grows with the square."""

_NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_UNITS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda text: len(text.split()),
    "lines": lambda text: len(text.splitlines()),
}


def quoted(text: str) -> str:
    """A text within a sentence, shortened."""
    shown = " ".join(text.split())
    return f"“{shown if len(shown) <= 60 else shown[:59] + '…'}”"


def parsed(text: str) -> Any:
    """The answer as JSON, also out of a fence of three backticks. Raises Undecided."""
    try:
        return json_answer.read(json_answer.unfenced(text))
    except json_answer.NotJson as error:
        raise Undecided(f"The answer is not JSON: {error}.") from error


def _said(held: bool, yes: str, no: str) -> Measured:
    return Measured(float(held), yes if held else no)


# Texts


def _equals(value: Any, subject: Subject) -> Measured:
    """White space around the answer does not count: no person sees it."""
    if value is not None and not isinstance(value, str):
        return _said(parsed(subject.text) == value, "The answer is that JSON value.", "The answer is other JSON.")
    wanted = subject.expected if value is None else value
    same = subject.text.strip() == wanted.strip()
    return _said(same, f"The answer is {quoted(wanted)}.", f"The answer is not {quoted(wanted)}.")


def _contains(value: Any, subject: Subject) -> Measured:
    wanted = subject.expected if value is None else value
    held = wanted in subject.text
    return _said(held, f"The answer contains {quoted(wanted)}.", f"The answer does not contain {quoted(wanted)}.")


def _contains_in_any_case(value: Any, subject: Subject) -> Measured:
    wanted = subject.expected if value is None else value
    held = wanted.casefold() in subject.text.casefold()
    return _said(held, f"The answer contains {quoted(wanted)}.", f"The answer does not contain {quoted(wanted)}.")


def _contains_all(value: Any, subject: Subject) -> Measured:
    missing = [text for text in value if text not in subject.text]
    said = (
        f"The answer lacks {', '.join(map(quoted, missing))}." if missing else "The answer contains all of them."
    )
    return Measured(1 - len(missing) / len(value), said)


def _contains_any(value: Any, subject: Subject) -> Measured:
    found = next((text for text in value if text in subject.text), None)
    return _said(
        found is not None, f"The answer contains {quoted(found or '')}.", "The answer contains none of them."
    )


def _starts_with(value: Any, subject: Subject) -> Measured:
    held = subject.text.lstrip().startswith(value)
    said = f"The answer begins with {quoted(subject.text.lstrip()[: max(len(value), 20)])}."
    return Measured(float(held), said)


def _one_of(value: Any, subject: Subject) -> Measured:
    held = subject.text.strip() in [text.strip() for text in value]
    return _said(held, "The answer is one of them.", f"The answer, {quoted(subject.text)}, is none of them.")


def _length(value: Any, subject: Subject) -> Measured:
    unit = value.get("unit", "characters")
    count = _UNITS[unit](subject.text)
    held = value.get("min", 0) <= count <= value.get("max", math.inf)
    return Measured(float(held), f"The answer has {count:,} {unit}.")


# JSON and numbers


def _is_json(value: Any, subject: Subject) -> Measured:
    """Nothing around it: a program that reads the answer would stumble over a fence."""
    try:
        json_answer.read(subject.text)
    except json_answer.NotJson as error:
        return Measured(0.0, f"The answer is not JSON: {error}.")
    return Measured(1.0, "The answer is JSON.")


def _json_path(value: Any, subject: Subject) -> Measured:
    path = value["path"]
    try:
        found = json_path.value_at(parsed(subject.text), path)
    except LookupError as error:
        return Measured(0.0, f"The answer has nothing at {path}: {error}.")
    if "equals" not in value:
        return Measured(1.0, f"At {path} the answer has {quoted(json.dumps(found, ensure_ascii=False))}.")
    wanted = value["equals"]
    same = found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    return Measured(float(same), f"At {path} the answer has {quoted(json.dumps(found, ensure_ascii=False))}.")


def _number_within(value: Any, subject: Subject) -> Measured:
    number, where = _number(value, subject)
    if "value" in value:
        held = abs(number - _wanted(value["value"])) <= value.get("tolerance", 0)
    else:
        held = value.get("min", -math.inf) <= number <= value.get("max", math.inf)
    return Measured(float(held), f"{where} is {number:g}.")


def _wanted(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Undecided(f"The check compares with {value!r}, which is no number.") from None


def _number(value: Mapping[str, Any], subject: Subject) -> tuple[float, str]:
    """The number at a path of the JSON answer, or the last one in the text: where answers come to their point."""
    if "path" in value:
        try:
            found = json_path.value_at(parsed(subject.text), value["path"])
            return float(found), f"The number at {value['path']}"
        except (LookupError, TypeError, ValueError) as error:
            raise Undecided(f"The answer has no number at {value['path']}.") from error
    numbers = _NUMBER.findall(subject.text)
    if not numbers:
        raise Undecided("There is no number in the answer.")
    return float(numbers[-1].replace(",", "").replace("\N{MINUS SIGN}", "-")), "The last number in the answer"


# What the text is like


def _language(value: Any, subject: Subject) -> Measured:
    guess = language.guess(subject.text)
    if guess is None:
        raise Undecided("The answer is too short or too mixed to guess its language.")
    title = language.NAMES[guess.code]
    return Measured(float(guess.code == value), f"By {guess.by}, the answer looks {title} (a guess).")


def _refusal(value: Any, subject: Subject) -> Measured:
    found = refusal.find(subject.text)
    return _said(found is not None, f"The answer refuses: {quoted(found or '')}.", "The answer does not refuse.")


def _edit_similarity(value: Any, subject: Subject) -> Measured:
    wanted = _comparable(value, subject)
    distance = similarity.edit_distance(subject.text, wanted)
    longer = max(len(subject.text), len(wanted))
    return Measured(1 - distance / longer if longer else 1.0, f"{distance:,} edits lead to {quoted(wanted)}.")


def _edit_distance(value: Any, subject: Subject) -> Measured:
    distance = similarity.edit_distance(subject.text, _comparable(value.get("to"), subject))
    return Measured(float(distance <= value["max"]), f"{distance:,} edits lead to the wanted text.")


def _rouge_l(value: Any, subject: Subject) -> Measured:
    wanted = _comparable(value, subject)
    score = similarity.rouge_l(subject.text, wanted)
    return Measured(score, f"ROUGE-L against {quoted(wanted)} is {score:.2f}.")


def _comparable(value: Any, subject: Subject) -> str:
    wanted = subject.expected if value is None else value
    if max(len(subject.text), len(wanted)) > LONGEST_COMPARED:
        raise Undecided(f"Texts of more than {LONGEST_COMPARED:,} characters are not compared.")
    return str(wanted)


# What it took


def _latency(value: Any, subject: Subject) -> Measured:
    if subject.latency_ms is None:
        raise Undecided("Nobody measured how long the answer took.")
    return Measured(float(subject.latency_ms <= value), f"The answer took {subject.latency_ms:,.0f} ms.")


def _cost(value: Any, subject: Subject) -> Measured:
    if subject.cost is None:
        raise Undecided("What the answer cost is not known: the model has no price.")
    return Measured(float(subject.cost <= value), f"The answer cost ${subject.cost:.6f}.")


def _tokens(value: Any, subject: Subject) -> Measured:
    if subject.tokens is None:
        raise Undecided("The server did not say how many tokens the answer has.")
    return Measured(float(subject.tokens <= value), f"The answer has {subject.tokens:,} tokens.")


# Of other tools


def _unsupported(value: Any, subject: Subject) -> Measured:
    raise Undecided(f"This program has no such check: {value}.")


# What values they take


def _anything(value: Any) -> str:
    return ""


def _nothing(value: Any) -> str:
    return "" if value is None else "takes no value"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "needs a text"


def _text_or_expected(value: Any) -> str:
    return (
        ""
        if value is None or (isinstance(value, str) and value)
        else "needs a text, or nothing for the expected answer"
    )


def _texts(value: Any) -> str:
    fits = isinstance(value, list | tuple) and value and all(isinstance(text, str) for text in value)
    return "" if fits else "needs a list of texts"


def _limit(value: Any) -> str:
    return "" if is_number(value) and value >= 0 else "needs a number that is not below 0"


def _a_language(value: Any) -> str:
    return "" if value in language.NAMES else f"needs one of {', '.join(sorted(language.NAMES))}"


def _a_length(value: Any) -> str:
    if not isinstance(value, dict) or not value or set(value) - {"min", "max", "unit"}:
        return "needs min, max or both, and perhaps a unit"
    if value.get("unit", "characters") not in _UNITS:
        return f"needs one of the units {', '.join(_UNITS)}"
    return _numbers_in(value, "min", "max") or _lengths_in(value, "min", "max") or _order_of(value)


def _a_range(value: Any) -> str:
    names = {"min", "max", "value", "tolerance", "path"}
    if not isinstance(value, dict) or set(value) - names or not {"min", "max", "value"} & set(value):
        return "needs min, max or both, or a value with a tolerance, and perhaps a path"
    if "path" in value and (wrong := json_path.problem(value["path"])):
        return wrong
    # A value may be a text with a variable in it, which is a number once it is filled in.
    return _numbers_in(value, "min", "max", "tolerance") or _lengths_in(value, "tolerance") or _order_of(value)


def _a_distance(value: Any) -> str:
    if not isinstance(value, dict) or "max" not in value or set(value) - {"to", "max"}:
        return "needs max and perhaps the text to compare with"
    return _numbers_in(value, "max") or _lengths_in(value, "max") or _text_or_expected(value.get("to"))


def _a_path(value: Any) -> str:
    if not isinstance(value, dict) or "path" not in value or set(value) - {"path", "equals"}:
        return "needs a path and perhaps what is there"
    return json_path.problem(value["path"])


def _numbers_in(value: Mapping[str, Any], *names: str) -> str:
    wrong = [name for name in names if name in value and not is_number(value[name])]
    return f"needs a number for {wrong[0]}" if wrong else ""


def _lengths_in(value: Mapping[str, Any], *names: str) -> str:
    wrong = [name for name in names if value.get(name, 0) < 0]
    return f"needs a {wrong[0]} that is not below 0" if wrong else ""


def _order_of(value: Mapping[str, Any]) -> str:
    turned = "min" in value and "max" in value and value["min"] > value["max"]
    return "needs a min that is not above its max" if turned else ""


def is_number(value: Any) -> bool:
    """A number, truth values not among them."""
    return isinstance(value, int | float) and not isinstance(value, bool)


KINDS: dict[str, Kind] = {
    "equals": Kind("is", _equals, _anything),
    "contains": Kind("contains", _contains, _text_or_expected),
    "contains_in_any_case": Kind("contains (any case)", _contains_in_any_case, _text_or_expected),
    "contains_all": Kind("contains all of", _contains_all, _texts),
    "contains_any": Kind("contains one of", _contains_any, _texts),
    "starts_with": Kind("starts with", _starts_with, _text),
    "one_of": Kind("is one of", _one_of, _texts),
    "length": Kind("length", _length, _a_length),
    "is_json": Kind("is JSON", _is_json, _nothing),
    "json_path": Kind("JSON value", _json_path, _a_path),
    "number_within": Kind("number within", _number_within, _a_range),
    "language": Kind("language", _language, _a_language),
    "refusal": Kind("refuses", _refusal, _nothing),
    "edit_distance": Kind("edits at most", _edit_distance, _a_distance),
    "edit_similarity": Kind("edit similarity", _edit_similarity, _text_or_expected, threshold=0.75),
    "rouge_l": Kind("ROUGE-L", _rouge_l, _text_or_expected, threshold=0.75),
    "latency": Kind("latency in ms at most", _latency, _limit),
    "cost": Kind("cost in dollars at most", _cost, _limit),
    "tokens": Kind("tokens at most", _tokens, _limit),
    "unsupported": Kind("unsupported", _unsupported, _text),
}
"""By the name that checks are stored and written with."""
