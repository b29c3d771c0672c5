"""Experiments on their way in this window. They live on whatever page is open or closed.

What happens to cells comes from the loop's thread; it is collected and handed on once per drain of the bridge.
`_lock` guards what is collected.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord
from workbench.core.model_reference import parse
from workbench.desktop.bridge import Bridge
from workbench.running import Workspace
from workbench.running.experiment import Ending, ExperimentHandle
from workbench.running.plan_run import Beginning

News = list[tuple[Cell, "Event | CellRecord"]]

_TICK_MS = 500
_THIS_MACHINE = ("starter", "local")
_ENOUGH_SECONDS = 2.0
"""Before that a rate says nothing."""


@dataclass(eq=False)
class Progress:
    """How far a run is."""

    plan_id: str
    experiment_id: str
    waiting: set[Cell]
    """Cells that have no answer yet."""
    total: int
    began: float = field(default_factory=monotonic)
    records: dict[Cell, CellRecord] = field(default_factory=dict)
    stopping: bool = False
    lanes: Mapping[str, str] = field(default_factory=dict)
    """Which columns wait for each other: a name by the id of the column."""

    @property
    def ended(self) -> int:
        """Cells that have come to an end."""
        return len(self.records)

    @property
    def failed(self) -> int:
        """Cells that ended in an error."""
        return sum(one.state == "failed" for one in self.records.values())

    @property
    def passed(self) -> int:
        """Cells whose answer passed its checks."""
        return sum(bool(one.judgement and one.judgement.passed) for one in self.records.values())

    def seconds_left(self) -> float | None:
        """Until the slowest lane is through, by how long its answers took so far; None while that says nothing."""
        gone = monotonic() - self.began
        if gone <= _ENOUGH_SECONDS or not self.waiting:
            return None
        fresh = Counter(self._lane(cell) for cell, record in self.records.items() if not record.cached)
        waiting = Counter(map(self._lane, self.waiting))
        if any(lane not in fresh for lane in waiting):
            return None
        return max(gone / fresh[lane] * count for lane, count in waiting.items())

    def _lane(self, cell: Cell) -> str:
        return self.lanes.get(cell.variant, "")

    def take(self, news: News) -> None:
        """Count what happened. A cell's record may come twice: answered, and later judged."""
        for cell, happened in news:
            if isinstance(happened, CellRecord) and happened.state != "waiting":
                self.records[cell] = happened
                self.waiting.discard(cell)


@dataclass(frozen=True, slots=True)
class Batch:
    """What happened to cells of an experiment since the last drain."""

    experiment_id: str
    news: News


@dataclass(frozen=True, slots=True)
class Over:
    """A run came to its end."""

    plan_id: str
    experiment_id: str
    ending: Ending | None
    error: BaseException | None


def lane_of(model: str) -> str:
    """What a model shares its time with: one server, or this machine, whose models take turns."""
    reference = parse(model)
    return reference.profile or ("" if reference.place in _THIS_MACHINE else reference.place)


class Runs(QObject):
    """Starts runs of plans, counts what comes, stops them."""

    changed = Signal(str)
    """The plan's id: a run of it has begun, got on (twice a second at most) or ended."""
    arrived = Signal(object)
    """A Batch."""
    over = Signal(object)
    """An Over."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._progress: dict[str, Progress] = {}
        self._handles: dict[str, ExperimentHandle] = {}
        self._news: set[str] = set()
        self._tick = QTimer(self, singleShot=True, interval=_TICK_MS)
        self._tick.timeout.connect(self._tell)

    def __iter__(self) -> Iterator[Progress]:
        """All that are on their way."""
        return iter(tuple(self._progress.values()))

    def of_plan(self, plan_id: str) -> Progress | None:
        """The run of a plan that is on its way."""
        return next((one for one in self._progress.values() if one.plan_id == plan_id), None)

    def start(self, plan_id: str, beginning: Beginning) -> Progress:
        """Run what was prepared."""
        identifier = beginning.experiment.id
        lanes = {variant.id: lane_of(variant.model) for variant in beginning.experiment.variants}
        progress = Progress(plan_id, identifier, set(beginning.cells), len(beginning.cells), lanes=lanes)
        self._progress[identifier] = progress
        feed = _Feed(self, self._bridge, progress)
        handle = self._workspace.experiments.start(identifier, feed.listen, beginning.options)
        self._handles[identifier] = handle
        self._bridge.when(
            handle.done,
            lambda ending: self._end(progress, ending, None),
            lambda error: self._end(progress, None, error),
            owner=self,
        )
        self.changed.emit(plan_id)
        return progress

    def stop(self, plan_id: str) -> None:
        """Stop the run of a plan; what is finished stays."""
        if (progress := self.of_plan(plan_id)) is not None:
            progress.stopping = True
            self._handles[progress.experiment_id].stop()
            self.changed.emit(plan_id)

    def take(self, progress: Progress, news: News) -> None:
        """From the feed, once per drain."""
        progress.take(news)
        self.arrived.emit(Batch(progress.experiment_id, news))
        self._news.add(progress.plan_id)
        if not self._tick.isActive():
            self._tick.start()

    def _tell(self) -> None:
        told, self._news = self._news, set()
        for plan_id in told:
            self.changed.emit(plan_id)

    def _end(self, progress: Progress, ending: Ending | None, error: BaseException | None) -> None:
        del self._progress[progress.experiment_id], self._handles[progress.experiment_id]
        self.over.emit(Over(progress.plan_id, progress.experiment_id, ending, error))
        self.changed.emit(progress.plan_id)


class _Feed:
    """Collects on the loop's thread what `Runs` takes on the UI thread."""

    def __init__(self, runs: Runs, bridge: Bridge, progress: Progress) -> None:
        self._runs = runs
        self._bridge = bridge
        self._progress = progress
        self._lock = threading.Lock()
        self._collected: News = []

    def listen(self, cell: Cell, happened: Event | CellRecord) -> None:
        """Called on the loop's thread."""
        with self._lock:
            first = not self._collected
            self._collected.append((cell, happened))
        if first:
            self._bridge.post(self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            collected, self._collected = self._collected, []
        self._runs.take(self._progress, collected)
