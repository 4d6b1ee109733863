"""STARTTLS, TLS from the first octet, and authentication."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from kit import (
    Certificate,
    Recorder,
    Users,
    Wire,
    answering,
    connected,
    port_of,
    returning,
    serving,
    talking,
    until,
    wire_to,
    with_method,
)

import ehlo
from ehlo import Ask, ErrorCode, Extension, aio


async def start_tls(wire: Wire, certificate: Certificate) -> None:
    assert (await wire.say("STARTTLS"))[0] == 220
    await wire.writer.start_tls(certificate.client(), server_hostname="localhost")


async def test_a_message_after_starttls_is_by_esmtps(certificate: Certificate) -> None:
    seen: list[Any] = []

    class Secure(Recorder):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            super().message(session, transaction)
            seen.append((session.is_tls, session.tls_info.version()[:3], session.protocol_name, session.host))

    handler = Secure()
    async with talking(handler, "EHLO before.example", tls=certificate.server()) as wire:
        assert "STARTTLS" in wire.hello
        await start_tls(wire, certificate)
        assert (await wire.say("MAIL FROM:<>"))[0] == 503
        assert "STARTTLS" not in (await wire.say("EHLO after.example"))[1]
        await wire.open_content()
        body = b"z" * 70000 + b"\r\n"
        wire.send(body * 10 + b".\r\n")
        assert (await wire.reply())[0] == 250
        assert handler.messages[0][2] == body * 10
        assert (await wire.say("QUIT"))[0] == 221
        assert await wire.closed() == b""
    assert seen == [(True, "TLS", "ESMTPS", "after.example")]


async def test_plaintext_behind_starttls_has_no_effect(certificate: Certificate) -> None:
    handler = Recorder()
    async with serving(handler, tls=certificate.server()) as server:
        async with wire_to(port_of(server)) as wire:
            wire.send(b"STARTTLS\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<b@m>\r\n")
            assert (await wire.reply())[0] == 220
            await wire.writer.start_tls(certificate.client(), server_hostname="localhost")
            assert await wire.codes("EHLO c.example", "RCPT TO:<b@m>") == [250, 503]
        # What comes in a segment of its own is no handshake.
        async with wire_to(port_of(server)) as wire:
            assert (await wire.say("STARTTLS"))[0] == 220
            wire.send(b"MAIL FROM:<evil@x>\r\n")
            assert b"250" not in await wire.closed()
    assert handler.messages == []


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_plain_and_login_give_the_password_to_authenticate() -> None:
    handler = Users()
    async with talking(handler, plaintext_auth=True, max_auth_attempts=0) as wire:
        assert "AUTH PLAIN LOGIN" in wire.hello
        assert (await wire.say("AUTH PLAIN " + b64("\0user\0wrong")))[0] == 535
        assert (await wire.say("AUTH PLAIN " + b64("\0later\0secret"))) == (454, ["4.7.0 try later"])
        assert await wire.codes("AUTH PLAIN " + b64("no plain message"), "AUTH CRAM-MD5") == [501, 504]
        assert await wire.say("AUTH LOGIN") == (334, [b64("Username:")])
        assert await wire.say(b64("user")) == (334, [b64("Password:")])
        assert (await wire.say("*"))[0] == 501
        assert await wire.say("AUTH LOGIN " + b64("user")) == (334, [b64("Password:")])
        assert await wire.codes(b64("wrong"), "AUTH PLAIN", b64("as\0user\0secret")) == [535, 334, 235]
        assert await wire.message() == (250, ["2.0.0 user ESMTPA"])
    assert handler.tried == [
        (False, "PLAIN", "user", "wrong", ""),
        (False, "PLAIN", "later", "secret", ""),
        (False, "LOGIN", "user", "wrong", ""),
        (False, "PLAIN", "user", "secret", "as"),
    ]


async def test_passwords_wait_for_tls(certificate: Certificate) -> None:
    handler = Users()
    async with talking(handler, tls=certificate.server()) as wire:
        assert not any(line.startswith("AUTH") for line in wire.hello)
        assert (await wire.say("AUTH PLAIN " + b64("\0user\0secret")))[0] >= 500
        await start_tls(wire, certificate)
        assert "AUTH PLAIN LOGIN" in (await wire.say("EHLO c.example"))[1]
        assert (await wire.say("AUTH PLAIN " + b64("\0user\0secret")))[0] == 235
        assert handler.tried == [(True, "PLAIN", "user", "secret", "")]


class Counting(Recorder):
    """A mechanism of its own: three numbers."""

    cancelled = False

    async def auth(self, session: aio.Session, exchange: aio.Exchange) -> Any:
        try:
            total = int(exchange.initial or 0)
            for number in range(3):
                total += int(await exchange.challenge(b"%d" % number))
        except aio.Cancelled:
            self.cancelled = True
            raise
        session.user = f"number {total}"
        return total == 60


async def test_auth_speaks_a_mechanism_of_the_programs_own() -> None:
    handler = Counting()
    async with talking(handler, mechanisms=["X-COUNT"], plaintext_auth=True) as wire:
        assert wire.server.config.asks & Ask.AUTH
        assert await wire.say("AUTH X-COUNT") == (334, [b64("0")])
        assert (await wire.say("*"))[0] == 501
        await until(lambda: handler.cancelled)
        assert await wire.say("AUTH x-count " + b64("10")) == (334, [b64("0")])
        for number in (1, 2):
            assert await wire.say(b64("20")) == (334, [b64(str(number))])
        assert (await wire.say(b64("9")))[0] == 535
        await wire.say("AUTH X-COUNT")
        for _ in range(2):
            await wire.say(b64("20"))
        assert (await wire.say(b64("20")))[0] == 235
        assert wire.connection.session.user == "number 60"


async def test_a_client_that_vanishes_in_an_exchange_is_reported_as_lost() -> None:
    handler = Counting()
    async with serving(handler, mechanisms=["X-COUNT"], plaintext_auth=True) as server:
        async with wire_to(port_of(server)) as wire:
            await wire.say("AUTH X-COUNT")
        await until(lambda: not server.connections)
        await until(lambda: ("closed", ErrorCode.CONNECTION_LOST) in handler.log)


# ---- the client


@pytest.mark.parametrize("implicit", [False, True])
async def test_the_client_speaks_tls(certificate: Certificate, implicit: bool) -> None:
    handler = Users()
    async with serving(handler, tls=certificate.server(), implicit_tls=implicit) as server:
        async with await aio.connect(
            "localhost", port_of(server), tls=certificate.client(), starttls=not implicit, implicit_tls=implicit
        ) as client:
            assert Extension.STARTTLS not in client.extensions
            with pytest.raises(aio.ClientError) as refusal:
                await client.login("user", "wrong")
            assert (refusal.value.code, refusal.value.enhanced) == (535, "5.7.8")
            assert (await client.login("user", "secret")).code == 235
            (outcome,) = await client.send(ehlo.Envelope("a@c", ["b@m"]), b"x" * 100000 + b"\r\n")
            assert outcome.text == "user ESMTPSA"


async def test_the_client_speaks_a_mechanism_of_the_programs_own() -> None:
    serve: Any = {"mechanisms": ["X-COUNT"], "plaintext_auth": True}
    async with connected(Counting(), serve, plaintext_auth=True) as client:
        with pytest.raises(aio.ClientError):
            await client.auth("X-COUNT", None, lambda challenge: None)
        assert (await client.auth("X-COUNT", None, lambda challenge: b"20")).code == 235


async def let_start_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes) -> None:
    """A server up to its reply to STARTTLS."""
    writer.write(b"220 mx\r\n")
    await reader.readline()
    writer.write(b"250-mx\r\n250 STARTTLS\r\n")
    await reader.readline()
    writer.write(reply)


async def test_octets_behind_the_servers_220_end_the_session(certificate: Certificate) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_start_tls(reader, writer, b"220 go\r\n250 injected\r\n")
        await reader.read()

    async with answering(serve) as port:
        with pytest.raises((aio.ClientError, ehlo.Error)) as failure:
            await aio.connect("127.0.0.1", port, tls=certificate.client(), starttls=True)
    assert getattr(failure.value, "error", None) in (ErrorCode.TLS_INJECTION, ErrorCode.UNSOLICITED_REPLY)


TRUSTING = with_method("authenticate", True)


async def test_starttls_forgets_what_the_client_sent_before(certificate: Certificate) -> None:
    seen: list[Any] = []

    class Seeing(Recorder):
        authenticate = returning(True)

        def mail(self, session: aio.Session, mail: ehlo.events.Mail) -> None:
            seen.append((session.user, session.host))

    async with talking(Seeing(), tls=certificate.server(), plaintext_auth=True) as wire:
        assert (await wire.say("AUTH PLAIN " + base64.b64encode(b"\0mallory\0x").decode()))[0] == 235
        await start_tls(wire, certificate)
        await wire.say("EHLO victim.example")
        assert (await wire.say("MAIL FROM:<>"))[0] == 250
    assert seen == [(None, "victim.example")]


class _Looping(Recorder):
    """Sets its user before the last challenge, as exchanges with a final message of the server do."""

    async def auth(self, session: aio.Session, exchange: aio.Exchange) -> bool:
        session.user = "alice"
        try:
            while True:
                await exchange.challenge(b"more")
        finally:
            await asyncio.sleep(0.05)


async def test_an_exchange_that_was_given_up_leaves_no_user() -> None:
    async with talking(_Looping(), mechanisms=["X-LOOP"], plaintext_auth=True) as wire:
        assert await wire.codes("AUTH X-LOOP", "*") == [334, 501]
        # The old exchange ends while a new one is open, and does not take its answer.
        assert (await wire.say("AUTH X-LOOP"))[0] == 334
        await asyncio.sleep(0.1)
        assert await wire.codes("eA==", "*") == [334, 501]
        await asyncio.sleep(0.1)
        assert wire.connection.session.user is None
        assert (await wire.say("NOOP"))[0] == 250


async def test_an_exchange_that_fails_when_it_is_given_up_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Careless(Recorder):
        async def auth(self, session: aio.Session, exchange: aio.Exchange) -> bool:
            try:
                await exchange.challenge()
            except aio.Cancelled:
                raise RuntimeError("cannot clean up") from None
            return False

    async with talking(Careless(), mechanisms=["X-OWN"], plaintext_auth=True) as wire:
        assert await wire.say("AUTH X-OWN") == (334, [""])
        assert await wire.codes("*", "NOOP") == [501, 250]
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records] == ["cannot clean up"]


async def test_an_exchange_with_too_many_challenges_ends() -> None:
    async with talking(_Looping(), mechanisms=["X-LOOP"], plaintext_auth=True, max_auth_challenges=2) as wire:
        assert await wire.codes("AUTH X-LOOP", "eA==", "eA==", "NOOP") == [334, 334, 451, 250]


async def test_passwords_within_one_challenge_are_refused() -> None:
    async with talking(TRUSTING, plaintext_auth=True, max_auth_challenges=1) as wire:
        assert await wire.codes("AUTH LOGIN", "eA==", "NOOP") == [334, 454, 250]


def test_authenticate_serves_no_mechanism_without_passwords() -> None:
    with pytest.raises(ehlo.ArgumentError):
        aio.Server(TRUSTING, mechanisms=["CRAM-MD5"])


@pytest.mark.parametrize("way", ["cancelled", "aborted"])
async def test_a_handshake_of_the_client_that_is_given_up_closes(way: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_start_tls(reader, writer, b"220 go\r\n")
        await asyncio.sleep(1000)

    async with answering(talk) as port:
        client = await aio.connect("127.0.0.1", port, starttls=False)
        task = asyncio.create_task(client.starttls())
        await asyncio.sleep(0.1)
        if way == "cancelled":
            task.cancel()
        else:
            client.abort()
        with pytest.raises((aio.ClientError, asyncio.CancelledError)):
            await task
        assert not client.is_open
        with pytest.raises(aio.ClientError):
            await client.noop()
        await client.quit()
