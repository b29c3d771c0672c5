"""What a profile says about its connection reaches the wire, and what is secret of it reaches nothing else."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.loopback import LoopbackServer, error
from tests.providers.asking import Answered, answered_by
from workbench.core.completion import Message, Request
from workbench.core.profile import Header, Profile
from workbench.errors import UserError
from workbench.providers import keys
from workbench.providers.openai_compatible import OpenAICompatible
from workbench.providers.server import Access
from workbench.providers.server import server as make_server
from workbench.providers.server_failures import broken_off

SECRET = "tenant-secret-0123456789"


def asked(profile: Profile, access: Access | str | None = None) -> Answered:
    request = Request("tiny", (Message("user", "Hello there"),))
    return asyncio.run(answered_by(OpenAICompatible(profile, access), request))


def test_own_headers_are_sent_and_secret_ones_come_from_where_they_are_kept(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT", SECRET)
    headers = (Header("X-Title", "Workbench"), Header("X-Tenant", "TENANT", "environment"))
    profile = Profile("cloud", server.base_url, headers=headers)
    assert asked(profile, keys.find_access(profile)).text == "Hello there"
    sent = server.chats[0].headers
    assert (sent["x-title"], sent["x-tenant"]) == ("Workbench", SECRET)
    assert "authorization" not in sent


def test_a_servers_echo_of_a_secret_header_is_hidden(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT", SECRET)
    profile = Profile("cloud", server.base_url, headers=(Header("X-Tenant", "TENANT", "environment"),))
    server.script(error(400, f"Unknown tenant {SECRET}"))
    failure = asked(profile, keys.find_access(profile)).error
    assert failure is not None
    assert "Unknown tenant [key]" in failure.message
    assert SECRET not in f"{failure} {failure.details} {profile!r} {keys.find_access(profile)!r}"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENANT", raising=False)
    profile = Profile("cloud", "http://127.0.0.1:1/v1", headers=(Header("X-Tenant", "TENANT", "environment"),))
    with pytest.raises(
        UserError, match="The environment variable TENANT, which holds the header X-Tenant, is not"
    ):
        keys.find_access(profile)


def test_azure_is_spoken_to_as_it_wants(server: LoopbackServer) -> None:
    address = f"{server.base_url.removesuffix('/v1')}/openai/deployments/gpt"
    profile = Profile("azure", address, key_header="api-key", query=(("api-version", "2024-10-21"),))
    assert asked(profile, SECRET).text == "Hello there"
    (seen,) = server.chats
    assert seen.headers["api-key"] == SECRET
    assert "authorization" not in seen.headers
    assert seen.path == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"


# A proxy


class _Proxy(BaseHTTPRequestHandler):
    """A forward proxy for http, which notes what it passes on."""

    passed: list[str] = []  # noqa: RUF012 - emptied by the fixture

    def do_POST(self) -> None:
        import httpx2

        self.passed.append(self.headers.get("Proxy-Authorization", ""))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
        answer = httpx2.post(self.path, content=body, headers=kept, trust_env=False)
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[str]:
    _Proxy.passed.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join(10)


def test_requests_go_through_the_profiles_proxy(server: LoopbackServer, proxy: str) -> None:
    assert asked(Profile("cloud", server.base_url, proxy=proxy)).text == "Hello there"
    assert len(_Proxy.passed) == 1


def test_a_proxy_with_a_password_stands_in_a_variable(
    server: LoopbackServer, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_PROXY", proxy.replace("http://", "http://me:hunter2@"))
    profile = Profile("cloud", server.base_url, proxy="$MY_PROXY")
    assert asked(profile, keys.find_access(profile)).text == "Hello there"
    assert _Proxy.passed[0].startswith("Basic ")


def test_a_proxy_that_is_not_there_is_named_and_its_password_is_not(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_PROXY", "http://me:hunter2@127.0.0.1:9")
    profile = Profile("cloud", server.base_url, proxy="$MY_PROXY")
    failure = asked(profile, keys.find_access(profile)).error
    assert failure is not None
    assert failure.message == "The proxy 127.0.0.1:9 refused the connection."
    assert "hunter2" not in f"{failure} {failure.details}"


# Certificates


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of one's own for 127.0.0.1, and its key."""
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=own"]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run([*command, *more], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not here to make a certificate")
    return certificate, key


class _Behind:
    """TLS in front of a loopback server: each connection is passed on byte by byte."""

    def __init__(self, target: int, certificate: Path, key: Path) -> None:
        self._target = target
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.port = 0

    def __enter__(self) -> _Behind:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # clients that distrust us hang up in the handshake
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        target.close()


def test_a_certificate_of_ones_own_is_trusted_by_its_file_and_not_without(
    server: LoopbackServer, certified: tuple[Path, Path]
) -> None:
    with _Behind(urlsplit(server.base_url).port or 0, *certified) as tls:
        address = f"https://127.0.0.1:{tls.port}/v1"
        distrusted = asked(Profile("cloud", address)).error
        assert distrusted is not None
        assert "is not trusted by this machine" in distrusted.message
        assert "a file in the profile's connection" in distrusted.advice
        assert asked(Profile("cloud", address, ca_file=str(certified[0]))).text == "Hello there"


def test_a_certificate_for_another_name_is_no_matter_of_trust(
    server: LoopbackServer, certified: tuple[Path, Path]
) -> None:
    with _Behind(urlsplit(server.base_url).port or 0, *certified) as tls:
        elsewhere = f"https://localhost:{tls.port}/v1"
        failure = asked(Profile("cloud", elsewhere, ca_file=str(certified[0]))).error
    assert failure is not None
    assert "is for another name" in failure.message
    assert "certificate was made for" in (failure.advice or "")


@pytest.mark.parametrize(("code", "said"), [(10, "has expired"), (9, "is not valid yet"), (20, "is not trusted")])
def test_a_certificate_out_of_its_time_is_said(code: int, said: str) -> None:
    """By OpenSSL's codes; it makes no certificate of the past for a test."""
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_code = code
    failure = broken_off(make_server(Profile("cloud", "https://a.example/v1"), None), cause)
    assert f"The certificate of a.example {said}" in failure.message
    assert not failure.retryable


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read: No such file"), ("no PEM", "holds no certif")]
)
def test_a_bad_certificate_file_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    failure = asked(Profile("cloud", "https://127.0.0.1:9/v1", ca_file=str(file))).error
    assert isinstance(failure, UserError)
    assert said in failure.message
