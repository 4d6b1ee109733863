"""Real exchanges: clients and servers that nobody here wrote, and the sinks of the tree."""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import AuthResult
from kit import Certificate, Recorder, Users, envelope, in_thread, port_of, run, serving

import ehlo
from ehlo import BodyType, Notify, Verdict, aio, events

ROOT = Path(__file__).resolve().parents[3]
SINK = Path(os.environ.get("EHLO_SINK", ROOT / "build" / "examples" / "sink"))
SINK_PY = Path(__file__).resolve().parents[1] / "examples" / "sink.py"
BODY = b"Subject: x\r\n\r\n.dot\r\n..\r\n" + b"y" * 900 + b"\r\n" + b"line\r\n" * 30000


class Mailroom(Users):
    """Takes messages of those who have authenticated, or of all."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[tuple[bool, str | None, str]] = []
        self.params: list[dict[str, Any]] = []

    async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
        await asyncio.sleep(0.005)
        self.params.append({param.name: param.decoded for param in rcpt.params})
        if rcpt.address.startswith("no"):
            raise aio.Refuse(550, "no such user", enhanced="5.1.1")

    def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
        self.facts.append((session.is_tls, session.user, session.protocol_name))
        self.params.append({param.name: param.decoded for param in transaction.mail.params})
        return super().message(session, transaction)


# ---- clients


async def test_smtplib(certificate: Certificate) -> None:
    def talk(port: int) -> None:
        with smtplib.SMTP("localhost", port) as client:
            client.starttls(context=certificate.client())
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("user", "wrong")
            client.login("user", "secret")
            refused = client.sendmail(
                "a@client.example",
                ["b@mx.example", "no@mx.example", "c@mx.example"],
                BODY,
                mail_options=["BODY=8BITMIME", "RET=HDRS"],
                rcpt_options=["NOTIFY=FAILURE"],
            )
            assert refused == {"no@mx.example": (550, b"5.1.1 no such user")}
            client.sendmail("J\u00f6rg@b\u00fccher.example", ["b@mx.example"], "x\r\n", mail_options=["SMTPUTF8"])

    handler = Mailroom()
    async with serving(handler, tls=certificate.server()) as server:
        await in_thread(talk, port_of(server))
    assert handler.messages[0] == ("a@client.example", ["b@mx.example", "c@mx.example"], BODY)
    assert handler.messages[1][0] == "J\u00f6rg@b\u00fccher.example"
    assert handler.facts[0] == (True, "user", "ESMTPSA")
    assert handler.params[0] == {"NOTIFY": Notify.FAILURE}
    mail = handler.params[3]
    assert (mail["BODY"], mail["RET"]) == (BodyType.EIGHTBITMIME, ehlo.Ret.HDRS)


async def test_smtplib_over_tls_and_lmtp(certificate: Certificate) -> None:
    def secure(port: int) -> None:
        with smtplib.SMTP_SSL("localhost", port, context=certificate.client()) as client:
            client.sendmail("a@client.example", ["b@mx.example"], BODY)

    def local(port: int) -> None:
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.sendmail("a@client.example", ["b@mx.example"], BODY)

    for talk, options in (
        (secure, {"tls": certificate.server(), "implicit_tls": True}),
        (local, {"protocol": ehlo.Protocol.LMTP}),
    ):
        handler = Recorder()
        async with serving(handler, **options) as server:
            await in_thread(talk, port_of(server))
        assert handler.messages == [("a@client.example", ["b@mx.example"], BODY)]


async def test_aiosmtplib(certificate: Certificate) -> None:
    handler = Mailroom()
    async with serving(handler, tls=certificate.server()) as server:
        client = aiosmtplib.SMTP(
            hostname="localhost",
            port=port_of(server),
            start_tls=True,
            tls_context=certificate.client(),
            username="user",
            password="secret",
        )
        async with client:
            errors, _ = await client.sendmail("a@client.example", ["b@mx.example", "no@mx.example"], BODY)
            assert errors["no@mx.example"].code == 550
            await client.sendmail("a@client.example", ["c@mx.example"], b"x\r\n")
    assert [message[1:] for message in handler.messages] == [(["b@mx.example"], BODY), (["c@mx.example"], b"x\r\n")]
    assert handler.facts[0] == (True, "user", "ESMTPSA")


def swaks(port: int, *arguments: str) -> None:
    command = ["swaks", "--server", "127.0.0.1", "--port", str(port), "--helo", "client.example"]
    command += ["--from", "a@client.example", "--to", "b@mx.example,c@mx.example", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("pipeline", [False, True])
@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN"])
async def test_swaks(certificate: Certificate, pipeline: bool, auth: str) -> None:
    arguments = ["--tls", "--auth", auth, "--auth-user", "user", "--auth-password", "secret", "--body", "hello\n.\nend"]
    if pipeline:
        arguments.append("--pipeline")

    handler = Mailroom()
    async with serving(handler, tls=certificate.server()) as server:
        await in_thread(swaks, port_of(server), *arguments)
    assert handler.facts == [(True, "user", "ESMTPSA")]
    sender, recipients, content = handler.messages[0]
    assert (sender, recipients) == ("a@client.example", ["b@mx.example", "c@mx.example"])
    assert b"\r\nhello\r\n.\r\nend\r\n" in content


# ---- servers


class Collector:
    """A handler of aiosmtpd."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("no"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append((session.authenticated, session.ssl is not None, envelope))
        return "250 2.0.0 kept"


