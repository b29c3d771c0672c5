"""Cases and answers as they stand in a report's grid, every text escaped and the long ones folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.core import check as checks
from workbench.core.case import Case
from workbench.core.check import Verdict
from workbench.core.check_rates import ALL_KINDS
from workbench.core.experiment import CellRecord, Experiment, checks_of
from workbench.core.pictures import figures
from workbench.core.pictures.svg import escaped

SHORT = 280
"""Characters of an answer that are shown without unfolding it."""

LONGEST = 20_000
"""Characters of an answer that are in a report at all; the workspace has the rest."""


def case_name(one: Case, number: int, *, longest: int = 60) -> str:
    """A case's name, or the beginning of what it says."""
    said = one.name or " ".join(" ".join(one.values.values()).split())
    if not said:
        return f"case {number}"
    return said if len(said) <= longest else said[: longest - 1] + "…"


def case(number: int, one: Case) -> str:
    """A case's head: number, name, values, expected answer."""
    name = f" {escaped(one.name)}" if one.name else ""
    said = [f"{key}: {value}" for key, value in one.values.items()]
    if one.expected:
        said.append(f"expected: {one.expected}")
    text = "\n".join(said)
    return f'<span class="quiet">{number}</span>{name}{folded(text)}'


def answer(experiment: Experiment, one: Case, record: CellRecord, text_of: Callable[[str], str]) -> str:
    """A cell's answer with its verdict and its figures."""
    mark, role = _mark(record)
    number = f" {record.cell.repetition + 1}" if experiment.repeat > 1 else ""
    said = f'<span class="mark {role}">{mark}{number}</span>'
    if meta := " · ".join(_meta(record)):
        said += f' <span class="note">{escaped(meta)}</span>'
    if record.state == "waiting" or record.run_id is None:
        return f'<div class="answer">{said}</div>'
    error = f'<p class="note">{escaped(record.error)}</p>' if record.error else ""
    said += folded(text_of(record.run_id)) + error + _reasons(experiment, one, record)
    return f'<div class="answer">{said}</div>'


def _mark(record: CellRecord) -> tuple[str, str]:
    if record.state == "waiting":
        return "not asked", "quiet"
    if record.state == "failed":
        return "⚠ failed", "bad"
    if record.judgement is None:
        return "not judged", "quiet"
    return ("✓ passed", "good") if record.judgement.passed else ("✗ not passed", "bad")


def _meta(record: CellRecord) -> Iterator[str]:
    if record.total_ms is not None:
        yield figures.milliseconds(record.total_ms)
    if record.usage is not None:
        yield figures.counted(record.usage.completion_tokens, "token")
    if record.cost:
        yield figures.cost(record.cost)
    if record.cached:
        yield "from the cache"


def _reasons(experiment: Experiment, one: Case, record: CellRecord) -> str:
    """Why it did not pass."""
    verdicts: tuple[Verdict, ...] = record.judgement.verdicts if record.judgement else ()
    asked = [checks.title(check, ALL_KINDS) for check in checks_of(experiment, one)]
    titles = asked if len(asked) == len(verdicts) else [""] * len(verdicts)
    wrong = [(title, verdict) for title, verdict in zip(titles, verdicts, strict=True) if not verdict.passed]
    if not wrong:
        return ""
    items = "".join(f"<li>{escaped(f'{title}: ' if title else '')}{escaped(v.reason)}</li>" for title, v in wrong)
    return f'<ul class="reasons">{items}</ul>'


def folded(text: str) -> str:
    """A text as it is, a long one folded behind its beginning."""
    cut = f"\n… {len(text) - LONGEST:,} more characters are in the workspace." if len(text) > LONGEST else ""
    whole = escaped(text[:LONGEST]) + cut
    if len(text) <= SHORT and text.count("\n") < 6:
        return f"<pre>{whole}</pre>" if text else ""
    beginning = escaped("\n".join(text[:SHORT].split("\n")[:4]))
    length = figures.counted(len(text), "character")
    return (
        f'<details><summary><span class="short">{beginning} …</span> <span class="note">{length}</span></summary>'
        f"<pre>{whole}</pre></details>"
    )
