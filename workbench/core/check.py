"""Checks: what an answer has to be like, and the verdict on one answer with its reason.

A check names its kind and holds the kind's argument as plain JSON data, so that it can be stored and exchanged.
A kind measures: its `measure` gives a score from 0 to 1 and states a fact in a sentence. Whether that is good is
decided here, the same way for all kinds: the score reaches the threshold or, negated, does not. What cannot be
decided (an unknown price, a pattern that runs out of time) is no pass either way; the reason says so.

`KINDS` of `core.check_kinds` has every kind that needs nothing but the answer and the standard library;
`ASKED` of `core.asked_checks` those that a model or a program has to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from workbench.core.rendering import fill
from workbench.errors import MissingVariables, UserError

_LONGEST_SAID = 60
"""Letters of what a check asks for in a heading."""

MOST_WEIGHT = 1_000.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an answer has to fulfil."""

    kind: str
    value: Any = None
    """JSON data: what the kind compares with. Texts in it may hold `{{variables}}` of the case."""
    negated: bool = False
    threshold: float | None = None
    """The score that is enough; None is the kind's own."""
    weight: float = 1.0
    """How much it counts in the score of a cell; what weighs 0 is only shown."""
    name: str = ""
    """A metric's name for summaries; empty shows the kind."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An answer, as checks look at it."""

    text: str
    """The answer alone, parted from the reasoning."""
    expected: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    latency_ms: float | None = None
    cost: float | None = None
    """US dollars; None when the price is not known."""
    tokens: int | None = None
    """Of the answer with its reasoning; None when nobody counted."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a kind finds."""

    score: float
    """0 to 1."""
    said: str
    """The fact, as a sentence that is true whichever way the check wants it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """As a verdict's."""
    enough: bool | None = None
    """Where what was asked says so itself; a threshold of the check goes before it."""


