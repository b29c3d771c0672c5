"""Models from a hub: find a repository, see which of its files fit, download several while working on.

The network is asked when the person presses the button, and never before.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.completion import Notice
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs.download_list import DownloadList
from workbench.desktop.dialogs.hub_lists import ModelTable, RepositoryList
from workbench.desktop.results.controls import button
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.trouble import ErrorCard, NoticeBar, show_exception
from workbench.desktop.theme import plain_label
from workbench.models.hub import HubModel, Repository, checked_repository
from workbench.models.memory import free_memory
from workbench.running import Workspace
from workbench.running.hub_access import ask_hub, endpoint, save_token, set_endpoint

T = TypeVar("T")


class DownloadDialog(QDialog):
    """A field for a repository or words, what the hub has, and the downloads below."""

    arrived = Signal(str)
    """The reference of a model that was downloaded."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._address = ""
        self._repository = ""
        """The one whose models are shown."""
        self._asked: Future[Any] | None = None
        self.setWindowTitle("Download models")
        self.resize(860, 640)
        self._make_parts()
        self._lay_out()
        self._connect()
        bridge.when(workspace.store.read(endpoint), self._show_address, self._failed, owner=self)

    # Parts

    def _make_parts(self) -> None:
        self.address = QLineEdit()
        self.address.setAccessibleName("Address of the hub")
        self.address.setToolTip("Any hub that speaks the Hugging Face API; empty is the usual one")
        self.token = button("Access token…", "Enter an access token for this hub, for private and gated models")
        self.words = QLineEdit()
        self.words.setAccessibleName("Repository or words")
        self.words.setPlaceholderText("owner/name, or words to search for")
        self.words.setClearButtonEnabled(True)
        self.ask_button = button("Find", "Ask the hub", primary=True)
        self.notice = NoticeBar()
        self.error = ErrorCard()
        self.empty = EmptyState(
            "Models from a hub",
            "Enter a repository or words to search for. Nothing is asked of the network before you press Find.",
        )
        self.repositories = RepositoryList()
        self.table = ModelTable()
        self.pages = QStackedWidget()
        for page in (self.empty, self.repositories, self.table):
            self.pages.addWidget(page)
        self.back = button("Back to the search", "Show the repositories that were found")
        self.back.hide()
        self.start = button("Download", "Download the selected model")
        self.start.setEnabled(False)
        self.downloads = DownloadList(self._workspace, self._bridge)
        self.close_button = button("Close", "Close; downloads go on")
        for each in self.notice.findChildren(QPushButton):
            each.setAutoDefault(False)  # Return in a field asks, and stops nothing

    def _lay_out(self) -> None:
        hub = QHBoxLayout()
        hub.addWidget(plain_label("Hub", "quiet"))
        hub.addWidget(self.address, 1)
        hub.addWidget(self.token)
        asking = QHBoxLayout()
        asking.addWidget(self.words, 1)
        asking.addWidget(self.ask_button)
        choosing = QHBoxLayout()
        choosing.addWidget(self.back)
        choosing.addStretch()
        choosing.addWidget(self.start)
        closing = QHBoxLayout()
        closing.addWidget(plain_label("Downloads go on when this is closed.", "quiet"), 1)
        closing.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(asking)
        column.addLayout(hub)
        column.addWidget(self.notice)
        column.addWidget(self.error)
        column.addWidget(self.pages, 1)
        column.addLayout(choosing)
        column.addWidget(self.downloads)
        column.addLayout(closing)
        self.words.setFocus()

    def _connect(self) -> None:
        self.words.returnPressed.connect(self.ask)
        self.ask_button.clicked.connect(self.ask)
        self.address.editingFinished.connect(self._save_address)
        self.token.clicked.connect(self._ask_for_token)
        self.notice.stop_asked.connect(self._stop_asking)
        self.repositories.opened.connect(self.open_repository)
        self.back.clicked.connect(lambda: self._show_page(self.repositories))
        self.table.chosen.connect(lambda: self._show_page(self.pages.currentWidget()))
        self.table.itemActivated.connect(lambda *_: self.download())
        self.start.clicked.connect(self.download)
        self.downloads.finished.connect(self.arrived)
        self.close_button.clicked.connect(self.accept)
        self.finished.connect(lambda _code: self.downloads.close_list())

    # The hub

    def _show_address(self, address: str) -> None:
        self._address = address
        self.address.setText(address)

    def _save_address(self) -> None:
        wanted = self.address.text()
        if wanted.strip().rstrip("/") == self._address:
            return
        self.error.hide()

        def change(store: Any) -> str:
            set_endpoint(store, wanted)
            return endpoint(store)

        self._bridge.when(self._workspace.store.write(change), self._show_address, self._failed, owner=self)

    def _ask_for_token(self) -> None:
        place = urlsplit(self._address).netloc
        token, agreed = QInputDialog.getText(
            self, "Access token", f"Access token for {place}:", QLineEdit.EchoMode.Password
        )
        if agreed and token.strip():
            address = self._address
            self._bridge.when(
                compute(lambda: save_token(address, token)),
                lambda where: self._say_token(place, where),
                self._failed,
                owner=self,
            )

    def _say_token(self, place: str, where: str) -> None:
        kept = "in the keyring" if where == "keyring" else "until the program ends; this machine has no keyring"
        self.empty.say(f"The token for {place} is kept {kept}.", "Find the repository again.")
        self._show_page(self.empty)

    # Asking

    def ask(self) -> None:
        """Show the models of the repository that was entered, or search for the words."""
        text = self.words.text().strip()
        if not text:
            self.words.setFocus()
        elif "/" in text:
            self.back.setEnabled(False)
            self.open_repository(text)
        else:
            self._ask(lambda: ask_hub(self._address, lambda hub: hub.search(text)), self._show_repositories)

    def open_repository(self, name: str) -> None:
        """Show the models of a repository."""
        try:
            repository = checked_repository(name)
        except Exception as error:  # noqa: BLE001 - shown as any other
            self._failed(error)
            return
        self._ask(
            lambda: ask_hub(self._address, lambda hub: hub.models(repository)),
            lambda models: self._show_models(repository, models),
        )

    def _ask(self, question: Callable[[], Coroutine[Any, Any, T]], then: Callable[[T], None]) -> None:
        self._stop_asking()
        self.error.hide()
        self.notice.show_notice(Notice(f"Asking {urlsplit(self._address).netloc} …"))
        self._asked = self._workspace.loop.submit(question())
        self._bridge.when(self._asked, then, self._failed, owner=self)

    def _stop_asking(self) -> None:
        if self._asked:
            self._asked.cancel()
        self.notice.hide()

    def _show_repositories(self, found: tuple[Repository, ...]) -> None:
        self.notice.hide()
        self.repositories.show_found(found)
        self.back.setEnabled(True)
        if not found:
            self.empty.say("Nothing was found", "Only repositories with GGUF files are searched. Try fewer words.")
        self._show_page(self.repositories if found else self.empty)

    def _show_models(self, repository: str, models: tuple[HubModel, ...]) -> None:
        self.notice.hide()
        self._repository = repository
        self.table.show_models(models, free_memory())
        if not models:
            self.empty.say("No GGUF file", f"{repository} holds none. Search for its name with the word GGUF.")
        self._show_page(self.table if models else self.empty)

    def _show_page(self, page: QWidget | None) -> None:
        if page is not None:
            self.pages.setCurrentWidget(page)
        on_table = page is self.table
        self.start.setEnabled(on_table and self.table.selected() is not None)
        self.back.setVisible(on_table and self.back.isEnabled() and self.repositories.topLevelItemCount() > 0)
        if page in (self.table, self.repositories):
            page.setFocus()

    def _failed(self, error: BaseException) -> None:
        self.notice.hide()
        show_exception(self.error, error, retry=False)

    # Downloading

    def download(self) -> None:
        """Download the selected model, beside those under way."""
        model = self.table.selected()
        if model is None:
            return
        self.error.hide()
        started = self._workspace.downloads.start(self._address, self._repository, model)
        self._bridge.when(started, lambda _id: None, self._failed, owner=self)
