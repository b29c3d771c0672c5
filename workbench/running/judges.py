"""Models as judges: the checks `judge` and `judge_pair`.

A judge is a model like any other: its answers are runs, made by the scheduler, stored, and asked for once. What
it does to the answer that it judges is a verdict; where it fails, the verdict says why and the answer stays what
it was.

Pairs are asked twice with the sides swapped. Models favour a side, so only the same answer to both counts
(the conservative reading of L. Zheng et al., Judging LLM-as-a-Judge, NeurIPS 2023); anything else is undecided and
noted as `flipped`. Two answers that say the same are as good as each other, and nobody is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean, pstdev
from typing import Any

from workbench.core import judge, rendering
from workbench.core.asked_checks import ASKED
from workbench.core.check import Check, Measured, Subject, Undecided
from workbench.core.completion import GenerationConfig, config_from
from workbench.core.experiment import Cell
from workbench.core.judge import Opinion, PairOpinion
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.errors import UserError
from workbench.running.asking import ANSWERED, Asking, is_hopeless
from workbench.running.experiment_plan import PATIENCE
from workbench.running.job import Job

NAME = "Judge"
"""What the history calls a judge's prompt."""

_MOST_TOKENS = 2_048
"""Of a judge's answer, its reasoning included, unless its parameters say otherwise."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A check that has to be asked, about one answer."""

    check: Check
    value: Any
    """The check's, the case's values filled in."""
    subject: Subject
    run: Run
    """The answer."""
    cell: Cell
    other: Run | None = None
    """The other column's answer to the same case, for a check that compares with one."""
    other_name: str = ""
    """The other column's heading."""

    @property
    def threshold(self) -> float:
        """The score that is enough."""
        return ASKED[self.check.kind].threshold if self.check.threshold is None else self.check.threshold


class Judges:
    """Asks the judges of one running of an experiment."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.given_up: dict[str, str] = {}
        """Judges that cannot answer at all (no such model, a refused key), with the reason."""

    async def one(self, inquiry: Inquiry) -> Measured:
        """The verdict on an answer by itself. Raises Undecided and Stopped."""
        value, scale = inquiry.value, inquiry.value.get("scale", "pass_fail")
        prompt = judge.prompt(scale, expected=bool(inquiry.subject.expected))
        values = {
            "task": judge.task(inquiry.run.messages),
            "answer": inquiry.subject.text,
            "rubric": value["rubric"],
            "expected": inquiry.subject.expected,
        }
        runs = await self._asked(prompt, values, value)
        opinions, unread = _opinions(runs, scale)
        details = {**_details(runs), **({"unread": unread} if unread else {})}
        if not opinions:
            raise Undecided(_unreadable(runs), details)
        scores = [one.score for one in opinions]
        details["scores"] = scores
        if len(scores) > 1:
            details["spread"] = pstdev(scores)
            details["flaky"] = min(scores) < inquiry.threshold <= max(scores)
        # Of several times pass and fail the more frequent one counts; a score is held against the threshold.
        enough = fmean(scores) > 0.5 if scale == "pass_fail" else None
        return Measured(fmean(scores), _said(opinions), details, enough)

    async def pair(self, inquiry: Inquiry) -> Measured:
        """The verdict on an answer beside another one. Raises Undecided and Stopped."""
        value, named = inquiry.value, inquiry.other_name or "the expected answer"
        other = _answer(inquiry.other) if inquiry.other_name else inquiry.subject.expected
        if not other.strip():
            what = f"{inquiry.other_name} says nothing" if inquiry.other_name else "There is no expected answer"
            raise Undecided(f"{what}, so there is nothing to compare with.")
        if other.strip() == inquiry.subject.text.strip():
            # A judge asked about two equal texts can only name a side, which is no opinion and costs two answers.
            return Measured(0.5, f"The answer is the same as {named}.", {"scores": [0.5]})
        values = {"task": judge.task(inquiry.run.messages), "rubric": value["rubric"]}
        straight = {**values, "answer_a": inquiry.subject.text, "answer_b": other}
        swapped = {**values, "answer_a": other, "answer_b": inquiry.subject.text}
        prompt = judge.pair_prompt()
        first, second = await asyncio.gather(
            self._asked(prompt, straight, value), self._asked(prompt, swapped, value)
        )
        return _compared(first, second, named)

    async def _asked(self, prompt: Prompt, values: Mapping[str, str], value: Mapping[str, Any]) -> tuple[Run, ...]:
        """The judge's runs, as many as the check asks for."""
        model, repeat = value["model"], value.get("repeat", 1)
        if reason := self.given_up.get(model):
            raise Undecided(f"The judge {model} was given up: {reason}")
        job = Job(prompt, values, model, _config(value), prompt_name=NAME, patience=PATIENCE, one_of_many=True)
        try:
            runs = await asyncio.gather(*(self._asking.run(job, repetition) for repetition in range(repeat)))
        except UserError as error:  # what the job itself lacks, such as an empty rubric once it is filled in
            raise Undecided(f"The judge cannot be asked: {error.message}") from error
        for run in runs:
            if run.stop_reason == "error" and is_hopeless(run):
                self.given_up.setdefault(model, run.error or "")
        return tuple(runs)


