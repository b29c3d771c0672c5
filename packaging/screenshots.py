"""Takes the README's pictures: a real window on a workspace of its own, with answers of the embedded model.

`make screenshots` runs it. Where there is no display it starts Xvfb; nothing of the person's is read or shown.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from workbench.desktop.window import MainWindow

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "screenshots"
SIZE = (1440, 900)
LONGEST_SECONDS = 120.0
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CHANGE = "Offer more help in the last sentence."


def main() -> int:
    """Start the display when it is missing, then take the pictures; returns the exit code."""
    if not os.environ.get("DISPLAY") and sys.platform.startswith("linux") and "--inside" not in sys.argv:
        if not (xvfb := shutil.which("xvfb-run")):
            print("There is no display and no xvfb-run: install xvfb and xauth.", file=sys.stderr)
            return 2
        screen = f"-screen 0 {SIZE[0]}x{SIZE[1]}x24"
        command = [xvfb, "-a", "-s", screen, sys.executable, __file__, "--inside"]
        return subprocess.run(command, check=False, env={**os.environ, "QT_QPA_PLATFORM": "xcb"}).returncode
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["WORKBENCH_HOME"] = home
        sys.path.insert(0, str(ROOT))
        take(Path(home))
    return 0


def take(home: Path) -> None:
    """The starter prompt, a changed draft beside its first version, the history, an experiment, in both themes."""
    from workbench.core.completion import GenerationConfig
    from workbench.desktop import application
    from workbench.desktop.settings import Settings
    from workbench.desktop.window import MainWindow

    app = application.make_application()
    settings = Settings.load()
    settings.set("theme", "light")
    settings.set("text_size", 10)
    application.prepare(app, settings)
    window = MainWindow(home / "workspace.db", settings)
    opened: list[bool] = []
    window.opened.connect(lambda: opened.append(True))
    window.resize(*SIZE)
    window.show()
    turn_until(lambda: bool(opened), "the workspace to open")
    window.frame.rows.setSizes([500, 360])

    run(window)
    save(window, "window")

    desk = window.desk
    prompt = window.document.editor.prompt()
    desk.results.set_references(("starter", "starter"))
    desk.results.panes()[0].version_box.set_version(window.document.opened.versions[0])
    window.document.editor.set_prompt(replace(prompt, system=f"{prompt.system}\n\n{CHANGE}"))
    desk.side.parameters.set_config(GenerationConfig(temperature=0.4, max_tokens=200, seed=11))
    desk.side.parameters.config_edited.emit()
    run(window)
    desk.results.rate(4)
    turn(0.5)
    save(window, "compare")

    window.document.editor.show_tab(1)
    desk.results.show_history()
    save(window, "history")

    experiment(window)
    window.close()
    turn_until(lambda: not window.isVisible(), "the window to close")
    window.release()


def experiment(window: MainWindow) -> None:
    """Ticket classification without its examples, with them, and warmer: the grid, a blind pair, the verdict."""
    from workbench.core.completion import GenerationConfig
    from workbench.core.plan import new_column, new_plan
    from workbench.store import Store

    def planned(store: Store) -> str:
        record = store.prompt("Ticket classification")
        test_set = store.test_set_for(record.id)
        column = replace(new_column(record.id), config=GenerationConfig(temperature=0, max_tokens=24))
        bare = replace(record.prompt, examples=())
        warm = GenerationConfig(temperature=0.9, seed=4, max_tokens=24)
        columns = (
            replace(column, id="without", label="Without examples", prompt=bare, prompt_name=record.name),
            replace(column, id="with", label="With examples"),
            replace(column, id="warm", label="With examples, warmer", config=warm),
        )
        plan = new_plan("Do the examples help?", columns, test_set_id=test_set.id if test_set else None)
        store.save_plan(plan)
        return plan.id

    desk = window.desk
    window.frame.first_steps.hide()
    page: Any = desk.pages.open("experiment", desk.workspace.store.write(planned).result())
    turn_until(page.can_run, "the estimate of the experiment")
    page.run()
    turn_until(page.is_running, "the experiment to begin")
    turn_until(lambda: not page.is_running(), "the experiment")
    for index, name in enumerate(("grid", "blind", "verdict")):
        page.tabs.setCurrentIndex(index)
        turn(2.0)
        save(window, name)
    report(window, page.state.shown.experiment.id)


def report(window: MainWindow, experiment_id: str) -> None:
    """The experiment's HTML file, as Chromium shows it."""
    from workbench.running import report as html

    if not (browser := shutil.which("chromium") or shutil.which("google-chrome")):
        print("chromium is not installed: the report's picture stays as it was", file=sys.stderr)
        return
    page = window.path.with_name("report.html")
    window.desk.workspace.store.read(lambda store: html.write(store, experiment_id, page)).result()
    target = FOLDER / "report.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    options += ["--hide-scrollbars", f"--user-data-dir={page.parent / 'chromium'}", "--window-size=1200,1500"]
    command = [browser, *options, f"--screenshot={target}", page.as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=LONGEST_SECONDS)
    print(target.relative_to(ROOT))


def run(window: MainWindow) -> None:
    """Run every pane and wait for the answers."""
    results = window.desk.results
    window.actions_by_id["run"].trigger()
    turn_until(results.is_running, "the run to begin")
    turn_until(lambda: not results.is_running(), "the model to answer")
    window.frame.run_bar.run.setFocus()
    turn(1.5)


def save(window: MainWindow, name: str) -> None:
    """Write the picture in both themes, as small as a PNG gets without losing anything."""
    from PySide6.QtGui import QImage

    for look in LOOKS:
        window.set_theme(look)
        turn(0.8)
        picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        path = FOLDER / f"{name}-{look}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not picture.save(str(path), "PNG", 0):
            raise SystemExit(f"{path} cannot be written")
        print(path.relative_to(ROOT))


def turn(seconds: float) -> None:
    """Let the event loop run for so long."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def turn_until(done: Callable[[], bool], what: str) -> None:
    """Let the event loop run until something is true; gives up with words."""
    end = time.monotonic() + LONGEST_SECONDS
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"Waited {LONGEST_SECONDS:.0f} s in vain for {what}.")
        turn(0.05)


if __name__ == "__main__":
    sys.exit(main())
