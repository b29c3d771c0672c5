"""Models are found on a hub, judged by size, and downloaded while the dialog comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.loopback_hub import LoopbackHub, Stall, Status
from tests.models.gguf_file import gguf
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.download import DownloadDialog
from workbench.desktop.dialogs.hub_lists import ModelTable
from workbench.desktop.dialogs.models import ModelsDialog
from workbench.models.hub import HubFile, HubModel
from workbench.running import Workspace

REPOSITORY = "owner/tiny-GGUF"
DATA = gguf(tensors=(("token_embd.weight", (64, 10_000), 8),))
PATIENCE = 20_000


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    with LoopbackHub() as running:
        names = ("tiny-Q2_K.gguf", "tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf")
        running.add(REPOSITORY, {name: DATA + bytes(32 * n) for n, name in enumerate(names)})
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge, hub: LoopbackHub) -> DownloadDialog:
    return opened(qtbot, workspace, bridge)


def opened(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> DownloadDialog:
    made = DownloadDialog(workspace, bridge)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(made.address.text()), timeout=PATIENCE)
    return made


def list_models(qtbot: QtBot, dialog: DownloadDialog) -> None:
    dialog.words.setText(REPOSITORY)
    QTest.keyClick(dialog.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.table, timeout=PATIENCE)


def words(dialog: DownloadDialog) -> list[str]:
    return [card.words() for card in dialog.downloads.cards.values()]


def moves(text: str) -> bool:
    """Whether a card says that bytes come."""
    return "%" in text and "checking" not in text and not text.startswith("0.0")


def press(text: str) -> None:
    box = QApplication.activeModalWidget()
    assert isinstance(box, QWidget)
    next(b for b in box.findChildren(QAbstractButton) if b.text().replace("&", "") == text).click()


def test_nothing_is_asked_before_the_person_asks(dialog: DownloadDialog, hub: LoopbackHub) -> None:
    assert dialog.pages.currentWidget() is dialog.empty
    assert "Nothing is asked of the network" in "".join(
        QAccessible.queryAccessibleInterface(label).text(QAccessible.Text.Name)
        for label in dialog.empty.findChildren(QWidget)
    )
    assert hub.requests == []


def test_words_find_repositories_and_return_opens_one(qtbot: QtBot, dialog: DownloadDialog) -> None:
    dialog.words.setText("tiny")
    dialog.ask_button.click()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.repositories, timeout=PATIENCE)
    QTest.keyClick(dialog.repositories, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.table, timeout=PATIENCE)
    assert dialog.table.topLevelItemCount() == 3
    dialog.back.click()
    assert dialog.pages.currentWidget() is dialog.repositories
    assert not dialog.start.isEnabled()


def test_a_search_that_finds_nothing_says_what_was_searched(qtbot: QtBot, dialog: DownloadDialog) -> None:
    dialog.words.setText("nothing-like-this")
    dialog.ask()
    qtbot.waitUntil(lambda: dialog.empty.title() == "Nothing was found", timeout=PATIENCE)


def test_a_model_is_downloaded_by_keyboard_and_stands_on_the_list(
    qtbot: QtBot, dialog: DownloadDialog, workspace: Workspace
) -> None:
    list_models(qtbot, dialog)
    selected = dialog.table.selected()
    assert selected
    assert selected.quantisation == "Q4_K_M"  # the usual choice
    with qtbot.waitSignal(dialog.arrived, timeout=PATIENCE) as arrived:
        QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    (path,) = workspace.store.read(lambda store: store.local_models()).result(10)
    assert arrived.args == [f"local:{path}"]
    assert words(dialog) == ["✓ Here, 716 kB; on the list of local models."]


def test_a_download_goes_on_when_the_dialog_is_closed(
    qtbot: QtBot, dialog: DownloadDialog, workspace: Workspace, bridge: Bridge, hub: LoopbackHub
) -> None:
    hub.faults.append(Stall(100_000))
    list_models(qtbot, dialog)
    dialog.start.click()
    qtbot.waitUntil(lambda: any(map(moves, words(dialog))), timeout=PATIENCE)
    assert dialog.downloads.summary().startswith("1 download running")
    dialog.accept()
    again = opened(qtbot, workspace, bridge)
    qtbot.waitUntil(lambda: any(map(moves, words(again))), timeout=PATIENCE)
    with qtbot.waitSignal(again.arrived, timeout=PATIENCE):
        hub.released.set()
    (card,) = again.downloads.cards.values()
    card.cancel.click()  # Clear
    qtbot.waitUntil(lambda: not again.downloads.isVisible(), timeout=PATIENCE)


def test_a_download_is_paused_resumed_and_cancelled(
    qtbot: QtBot, dialog: DownloadDialog, hub: LoopbackHub, home: Path
) -> None:
    hub.faults += [Stall(100_000), Stall(100_000)]
    list_models(qtbot, dialog)
    dialog.start.click()
    qtbot.waitUntil(lambda: any(map(moves, words(dialog))), timeout=PATIENCE)
    (card,) = dialog.downloads.cards.values()
    card.pause.click()
    qtbot.waitUntil(lambda: card.words().startswith("Paused at"), timeout=PATIENCE)
    assert card.pause.accessibleName() == "Resume the download of tiny-Q4_K_M"
    card.pause.click()
    qtbot.waitUntil(lambda: moves(card.words()) and len(hub.file_requests) == 2, timeout=PATIENCE)
    QTimer.singleShot(0, lambda: press("Remove"))
    card.cancel.click()
    qtbot.waitUntil(lambda: dialog.downloads.cards == {}, timeout=PATIENCE)
    assert list((home / "models").iterdir()) == []


def test_a_failed_download_says_why_and_is_tried_again(
    qtbot: QtBot, dialog: DownloadDialog, hub: LoopbackHub
) -> None:
    hub.faults.append(Status(403))
    list_models(qtbot, dialog)
    dialog.start.click()
    qtbot.waitUntil(lambda: any(text.startswith("✗") for text in words(dialog)), timeout=PATIENCE)
    (card,) = dialog.downloads.cards.values()
    assert "access token" in card.words()
    assert card.pause.text() == "Try again"
    with qtbot.waitSignal(dialog.arrived, timeout=PATIENCE):
        card.pause.click()


def test_a_hub_that_refuses_is_shown_where_it_was_asked(
    qtbot: QtBot, dialog: DownloadDialog, hub: LoopbackHub
) -> None:
    for name, words_shown in (("no/such", "has no repository no/such"), ("a/b c", "looks like owner/name")):
        dialog.words.setText(name)
        dialog.ask()
        qtbot.waitUntil(lambda said=words_shown: said in dialog.error.report(), timeout=PATIENCE)  # type: ignore[misc]
        assert not dialog.notice.isVisible()


def test_the_list_that_is_shown_is_the_one_that_is_downloaded_from(
    qtbot: QtBot, dialog: DownloadDialog, hub: LoopbackHub
) -> None:
    list_models(qtbot, dialog)
    dialog.open_repository("no/such")
    qtbot.waitUntil(dialog.error.isVisible, timeout=PATIENCE)
    with qtbot.waitSignal(dialog.arrived, timeout=PATIENCE) as arrived:
        dialog.start.click()
    assert "/owner/tiny-GGUF/" in arrived.args[0]


def test_another_hub_is_kept_and_a_wrong_address_is_refused(
    qtbot: QtBot, dialog: DownloadDialog, workspace: Workspace, bridge: Bridge, hub: LoopbackHub
) -> None:
    with LoopbackHub() as other:
        dialog.address.setText(f"{other.url}/")
        dialog.address.editingFinished.emit()
        qtbot.waitUntil(lambda: dialog.address.text() == other.url, timeout=PATIENCE)
        assert opened(qtbot, workspace, bridge).address.text() == other.url
    dialog.address.setText("nowhere")
    dialog.address.editingFinished.emit()
    qtbot.waitUntil(lambda: "is not the address of a hub" in dialog.error.report(), timeout=PATIENCE)
    dialog.address.setText("")
    dialog.address.editingFinished.emit()
    qtbot.waitUntil(lambda: dialog.address.text() == hub.url, timeout=PATIENCE)


def test_models_are_judged_by_the_memory_that_is_free(qtbot: QtBot) -> None:
    table = ModelTable()
    qtbot.addWidget(table)
    sizes = {"Q2_K": 2, "Q4_K_M": 4, "Q8_0": 8, "BF16": 16}
    models = tuple(
        HubModel(f"m-{name}.gguf", (HubFile(f"m-{name}.gguf", size * 10**9, None),), name)
        for name, size in sizes.items()
    )
    table.show_models(models, 9_000_000_000)
    shown = [table.topLevelItem(row).text(3) for row in range(4)]
    assert shown == ["✓ fits", "✓ fits", "! tight", "✗ too big"]


def test_everything_that_takes_the_focus_has_a_name(qtbot: QtBot, dialog: DownloadDialog) -> None:
    list_models(qtbot, dialog)
    dialog.start.click()
    qtbot.waitUntil(lambda: bool(dialog.downloads.cards), timeout=PATIENCE)
    for widget in dialog.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            named = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            assert named, widget


def test_models_found_on_this_machine_can_be_added(
    qtbot: QtBot, workspace: Workspace, bridge: Bridge, person: Path, tmp_path: Path
) -> None:
    studio = person / ".lmstudio" / "models"
    mine = tmp_path / "mine"
    for folder, name in ((studio, "ant-Q4_0.gguf"), (mine, "bee.gguf")):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(gguf())
    models = ModelsDialog(workspace, bridge)
    qtbot.addWidget(models)
    models.show()
    qtbot.waitUntil(lambda: f"local:{studio / 'ant-Q4_0.gguf'}" in models.list.references(), timeout=PATIENCE)
    models.add_folder(mine)
    bee = f"local:{mine / 'bee.gguf'}"
    qtbot.waitUntil(lambda: bee in models.list.references(), timeout=PATIENCE)
    models.list.setCurrentRow(models.list.references().index(bee))
    assert models.use.isVisible()
    assert not models.remove.isVisible()
    with qtbot.waitSignal(models.changed, timeout=PATIENCE):
        models.use.click()
    qtbot.waitUntil(lambda: models.reference() == bee and models.remove.isVisible(), timeout=PATIENCE)
    assert workspace.store.read(lambda store: store.local_models()).result(10) == (str(mine / "bee.gguf"),)


def test_the_models_dialog_opens_the_downloads_and_lists_what_arrives(
    qtbot: QtBot, workspace: Workspace, bridge: Bridge, hub: LoopbackHub
) -> None:
    models = ModelsDialog(workspace, bridge)
    qtbot.addWidget(models)
    models.show()
    models.download.click()
    dialog = models.findChild(DownloadDialog)
    qtbot.waitUntil(lambda: bool(dialog.address.text()), timeout=PATIENCE)
    list_models(qtbot, dialog)
    dialog.start.click()
    qtbot.waitUntil(lambda: models.reference().endswith("tiny-Q4_K_M.gguf"), timeout=PATIENCE)
