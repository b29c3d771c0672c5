"""The answer that a row teaches: a run's own or its golden one, parted and written as the recipe asks."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.completion import Message
from workbench.core.prompt import ChainOfThought
from workbench.core.rendering import part
from workbench.core.run import RatedRun, Run
from workbench.matching.matcher import Matcher
from workbench.training.asked import NoRow
from workbench.training.form import form_fault
from workbench.training.recipe import Recipe
from workbench.training.text import text_fault

_CUT_OFF = {
    "length": "it was cut off at its token limit",
    "cancelled": "it was stopped before its end",
    "truncated": "its stream broke off",
    "error": "its run failed",
    "content_filter": "the server withheld a part of it",
}


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer in every form that a recipe may ask for."""

    whole: str
    reasoning: str
    answer: str
    parted: bool
    """Whether the answer could be told from the reasoning."""


def is_golden(rated: RatedRun) -> bool:
    """Whether a person edited the answer; saving it unchanged edits nothing."""
    return rated.rating.golden is not None and rated.rating.golden != rated.run.text


def learned_answer(rated: RatedRun, prefill: str, recipe: Recipe, matcher: Matcher) -> Message:
    """What the model should have said: the golden answer, or the run's own. Raises NoRow."""
    run, chain = rated.run, rated.run.prompt.chain_of_thought
    said = _golden(rated, prefill, recipe) if is_golden(rated) else _own(run, prefill)
    if fault := text_fault(said.whole):  # first: the other reasons may quote the answer
        raise NoRow(fault)
    if not said.parted and not is_golden(rated) and recipe.reasoning != "in_content":
        raise NoRow(f"The answer cannot be told from the reasoning: {_missing_mark(chain)}.")
    if said.answer.strip() and (fault := form_fault(run.prompt, said.answer, matcher)):
        raise NoRow(fault)
    return _written(said, recipe)


def rejected_answer(run: Run, prefill: str, recipe: Recipe) -> Message:
    """What the model said, whatever its form: that may be why it was rejected. Raises NoRow."""
    return _written(_own(run, prefill), recipe)


def _own(run: Run, prefill: str) -> _Said:
    if run.stop_reason != "stop":
        raise NoRow(f"The answer is not whole: {_CUT_OFF[run.stop_reason]}.")
    return _said(run.prompt.chain_of_thought, prefill + run.text, run.reasoning)


def _golden(rated: RatedRun, prefill: str, recipe: Recipe) -> _Said:
    """The golden answer; with the run's own reasoning when it was not given another and comes to the same."""
    run, text = rated.run, rated.rating.golden or ""
    chain = run.prompt.chain_of_thought
    golden = _said(chain, text if text.startswith(prefill) else prefill + text)
    if recipe.reasoning == "answer_only" or golden.reasoning:
        return golden
    own = _said(chain, prefill + run.text, run.reasoning)
    if own.answer.strip() == golden.answer.strip():
        return own
    if own.reasoning or not golden.parted:
        raise NoRow("The golden answer holds no reasoning, and the run's own led to another answer.")
    return golden


def _said(chain: ChainOfThought, text: str, reasoning: str = "") -> _Said:
    parted = part(chain, text)
    return _Said(_joined(reasoning, text), _joined(reasoning, parted.reasoning), parted.answer, parted.found)


def _written(said: _Said, recipe: Recipe) -> Message:
    """The assistant's turn in the form that the recipe asks for. Raises NoRow when there is nothing in it."""
    answer = said.answer.strip()
    if not answer:
        raise NoRow("The answer is empty.")
    match recipe.reasoning:
        case "in_content":
            return Message("assistant", said.whole.strip())
        case "think_tags" if said.reasoning:
            return Message("assistant", f"<think>\n{said.reasoning}\n</think>\n\n{answer}")
        case "reasoning_content":
            return Message("assistant", answer, said.reasoning)
        case _:
            return Message("assistant", answer)


def _missing_mark(chain: ChainOfThought) -> str:
    return "it has no <answer> tags" if chain.parting == "tags" else f"it has no “{chain.marker}”"


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text.strip())
