"""How a server is spoken to, beyond its address and key: own headers, query, proxy, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from workbench.core.profile import Header, HeaderSource, Profile
from workbench.desktop import file_choice, theme
from workbench.desktop.results.controls import button, icon_button

_SOURCES: Mapping[str, HeaderSource] = {
    "is": "plain",
    "is in the variable": "environment",
    "is in the keyring": "keyring",
}
_HINTS: Mapping[HeaderSource, str] = {
    "plain": "value; stored as it is",
    "environment": "NAME_OF_VARIABLE",
    "keyring": "kept; type to change it",
}


class ConnectionForm(QWidget):
    """Fields that most servers need none of."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = _line("Query", "api-version=2024-10-21")
        self.key_header = _line("Header of the key", "Authorization")
        self.proxy = _line("Proxy", "http://proxy.example.com:3128 or $VARIABLE")
        self.ca_file = _line("Certificates", "a .pem file, besides the system's certificates")
        self.choose = button("Choose…", "Choose a file with certificates")
        self.add_header = button("Add header", "Add a header that is sent with every request")
        self.headers: list[HeaderRow] = []
        self._lay_out()
        self.choose.clicked.connect(self._choose)
        self.add_header.clicked.connect(self.begin_header)
        for field in (self.query, self.key_header, self.proxy, self.ca_file):
            field.textChanged.connect(lambda _: self.edited.emit())

    def _lay_out(self) -> None:
        file = QHBoxLayout()
        file.setSpacing(8)
        file.addWidget(self.ca_file, 1)
        file.addWidget(self.choose)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for title, field in (("Query", self.query), ("Header of the key", self.key_header), ("Proxy", self.proxy)):
            form.addRow(title, field)
        form.addRow("Certificates", file)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(form)
        heading = theme.plain_label("Headers of your own")
        heading.setProperty("title", True)
        column.addWidget(heading)
        column.addLayout(self._rows)
        column.addWidget(self.add_header, 0, Qt.AlignmentFlag.AlignLeft)
        note = theme.plain_label(
            "A password or key is never stored here: name an environment variable, or keep it in the keyring.",
            "quiet",
        )
        note.setWordWrap(True)
        column.addWidget(note)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def show_profile(self, profile: Profile) -> None:
        """Show what a profile says."""
        for row in tuple(self.headers):
            self._remove(row)
        self.query.setText("&".join(f"{name}={value}" for name, value in profile.query))
        self.key_header.setText(profile.key_header)
        self.proxy.setText(profile.proxy)
        self.ca_file.setText(profile.ca_file)
        for header in profile.headers:
            self._add(header)

    def filled(self, profile: Profile) -> Profile:
        """The profile with what the fields say."""
        pairs = (text.partition("=") for text in self.query.text().strip().lstrip("?").split("&") if text)
        return replace(
            profile,
            query=tuple((name.strip(), value.strip()) for name, _, value in pairs),
            key_header=self.key_header.text().strip(),
            proxy=self.proxy.text().strip(),
            ca_file=self.ca_file.text().strip(),
            headers=tuple(row.header() for row in self.headers if row.header().name),
        )

    def secrets(self) -> dict[str, str]:
        """Values that were typed for headers which the keyring is to hold."""
        rows = (row for row in self.headers if row.header().source == "keyring")
        return {row.header().name: row.value.text() for row in rows if row.value.text()}

    def begin_header(self) -> None:
        """An empty row for another header."""
        self._add(Header("")).name.setFocus()

    def _add(self, header: Header) -> HeaderRow:
        row = HeaderRow(header)
        row.remove.clicked.connect(lambda: self._remove(row))
        row.edited.connect(self.edited)
        self.headers.append(row)
        self._rows.addWidget(row)
        self.edited.emit()
        return row

    def _remove(self, row: HeaderRow) -> None:
        self.headers.remove(row)
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.edited.emit()

    def _choose(self) -> None:
        path = file_choice.open_file(
            self, "Certificates to trust", choices="Certificates (*.pem *.crt *.cer);;All files (*)"
        )
        if path:
            self.ca_file.setText(path)


class HeaderRow(QWidget):
    """A header: its name, where its value is, and the value as far as it may be shown."""

    edited = Signal()

    def __init__(self, header: Header, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = _line("Name of the header", "X-Title")
        self.source = QComboBox()
        self.source.setAccessibleName("Where the value of the header is")
        for title, source in _SOURCES.items():
            self.source.addItem(title, source)
        self.value = _line("Value of the header", "")
        self.remove = icon_button("close", "Remove this header")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.name, 1)
        row.addWidget(self.source)
        row.addWidget(self.value, 1)
        row.addWidget(self.remove)
        self.name.setText(header.name)
        self.value.setText(header.value)
        self.source.setCurrentIndex(self.source.findData(header.source))
        self._show_source()
        self.source.currentIndexChanged.connect(lambda _: self._change_source())
        for field in (self.name, self.value):
            field.textChanged.connect(lambda _: self.edited.emit())

    def header(self) -> Header:
        """What the row says; a value for the keyring is no part of it."""
        source: HeaderSource = self.source.currentData()
        value = "" if source == "keyring" else self.value.text().strip()
        return Header(self.name.text().strip(), value, source)

    def _change_source(self) -> None:
        self.value.clear()  # a value that was to be secret must not become a stored one by a slip
        self._show_source()
        self.edited.emit()

    def _show_source(self) -> None:
        source: HeaderSource = self.source.currentData()
        hidden = source == "keyring"
        self.value.setEchoMode(QLineEdit.EchoMode.Password if hidden else QLineEdit.EchoMode.Normal)
        self.value.setPlaceholderText(_HINTS[source])


def _line(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    return field