class Undecided(Exception):
    """A check cannot be decided for this answer; the text is the reason, a sentence."""

    def __init__(self, said: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(said)
        self.details = details or {}
        """As a verdict's."""


Measure = Callable[[Any, Subject], Measured]
"""From a check's value, its variables filled in, and an answer. Raises Undecided."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check."""

    title: str
    measure: Measure | None
    """None where a model or a program has to be asked, which takes time and may fail: see `running.judging`."""
    refuse: Callable[[Any], str]
    """What is wrong with a check's value, as the end of a sentence; empty when nothing is."""
    threshold: float = 1.0
    """The score that is enough, unless the check says otherwise."""
    tip: str = ""
    """What to know before relying on it; empty where the title says it all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check came out on one answer."""

    passed: bool
    score: float
    """0 to 1, the other way round for a negated check."""
    reason: str
    decided: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON data about how it was found: a judge's runs and scores."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts on one answer."""

    passed: bool
    score: float
    """The verdicts' scores by weight; 1 where nothing was checked."""
    verdicts: tuple[Verdict, ...] = ()


def checked(check: Check, kinds: Mapping[str, Kind]) -> Check:
    """The same check, if it is one. Raises UserError with what is wrong in it."""
    if (kind := kinds.get(check.kind)) is None:
        near = get_close_matches(check.kind, kinds, n=1)
        advice = f"Do you mean {near[0]}? " if near else ""
        raise UserError(f"There is no check {check.kind!r}.", advice=f"{advice}Known: {', '.join(sorted(kinds))}.")
    if wrong := kind.refuse(check.value):
        raise UserError(f"The check {check.kind} {wrong}, not {_shown(check.value)}.")
    if check.threshold is not None and not 0 <= check.threshold <= 1:
        raise UserError(
            f"The threshold of the check {check.kind} is {check.threshold:g}; it lies between 0 and 1."
        )
    if not 0 <= check.weight <= MOST_WEIGHT:
        raise UserError(f"The weight of the check {check.kind} is {check.weight:g}; it is 0 to {MOST_WEIGHT:g}.")
    return check


def judge(
    checks: Iterable[Check], subject: Subject, kinds: Mapping[str, Kind], *, pass_score: float | None = None
) -> Judgement:
    """Judge an answer: every check has to pass, or, with a pass score, the score of all together to reach it."""
    kept = tuple(checks)
    return together(kept, [verdict(check, subject, kinds) for check in kept], pass_score=pass_score)


def together(
    checks: Iterable[Check], verdicts: Iterable[Verdict], *, pass_score: float | None = None
) -> Judgement:
    """What the verdicts of these checks, in their order, come to."""
    pairs = tuple(zip(checks, verdicts, strict=True))
    weight = sum(check.weight for check, _ in pairs)
    score = sum(check.weight * one.score for check, one in pairs) / weight if weight else 1.0
    passed = all(one.passed or not check.weight for check, one in pairs)
    return Judgement(passed if pass_score is None else score >= pass_score, score, tuple(one for _, one in pairs))


def verdict(check: Check, subject: Subject, kinds: Mapping[str, Kind]) -> Verdict:
    """Judge an answer by one check."""
    kind = kinds[check.kind]
    try:
        if kind.measure is None:
            raise Undecided("A model or a program has to be asked for this, which an experiment does.")
        measured = kind.measure(filled(check, subject), subject)
    except (MissingVariables, Undecided) as error:
        return undecided(error)
    return decided(check, kind, measured)


def decided(check: Check, kind: Kind, measured: Measured) -> Verdict:
    """What a measure means for a check: whether the score is enough, the other way round for a negated one."""
    enough = measured.score >= (kind.threshold if check.threshold is None else check.threshold)
    if check.threshold is None and measured.enough is not None:
        enough = measured.enough
    score = 1 - measured.score if check.negated else measured.score
    return Verdict(enough != check.negated, score, measured.said, details=measured.details)


def undecided(error: MissingVariables | Undecided) -> Verdict:
    """The verdict of a check that cannot be decided."""
    if isinstance(error, Undecided):
        return Verdict(False, 0.0, str(error), False, error.details)
    return Verdict(False, 0.0, f"The check needs a value that the case does not have. {error.message}", False)


def filled(check: Check, subject: Subject) -> Any:
    """A check's value with the case's values in place of its variables. Raises MissingVariables.

    `{{expected}}` is the expected answer where the case has no variable of that name.
    """
    expected = {"expected": subject.expected} if subject.expected else {}
    return _filled(check.value, {**expected, **subject.values})


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return fill(value, values)
        case list() | tuple():
            return [_filled(item, values) for item in value]
        case dict():
            return {key: _filled(item, values) for key, item in value.items()}
    return value


def title(check: Check, kinds: Mapping[str, Kind]) -> str:
    """A check for a heading: its name, or what it asks."""
    if check.name:
        return check.name
    kind = kinds[check.kind].title if check.kind in kinds else check.kind
    said = _asked_for(check, kinds.get(check.kind))
    return f"{'not ' if check.negated else ''}{kind}{said and ' '}{said}"


def _asked_for(check: Check, kind: Kind | None) -> str:
    """What a check asks for, cut to fit a heading."""
    value = check.value.get("rubric", check.value) if isinstance(check.value, dict) else check.value
    match value:
        case str():
            line = " ".join(value.split())
            return f"“{line[:_LONGEST_SAID]}{'…' if len(line) > _LONGEST_SAID else ''}”"
        case None:
            # A kind that takes a text, or none, takes the expected answer in its place.
            takes_expected = kind is not None and not kind.refuse(None) and not kind.refuse("a text")
            return "the expected answer" if takes_expected else ""
        case _:
            return _shown(value)


def as_data(check: Check) -> dict[str, Any]:
    """A check as JSON data; what is as usual is left out."""
    usual = Check(check.kind)
    names = ("value", "negated", "threshold", "weight", "name")
    changed = {name: getattr(check, name) for name in names if getattr(check, name) != getattr(usual, name)}
    return {"kind": check.kind, **changed}


def from_data(data: Any) -> Check:
    """The inverse of `as_data`. Raises UserError with the part that is wrong."""
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise UserError(f"A check is an object with a kind, not {_shown(data)}.")
    wanted: dict[str, tuple[type, ...]] = {
        "kind": (str,), "negated": (bool,), "threshold": (int, float), "weight": (int, float), "name": (str,),
    }  # fmt: skip
    if unknown := sorted(map(str, set(data) - {*wanted, "value"})):
        raise UserError(f"Unknown part of the check {data['kind']}: {', '.join(unknown)}.")
    for name, kinds in wanted.items():
        if name in data and (
            not isinstance(data[name], kinds) or (isinstance(data[name], bool) and bool not in kinds)
        ):
            raise UserError(f"{name!r} of the check {data['kind']} is {_shown(data[name])}.")
    return Check(**data)


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON data."""
    data: dict[str, Any] = {"passed": verdict.passed, "score": verdict.score, "reason": verdict.reason}
    if verdict.details:
        data["details"] = dict(verdict.details)
    return data if verdict.decided else {**data, "decided": False}


def verdict_from(data: Mapping[str, Any]) -> Verdict:
    """The inverse of `verdict_data`."""
    decided = data.get("decided", True)
    return Verdict(data["passed"], data["score"], data["reason"], decided, data.get("details", {}))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
