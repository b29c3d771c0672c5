"""An experiment that is run for the person at the terminal: its progress, and Ctrl+C."""

from __future__ import annotations

import sys
import time
from collections import Counter
from queue import SimpleQueue

from workbench.cli.output import note
from workbench.core.completion import Notice
from workbench.core.experiment import Cell, CellRecord, CellState, Experiment, size
from workbench.core.pictures.figures import counted
from workbench.running import Workspace
from workbench.running.batches import IN_BATCH
from workbench.running.experiment import Ending, Options

_EVERY_SECONDS = 10.0
"""How often progress is printed where it cannot rewrite its line."""


class Watching:
    """Runs an experiment and says how far it is."""

    def __init__(self, workspace: Workspace, experiment: Experiment) -> None:
        self._workspace = workspace
        self._experiment = experiment
        self._ended: SimpleQueue[CellRecord | None] = SimpleQueue()
        self._cells: dict[Cell, tuple[CellState, bool | None]] = {}
        """State of each cell that was told of, and whether it passed; one that has a judge is told of twice."""
        self._counts: Counter[tuple[CellState, bool | None]] = Counter()
        self._began = time.monotonic()
        self._said = self._began
        self._heard = ""

    def wait(self, options: Options) -> tuple[Ending, bool]:
        """Show progress until it has ended, and whether Ctrl+C stopped it; what is finished is kept."""
        handle = self._workspace.experiments.start(self._experiment.id, self._listen, options)
        handle.done.add_done_callback(lambda _: self._ended.put(None))
        interrupted = False
        while True:
            try:
                while (record := self._ended.get()) is not None:
                    self._count(record)
                self._say(last=True)
                return handle.done.result(), interrupted
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                note("\nstopping; what is finished is kept")
                handle.stop()

    def _listen(self, cell: Cell, event: object) -> None:
        if isinstance(event, CellRecord):
            self._ended.put(event)
        elif isinstance(event, Notice) and event.text.startswith(IN_BATCH) and event.text != self._heard:
            self._heard = event.text  # every cell of a batch is told the same
            note(event.text)

    def _count(self, record: CellRecord) -> None:
        before = self._cells.get(record.cell)
        now = (record.state, record.judgement.passed if record.judgement else None)
        self._counts.subtract([before] if before else [])
        self._counts.update([now])
        self._cells[record.cell] = now
        self._say()

    def _say(self, *, last: bool = False) -> None:
        """A line that rewrites itself on a terminal, a new one now and then elsewhere."""
        now = time.monotonic()
        live = sys.stderr.isatty()
        if not last and now - self._said < (0.1 if live else _EVERY_SECONDS):
            return
        self._said = now
        passed, failed = self._counts["done", True], self._counts["done", False]
        errors = sum(times for (state, _), times in self._counts.items() if state == "failed")
        ended = passed + failed + self._counts["done", None] + errors
        line = (
            f"{ended:,} of {size(self._experiment):,} · {passed:,} passed · {failed:,} failed · "
            f"{counted(errors, 'error')} · {now - self._began:.0f} s"
        )
        print(line, file=sys.stderr, end="\n" if last or not live else "\r", flush=True)
