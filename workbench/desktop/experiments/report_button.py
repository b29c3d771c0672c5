"""The button that writes an experiment's report, and stops writing it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from time import monotonic

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.core.experiment import Experiment
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.saving import ask_where
from workbench.running import Workspace, report

_TELL_SECONDS = 0.25

_SAVE, _STOP = "Save report…", "Stop writing"


class _Stopped(Exception):
    """The person does not want the report any more."""


class ReportButton(QPushButton):
    """Asks for a file and writes the report there, off the UI thread; pressed meanwhile, it stops that."""

    status = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(_SAVE, parent)
        self._workspace = workspace
        self._bridge = bridge
        self._experiment: Experiment | None = None
        self._stop: Event | None = None
        self.setAccessibleName("Save the report")
        self.setToolTip("Save the experiment as one HTML file to pass on")
        self.setAutoDefault(False)
        self.setEnabled(False)
        self.clicked.connect(self.press)

    def set_experiment(self, experiment: Experiment) -> None:
        """The experiment whose report it writes next."""
        self._experiment = experiment

    def press(self) -> None:
        """Ask where and write; while one is written, stop that."""
        if self._stop is not None:
            self._stop.set()
        elif self._experiment is not None:
            path = ask_where(self, "Save the report", self._experiment.name, {".html": "Web page"})
            if path is not None:
                self.save(path)

    def save(self, path: Path) -> None:
        """Write the report; `status` tells how it goes."""
        experiment = self._experiment
        if experiment is None or self._stop is not None:
            return
        stop = self._stop = Event()
        self.setText(_STOP)
        workspace, tell = self._workspace.path, self._progress(stop)
        written: Future[None] = compute(lambda: report.write_from(workspace, experiment.id, path, tell=tell))
        self._bridge.when(written, lambda _: self._end(f"Saved {path}."), self._fail, owner=self)

    def _progress(self, stop: Event) -> Callable[[int, int], None]:
        """What the writer calls on its thread: says how far it is, and ends it when that is wanted."""
        said = [monotonic()]

        def tell(done: int, of: int) -> None:
            if stop.is_set():
                raise _Stopped
            if monotonic() - said[0] > _TELL_SECONDS:
                said[0] = monotonic()
                self._bridge.post(lambda: self._say(done, of))

        return tell

    def _say(self, done: int, of: int) -> None:
        if self._stop is not None:
            self.status.emit(f"Writing the report: {done:,} of {of:,} cases")

    def _fail(self, error: BaseException) -> None:
        self._end("The report was not written." if isinstance(error, _Stopped) else str(error))

    def _end(self, said: str) -> None:
        self._stop = None
        self.setText(_SAVE)
        self.status.emit(said)
