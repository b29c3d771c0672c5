"""One window on one workspace: a second start raises the first window instead.

The first window listens on a local socket named for the workspace's path. Who connects and gets no answer meets
what a crash left behind, removes it and takes its place. This runs before the window is made.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from workbench.desktop.claims import claim_name

_RAISE = b"raise\n"
_ANSWER = b"raised\n"
ANSWER_MS = 2_000
"""A window that is alive answers at once; one that hangs this long is treated as gone."""


class Instance(QObject):
    """This program's claim on a workspace."""

    raise_asked = Signal()
    """Another start wants the window to come to the front."""

    def __init__(self, workspace: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = claim_name(workspace)
        self._sockets: set[QLocalSocket] = set()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)

    def raise_other(self) -> bool:
        """Bring the window that has this workspace to the front; False when there is none."""
        socket = QLocalSocket()
        socket.connectToServer(self.name)
        if not socket.waitForConnected(ANSWER_MS):
            return False
        socket.write(_RAISE)
        socket.waitForBytesWritten(ANSWER_MS)
        answered = socket.waitForReadyRead(ANSWER_MS) and bytes(socket.readAll().data()) == _ANSWER
        socket.abort()
        return answered

    def claim(self) -> bool:
        """Listen for later starts; False when that is impossible, which costs only the raising."""
        if self._server.listen(self.name):
            return True
        QLocalServer.removeServer(self.name)
        if self._server.listen(self.name):
            return True
        import logging

        logging.getLogger(__name__).info("No later start can raise this window: %s", self._server.errorString())
        return False

    def close(self) -> None:
        """Give the workspace up."""
        self._server.close()
        for socket in tuple(self._sockets):
            self._forget(socket)

    def _answer(self) -> None:
        while socket := self._server.nextPendingConnection():
            # Kept here, not with the server, which would delete them under their own signals.
            socket.setParent(self)
            self._sockets.add(socket)
            socket.disconnected.connect(partial(self._forget, socket))
            socket.readyRead.connect(partial(self._take, socket))
            if socket.bytesAvailable():
                self._take(socket)

    def _take(self, socket: QLocalSocket) -> None:
        if bytes(socket.readAll().data()) == _RAISE:
            socket.write(_ANSWER)
            socket.flush()
            self.raise_asked.emit()

    def _forget(self, socket: QLocalSocket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
            socket.disconnected.disconnect()
            socket.readyRead.disconnect()
            socket.deleteLater()
