"""Fixtures of the server tests: certificates, the servers, the program under test."""

import pathlib
import subprocess
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from fleet import Fleet
from postfix_server import PostfixServer
from program import Program
from server import Server, Tls

FAILED = pytest.StashKey[bool]()


def _openssl(*arguments: str | pathlib.Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _authority(folder: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-keyout", key, "-out", certificate)
    return certificate, key


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    ca, ca_key = _authority(folder, "tests-ca")
    made = Tls(ca, folder / "server.pem", folder / "server.key")
    request, extensions = folder / "server.csr", folder / "server.ext"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii")
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", made.key, "-out", request)
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
             "-extfile", extensions, "-out", made.certificate)
    return made


@pytest.fixture(scope="session")
def wrong_ca(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A certificate authority that has signed nothing."""
    return _authority(tmp_path_factory.mktemp("wrong"), "wrong-ca")[0]


@pytest.fixture(scope="session")
def fleet(tls: Tls) -> Iterator[Fleet]:
    started = Fleet(tls)
    yield started
    started.stop()


def _in_use(server: Server, request: pytest.FixtureRequest) -> Iterator[Server]:
    server.take()
    yield server
    left = server.take()
    if not request.node.stash.get(FAILED, False):
        assert left == [], "stored, and the test knows nothing of it"


@pytest.fixture
def server(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server of the test, with an empty store. The test must take all that the server stores."""
    yield from _in_use(fleet.get(request.param), request)


@pytest.fixture
def postfix(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from _in_use(fleet.get(PostfixServer.name), request)


@pytest.fixture
def dovecot(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from _in_use(fleet.get("dovecot"), request)


@pytest.fixture
def program(tmp_path: pathlib.Path) -> Program:
    return Program(tmp_path)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.stash[FAILED] = True
        for used in getattr(item, "funcargs", {}).values():
            if isinstance(used, Server):
                report.sections.append((f"end of the log of {used.name}", used.log()[-4000:]))
