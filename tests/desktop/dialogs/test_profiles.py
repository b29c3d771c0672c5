"""Servers are added, tested and removed; keys go where the dialog says and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests import loopback
from tests.loopback import LoopbackServer
from workbench.core.profile import LLM, Header, Profile
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.profiles import ProfilesDialog
from workbench.providers import keys
from workbench.running import Workspace
from workbench.running.presets import preset_for, presets

KEY = "sk-loopback-0123456789abcdef"


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """As on a machine without one; a real Secret Service is proven with the keys themselves."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> ProfilesDialog:
    made = ProfilesDialog(workspace, bridge)
    qtbot.addWidget(made, before_close_func=_discard)
    made.show()
    qtbot.waitUntil(lambda: not made.save.isEnabled(), timeout=10_000)
    return made


def _discard(dialog: ProfilesDialog) -> None:
    """Closing a dialog with edits asks; say yes."""
    if dialog.isVisible() and dialog.edited():
        QTimer.singleShot(0, lambda: press("Discard"))


def fill(dialog: ProfilesDialog, name: str, address: str) -> None:
    dialog.begin_new()
    dialog.name.setText(name)
    dialog.base_url.setText(address)
    dialog.base_url.editingFinished.emit()


def stored(workspace: Workspace) -> tuple[Profile, ...]:
    return workspace.store.read(lambda store: store.profiles()).result(10)


def press(text: str) -> None:
    box = QApplication.activeModalWidget()
    assert isinstance(box, QWidget)
    next(b for b in box.findChildren(QAbstractButton) if b.text().replace("&", "") == text).click()


def test_a_server_is_tested_its_models_fetched_and_stored(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace
) -> None:
    with LoopbackServer(key=KEY) as server:
        fill(dialog, "lab", server.base_url)
        dialog.key.setText(KEY)
        dialog.test()
        qtbot.waitUntil(lambda: len(dialog.models.names()) == 2, timeout=20_000)
        assert dialog.diagnosis.text().startswith("✓")
        dialog.models.name.setText("by-hand")
        dialog.models.add.click()
        with qtbot.waitSignal(dialog.saved, timeout=10_000):
            dialog.save.click()
    assert stored(workspace) == (Profile("lab", server.base_url, ("tiny", "large", "by-hand")),)


def test_a_key_is_hidden_leaves_no_trace_on_the_disk_and_its_place_is_said(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace, tmp_path: Path
) -> None:
    fill(dialog, "elsewhere", "https://api.example.com/v1")
    qtbot.waitUntil(lambda: "this session only" in dialog.key_status.text(), timeout=10_000)
    assert dialog.key.echoMode() == QLineEdit.EchoMode.Password
    dialog.key.setText(KEY)
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        dialog.save.click()
    found = keys.find_key(stored(workspace)[0])
    assert found is not None
    assert (found.key, found.source) == (KEY, "session")
    qtbot.waitUntil(lambda: not dialog.key.text() and "session only" in dialog.key_status.text(), timeout=10_000)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_key_from_the_environment_is_named(
    qtbot: QtBot, dialog: ProfilesDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_KEY_MINE", KEY)
    fill(dialog, "mine", "https://api.example.com/v1")
    qtbot.waitUntil(lambda: "environment variable WORKBENCH_KEY_MINE" in dialog.key_status.text(), timeout=10_000)
    assert dialog.key_status.text().startswith("✓")


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("starter", "https://a.b/v1", "cannot name a profile"),
        ("", "https://a.b/v1", "needs a name"),
        ("a", "ftp://a.b", "not an address"),
        ("a", "https://user:secret@a.b", "user name or password"),
    ],
)
def test_what_cannot_be_a_profile_is_refused_and_nothing_stored(
    dialog: ProfilesDialog, workspace: Workspace, name: str, address: str, said: str
) -> None:
    fill(dialog, name, address)
    dialog.save.click()
    assert said in dialog.error.report()
    assert stored(workspace) == ()


