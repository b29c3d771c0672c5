"""Keys: from the environment, a real Secret Service, or the session; never in a file of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringError, PasswordDeleteError

from tests.providers import secret_service
from workbench.core.profile import Header, Profile
from workbench.errors import UserError
from workbench.providers import keys
from workbench.providers.keys import FoundKey, find_key, forget_key, has_keyring, save_key

KEY = "sk-0123456789abcdefghijklmnop"
CLOUD = Profile("Cloud 1", "https://llm.example.com/v1")


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority: ClassVar[float] = 5  # type: ignore[assignment]  # a property there

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class OpenDrawer(Drawer):
    """One that anybody can read, ranked as the keyring library ranks plain-text files."""

    priority: ClassVar[float] = 0.5  # type: ignore[assignment]


class JammedDrawer(Drawer):
    """One that fails at everything, in a way of its own, and quotes what it was given."""

    error: type[Exception] = KeyringError

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error(f"cannot read {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error(f"cannot write {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise self.error("cannot delete")


class Several(chainer.ChainerBackend):
    """The library's choice when a machine has more than one."""

    backends: ClassVar[list[KeyringBackend]] = []  # type: ignore[assignment]


def use(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)


@pytest.fixture(autouse=True)
def own_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test touches the person's keyring; each begins without one, and leaves nothing in the session."""
    before = keyring.core._keyring_backend
    use(fail.Keyring())
    monkeypatch.delenv("WORKBENCH_KEY_CLOUD_1", raising=False)
    yield
    use(fail.Keyring())
    forget_key(CLOUD)
    keyring.core._keyring_backend = before


# ── the order ────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_keyring_a_key_lasts_for_the_session() -> None:
    assert not has_keyring()
    assert find_key(CLOUD) is None
    assert save_key(CLOUD, KEY) == "session"
    assert find_key(CLOUD) == FoundKey(KEY, "session")
    forget_key(CLOUD)
    assert find_key(CLOUD) is None


def test_the_keyring_is_preferred_to_the_session() -> None:
    save_key(CLOUD, "sk-of-the-session")
    use(Drawer())
    assert has_keyring()
    assert save_key(CLOUD, KEY) == "keyring"
    assert find_key(CLOUD) == FoundKey(KEY, "keyring")
    use(fail.Keyring())
    assert find_key(CLOUD) is None


def test_the_environment_is_preferred_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Drawer())
    save_key(CLOUD, KEY)
    monkeypatch.setenv("WORKBENCH_KEY_CLOUD_1", " sk-of-the-environment\n")
    assert find_key(CLOUD) == FoundKey("sk-of-the-environment", "environment")
    monkeypatch.setenv("WORKBENCH_KEY_CLOUD_1", "  ")
    assert find_key(CLOUD) == FoundKey(KEY, "keyring")


def test_a_profile_names_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    profile = Profile("Cloud 1", CLOUD.base_url, key_variable="MY_KEY")
    assert find_key(profile) == FoundKey(KEY, "environment")


def test_a_newer_key_of_the_session_goes_before_an_older_one_in_a_jammed_keyring() -> None:
    drawer = Drawer()
    use(drawer)
    save_key(CLOUD, "sk-old")
    use(JammedDrawer())
    assert save_key(CLOUD, KEY) == "session"
    use(drawer)
    assert find_key(CLOUD) == FoundKey(KEY, "session")
    assert save_key(CLOUD, KEY) == "keyring"
    assert find_key(CLOUD) == FoundKey(KEY, "keyring")


def test_a_key_does_not_follow_its_profile_to_another_server() -> None:
    use(Drawer())
    save_key(CLOUD, KEY)
    assert find_key(Profile("Cloud 1", "https://evil.example.com/v1")) is None
    assert find_key(Profile("Cloud 2", CLOUD.base_url)) is None
    assert find_key(Profile("Cloud 1", "https://LLM.example.com/v2")) == FoundKey(KEY, "keyring")


# ── keyrings that are none ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("backend", [OpenDrawer(), null.Keyring(), fail.Keyring()])
def test_a_keyring_in_plain_text_or_that_forgets_is_not_used(backend: KeyringBackend) -> None:
    use(backend)
    assert not has_keyring()
    assert save_key(CLOUD, KEY) == "session"
    assert not getattr(backend, "kept", {})


def test_among_several_keyrings_the_first_safe_one_is_used() -> None:
    unsafe, safe = OpenDrawer(), Drawer()
    several = Several()
    several.backends = [unsafe, safe]  # type: ignore[misc]
    use(several)
    assert save_key(CLOUD, KEY) == "keyring"
    assert unsafe.kept == {}
    assert list(safe.kept.values()) == [KEY]


