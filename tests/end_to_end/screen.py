"""A real screen for the real window: Xvfb with a window manager, driven by xdotool as by hands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "artefacts"
T = TypeVar("T")
PALETTE = "Command palette"


def until(ask: Callable[[], T | None], *, seconds: float = 90, what: str) -> T:
    """The first answer that is not None or False; fails after a while, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        time.sleep(0.05)  # between two looks at another process; nothing signals from there
    raise AssertionError(f"waited {seconds} s for {what}")


@dataclass(frozen=True)
class Screen:
    """One X display of its own."""

    display: str

    def environment(self, home: Path) -> dict[str, str]:
        """For a program that shows itself here."""
        kept = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        return {**kept, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "WORKBENCH_HOME": str(home)}

    def do(self, *arguments: str) -> str:
        """Run xdotool; its output."""
        command = ["xdotool", *arguments]
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.do("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type text as fast as a quick typist."""
        self.do("type", "--clearmodifiers", "--delay", "15", text)

    def command(self, name: str) -> None:
        """Choose a command of the palette by its name."""
        until(lambda: self.window(PALETTE) or self.press("ctrl+k"), seconds=20, what="the palette")
        self.type(name)
        self.press("Return")
        until(lambda: not self.window(PALETTE), seconds=20, what="the palette to go")

    def click(self, x: int, y: int) -> None:
        """Click at a place of the screen."""
        self.do("mousemove", str(x), str(y), "click", "1")

    def window(self, title: str) -> str | None:
        """The id of a visible window with this in its title."""
        found = self.do("search", "--onlyvisible", "--name", title).splitlines()
        return found[-1] if found else None

    def is_managed(self) -> bool:
        """Whether a window manager is at work: it alone can tell how many desktops there are."""
        return self.do("get_num_desktops") not in ("", "0")

    def state(self) -> str:
        """Which windows there are and which one hears the keys, for a message; the picture is an artefact."""
        picture = self.photograph("not-brought")
        windows = self.do("search", "--onlyvisible", "--name", ".").split()
        names = [self.do("getwindowname", window) for window in windows]
        focus = self.do("getwindowfocus", "getwindowname")
        managed = "a" if self.is_managed() else "NO"
        return f"windows: {names}; focus: {focus!r}; {managed} window manager; {picture}"

    def settle(self) -> None:
        """Wait until nothing moves any more above the status line, which counts seconds."""
        before = b""

        def is_still() -> bool:
            nonlocal before
            now = self._pixels()
            still, before = now == before, now
            return still

        until(is_still, what="the window to come to rest")

    def painted(self, colour: str) -> int:
        """How many pixels have exactly this colour, `#rrggbb`."""
        pixels, wanted = self._pixels(), bytes.fromhex(colour[1:])
        return sum(pixels[at : at + 3] == wanted for at in range(0, len(pixels), 3))

    def _pixels(self) -> bytes:
        """Red, green and blue of every pixel above the status line."""
        command = ["import", "-window", "root", "-crop", "1440x850+0+0", "-depth", "8", "rgb:-"]
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(command, env=environment, capture_output=True, check=True, timeout=30).stdout

    def photograph(self, name: str) -> Path:
        """Keep a picture of the whole screen as an artefact."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["import", "-window", "root", str(path)], env=environment, check=True, timeout=30)
        return path


def press_until(shown: Screen, keys: str, ask: Callable[[], object], *, what: str) -> None:
    """Press once, and again only when nothing comes of it for a while: the window may not have been ready."""
    for _ in range(5):
        shown.press(keys)
        with suppress(AssertionError):
            until(ask, seconds=5, what=what)
            return
    raise AssertionError(f"{keys} did not bring {what}; {shown.state()}")


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen that goes away afterwards; its window manager is at work before the first window comes."""
    read, write = os.pipe()
    # Without -noreset the server begins anew when its only client leaves, and drops one that is just coming:
    # a look with xdotool could end the window manager that way, and no window would hear keys any more.
    command = ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        shown = Screen(f":{pipe.readline().strip()}")
    environment = {**os.environ, "DISPLAY": shown.display}
    manager = subprocess.Popen(["openbox"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: shown.is_managed() or manager.poll() is not None, what="the window manager")
        if manager.poll() is not None:
            raise AssertionError(f"openbox ended with {manager.returncode}: {manager.communicate()[1]!r}")
        yield shown
    finally:
        for process in (manager, server):
            process.terminate()
            process.communicate(timeout=10)


@contextmanager
def program(shown: Screen, home: Path) -> Iterator[subprocess.Popen[str]]:
    """The window, started as a person starts it; killed afterwards if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench"],
        cwd=ROOT,
        env=shown.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)
