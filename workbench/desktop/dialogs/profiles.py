"""Servers: where cloud models are reached, with which key, and which models they offer.

A key goes to the keyring or stays in this session; it is never written anywhere else, and the dialog says which.
Three pages below the form: the models, how the server is spoken to, and what its models were found to take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.profile import Profile, checked, tidied
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs.connection_form import ConnectionForm
from workbench.desktop.dialogs.findings_view import FindingsView
from workbench.desktop.dialogs.model_names import ModelNames
from workbench.desktop.dialogs.server_facts import keep_secrets, tested, where_key_is
from workbench.desktop.results.asking import confirmed
from workbench.desktop.results.controls import button, trailing
from workbench.desktop.results.empty import EmptyState
from workbench.desktop.results.splitter import QuietSplitter
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.errors import UserError
from workbench.providers import keys
from workbench.running import Workspace
from workbench.running.presets import preset_for, presets

_NEW = "New server"


class ProfilesDialog(QDialog):
    """The list of servers with the chosen one's settings beside it."""

    saved = Signal(str)
    """A profile's name, after it was stored."""

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._bridge = bridge
        self._profiles: tuple[Profile, ...] = ()
        self._stored: Profile | None = None
        self._base = Profile("", "")
        """What the form does not show of the profile in it."""
        self._asking = 0
        self.setWindowTitle("Servers")
        self.resize(900, 720)
        self._make_list()
        self._make_form()
        self._make_models()
        self._lay_out()
        self._connect()
        self._load()

    # Parts

    def _make_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Servers")
        self.add = button("Add server", "Add a server")
        self.remove = button("Remove", "Remove this server")

    def _make_form(self) -> None:
        self.preset = QComboBox()
        self.preset.setAccessibleName("Kind of server")
        self.preset.addItem("Any OpenAI-compatible server", None)
        for preset in presets():
            self.preset.addItem(preset.title or preset.name, preset)
        self.name = _line("Name", "openai")
        self.base_url = _line("Address", "https://api.example.com/v1")
        self.key = _line("Key", "")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key_status = _note(lines=2)
        self.name_note = _note()
        self._key_rows = _above(self.key, self.key_status)

    def _make_models(self) -> None:
        self.fetch = button("Test and fetch models", "Connect to the server and fetch its list of models")
        self.diagnosis = _note(lines=2)
        self.error = ErrorCard()
        self.models = ModelNames()
        self.connection = ConnectionForm()
        self.findings = FindingsView(self._workspace, self._bridge)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Settings of this server")
        self.tabs.tabBar().setAccessibleName("Models, connection, or what the models take")
        self.tabs.addTab(self.models, "Models")
        self.tabs.addTab(self.connection, "Connection")
        self.tabs.addTab(self.findings, "What they take")
        self.save = button("Save", "Save this server")
        self.save.setProperty("primary", True)
        self.close_button = button("Close", "Close")

    def _lay_out(self) -> None:
        form = self._rows = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for title, field in (("Kind", self.preset), ("Name", self.name), ("", self.name_note)):
            form.addRow(title, field)
        form.addRow("Address", self.base_url)
        form.addRow("Key", self._key_rows)
        test = QHBoxLayout()
        test.addWidget(self.fetch, 0, Qt.AlignmentFlag.AlignTop)
        test.addWidget(self.diagnosis, 1)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(form)
        column.addLayout(test)
        column.addWidget(self.error)
        column.addWidget(self.tabs, 1)
        self._empty = EmptyState(
            "No server yet",
            "Add OpenAI, Azure, Mistral, OpenRouter, Ollama, LM Studio, any OpenAI-compatible server, or the "
            "installed llm plugins, to run their models beside the local ones.",
            "Add server",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(side)
        self._side = side
        self._lay_out_dialog()

    def _lay_out_dialog(self) -> None:
        left = QWidget()
        lefts = QVBoxLayout(left)
        lefts.setContentsMargins(0, 0, 0, 0)
        lefts.addWidget(self.list, 1)
        pair = QHBoxLayout()
        pair.addWidget(self.add)
        pair.addWidget(self.remove)
        lefts.addLayout(pair)
        split = QuietSplitter(left, self._pages, sizes=(220, 600))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(split, 1)
        column.addLayout(trailing(self.close_button, self.save))

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._chosen)
        self.add.clicked.connect(self.begin_new)
        self._empty.action_asked.connect(self.begin_new)
        self.remove.clicked.connect(self._remove)
        self.preset.activated.connect(lambda _row: self._take_preset())
        for field in (self.name, self.base_url):
            field.editingFinished.connect(self._show_key_place)
        for field in (self.name, self.base_url, self.key):
            field.textEdited.connect(self._forget_test)
        self.connection.edited.connect(self._forget_test)
        self.base_url.editingFinished.connect(self._take_address)
        self.fetch.clicked.connect(self.test)
        self.save.clicked.connect(self.store)
        self.close_button.clicked.connect(self.reject)

    # The list

    def _load(self, choose: str = "") -> None:
        self._bridge.when(
            self._workspace.store.read(lambda store: store.profiles()),
            lambda profiles: self._show_profiles(profiles, choose),
            self._failed,
            owner=self,
        )

    def _show_profiles(self, profiles: tuple[Profile, ...], choose: str) -> None:
        self._profiles = profiles
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([profile.name for profile in profiles])
        self.list.blockSignals(False)
        names = [profile.name for profile in profiles]
        row = names.index(choose) if choose in names else 0 if profiles else -1
        self.list.setCurrentRow(row)
        if row < 0:
            self._pages.setCurrentWidget(self._empty)
            self.save.setEnabled(False)
            self.remove.setEnabled(False)

    def _chosen(self, row: int) -> None:
        if not 0 <= row < len(self._profiles):
            return
        target = self._profiles[row]
        if target == self._stored:
            return
        if not self._may_leave():
            self.list.blockSignals(True)
            names = [profile.name for profile in self._profiles]
            self.list.setCurrentRow(names.index(self._stored.name) if self._stored else -1)
            self.list.blockSignals(False)
            return
        self._edit(target, stored=target)

    def begin_new(self) -> None:
        """An empty form for another server."""
        if not self._may_leave():
            return
        self.list.blockSignals(True)
        self.list.setCurrentRow(-1)
        self.list.blockSignals(False)
        self._edit(Profile("", ""), stored=None)
        self.preset.setFocus()

    def _edit(self, profile: Profile, *, stored: Profile | None) -> None:
        self._stored = stored
        self._base = profile
        self._asking += 1
        self.name.setText(profile.name)
        self.name.setReadOnly(stored is not None)
        self.name_note.setText("Runs refer to a server by its name, so it stays." if stored else "")
        self.name_note.setVisible(stored is not None)
        self.base_url.setText(profile.base_url)
        self.key.clear()
        self.models.set_names(profile.models)
        self.connection.show_profile(profile)
        self.findings.show_profile(stored)
        self._show_kind(profile)
        self.diagnosis.setText("")
        self.error.hide()
        self.save.setEnabled(True)
        self.remove.setEnabled(stored is not None)
        self._pages.setCurrentWidget(self._side)
        self._show_key_place()

    def _take_preset(self) -> None:
        self._forget_test()
        preset = self.preset.currentData()
        if preset is None:
            self._base = replace(self._base, preset="", key_variable="")
            return
        made = preset.profile(self._stored.name if self._stored else "")
        self._base = replace(self._base, preset=made.preset, key_variable=made.key_variable)
        self.base_url.setText(made.base_url)
        self.connection.key_header.setText(made.key_header)
        if not self._stored and self.name.text().strip() in {"", *(one.name for one in presets())}:
            self.name.setText(made.name)  # a name that was typed stays
        self.diagnosis.setText(preset.hint)
        self._show_kind(made)
        self._show_key_place()

    def _show_kind(self, profile: Profile) -> None:
        """Choose the kind in its list; llm's plugins have no address, key or connection of ours."""
        preset = next((one for one in presets() if one.name == profile.preset), preset_for(profile.base_url))
        self.preset.setCurrentIndex(self.preset.findText(preset.title or preset.name) if preset else 0)
        for field in (self.base_url, self._key_rows):
            self._rows.setRowVisible(field, not profile.is_plugins)
        self.tabs.setTabVisible(1, not profile.is_plugins)
        self.tabs.setTabVisible(2, not profile.is_plugins)
        if not self._stored:
            self.name.setReadOnly(profile.is_plugins)

    def _take_address(self) -> None:
        """Take an address apart that was copied from a vendor's page."""
        typed = replace(self.connection.filled(self._base), base_url=self.base_url.text().strip())
        if (tidy := tidied(typed)) != typed:
            self.base_url.setText(tidy.base_url)
            self.connection.query.setText("&".join(f"{name}={value}" for name, value in tidy.query))

    def _form(self) -> Profile:
        """What the form says, whether or not it can be used."""
        name, address = self.name.text().strip(), self.base_url.text().strip()
        typed = replace(self._base, name=name, base_url=address, models=self.models.names())
        return typed if typed.is_plugins else self.connection.filled(typed)

    def edited(self) -> bool:
        """Whether leaving would lose something."""
        if self._pages.currentWidget() is not self._side:
            return False
        secret = bool(self.key.text() or self.connection.secrets())
        return secret or self._form() != (self._stored or Profile("", ""))

    def _may_leave(self) -> bool:
        return not self.edited() or confirmed(
            self, "Discard what you changed?", f"{self.name.text() or _NEW} is not saved.", "Discard"
        )

    # Keys

    def _show_key_place(self) -> None:
        """Say where the key of this profile is; asking a keyring may take a while."""
        self.key.setPlaceholderText("leave empty to keep it" if self._stored else "leave empty if none is needed")
        try:
            profile = checked(self._form())
        except UserError:
            self.key_status.setText("")
            return
        self._bridge.when(
            compute(lambda: where_key_is(profile, keys.find_key(profile))),
            lambda where: self._show_where(profile, where),
            self._failed,
            owner=self,
        )

    def _show_where(self, profile: Profile, where: str) -> None:
        if (profile.name, profile.base_url) == (self._form().name, self._form().base_url):
            self.key_status.setText(where)

    # Test

    def test(self) -> None:
        """Connect with what the form says and fetch the list of models."""
        try:
            profile = checked(self._form())
        except UserError as error:
            self._failed(error)
            return
        self._asking += 1
        asking, typed, headers = self._asking, self.key.text() or None, self.connection.secrets()
        self.error.hide()
        self.fetch.setEnabled(False)
        self.diagnosis.setText("Connecting …")
        self._bridge.when(
            self._workspace.loop.submit(tested(profile, typed, headers)),
            lambda answer: self._fetched(asking, *answer),
            lambda error: self._not_fetched(asking, error),
            owner=self,
        )

    def _forget_test(self) -> None:
        """What a test found is not about what the form says now."""
        self._asking += 1
        self.diagnosis.setText("")
        self.error.hide()

    def _fetched(self, asking: int, names: tuple[str, ...], diagnosis: str) -> None:
        self.fetch.setEnabled(True)
        if asking != self._asking:
            return
        self.models.add_names(names)
        self.diagnosis.setText(f"✓ {diagnosis}" if names else f"✓ {diagnosis} Type a model's name below.")

    def _not_fetched(self, asking: int, error: BaseException) -> None:
        self.fetch.setEnabled(True)
        if asking == self._asking:
            self._failed(error)

    # Saving

    def store(self) -> None:
        """Save the profile, then its key where there is a new one."""
        typed, headers = self.key.text(), self.connection.secrets()
        try:
            profile = checked(self._form())
            taken = {known.name for known in self._profiles} - {self._stored.name if self._stored else ""}
            if profile.name in taken:
                raise UserError(f"There is a server named {profile.name} already.", advice="Choose another name.")
        except UserError as error:
            self._failed(error)
            return
        self.error.hide()
        self.save.setEnabled(False)
        self._bridge.when(
            self._workspace.store.write(lambda store: store.save_profile(profile)),
            lambda _done: self._saved(profile, typed, headers),
            self._failed,
            owner=self,
        )

    def _saved(self, profile: Profile, typed: str, headers: Mapping[str, str]) -> None:
        before, self._stored, self._base = self._stored, profile, profile
        found = self.diagnosis.text()
        self.key.clear()
        self.connection.show_profile(profile)
        self.diagnosis.setText(found)
        if typed or headers or (before and before.headers != profile.headers):
            self._bridge.when(
                compute(lambda: keep_secrets(profile, before, typed, headers)),
                lambda _place: self._key_saved(profile),
                self._failed,
                owner=self,
            )
        else:
            self._finish_saving(profile)

    def _key_saved(self, profile: Profile) -> None:
        self._workspace.loop.call(self._workspace.catalog.forget, profile.name)
        self._finish_saving(profile)

    def _finish_saving(self, profile: Profile) -> None:
        self._stored = None  # so that choosing it in the list shows it anew
        diagnosis = self.diagnosis.text()
        self._pages.setCurrentWidget(self._empty)
        self._load(profile.name)
        self.diagnosis.setText(diagnosis)
        self.saved.emit(profile.name)

    def _remove(self) -> None:
        profile = self._stored
        if profile is None or not confirmed(
            self,
            f"Remove {profile.name}?",
            "Its key is forgotten too. Runs made with it stay in the history.",
            "Remove",
        ):
            return
        self._bridge.when(
            compute(lambda: keys.forget_key(profile)),
            lambda _done: self._delete(profile),
            self._failed,
            owner=self,
        )

    def _delete(self, profile: Profile) -> None:
        self._stored = None
        self._bridge.when(
            self._workspace.store.write(lambda store: store.delete_profile(profile.name)),
            lambda _done: self._removed(profile),
            self._failed,
            owner=self,
        )

    def _removed(self, profile: Profile) -> None:
        self._pages.setCurrentWidget(self._empty)
        self._load()
        self.saved.emit(profile.name)

    def _failed(self, error: BaseException) -> None:
        self.save.setEnabled(self._pages.currentWidget() is self._side)
        self.diagnosis.setText("")
        show_exception(self.error, error, retry=False)

    def reject(self) -> None:
        if self._may_leave():
            super().reject()


def _line(name: str, example: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(example)
    return line


def _note(*, lines: int = 0) -> QLabel:
    """A quiet text; so many `lines` of it have their room before they are said, so that nothing below moves."""
    label = plain_label()
    label.setWordWrap(True)
    label.setProperty("quiet", True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setMinimumHeight(lines * label.fontMetrics().lineSpacing())
    return label


def _above(field: QLineEdit, note: QLabel) -> QWidget:
    """A field with its note below, as one row: as a row of its own a form gives a text that wraps too much."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(field)
    column.addWidget(note)
    return both
