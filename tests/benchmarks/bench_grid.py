"""The grid of an experiment of 10,000 cells: opening, scrolling, answers streaming into it.

Every figure is of the real grid in a window painted offscreen, its answers in a workspace of its own and fetched
from there as they are seen. A gap is the time between two turns of the event loop that a timer of 1 ms asks for.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer

from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.completion import Delta, Event, GenerationConfig, Message, Timings, Usage
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant, expand
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.core.version import content_id
from workbench.desktop import application
from workbench.desktop.bridge import INTERVAL_MS, Bridge
from workbench.desktop.experiments.grid_view import GridView
from workbench.desktop.settings import Settings
from workbench.running import Workspace
from workbench.store import Store

CASES = 2_500
VARIANTS = 4
OPENINGS = 5
SCROLL_SECONDS = 6
STREAM_SECONDS = 8
STREAMS = 64
TOKENS_PER_SECOND = 1_000

_PROMPT = Prompt(system="You answer tickets.", user="{{ticket}}")
_WORDS = (
    "the",
    "customer",
    "asks",
    "for",
    "a",
    "refund",
    "because",
    "their",
    "parcel",
    "arrived",
    "late",
    "broken",
)
_CHANCE = random.Random(7)

Row = tuple[str, str, str, bool]


@dataclass(frozen=True)
class Stand:
    """What is measured: the grid in its window, its workspace, the experiment."""

    view: GridView
    workspace: Workspace
    experiment: Experiment


def main() -> int:
    """Print a table of what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBENCH_HOME"] = folder
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = application.make_application()
        application.prepare(app, Settings.load())
        workspace = Workspace(Path(folder) / "workspace.db")
        workspace.start().result(60)
        bridge = Bridge()
        experiment = stored(workspace)
        view = GridView(workspace, bridge)
        view.resize(1600, 1000)
        view.show()
        turn(0.5)
        stand = Stand(view, workspace, experiment)
        rows = [opening(stand), scrolling(stand), streaming(stand), filtering(stand)]
        bridge.close()
        workspace.close()
    print("| what | measured | bound | |")
    print("|---|---|---|---|")
    for what, measured, bound, good in rows:
        print(f"| {what} | {measured} | {bound} | {'met' if good else '**missed**'} |")
    return 0


def stored(workspace: Workspace) -> Experiment:
    """An experiment of 10,000 cells that were all answered."""
    variants = tuple(Variant(f"v{at}", _PROMPT, "echo:a", label=f"Variant {at + 1}") for at in range(VARIANTS))
    cases = tuple(Case(f"c{at}", {"ticket": said(40), "customer": said(2)}, said(8)) for at in range(CASES))
    experiment = Experiment(new_id(), "Tickets", variants, cases, (Check("contains", "refund"),))
    workspace.store.write(lambda store: store.save_experiment(experiment)).result(60)
    cells = expand(experiment)
    while piece := list(islice(cells, 1_000)):
        workspace.store.write(lambda store, piece=piece: fill(store, experiment, piece)).result(300)
    return experiment


def fill(store: Store, experiment: Experiment, cells: list[Cell]) -> None:
    """Answer and judge these cells."""
    for cell in cells:
        run = answered(said(_CHANCE.randint(5, 200)))
        passed = _CHANCE.random() < 0.7
        store.begin_cell(experiment.id, cell, run.id)
        store.finish_run(run)
        store.judge_cell(
            experiment.id, cell, Judgement(passed, float(passed), (Verdict(passed, 1.0, "It says so."),))
        )


def judged(*, passed: bool) -> Judgement:
    """What the one check said."""
    return Judgement(passed, float(passed), (Verdict(passed, float(passed), "It says so."),))


def answered(text: str) -> Run:
    """A run with an answer."""
    return Run(
        id=new_id(),
        created_at=datetime.now(UTC),
        prompt_id=None,
        prompt_name="Tickets",
        version=content_id(_PROMPT),
        prompt=_PROMPT,
        values={},
        messages=(Message("user", "…"),),
        model="echo:a",
        config=GenerationConfig(),
        text=text,
        reasoning="",
        stop_reason="stop",
        usage=Usage(100, 40),
        timings=Timings(20, 400, 90),
    )


def said(words: int) -> str:
    """A text of so many words."""
    return " ".join(_CHANCE.choice(_WORDS) for _ in range(words))