@pytest.mark.parametrize("error", [KeyringError, RuntimeError, OSError, ValueError, TimeoutError])
def test_a_keyring_that_fails_is_as_good_as_none(error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    jammed = JammedDrawer()
    jammed.error = error
    use(jammed)
    assert save_key(CLOUD, KEY) == "session"
    assert find_key(CLOUD) == FoundKey(KEY, "session")
    forget_key(CLOUD)
    assert find_key(CLOUD) is None
    assert KEY not in caplog.text
    assert error.__name__ in caplog.text


# ── keys that are none ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["", "  ", "sk with spaces", "sk-ünlucky", "sk-line\nInjected: yes", "sk-\0"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError) as saving:
        save_key(CLOUD, key)
    assert saving.value.advice
    assert not key.strip() or key.strip() not in repr(saving.value)


def test_a_bad_key_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY_CLOUD_1", "key: sk-secret")
    with pytest.raises(UserError, match="WORKBENCH_KEY_CLOUD_1") as finding:
        find_key(CLOUD)
    assert "sk-secret" not in repr(finding.value) + str(finding.value.__context__)


def test_a_found_key_hides_itself() -> None:
    assert KEY not in repr(FoundKey(KEY, "keyring"))


# ── a real Secret Service ────────────────────────────────────────────────────────────────────────────────

IN_SESSION = """
import sys
from workbench.core.profile import Profile
from workbench.providers.keys import find_key, forget_key, has_keyring, save_key
cloud = Profile("Cloud 1", "https://llm.example.com/v1")
for step in sys.argv[1:]:
    match step.split("="):
        case ["find"]:
            found = find_key(cloud)
            print(found and (found.key, found.source))
        case ["save", key]:
            print(save_key(cloud, key))
        case ["forget"]:
            forget_key(cloud)
        case ["has"]:
            print(has_keyring())
"""


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[secret_service.Session]:
    if lacking := secret_service.missing():
        pytest.skip(f"this machine has no {lacking}")
    folder = tmp_path_factory.mktemp(
        "s"
    )  # the path of a socket may have 108 characters, and the test's name has many
    with secret_service.session(folder) as running:
        yield running


def test_a_secret_service_keeps_a_key_from_one_program_to_the_next(session: secret_service.Session) -> None:
    session.start_keyring("a password")
    assert session.python(IN_SESSION, "has", "find", f"save={KEY}").split() == ["True", "None", "keyring"]
    assert session.python(IN_SESSION, "find") == f"('{KEY}', 'keyring')"
    assert session.python(IN_SESSION, "forget", "find", "forget") == "None"


def test_a_secret_service_keeps_it_over_a_new_login_and_encrypted(session: secret_service.Session) -> None:
    session.start_keyring("a password")
    session.python(IN_SESSION, f"save={KEY}")
    session.end_keyring()
    files = [file for file in session.folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".keyring" for file in files)
    assert not any(KEY.encode() in file.read_bytes() for file in files)
    session.start_keyring("a password")
    assert session.python(IN_SESSION, "find") == f"('{KEY}', 'keyring')"


def test_a_locked_secret_service_that_nobody_unlocks_leaves_the_session(session: secret_service.Session) -> None:
    session.start_keyring("a password")
    session.python(IN_SESSION, "save=sk-older")
    session.lock_keyring()
    said = session.python(IN_SESSION, "find", f"save={KEY}", "find")
    assert said.splitlines() == ["None", "session", f"('{KEY}', 'session')"]


def test_a_session_without_a_secret_service_leaves_the_session(session: secret_service.Session) -> None:
    said = session.python(IN_SESSION, "has", f"save={KEY}", "find")
    assert said.splitlines() == ["False", "session", f"('{KEY}', 'session')"]


@pytest.mark.parametrize("address", [None, "disabled:", "unix:path=/nowhere/at/all", "nonsense"])
def test_a_machine_without_d_bus_leaves_the_session(session: secret_service.Session, address: str | None) -> None:
    session.environment.pop("DBUS_SESSION_BUS_ADDRESS")
    if address is not None:
        session.environment["DBUS_SESSION_BUS_ADDRESS"] = address
    assert session.python(IN_SESSION, "has", f"save={KEY}", "find", "forget", "find").splitlines() == [
        "False",
        "session",
        f"('{KEY}', 'session')",
        "None",
    ]


# Headers that are kept like keys

WITH_HEADER = Profile("cloud 1", "https://api.example.com/v1", headers=(Header("X-Tenant", "", "keyring"),))


def test_a_header_is_kept_like_a_key_and_forgotten_with_it() -> None:
    keys.save_header(WITH_HEADER, "X-Tenant", " tenant-secret ")
    assert keys.find_access(WITH_HEADER).headers == {"X-Tenant": "tenant-secret"}
    elsewhere = replace(WITH_HEADER, base_url="https://evil.example.com/v1")
    assert keys.find_header(elsewhere, "X-Tenant") is None
    keys.forget_key(WITH_HEADER)
    with pytest.raises(UserError, match="The header X-Tenant of the profile cloud 1 has no value"):
        keys.find_access(WITH_HEADER)


def test_plugins_need_no_access() -> None:
    assert keys.find_access(Profile("llm", "", preset="llm")).key is None
