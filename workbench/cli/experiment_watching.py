"""An experiment that is run for the person at the terminal: its progress, and Ctrl+C."""

from __future__ import annotations

import sys
import time
from queue import SimpleQueue

from workbench.cli.output import note
from workbench.core.completion import Notice
from workbench.core.experiment import Cell, CellRecord, CellState, Experiment, size
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
        self._cells: dict[Cell, tuple[CellState, bool]] = {}
        """State and pass of each cell that was told of; a cell that a judge looks at is told of twice."""
        self._counts = {"done": 0, "failed": 0, "waiting": 0, "passed": 0}
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
        now = (record.state, bool(record.judgement and record.judgement.passed))
        for (state, passed), by in ((self._cells.get(record.cell, ("", False)), -1), (now, 1)):
            if state:
                self._counts[state] += by
                self._counts["passed"] += by * passed
        self._cells[record.cell] = now
        self._say()

    def _say(self, *, last: bool = False) -> None:
        """A line that rewrites itself on a terminal, a new one now and then elsewhere."""
        now = time.monotonic()
        live = sys.stderr.isatty()
        if not last and now - self._said < (0.1 if live else _EVERY_SECONDS):
            return
        self._said = now
        done, failed = self._counts["done"], self._counts["failed"]
        ended, passed = f"{done + failed:,} of {size(self._experiment):,}", self._counts["passed"]
        line = f"{ended} · {passed:,} passed · {failed:,} failed · {now - self._began:.0f} s"
        print(line, file=sys.stderr, end="\n" if last or not live else "\r", flush=True)
