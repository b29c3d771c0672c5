"""The downloads of the workspace as they stand, those that an earlier session left too: one card each."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from workbench.desktop.bridge import Bridge
from workbench.desktop.editor.section import Elided
from workbench.desktop.results import figures
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button
from workbench.desktop.theme import plain_label
from workbench.models.download import describe
from workbench.running import Workspace
from workbench.running.downloads import Download, summary

_TALLEST = 260


class DownloadList(QScrollArea):
    """All downloads; they go on when this is closed."""

    finished = Signal(str)
    """The reference of a model that is here now."""
    changed = Signal()
    """Something moved; see `summary`."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = workspace.downloads
        self._bridge = bridge
        self._seen: tuple[Download, ...] = ()
        self.cards: dict[str, DownloadCard] = {}
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addStretch()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMaximumHeight(_TALLEST)
        self.hide()
        self._downloads.listen(self._hear)
        self._downloads.find_unfinished()

    def close_list(self) -> None:
        """Hear no more of them; they go on."""
        self._downloads.unlisten(self._hear)

    def summary(self) -> str:
        """What is under way, in a few words; empty when nothing is."""
        return summary(self._seen)

    def _hear(self, downloads: tuple[Download, ...]) -> None:
        """On the loop's thread."""
        self._bridge.post(lambda: self._show(downloads) if shiboken6.isValid(self) else None)

    def _show(self, downloads: tuple[Download, ...]) -> None:
        before = {one.id: one.state for one in self._seen}
        self._seen = downloads
        for gone in self.cards.keys() - {one.id for one in downloads}:
            card = self.cards.pop(gone)
            self._column.removeWidget(card)
            card.deleteLater()
        for one in downloads:
            if one.id not in self.cards:
                self.cards[one.id] = self._card(one)
            self.cards[one.id].show_download(one)
            if one.state == "finished" != before.get(one.id, "finished"):
                self.finished.emit(one.reference)
        self.setVisible(bool(downloads))
        self.setMinimumHeight(min(_TALLEST, self._column.sizeHint().height()))
        self.changed.emit()

    def _card(self, download: Download) -> DownloadCard:
        card = DownloadCard(download)
        card.pause.clicked.connect(lambda: self._toggle(download.id))
        card.cancel.clicked.connect(lambda: self._cancel(download.id))
        self._column.insertWidget(self._column.count() - 1, card)
        return card

    def _state(self, download_id: str) -> Download | None:
        return next((one for one in self._seen if one.id == download_id), None)

    def _toggle(self, download_id: str) -> None:
        shown = self._state(download_id)
        if shown and shown.state in ("running", "queued"):
            self._downloads.pause(download_id)
        else:
            self._downloads.resume(download_id)

    def _cancel(self, download_id: str) -> None:
        shown = self._state(download_id)
        if shown is None:
            return
        loss = f"The {figures.size(shown.progress.done)} that came are removed."
        harmless = shown.state == "finished" or not shown.progress.done
        if harmless or confirmed(self, f"Discard the download of {shown.name}?", loss, "Remove"):
            self._downloads.cancel(download_id)


class DownloadCard(QFrame):
    """One download."""

    def __init__(self, download: Download, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        title = Elided(quiet=False)
        title.setProperty("title", True)
        title.show_text(download.name)
        title.setToolTip(f"{download.name}\nfrom {download.repository}")
        origin = Elided()
        origin.show_text(download.repository)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(f"Progress of {download.name}")
        self._words = plain_label("", "quiet")
        self._words.setWordWrap(True)
        self.pause = button("Pause", f"Pause the download of {download.name}")
        self.cancel = button("Cancel", f"Cancel the download of {download.name}")
        bottom = QHBoxLayout()
        bottom.addWidget(origin, 1)
        bottom.addWidget(self.pause)
        bottom.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self._bar)
        column.addWidget(self._words)
        column.addLayout(bottom)

    def show_download(self, download: Download) -> None:
        """Show how it stands."""
        self._bar.setValue(1000 * download.progress.done // max(1, download.progress.total))
        self._bar.setVisible(download.state != "finished")
        self._words.setText(_words(download))
        verb = {"running": "Pause", "queued": "Pause", "failed": "Try again"}.get(download.state, "Resume")
        self.pause.setText(verb)
        self.pause.setVisible(download.state != "finished")
        self.cancel.setText(
            {"finished": "Clear", "paused": "Discard", "failed": "Discard"}.get(download.state, "Cancel")
        )
        for each in (self.pause, self.cancel):
            each.setAccessibleName(f"{each.text()} the download of {download.name}")
            each.setToolTip(each.accessibleName())

    def words(self) -> str:
        """How it stands, as shown."""
        return self._words.text()


def _words(download: Download) -> str:
    progress = download.progress
    match download.state:
        case "finished":
            return f"✓ Here, {figures.size(progress.total)}; on the list of local models."
        case "failed":
            return f"✗ {download.error}"
        case "paused":
            return f"Paused at {figures.size(progress.done)} of {figures.size(progress.total)}."
        case "queued":
            return "Waits for the others."
        case _:
            return describe(progress).strip()
