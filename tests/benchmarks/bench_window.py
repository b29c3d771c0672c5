"""The window: first paint, event-loop gaps while four panes stream, memory after a day's runs.

The first paint is taken in processes of their own, ours and a bare window's in turn, and compared as a ratio.
Everything else is measured in this process, on a workspace of its own, with the window painted offscreen.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, Qt, QTimer

from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.desktop import application
from workbench.desktop.settings import Settings
from workbench.desktop.window import MainWindow

PAINTS = 9
PANES = 4
TOKENS_PER_SECOND = 1_000
STREAM_SECONDS = 10
RUNS = 2_000

BARE = """
import os, sys, time
start = time.perf_counter()
import random
from PySide6 import QtCore, QtWidgets, QtGui
class MyWidget(QtWidgets.QWidget):
    def __init__(self):
        super().__init__()
        self.button = QtWidgets.QPushButton("Click me!")
        self.text = QtWidgets.QLabel("Hello World", alignment=QtCore.Qt.AlignCenter)
        self.layout = QtWidgets.QVBoxLayout(self)
        self.layout.addWidget(self.text)
        self.layout.addWidget(self.button)
    def paintEvent(self, event):
        super().paintEvent(event)
        QtCore.QTimer.singleShot(0, painted)
def painted():
    print(time.perf_counter() - start, flush=True)
    os._exit(0)
app = QtWidgets.QApplication([])
widget = MyWidget()
widget.resize(800, 600)
widget.show()
app.exec()
"""
"""The first window of Qt for Python's own introduction."""

OURS = """
import os, sys, time
start = time.perf_counter()
from pathlib import Path
from workbench.desktop.application import run_window
from workbench.desktop.window import MainWindow
def painted(self):
    print(time.perf_counter() - start, flush=True)
    os._exit(0)
MainWindow._go_on = painted
run_window(Path(sys.argv[1]))
"""
"""The program's own way to start, ended when the first paint is done."""


def main() -> int:
    """Print a table of what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBENCH_HOME"] = folder
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        rows = [first_paint(Path(folder)), *in_the_window(Path(folder))]
    print("| what | measured | bound | |")
    print("|---|---|---|---|")
    for what, measured, bound, good in rows:
        print(f"| {what} | {measured} | {bound} | {'met' if good else '**missed**'} |")
    return 0


Row = tuple[str, str, str, bool]


def first_paint(folder: Path) -> Row:
    """Median of each, and of the ratios of neighbours."""
    pairs = [(_seconds(BARE), _seconds(OURS, str(folder / "paint.db"))) for _ in range(PAINTS + 1)][1:]
    bare, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for other, mine in pairs)
    measured = f"{ratio:.2f} × ({ours * 1000:.0f} ms against {bare * 1000:.0f} ms)"
    return "first paint, against a bare PySide6 window", measured, "≤ 1.5 ×", ratio <= 1.5


def _seconds(script: str, *arguments: str) -> float:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return float(done.stdout.split()[0])


def in_the_window(folder: Path) -> list[Row]:
    """Memory of the starter workspace, gaps while streaming, memory after many runs."""
    app = application.make_application()
    settings = Settings.load()
    application.prepare(app, settings)
    window = MainWindow(folder / "workspace.db", settings)
    loop = QEventLoop()
    window.opened.connect(loop.quit)
    window.show()
    loop.exec()
    _turn(1.0)
    size = psutil.Process().memory_info().rss
    start: Row = "resident memory with the starter workspace", f"{size / 1e6:.0f} MB", "≤ 200 MB", size <= 200e6
    rows = [start, _gaps(window), _day(window)]
    window.close()
    _turn(0.5)
    window.release()
    return rows


def _turn(seconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _gaps(window: MainWindow) -> Row:
    """How long the event loop was away while four panes stream from a server in another process."""
    desk = window.desk
    delay = 0.7 * PANES / TOKENS_PER_SECOND  # a sleep and a word take longer than the sleep
    words = " ".join(f"word{n}" for n in range(round(STREAM_SECONDS / delay)))
    with _server(delay) as base_url:
        desk.workspace.store.write(
            lambda store: store.save_profile(Profile("bench", base_url, models=("tiny",)))
        ).result()
        desk.results.set_references(("bench:tiny",) * PANES)
        window.document.editor.set_prompt(Prompt(user="Ready"))
        _run(window)  # the first run imports the SDK
        window.document.editor.set_prompt(Prompt(user=words))
        _turn(1.0)
        ticks: list[float] = []
        clock = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
        clock.timeout.connect(lambda: ticks.append(time.perf_counter()))
        clock.start()
        started = time.perf_counter()
        _run(window)
        clock.stop()
        spent = time.perf_counter() - started
    gaps = sorted((after - before) * 1000 for before, after in pairwise(ticks))
    p99, longest = gaps[round(0.99 * len(gaps))], gaps[-1]
    rate = PANES * len(words.split()) / spent
    return (
        f"event-loop gap while {PANES} panes stream {rate:,.0f} tokens/s together",
        f"p99 {p99:.0f} ms, longest {longest:.0f} ms",
        "p99 ≤ 33 ms, longest ≤ 100 ms",
        rate >= TOKENS_PER_SECOND and p99 <= 33 and longest <= 100,
    )


@contextmanager
def _server(delay: float) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.loopback", "--delay", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def _run(window: MainWindow) -> None:
    """Run every pane and wait until all have ended."""
    loop = QEventLoop()
    results = window.desk.results
    results.run_finished.connect(lambda _: None if results.is_running() else loop.quit())
    window.desk.run()
    if results.is_running():
        loop.exec()


def _day(window: MainWindow) -> Row:
    """What many runs, each stored and shown in a pane, leave behind in memory."""
    process = psutil.Process()
    window.desk.results.set_references(("echo:day",))
    window.document.editor.set_prompt(Prompt(user="This is said back, a word at a time. " * 40))
    for _ in range(50):
        _run(window)
    before = process.memory_info().rss
    for _ in range(RUNS):
        _run(window)
    _turn(1.0)
    grown = process.memory_info().rss - before
    return (
        f"memory grown by {RUNS:,} runs shown one after another",
        f"{grown / 1e6:.0f} MB",
        "≤ 50 MB",
        grown <= 50e6,
    )


if __name__ == "__main__":
    sys.exit(main())
