"""The running sums of one column, so that its heading costs the same whatever the experiment's size."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.experiment import CellRecord
from workbench.core.statistics import Estimate, pass_rate


@dataclass(slots=True)
class Tally:
    """What came out of a column so far. Adding a record with -1 takes it out again."""

    done: int = 0
    failed: int = 0
    cases: int = 0
    """Cases that were checked; repetitions of one count as one."""
    passes: float = 0.0
    """The sum of their shares of passes."""
    timed: int = 0
    total_ms: float = 0.0
    unpriced: int = 0
    """Answers whose price nobody knows."""
    dollars: float = 0.0
    better: int = 0
    worse: int = 0
    """Cases against the baseline."""

    def count(self, record: CellRecord, step: int) -> None:
        """Add (1) or take out (-1) a record."""
        if record.state == "failed":
            self.failed += step
        if record.state != "done":
            return
        self.done += step
        if record.total_ms is not None and not record.cached:
            self.timed += step
            self.total_ms += step * record.total_ms
        if record.cost is None:
            self.unpriced += step
        else:
            self.dollars += step * record.cost

    def count_share(self, share: float | None, step: int) -> None:
        """Add or take out a case's share of passes."""
        if share is not None:
            self.cases += step
            self.passes += step * share

    def count_trend(self, trend: int, step: int) -> None:
        """Add or take out how a case came out against the baseline: 1, 0 or -1."""
        self.better += step * (trend > 0)
        self.worse += step * (trend < 0)

    def rate(self) -> Estimate | None:
        """The pass rate with its interval; None while nothing is checked."""
        # The sum of many shares, added and taken out, is exact to some fifteen digits only.
        return pass_rate(min(max(self.passes, 0.0), self.cases), self.cases) if self.cases else None

    def latency_ms(self) -> float | None:
        """The mean time of an answer that was not cached."""
        return self.total_ms / self.timed if self.timed else None

    def cost(self) -> float | None:
        """Dollars of all answers; None where a price is not known or nothing is answered."""
        return None if self.unpriced or not self.done else max(self.dollars, 0.0)


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a variant's column, so far."""

    title: str
    model: str
    rate: Estimate | None
    """Of the cases that were checked; None while there is none."""
    cases: int
    latency_ms: float | None
    cost: float | None
    done: int
    failed: int
    cells: int
    better: int
    worse: int
    """Cases against the baseline."""
    is_baseline: bool

    @property
    def spoken(self) -> str:
        """All of it in words."""
        rate = (
            ""
            if self.rate is None
            else f"{self.rate.value:.0%} passed ({self.rate.low:.0%} to {self.rate.high:.0%})"
        )
        parts = (
            self.title,
            self.model,
            rate,
            f"{self.done:,} of {self.cells:,} answered",
            f"{self.failed:,} errors" if self.failed else "",
            f"{self.better:,} better and {self.worse:,} worse than the baseline"
            if self.better or self.worse
            else "",
            "baseline" if self.is_baseline else "",
        )
        return ", ".join(filter(None, parts))
