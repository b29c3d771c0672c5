"""Whether a Python file may check answers: said beside the file, and given only by a person who was shown it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from workbench.core.check import Check
from workbench.core.trust import Trust
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.results.controls import button
from workbench.desktop.results.live import ToneLabel
from workbench.errors import WorkbenchError
from workbench.running import Workspace
from workbench.running.python_checks import Untrusted, content_of, trust, trust_in

_ASKED_AFTER_MS = 200
_SAID: dict[Trust, str] = {
    "trusted": "✓ Trusted as it is now.",
    "changed": "Changed since it was trusted, so it is not run.",
    "unknown": "Not trusted, so it is not run.",
}


class FileTrust(QWidget):
    """A line below a Python file: its trust, and the way to it."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._bridge = workspace, bridge
        self._path = ""
        self._known: Trust = "unknown"
        self.state = ToneLabel()
        self.state.setWordWrap(True)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.read = button("Read and trust…", "Show the Python file, to trust it or not")
        self.read.clicked.connect(self.show_content)
        self._pause = QTimer(self, singleShot=True, interval=_ASKED_AFTER_MS)
        self._pause.timeout.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.INSIDE)
        row.addWidget(self.state, 1)
        row.addWidget(self.read)
        self.hide()

    def show_file(self, path: str) -> None:
        """Say how far this file is trusted; nothing while there is none."""
        self._path = path
        self._pause.start()

    def _ask(self) -> None:
        path = self._path
        if not Path(path).is_absolute():
            self.hide()
            return
        check = Check("python", {"file": path})
        self._bridge.when(
            self._workspace.store.read(lambda store: trust_in(store, check)), self._show, self._failed, owner=self
        )

    def _show(self, known: Trust) -> None:
        self._known = known
        self.state.say(_SAID[known], "good" if known == "trusted" else "warning")
        self.read.setVisible(known != "trusted")
        self.show()

    def show_content(self) -> None:
        """Show the file as it is now; trusted is what was shown."""
        path = Path(self._path)
        self._bridge.when(compute(lambda: content_of(path)), self._offer, self._failed, owner=self)

    def _offer(self, content: bytes) -> None:
        from workbench.desktop.dialogs.trust import TrustDialog  # wanted by few

        dialog = TrustDialog((Untrusted(Path(self._path), self._known, content),), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.decided.connect(self._trust)
        dialog.open()

    def _trust(self, programs: tuple[Untrusted, ...]) -> None:
        trusting = self._workspace.store.write(lambda store: trust(store, programs))
        self._bridge.when(trusting, lambda _none: self._ask(), self._failed, owner=self)

    def _failed(self, error: BaseException) -> None:
        self.state.say(error.message if isinstance(error, WorkbenchError) else repr(error), "bad")
        self.show()
