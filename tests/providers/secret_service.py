"""A real Secret Service of a test's own: Debian's gnome-keyring on a private D-Bus session.

Nothing of the person's session is touched: home, data and runtime folders are the test's, and the bus has no
folder of services, so that it starts none by itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")

_NAME = "org.freedesktop.secrets"
_CONFIG = """<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/> <allow eavesdrop="true"/> <allow own="*"/>
  </policy>
</busconfig>
"""


def missing() -> str:
    """The programs that this machine lacks, for a skip's reason."""
    return ", ".join(name for name in PROGRAMS if not shutil.which(name))


@dataclass
class Session:
    """A login session: its folders, its bus, and its keyring daemon while one runs."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None

    def python(self, code: str, *arguments: str) -> str:
        """What a program prints that runs in this session."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            env=self.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def start_keyring(self, password: str) -> None:
        """Start the daemon and unlock its keyring, or make one with this password."""
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self.daemon.stdin is not None
        self.daemon.stdin.write(password.encode())
        self.daemon.stdin.close()
        self._wait_for_service(there=True)

    def end_keyring(self) -> None:
        """Kill the daemon; what it kept is on the session's disk."""
        daemon, self.daemon = self.daemon, None
        if daemon is not None:
            daemon.kill()
            daemon.wait(10)
            self._wait_for_service(there=False)  # or the next one finds the name taken, and goes

    def lock_keyring(self) -> None:
        """Lock the keyring, as a screen saver may do."""
        service = DBusAddress("/org/freedesktop/secrets", _NAME, "org.freedesktop.Secret.Service")
        collection = "/org/freedesktop/secrets/collection/login"
        with self._connected() as connection:
            connection.send_and_get_reply(new_method_call(service, "Lock", "ao", ([collection],)), timeout=20)

    def _wait_for_service(self, *, there: bool) -> None:
        with self._connected() as connection:
            changes = MatchRule(type="signal", member="NameOwnerChanged")
            changes.add_arg_condition(0, _NAME)
            bus = Proxy(message_bus, connection, timeout=20)
            with connection.filter(changes) as signals:
                bus.AddMatch(changes)
                while bool(bus.NameHasOwner(_NAME)[0]) is not there:
                    connection.recv_until_filtered(signals, timeout=20)

    @contextmanager
    def _connected(self) -> Iterator[DBusConnection]:
        with closing(open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])) as connection:
            yield connection


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """A session with a bus and without a keyring yet."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "GNOME", "XDG"))
    }
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        (folder / name).mkdir(mode=0o700)
        environment[name] = str(folder / name)
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(folder=folder))
    arguments = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as bus:
        assert bus.stdout is not None
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        running = Session(folder, environment)
        try:
            yield running
        finally:
            running.end_keyring()
            bus.terminate()
            bus.wait(10)