def test_a_test_that_fails_says_why_without_the_key(qtbot: QtBot, dialog: ProfilesDialog) -> None:
    with LoopbackServer() as server:
        server.script_models(loopback.error(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key"))
        fill(dialog, "lab", server.base_url)
        dialog.key.setText(KEY)
        dialog.test()
        qtbot.waitUntil(dialog.error.isVisible, timeout=20_000)
    assert KEY not in dialog.error.report()
    assert "key" in dialog.error.report()
    assert dialog.fetch.isEnabled()


def test_what_a_test_found_goes_when_the_form_says_something_else(qtbot: QtBot, dialog: ProfilesDialog) -> None:
    fill(dialog, "lab", "http://127.0.0.1:9/v1")
    for field in (dialog.name, dialog.base_url, dialog.key):
        dialog.test()
        qtbot.waitUntil(dialog.error.isVisible, timeout=20_000)
        qtbot.keyClicks(field, "1")
        assert dialog.error.isHidden()
        assert dialog.fetch.isEnabled()


def choose(dialog: ProfilesDialog, kind: str) -> None:
    dialog.preset.setCurrentIndex(dialog.preset.findText(kind))
    dialog.preset.activated.emit(dialog.preset.currentIndex())


def test_another_kind_or_connection_is_not_what_was_tested(qtbot: QtBot, dialog: ProfilesDialog) -> None:
    fill(dialog, "lab", "http://127.0.0.1:9/v1")
    for change in (lambda: dialog.connection.proxy.setText("http://127.0.0.1:9"), lambda: choose(dialog, "vLLM")):
        dialog.test()
        qtbot.waitUntil(dialog.error.isVisible, timeout=20_000)
        change()
        assert dialog.error.isHidden()
    dialog.test()
    choose(dialog, "Ollama")  # while the test of the other goes on
    qtbot.waitUntil(dialog.fetch.isEnabled, timeout=20_000)
    assert dialog.error.isHidden()
    assert dialog.diagnosis.text() == "Runs on this machine; needs no key."


def test_the_test_button_stands_still(qtbot: QtBot, qapp: QApplication, dialog: ProfilesDialog) -> None:
    """Whatever is said of the key, and of the server; two clicks in a row hit it twice."""
    theme.apply(qapp, "light")
    dialog.begin_new()
    place = dialog.fetch.mapTo(dialog, QPoint())
    for preset in presets():
        choose(dialog, preset.title or preset.name)
        if preset.name == LLM:
            continue  # it has no address and no key, so the whole form is another one
        if "YOUR" not in preset.base_url:
            qtbot.waitUntil(lambda: bool(dialog.key_status.text()), timeout=10_000)
        qapp.processEvents()
        assert dialog.fetch.mapTo(dialog, QPoint()) == place, preset.name
        assert dialog.key_status.height() >= dialog.key_status.heightForWidth(dialog.key_status.width())
        dialog.key_status.clear()
    choose(dialog, "Ollama")
    dialog.base_url.setText("http://127.0.0.1:9/v1")
    dialog.test()
    qtbot.waitUntil(dialog.error.isVisible, timeout=20_000)
    qapp.processEvents()
    assert dialog.fetch.mapTo(dialog, QPoint()) == place


def test_a_kind_names_a_server_until_a_person_does(dialog: ProfilesDialog) -> None:
    dialog.begin_new()
    choose(dialog, "Installed llm plugins")
    choose(dialog, "OpenAI")
    assert (dialog.name.text(), dialog.name.isReadOnly()) == ("OpenAI", False)
    dialog.name.setText("work")
    choose(dialog, "Azure OpenAI")
    assert dialog.name.text() == "work"
    dialog.save.click()
    assert "YOUR-RESOURCE" in dialog.error.report()


def test_presets_fill_the_form_and_local_ones_stay_on_this_machine(dialog: ProfilesDialog) -> None:
    dialog.begin_new()
    choose(dialog, "Ollama")
    assert dialog.name.text() == "Ollama"
    assert preset_for(dialog.base_url.text()) in presets()
    assert all("127.0.0.1" in preset.base_url for preset in presets() if preset.own_machine)


def test_a_server_is_removed_after_a_question_and_its_key_forgotten(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace
) -> None:
    fill(dialog, "old", "https://api.example.com/v1")
    dialog.key.setText(KEY)
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        dialog.save.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1 and dialog.remove.isEnabled(), timeout=10_000)
    profile = stored(workspace)[0]
    QTimer.singleShot(0, lambda: press("Cancel"))
    dialog.remove.click()
    assert stored(workspace)
    QTimer.singleShot(0, lambda: press("Remove"))
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        dialog.remove.click()
    assert stored(workspace) == ()
    assert keys.find_key(profile) is None


def test_leaving_unsaved_edits_asks_first(qtbot: QtBot, dialog: ProfilesDialog) -> None:
    fill(dialog, "half", "https://api.exam")
    QTimer.singleShot(0, lambda: press("Cancel"))
    dialog.reject()
    assert dialog.isVisible()
    QTimer.singleShot(0, lambda: press("Discard"))
    dialog.reject()
    assert not dialog.isVisible()


# The connection, what models take, plugins

SECRET = "tenant-secret-0123456789"


def test_headers_are_stored_without_secrets_sent_by_the_test_and_shown_again(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace, tmp_path: Path
) -> None:
    with LoopbackServer() as server:
        fill(dialog, "lab", server.base_url)
        for name, source, value in (("X-Title", 0, "Bench"), ("X-Tenant", 2, SECRET)):
            dialog.connection.add_header.click()
            row = dialog.connection.headers[-1]
            row.name.setText(name)
            row.source.setCurrentIndex(source)
            row.value.setText(value)
        assert row.value.echoMode() == QLineEdit.EchoMode.Password
        dialog.test()  # before anything is saved
        qtbot.waitUntil(lambda: len(dialog.models.names()) == 2, timeout=20_000)
        sent = server.requests[0].headers
        assert (sent["x-title"], sent["x-tenant"]) == ("Bench", SECRET)
        with qtbot.waitSignal(dialog.saved, timeout=10_000):
            dialog.save.click()
    (profile,) = stored(workspace)
    assert profile.headers == (Header("X-Title", "Bench"), Header("X-Tenant", "", "keyring"))
    assert keys.find_access(profile).headers == {"X-Tenant": SECRET}
    qtbot.waitUntil(
        lambda: [row.value.text() for row in dialog.connection.headers] == ["Bench", ""], timeout=10_000
    )
    qtbot.waitUntil(dialog.save.isEnabled, timeout=10_000)
    assert not dialog.edited()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    dialog.connection.headers[1].remove.click()
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        dialog.save.click()
    qtbot.waitUntil(lambda: keys.find_header(profile, "X-Tenant") is None, timeout=10_000)


def test_a_secret_in_a_plain_header_is_refused(dialog: ProfilesDialog, workspace: Workspace) -> None:
    fill(dialog, "lab", "https://api.example.com/v1")
    dialog.connection.add_header.click()
    dialog.connection.headers[0].name.setText("api-key")
    dialog.connection.headers[0].value.setText(SECRET)
    dialog.save.click()
    assert "looks like a secret" in dialog.error.report()
    assert SECRET not in dialog.error.report()
    assert stored(workspace) == ()


def test_another_place_for_a_value_clears_it(dialog: ProfilesDialog) -> None:
    dialog.begin_new()
    dialog.connection.add_header.click()
    row = dialog.connection.headers[0]
    row.source.setCurrentIndex(2)
    row.value.setText(SECRET)
    row.source.setCurrentIndex(0)
    assert row.value.text() == ""


def test_an_address_from_azures_page_is_taken_apart(qtbot: QtBot, dialog: ProfilesDialog) -> None:
    dialog.begin_new()
    dialog.preset.setCurrentIndex(dialog.preset.findText("Azure OpenAI"))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert dialog.connection.key_header.text() == "api-key"
    copied = "https://us.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    dialog.base_url.setText(copied)
    dialog.base_url.editingFinished.emit()
    assert dialog.base_url.text() == "https://us.openai.azure.com/openai/deployments/gpt"
    assert dialog.connection.query.text() == "api-version=2024-10-21"


def test_what_a_model_takes_is_found_out_shown_and_forgotten(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace
) -> None:
    with LoopbackServer() as server:
        fill(dialog, "lab", server.base_url)
        dialog.models.name.setText("tiny")
        dialog.models.add.click()
        with qtbot.waitSignal(dialog.saved, timeout=10_000):
            dialog.save.click()
        qtbot.waitUntil(dialog.findings.find_out.isEnabled, timeout=10_000)
        dialog.tabs.setCurrentIndex(2)
        dialog.findings.find_out.click()
        qtbot.waitUntil(lambda: dialog.findings.table.rowCount() == 5, timeout=20_000)
    rows = {
        dialog.findings.table.item(row, 1).text(): dialog.findings.table.item(row, 2).text() for row in range(5)
    }
    assert rows["log-probabilities"] == "✗ no"
    assert rows["seed"] == "✓ yes"
    dialog.findings.table.selectRow(0)
    dialog.findings.forget.click()
    qtbot.waitUntil(lambda: dialog.findings.table.rowCount() == 0, timeout=10_000)


def test_the_models_of_llm_plugins_are_a_profile_of_their_own(
    qtbot: QtBot, dialog: ProfilesDialog, workspace: Workspace
) -> None:
    dialog.begin_new()
    dialog.preset.setCurrentIndex(dialog.preset.findText("Installed llm plugins"))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert dialog.name.text() == "llm"
    assert not dialog.base_url.isVisible()
    assert not dialog.tabs.isTabVisible(1)
    dialog.models.name.setText("parrot")
    dialog.models.add.click()
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        dialog.save.click()
    assert stored(workspace) == (Profile("llm", "", ("parrot",), preset="llm"),)
    choices = workspace.catalog.references().result(10)
    assert "llm:parrot" in {choice.reference for choice in choices}