def opening(stand: Stand) -> Row:
    """From the records in hand to the first paint, as the median of some openings."""
    records = stand.workspace.store.read(lambda store: store.cells(stand.experiment.id)).result(60)
    spent = []
    for _ in range(OPENINGS):
        painted = Painted(stand.view.grid.table.answers.viewport())
        started = time.perf_counter()
        stand.view.show_experiment(stand.experiment, records)
        painted.wait()
        spent.append((time.perf_counter() - started) * 1000)
        turn(0.3)
    middle = sorted(spent)[len(spent) // 2]
    cells = len(records)
    return f"opening a grid of {cells:,} cells", f"{middle:.0f} ms", "≤ 300 ms", middle <= 300


class Painted(QObject):
    """Waits for the next paint of a widget."""

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self._loop = QEventLoop()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._loop.quit)
        return False

    def wait(self) -> None:
        """Until it was painted."""
        self._loop.exec()


def scrolling(stand: Stand) -> Row:
    """From the first case to the last, a step every 16 ms, texts fetched on the way."""
    bar = stand.view.grid.table.answers.verticalScrollBar()
    steps = SCROLL_SECONDS * 1000 // 16
    place = iter(range(steps))

    def scroll() -> None:
        if (at := next(place, None)) is not None:
            bar.setValue(bar.maximum() * at // steps)

    return gap_row("event-loop gap while scrolling through all of it", gaps(scroll, 16, SCROLL_SECONDS))


def streaming(stand: Stand) -> Row:
    """Many answers at once stream into the cells on the screen and beyond, some end in every batch."""
    stand.view.grid.table.answers.verticalScrollBar().setValue(0)
    turn(0.5)
    batches = stream(stand.experiment)
    what = f"event-loop gap while {STREAMS} cells stream {TOKENS_PER_SECOND:,} tokens/s together"
    return gap_row(what, gaps(lambda: stand.view.take(next(batches)), INTERVAL_MS, STREAM_SECONDS))


def stream(experiment: Experiment) -> Iterator[list[tuple[Cell, Event | CellRecord]]]:
    """What a drain brings: words into the cells under way, and a record for the oldest of them now and then."""
    ahead = (Cell(v.id, c.id) for c in experiment.cases for v in experiment.variants)
    under_way = list(islice(ahead, STREAMS))
    judgement = judged(passed=True)
    while True:
        words = TOKENS_PER_SECOND * INTERVAL_MS // 1000
        batch: list[tuple[Cell, Event | CellRecord]] = [
            (cell, Delta(f" {_CHANCE.choice(_WORDS)}")) for cell in _CHANCE.choices(under_way, k=words)
        ]
        ended = under_way.pop(0)
        batch.append(
            (ended, CellRecord(ended, new_id(), False, "done", judgement, "stop", None, 300.0, Usage(9, 9)))
        )
        under_way.append(next(ahead))
        yield batch


def filtering(stand: Stand) -> Row:
    """Switching between all cases and the failures."""
    bar = stand.view.grid.bar
    spent = []
    for mode in ("failures", "all", "worse", "all"):
        painted = Painted(stand.view.grid.table.answers.viewport())
        started = time.perf_counter()
        bar.choose_mode(mode)
        painted.wait()
        spent.append((time.perf_counter() - started) * 1000)
    return "changing the mode", f"{max(spent):.0f} ms at most", "≤ 100 ms", max(spent) <= 100


def gaps(do: Callable[[], None], every_ms: int, seconds: float) -> list[float]:
    """How long the event loop was away, in ms, while something is done again and again; sorted."""
    ticks: list[float] = []
    clock = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
    clock.timeout.connect(lambda: ticks.append(time.perf_counter()))
    work = QTimer(interval=every_ms, timerType=Qt.TimerType.PreciseTimer)
    work.timeout.connect(do)
    clock.start()
    work.start()
    turn(seconds)
    clock.stop()
    work.stop()
    return sorted((after - before) * 1000 for before, after in pairwise(ticks))


def gap_row(what: str, found: list[float]) -> Row:
    """The table's row of some gaps."""
    p99 = found[round(0.99 * (len(found) - 1))]
    return what, f"p99 {p99:.0f} ms, longest {found[-1]:.0f} ms", "p99 ≤ 33 ms", p99 <= 33


def turn(seconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
