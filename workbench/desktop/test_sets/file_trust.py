"""Whether a Python file may check answers: said beside the file, and given only by a person who was shown it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.check import Check
from workbench.core.trust import Trust, fingerprint
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.plain_text import shown
from workbench.desktop.results.controls import button
from workbench.desktop.results.live import ToneLabel
from workbench.errors import WorkbenchError
from workbench.running import Workspace
from workbench.running.python_checks import content_of, limits, trust_in
from workbench.store import Store

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

    def _show(self, trust: Trust) -> None:
        self.state.say(_SAID[trust], "good" if trust == "trusted" else "warning")
        self.read.setVisible(trust != "trusted")
        self.show()

    def show_content(self) -> None:
        """Show the file as it is now; trusted is what was shown."""
        path = Path(self._path)
        self._bridge.when(compute(lambda: content_of(path)), self._offer, self._failed, owner=self)

    def _offer(self, content: bytes) -> None:
        path = Path(self._path)
        dialog = TrustDialog(path, content, self)
        dialog.accepted.connect(lambda: self._trust(path, content))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _trust(self, path: Path, content: bytes) -> None:
        def trust(store: Store) -> None:
            store.trust_file(str(path.resolve()), fingerprint(content))

        self._bridge.when(self._workspace.store.write(trust), lambda _none: self._ask(), self._failed, owner=self)

    def _failed(self, error: BaseException) -> None:
        self.state.say(error.message if isinstance(error, WorkbenchError) else repr(error), "bad")
        self.show()


class TrustDialog(QDialog):
    """A Python file to read before it is trusted."""

    def __init__(self, path: Path, content: bytes, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Trust {path.name}?")
        self.resize(760, 560)
        self.text = QPlainTextEdit(shown(content.decode("utf-8", "replace")))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.text_font())
        self.text.setAccessibleName(f"What {path.name} says")
        about = theme.plain_label(f"{path}\n{limits()}", "quiet")
        about.setWordWrap(True)
        about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.cancel = button("Do not trust it")
        self.agree = button("Trust this file", "Let checks run this file for as long as it says what it does now")
        self.cancel.clicked.connect(self.reject)
        self.agree.clicked.connect(self.accept)
        self.cancel.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.agree)
        buttons.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(about)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)
