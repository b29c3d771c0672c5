"""How long a model of this machine takes: the tokens it has to read and to write, at the speeds that it had here.

What prompts have in common is read once, so each counts with what it has beyond the one before it in the order of
the alphabet, which is how far a tree of their beginnings grows. Speeds come from what the model's last answers
took of the time in which it answered at all, and from its newest benchmark: that one tells how much faster many
answers at once are than few, and what reading costs beside writing.

Held against experiments with SmolLM2 on two cores that others used too, the time by a benchmark came out between
0.4 and 0.9 of what it took (tests/running/test_local_pace.py): what else the machine has to do meanwhile is in no
estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.running.benchmark import Benchmark
from workbench.store.records import UsualAnswer

_READ_LIKE_ONE_WRITTEN = 1.5
"""Tokens read in the time of one written when many answers are written at once, where no benchmark says it.

SmolLM2 on two cores read 1.1 to 1.5 times as many. It matters only where prompts and answers are of another
proportion than they were lately.
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for a token."""

    reading: float
    writing: float
    """Of all answers together."""

    def seconds(self, *, read: float, written: float) -> float:
        """What so many tokens take."""
        return read * self.reading + written * self.writing


def own_letters(texts: Iterable[str]) -> int:
    """Letters of these texts, what they begin with in common counted once."""
    letters, before = 0, ""
    for text in sorted(texts):
        letters += len(text) - _common(before, text)
        before = text
    return letters


def pace(
    usual: UsualAnswer | None, benchmark: Benchmark | None, *, at_once: int, prompt_tokens: float
) -> Pace | None:
    """How fast a model is with so many answers at once to prompts of this length; None where nothing is known.

    The last answers go before the benchmark: they are of the work that is done here.
    """
    measured = _measured(benchmark, at_once, prompt_tokens)
    if usual is None or not usual.busy_ms:
        return measured
    then = _measured(benchmark, round(usual.at_once), prompt_tokens)
    ratio = then.writing / then.reading if then else _READ_LIKE_ONE_WRITTEN
    work = usual.fresh_tokens / ratio + usual.completion_tokens
    if not work:
        return measured
    written = usual.busy_ms / 1000 / work
    faster = then.writing / measured.writing if then and measured else 1.0
    return Pace(written / ratio, written / faster)


def _measured(benchmark: Benchmark | None, at_once: int, prompt_tokens: float) -> Pace | None:
    if benchmark is None or not benchmark.depths or not benchmark.at_once:
        return None
    depth = min(benchmark.depths, key=lambda row: abs(row.prompt_tokens - prompt_tokens))
    return Pace(1 / depth.reading, 1 / _together(benchmark, at_once))


def _together(benchmark: Benchmark, at_once: int) -> float:
    """Tokens a second of so many answers: those of the nearest number below that was measured."""
    speeds: Mapping[int, float] = {row.answers: row.writing for row in benchmark.at_once}
    below = [number for number in speeds if number <= at_once]
    return speeds[max(below) if below else min(speeds)]


def _common(one: str, other: str) -> int:
    """Length of the common beginning, by halves: texts are long and mostly alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