def _config(value: Mapping[str, Any]) -> GenerationConfig:
    """The judge's parameters. Asked once it answers as steadily as it can; asked often, as it usually does."""
    config = config_from(value.get("parameters", {}))
    if config.temperature is None and value.get("repeat", 1) == 1:
        config = replace(config, temperature=0.0)
    return config if config.max_tokens else replace(config, max_tokens=_MOST_TOKENS)


def _details(runs: tuple[Run, ...]) -> dict[str, Any]:
    costs = [run.cost for run in runs]
    known = {} if None in costs else {"cost": sum(cost for cost in costs if cost is not None)}
    return {"runs": [run.id for run in runs], **known}


def _answer(run: Run | None) -> str:
    return rendering.part(run.prompt.chain_of_thought, run.text).answer if run else ""


# One answer


def _opinions(runs: tuple[Run, ...], scale: judge.Scale) -> tuple[list[Opinion], int]:
    """What can be read out of the runs, and how many cannot be read."""
    opinions: list[Opinion] = []
    for run in runs:
        try:
            opinions.append(judge.opinion(_answer(run), scale))
        except Undecided:
            continue
    return opinions, len(runs) - len(opinions)


def _said(opinions: list[Opinion]) -> str:
    said = ", ".join(one.said for one in opinions)
    return f"The judge says {said}. {opinions[0].reason}".strip()


def _unreadable(runs: tuple[Run, ...]) -> str:
    """Why there is no verdict, in a sentence."""
    for run in runs:
        if run.stop_reason not in ANSWERED:
            return f"The judge gave no answer: {run.error or 'it broke off.'}"
    try:
        judge.opinion(_answer(runs[0]), "pass_fail")
    except Undecided as undecided:
        return str(undecided)
    return "The judge's answer is not on the scale."


# Two answers


def _compared(first: tuple[Run, ...], second: tuple[Run, ...], named: str) -> Measured:
    """Both ways of asking as one verdict: 1 where the answer is better, 0.5 as good, 0 worse."""
    scores: list[float] = []
    flipped, reason, problem = 0, "", ""
    for straight, swapped in zip(first, second, strict=True):
        try:
            one, other = _preference(straight), _preference(swapped)
        except Undecided as undecided:
            problem = str(undecided)
            continue
        scores_of_both = {_score(one.better, "A"), _score(other.better, "B")}
        if len(scores_of_both) > 1:
            flipped += 1
        else:
            scores.append(scores_of_both.pop())
            reason = reason or one.reason
    details = {**_details(first + second), "scores": scores, "flipped": flipped}
    if flipped and flipped >= len(scores):
        raise Undecided("The judge changed its mind when the answers changed sides (position-flipped).", details)
    if not scores:
        raise Undecided(problem, details)
    if len(scores) > 1:
        details["spread"] = pstdev(scores)
    score = fmean(scores)
    what = "as good as" if score == 0.5 else "better than" if score > 0.5 else "worse than"
    return Measured(score, f"The judge finds the answer {what} {named}. {reason}".strip(), details)


def _preference(run: Run) -> PairOpinion:
    if run.stop_reason not in ANSWERED:
        raise Undecided(f"The judge gave no answer: {run.error or 'it broke off.'}")
    return judge.preference(_answer(run))


def _score(better: judge.Better, ours: judge.Better) -> float:
    return 0.5 if better == "tie" else float(better == ours)
