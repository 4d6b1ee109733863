"""Fixtures of the client tests: sinks, a certificate, users."""

import dataclasses
import pathlib
import subprocess

import pytest

from scripted_server import Server
from send_program import SENT, run
from sink_process import Sink

# The second password has everything that a careless parser of the users file or of SASL PLAIN reads wrong.
USERS = {"alice": "wonderland-7431", "bob": "pa:ss wörd =+/"}


@dataclasses.dataclass(frozen=True)
class Certificate:
    path: pathlib.Path
    key: pathlib.Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for loopback addresses."""
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", made.key, "-out", made.path],
        check=True,
        capture_output=True,
    )
    return made


@pytest.fixture(scope="session")
def users_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    path.write_text("".join(f"{name}:{password}\n" for name, password in USERS.items()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def module_sinks(tmp_path_factory, certificate, users_file):
    """Starts sinks that live as long as the tests of a file. Each must end with exit code 0 after SIGTERM."""
    yield from _sinks(lambda: tmp_path_factory.mktemp("sink"), certificate, users_file)


@pytest.fixture
def start_sink(tmp_path, certificate, users_file):
    """Starts sinks for one test: start_sink(tls=True, users=True, lmtp=True, options=[...])."""
    numbers = iter(range(1000))
    yield from _sinks(lambda: tmp_path / f"sink-{next(numbers)}", certificate, users_file)


def _sinks(new_folder, certificate, users_file):
    sinks = []

    def start(tls=False, users=False, lmtp=False, options=()):
        arguments = list(options)
        if tls:
            arguments += ["--tls-cert", certificate.path, "--tls-key", certificate.key]
        if users:
            arguments += ["--users", users_file]
        if lmtp:
            arguments += ["--lmtp"]
        sinks.append(Sink(new_folder(), arguments))
        return sinks[-1]

    yield start
    codes = [sink.stop() for sink in sinks]
    assert codes == [0] * len(sinks), [sink.log() for sink in sinks]


@pytest.fixture
def sink(start_sink):
    return start_sink()


@pytest.fixture
def lmtp_sink(start_sink):
    return start_sink(lmtp=True)


@pytest.fixture
def secure_sink(start_sink):
    """A sink with STARTTLS and AUTH."""
    return start_sink(tls=True, users=True)


@pytest.fixture
def send(tmp_path):
    """Sends `content` to a sink, or to another server on the loopback, from a@client.example to bob."""

    def start(server, content, *arguments, to=("bob@mx.example",), check=SENT, host="127.0.0.1"):
        path = tmp_path / "content.eml"
        path.write_bytes(content)
        recipients = [argument for one in to for argument in ("--to", one)]
        return run(
            "--server", f"{host}:{server.port}", "--from", "a@client.example", "--hostname", "client.example",
            *recipients, *arguments, path, check=check,
        )

    return start


@pytest.fixture
def serve():
    """Starts scripted servers. A dialogue that differs from the script fails the test."""
    servers = []

    def start(dialogue, **options):
        servers.append(Server(dialogue, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.finish()


def make_certificate(folder, name):
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", made.key, "-out", made.path],
        check=True,
        capture_output=True,
    )
    return made


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory):
    """A certificate for another host."""
    return make_certificate(tmp_path_factory.mktemp("other"), "other.example")
