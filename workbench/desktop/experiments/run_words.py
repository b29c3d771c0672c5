"""Words about a run that is to come, on its way, or over."""

from __future__ import annotations

from datetime import datetime

from workbench.desktop.experiments.runs import Progress
from workbench.running.estimate import Estimate
from workbench.running.experiment import Ending
from workbench.running.plan_run import Outlook
from workbench.store import ExperimentSummary

_MINUTE, _HOUR = 60, 3_600
_AT_SERVER = "{} more come from a batch that its server is still at; they are not asked for again."


def outlook_words(outlook: Outlook, *, follows: bool) -> str:
    """What running everything takes, in a line; `follows` says that there was a run before."""
    expected = outlook.estimate
    if not outlook.beginning.cells:
        return "every cell has its answer"
    said = [_count(expected.calls, "call")] if expected.calls else []
    if expected.judged:
        said.append(f"{expected.judged:,} to judges")
    if expected.at_server:
        said.append(f"{expected.at_server:,} from a batch at work")
    if expected.cached:
        said.append(f"{expected.cached:,} from the cache")
    if expected.calls or expected.judged:
        said.append(f"{_short(expected.prompt_tokens + expected.completion_tokens)} tokens")
        said.append(money(expected))
        if expected.seconds is not None:
            said.append(f"about {duration(expected.seconds)}")
    if outlook.beginning.is_new and outlook.in_batches:
        said.append(f"{outlook.in_batches:,} of the run shown are in a batch")
    changed = "changed since · " if follows and outlook.beginning.is_new else ""
    return f"{changed}≈ {' · '.join(said)}"


def outlook_tip(outlook: Outlook) -> str:
    """The same in full."""
    expected = outlook.estimate
    lines = [
        f"{expected.calls:,} requests are sent, {expected.cached:,} answers come from the cache.",
        *([_AT_SERVER.format(f"{expected.at_server:,}")] if expected.at_server else []),
        *([f"Up to {expected.judged:,} requests more go to the models that judge."] if expected.judged else []),
        f"About {expected.prompt_tokens:,} tokens in, {expected.completion_tokens:,} out.",
        _money_sentence(expected),
        "How long it takes is not known: a model has not answered yet."
        if expected.seconds is None
        else f"About {duration(expected.seconds)}, as fast as these models have been lately.",
    ]
    return "\n".join(lines)


def money(expected: Estimate) -> str:
    """What it costs, as far as prices are known."""
    if expected.cost is None:
        return f"at least {_dollars(expected.cost_known)}" if expected.cost_known else "price not known"
    return _dollars(expected.cost) if expected.cost else "free"


def _money_sentence(expected: Estimate) -> str:
    if expected.cost is None:
        known = f" What is known comes to {_dollars(expected.cost_known)}." if expected.cost_known else ""
        return f"The price of a model is not known.{known}"
    return f"About {_dollars(expected.cost)}." if expected.cost else "Costs nothing."


def progress_words(progress: Progress) -> str:
    """How far a run is."""
    said = [f"{progress.ended:,} of {progress.total:,}"]
    if progress.failed:
        said.append(f"{progress.failed:,} failed")
    if progress.stopping:
        said.append("stopping")
    elif (left := progress.seconds_left()) is not None:
        said.append(f"{duration(left)} left")
    return " · ".join(said)


def percent(progress: Progress) -> str:
    """How far a run is, for a row of the library."""
    return f"{100 * progress.ended // max(progress.total, 1)}%"


def run_title(run: ExperimentSummary, number: int, now: datetime, *, runs: bool = False) -> str:
    """A run in the list of a plan's runs; `runs` says that it is on its way, and its progress stands elsewhere."""
    when = run.created_at.astimezone()
    today = when.date() == now.astimezone().date()
    said = [f"Run {number}", f"{when:%H:%M}" if today else f"{when:%d %b %Y}"]
    if runs:
        return " · ".join((*said, "running"))
    if run.done + run.failed < run.cells:
        said.append(f"{run.done:,} of {run.cells:,}")
    elif run.done:
        said.append(f"{round(100 * run.passed / run.done)}% passed")
    if run.failed:
        said.append(f"{run.failed:,} failed")
    return " · ".join(said)


def ending_words(ending: Ending) -> tuple[str, str]:
    """What there is to say of a run that ended before its time: what happened, and what to do; or nothing."""
    if ending.limit:
        return ending.limit, "What is finished stays. Raise the limit to go on."
    if not ending.given_up:
        return "", ""
    said = [f"{model} cannot answer: {one_line(reason)}" for model, reason in ending.given_up.items()]
    return "\n".join(said), "Check the model and its server's key, then run the failed cells again."


def one_line(text: str) -> str:
    """A reason without its line ends."""
    return " ".join(text.split())


def duration(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 1:
        return "a second"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min" if seconds >= 10 * _MINUTE else f"{_clock(seconds)} min"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE):02} min"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // _MINUTE}:{whole % _MINUTE:02}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= 10 * size:
            return f"{number / size:,.0f} {letter}"
        if number >= size:
            return f"{number / size:.1f} {letter}"
    return f"{number}"


def _dollars(amount: float) -> str:
    return f"{amount:,.2f} $" if amount >= 1 else f"{amount:.4f} $"