class LmtpController(Controller):
    def factory(self) -> Any:
        return LMTP(self.handler)


@contextlib.contextmanager
def aiosmtpd(kind: type[Controller] = Controller, **options: Any) -> Iterator[tuple[int, Collector]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Collector()
    controller = kind(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port, handler
    finally:
        controller.stop()


def test_our_client_to_aiosmtpd(certificate: Certificate) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=(login.login, login.password) == (b"user", b"secret"))

    async def main(port: int) -> None:
        client = await aio.connect("localhost", port, tls=certificate.client(), starttls=True, unix_path=None)
        async with client:
            assert (await client.login("user", "secret")).code == 235
            outcomes = await client.send(envelope("b@m", "no@m", "c@m", size=len(BODY)), BODY)
            assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED, Verdict.FAILED, Verdict.ACCEPTED]
            assert outcomes[0].text == "kept"
            (other,) = await client.send(envelope(sender="J\u00f6rg@b\u00fccher.example"), b"x\r\n")
            assert other.accepted

    options: dict[str, Any] = {"tls_context": certificate.server(), "authenticator": check, "enable_SMTPUTF8": True}
    with aiosmtpd(**options) as (port, handler):
        run(main(port))
    authenticated, secure, first = handler.envelopes[0]
    assert (authenticated, secure) == (True, True)
    assert (first.mail_from, first.rcpt_tos, first.original_content) == ("a@client.example", ["b@m", "c@m"], BODY)
    assert handler.envelopes[1][2].mail_from == "J\u00f6rg@b\u00fccher.example"


def test_our_client_to_aiosmtpd_by_lmtp() -> None:
    async def main(port: int) -> None:
        async with await aio.connect("127.0.0.1", port, lmtp=True) as client:
            (outcome,) = await client.send(envelope("b@m"), BODY)
            assert outcome.accepted

    with aiosmtpd(LmtpController) as (port, handler):
        run(main(port))
    assert handler.envelopes[0][2].original_content == BODY


@contextlib.asynccontextmanager
async def sink(program: list[str], store: Path, *arguments: str) -> AsyncIterator[int]:
    """A sink of the tree, in C or in Python."""
    command = [*program, "--listen", "127.0.0.1:0", "--store", str(store), "--hostname", "mx.example", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        assert line.startswith("listening on ")
        yield int(line.rsplit(":", 1)[1])
    finally:
        process.terminate()
        assert await process.wait() == 0


@pytest.mark.parametrize("program", [[str(SINK)], [sys.executable, str(SINK_PY)]], ids=["c", "python"])
@pytest.mark.parametrize("mode", ["data", "chunks", "tls", "lmtp"])
async def test_our_client_to_a_sink(program: list[str], mode: str, certificate: Certificate, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("user:secret\n", encoding="utf-8")
    tls = ["--tls-cert", str(certificate.certificate), "--tls-key", str(certificate.key), "--users", str(users)]
    modes: dict[str, dict[str, Any]] = {
        "data": {},
        "chunks": {"chunking": True},
        "tls": {"tls": certificate.client(), "starttls": True},
        "lmtp": {"lmtp": True},
    }
    arguments = {"tls": tls, "lmtp": ["--lmtp"]}.get(mode, [])
    store = tmp_path / "store"
    store.mkdir()

    async with sink(program, store, *arguments) as port:
        async with await aio.connect("localhost", port, **modes[mode]) as client:
            if mode == "tls":
                await client.login("user", "secret")
            own = envelope("b@m", "c@m", size=len(BODY), params=[ehlo.param("ENVID", "an id")])
            sent = [client.send(own, BODY), client.send(envelope(), [b"two\r\n"])]
            outcomes = [one for outcome in await asyncio.gather(*sent) for one in outcome]
            assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 3
    assert (store / "1.eml").read_bytes() == BODY
    assert (store / "2.eml").read_bytes() == b"two\r\n"
    facts = (store / "1.json").read_text(encoding="utf-8")
    assert {"data": "ESMTP", "chunks": "ESMTP", "tls": "ESMTPSA", "lmtp": "LMTP"}[mode] in facts
    assert not [path.name for path in store.iterdir() if path.name.endswith(".part")]
