"""The real window, used from its first paint to its end by a script in its own process, and watched meanwhile.

`python -m tests.end_to_end.watched_window WORKSPACE FOLDER` prints as JSON what the UI thread had to do with
files, programs and databases between opening and closing, apart from those of the program itself.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit

from workbench.desktop import application
from workbench.desktop.dialogs.export import ExportDialog
from workbench.desktop.window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90
WAITS = ("open", "os.", "sqlite3.", "subprocess.", "socket.", "shutil.", "tempfile.")
OF_THE_PROGRAM = tuple({str(ROOT / "workbench"), str(ROOT / "resources"), sys.prefix, sys.base_prefix, os.devnull})
Condition = Callable[[], object]


class Watch:
    """What the UI thread waits for, from `begin` to `end`."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self._thread: int | None = None
        sys.addaudithook(self._see)
        self._stat = os.stat
        os.stat = self._see_stat  # type: ignore[assignment]  # asking for a file is no event of Python's

    def begin(self) -> None:
        self._thread = threading.get_ident()

    def end(self) -> None:
        self._thread = None

    def _see_stat(self, path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        self._see("os.stat", (path,))
        return self._stat(path, *arguments, **more)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if threading.get_ident() != self._thread or not event.startswith(WAITS):
            return
        path = arguments[0] if arguments else ""
        if isinstance(path, int) or (isinstance(path, (str, os.PathLike)) and _is_ours(os.fspath(path))):
            return
        self.seen[f"{event} {path}"] = " < ".join(_places())


def _places() -> list[str]:
    """Where in the program this comes from, the nearest first; frames only, since naming lines reads files."""
    frame, places = sys._getframe(), []
    while frame := frame.f_back:
        if frame.f_code.co_filename.startswith(str(ROOT / "workbench")):
            places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
    return places[:3]


def _is_ours(path: str) -> bool:
    return path.startswith(OF_THE_PROGRAM)


def session(watch: Watch, folder: Path) -> Generator[Condition]:
    """Everything that one does on a first day; yields what is to be waited for."""
    yield lambda: any(isinstance(widget, MainWindow) for widget in QApplication.topLevelWidgets())
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    act = {name: action.trigger for name, action in window.actions_by_id.items()}
    yield window.actions_by_id["run"].isEnabled
    watch.begin()
    desk = window.desk
    pane = desk.results.active_pane()
    texts = window.document.editor.findChildren(QPlainTextEdit)
    field = next(text for text in texts if text.isVisible() and not text.isReadOnly())
    QTest.keyClicks(field, " Be brief.")
    yield lambda: "saved" in window.status.draft.text()
    act["run"]()
    yield lambda: pane.run() is not None
    desk.results.rate(5)
    window.document.editor.show_tab(1)
    yield lambda: any("Be brief." in text.toPlainText() for text in texts if text.isVisible())
    act["save_version"]()
    window.frame.questions.accept()
    yield lambda: len(window.document.opened.versions) == 2
    window.document.editor.show_tab(2)
    window.frame.library.search.setText("refund")
    desk.results.show_history("Support")
    yield lambda: desk.results.history.table.model().rowCount() == 1
    for name in ("models", "servers", "settings", "shortcuts", "palette", "about"):
        act[name]()
        yield lambda: QApplication.activeModalWidget() or QApplication.activePopupWidget()
        since = time.monotonic()
        yield lambda since=since: time.monotonic() > since + 0.5  # what it fetches comes meanwhile
        _leave()
        yield lambda: not QApplication.activeModalWidget()
    desk.results.tabs.setCurrentIndex(0)
    act["golden"]()
    yield QApplication.activeModalWidget
    _leave()
    desk.shelving.export(window.document, folder.with_name("prompt.json"))
    yield lambda: "prompt.json" in window.status.said.text()
    desk.shelving.take_in([folder.with_name("prompt.json"), folder.with_name("nothing.gguf")])
    yield lambda: "nothing.gguf" in window.frame.messages.text()
    act["export"]()
    yield lambda: isinstance(QApplication.activeModalWidget(), ExportDialog)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    dialog.folder.setText(str(folder))
    yield dialog.export_button.isEnabled
    dialog.export_button.click()
    yield lambda: dialog.outcome.text().startswith("✓")
    _leave()
    act["theme"]()
    act["larger"]()
    since = time.monotonic()
    yield lambda: time.monotonic() > since + 2  # the clocks of the window go on: drafts, memory, other programs
    watch.end()
    # Qt's own sockets, which are none of Python's, would be seen here.
    assert not [one for process in _family() for one in process.net_connections("inet")], "a socket is open"
    window.close()


def _leave() -> None:
    for widget in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
        if isinstance(widget, QDialog):
            widget.reject()
        elif widget is not None:
            QTest.keyClick(widget, Qt.Key.Key_Escape)


def _family() -> list[psutil.Process]:
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


class Script:
    """Goes on with a session when what it waits for has come true; ends the process when that takes too long."""

    def __init__(self, steps: Generator[Condition]) -> None:
        self._steps = steps
        self._condition: Condition = lambda: True
        self._deadline = time.monotonic() + SECONDS
        self._timer = QTimer(interval=20)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    def _go_on(self) -> None:
        try:
            if self._condition():
                self._condition = next(self._steps)
            elif time.monotonic() > self._deadline:
                raise AssertionError(f"waited for {SECONDS} s at line {self._steps.gi_frame.f_lineno}")
        except StopIteration:
            self._timer.stop()
        except BaseException:
            traceback.print_exc()
            os._exit(1)


def main() -> None:
    watch = Watch()
    application.make_application()
    script = Script(session(watch, Path(sys.argv[2])))  # lives as long as the window does
    code = application.run_window(Path(sys.argv[1]))
    del script
    sys.stdout.write(json.dumps(watch.seen))
    sys.exit(code)


if __name__ == "__main__":
    main()
