"""What the next run sends: the job of a pane, and what all panes together cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.core.completion import Usage
from workbench.core.prompt import Prompt, variables
from workbench.core.rendering import render
from workbench.desktop.document import Document
from workbench.desktop.results.pane import AnswerPane
from workbench.errors import UserError
from workbench.running import Job
from workbench.running.prices import PriceBook

_CHARACTERS_A_TOKEN = 4
_USUAL_ANSWER = 300


def job_of(document: Document, pane: AnswerPane) -> Job:
    """A pane's own version, or the draft in the editor, with the values and parameters in front."""
    version = pane.version_box.version()
    prompt = version.prompt if version else document.editor.prompt()
    return Job(
        prompt,
        {name: document.values[name] for name in variables(prompt) if name in document.values},
        pane.reference(),
        document.config,
        prompt_id=document.id,
        prompt_name=document.name,
        case_id=document.case_id,
    )


def estimated_cost(
    prompt: Prompt, document: Document, references: Sequence[str], prices: PriceBook
) -> float | None:
    """About what a run costs on these models; None as soon as one price is not known."""
    usage = _estimate(prompt, document)
    return _total(prices.cost(reference, usage) for reference in references)


def oldest_price(references: Sequence[str], prices: PriceBook) -> str:
    """The date of the oldest price that an estimate rests on; empty when it rests on none."""
    known = filter(None, map(prices.price_of, references))
    return min((price.as_of for price in known if price.as_of), default="")


def _estimate(prompt: Prompt, document: Document) -> Usage:
    values = {name: document.values.get(name, "") for name in variables(prompt)}
    try:
        letters = sum(len(message.content) for message in render(prompt, values).messages)
    except UserError:
        letters = 0
    return Usage(letters // _CHARACTERS_A_TOKEN, document.config.max_tokens or _USUAL_ANSWER)


def _total(costs: Iterable[float | None]) -> float | None:
    total = 0.0
    for each in costs:
        if each is None:
            return None
        total += each
    return total
