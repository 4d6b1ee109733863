"""The asyncio client against our server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from kit import Recorder, connected, envelope, pieces, port_of, serving, until, with_method

import ehlo
from ehlo import BodyType, Notify, Ret, Scope, Verdict, aio, events

BODY = b"Subject: x\r\n\r\n.dot\r\n..\r\n" + b"y" * 998 + b"\r\n" + b"z\r\n" * 60000


def _bodies(folder: Path) -> dict[str, Callable[[], Any]]:
    path = folder / "body.eml"
    path.write_bytes(BODY)
    small = [BODY[at : at + 700] for at in range(0, len(BODY), 700)]
    return {
        "bytes": lambda: BODY,
        "bytearray": lambda: bytearray(BODY),
        "memoryview": lambda: memoryview(BODY),
        "list": lambda: small,
        "generator": lambda: (piece for piece in [b"", *small, b""]),
        "async": lambda: pieces(b"", *small, b""),
        "file": lambda: path.open("rb"),
        "stream": lambda: io.BytesIO(BODY),
    }


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "list", "generator", "async", "file", "stream"])
@pytest.mark.parametrize("chunking", [False, True])
async def test_content_of_every_kind_arrives_byte_for_byte(kind: str, chunking: bool, tmp_path: Path) -> None:
    handler = Recorder()
    async with connected(handler, chunking=chunking) as client:
        body = _bodies(tmp_path)[kind]()
        (outcome,) = await client.send(envelope(size=len(BODY)), body)
        assert outcome.accepted
        assert handler.messages[0][2] == BODY
        if hasattr(body, "close") and kind == "file":
            body.close()


@pytest.mark.parametrize("body", [b"", b"x", b"\r\n", b".", b".\r\n", b"x\r\n."])
@pytest.mark.parametrize("chunking", [False, True])
async def test_small_content_arrives(body: bytes, chunking: bool) -> None:
    handler = Recorder()
    async with connected(handler, chunking=chunking) as client:
        for given in (body, [body], pieces(body)):
            (outcome,) = await client.send(envelope(), given)
            assert outcome.accepted
    ended = body if chunking or body.endswith(b"\r\n") or not body else body + b"\r\n"
    assert [message[2] for message in handler.messages] == [ended] * 3


async def test_binary_content_goes_out_in_chunks() -> None:
    body = bytes(range(256)) * 1000 + b"\nbare\r.\r\n.\r\n"

    handler = Recorder()
    async with connected(handler) as client:
        (outcome,) = await client.send(envelope(body=BodyType.BINARYMIME), body)
        assert outcome.accepted
        assert handler.messages[0][2] == body


async def test_an_outcome_for_each_recipient_with_the_reply_that_decided_it() -> None:
    class Mixed(Recorder):
        def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
            codes = {"no": aio.Reply(550, "no such\nuser", "5.1.1"), "full": aio.Reply(452, "full", "4.2.2")}
            return codes.get(rcpt.address.split("@")[0])

        def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
            return "250 queued as 7"

    async with connected(Mixed()) as client:
        outcomes = await client.send(envelope("a@m", "no@m", "full@m", "b@m"), b"x\r\n")
        facts = [(o.recipient, o.verdict, o.scope, o.code, o.enhanced, o.text) for o in outcomes]
        taken = (Verdict.ACCEPTED, 250, "2.0.0", "queued as 7")
        assert [(f[1], *f[3:]) for f in (facts[0], facts[3])] == [taken, taken]
        failed = Verdict.FAILED, Scope.RECIPIENT, 550, "5.1.1", "no such\nuser"
        assert facts[1] == ("no@m", *failed)
        assert facts[2] == ("full@m", Verdict.RETRY, Scope.RECIPIENT, 452, "4.2.2", "full")
        # No recipient is left: no content is read, and the next message goes through.
        body = pieces(b"never read\r\n")
        (outcome,) = await client.send(envelope("no@m"), body)
        assert outcome.verdict == Verdict.FAILED
        assert (await client.send(envelope("a@m"), b"x\r\n"))[0].accepted


async def test_lmtp_has_an_outcome_for_each_recipient() -> None:
    mailboxes = with_method("message", [None, aio.Refuse(552, "full").reply, aio.Reply(451, "later")])
    async with connected(mailboxes, {"protocol": ehlo.Protocol.LMTP}, lmtp=True) as client:
        outcomes = await client.send(envelope("a@m", "b@m", "c@m"), b"x\r\n")
        assert [(o.verdict, o.code) for o in outcomes] == [
            (Verdict.ACCEPTED, 250),
            (Verdict.FAILED, 552),
            (Verdict.RETRY, 451),
        ]


class Late(Recorder):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
        await asyncio.sleep(self.seconds)
        super().message(session, transaction)


async def test_messages_follow_each_other_on_one_connection() -> None:
    handler = Late(0.01)
    async with connected(handler) as client:
        sent = [client.send(envelope(f"u{n}@m"), b"%d\r\n" % n * 5000) for n in range(20)]
        outcomes = await asyncio.gather(*sent)
        assert all(outcome[0].accepted for outcome in outcomes)
        assert [message[1:] for message in handler.messages] == [([f"u{n}@m"], b"%d\r\n" % n * 5000) for n in range(20)]


async def test_parameters_arrive_with_their_meaning() -> None:
    seen: list[Any] = []

    class Parameters(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> None:
            seen.append([(param.name, param.decoded) for param in mail.params])

        def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            seen.append((rcpt.address, [(param.name, param.decoded) for param in rcpt.params]))

    async with connected(Parameters()) as client:
        own = ehlo.Envelope(
            "J\u00f6rg@b\u00fccher.example",
            ["a@m"],
            params=[ehlo.param("RET", Ret.HDRS), ehlo.param("ENVID", "id 7+8")],
        )
        own.add("b@m", [ehlo.param("NOTIFY", Notify.SUCCESS | Notify.DELAY), ehlo.param("ORCPT", "rfc822;b b@m")])
        # A copy of the envelope declares what the content adds.
        assert [outcome.recipient for outcome in await client.send(own, "ü\r\n".encode())] == ["a@m", "b@m"]
    assert seen[0] == [
        ("RET", Ret.HDRS),
        ("ENVID", "id 7+8"),
        ("SIZE", 4),
        ("BODY", BodyType.EIGHTBITMIME),
        ("SMTPUTF8", None),
    ]
    assert seen[1] == ("a@m", [])
    assert seen[2] == ("b@m", [("NOTIFY", Notify.SUCCESS | Notify.DELAY), ("ORCPT", ("rfc822", "b b@m"))])


async def test_a_body_that_raises_delivers_nothing() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half\r\n"
        raise OSError("the disk is gone")

    handler = Recorder()
    async with serving(handler) as server:
        client = await aio.connect("127.0.0.1", port_of(server))
        with pytest.raises(OSError, match="the disk"):
            await client.send(envelope(), broken())
        assert not client.is_open
        await until(lambda: not server.connections)
    assert handler.messages == []


async def test_a_cancelled_send_delivers_nothing() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more\r\n"
            await asyncio.sleep(0.01)

    handler = Recorder()
    async with serving(handler) as server:
        client = await aio.connect("127.0.0.1", port_of(server))
        sending = asyncio.create_task(client.send(envelope(), endless()))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await until(lambda: not server.connections)
    assert handler.messages == []


async def test_a_waiting_send_may_be_cancelled_and_the_connection_goes_on() -> None:
    handler = Late(0.1)
    async with connected(handler) as client:
        sending = asyncio.create_task(client.send(envelope(), b"one\r\n"))
        await asyncio.sleep(0.05)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await client.send(envelope(), b"two\r\n"))[0].accepted
        assert [message[2] for message in handler.messages] == [b"one\r\n", b"two\r\n"]


async def test_a_client_that_leaves_waits_for_the_message_under_way() -> None:
    async with serving(Late(0.1)) as server:
        async with await aio.connect("127.0.0.1", port_of(server)) as client:
            sending = asyncio.create_task(client.send(envelope(), b"one\r\n"))
            await asyncio.sleep(0.05)
        (outcome,) = await sending
        assert outcome.verdict == Verdict.ACCEPTED


async def test_a_slow_server_pauses_the_sender() -> None:
    given = 0

    async def much() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(600):
            given += 1 << 16
            yield b"w" * ((1 << 16) - 2) + b"\r\n"

    class Slow(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            await asyncio.sleep(0.3)
            return f"250 {len(await content.read())}"

    async with connected(Slow()) as client:
        sending = asyncio.create_task(client.send(envelope(), much()))
        await asyncio.sleep(0.2)
        assert given < 20 << 20
        (outcome,) = await sending
        assert outcome.text == f"{600 << 16}"


@pytest.mark.parametrize("lmtp", [False, True])
async def test_an_outcome_names_the_command_that_was_refused(lmtp: bool) -> None:
    class Refusing(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> Any:
            return mail.address != "no@mail"

        def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
            return rcpt.address != "no@rcpt"

        def data(self, session: aio.Session) -> Any:
            assert session.transaction is not None
            return session.transaction.sender != "no@data"

        def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
            return transaction.sender != "no@content"

    protocol = ehlo.Protocol.LMTP if lmtp else ehlo.Protocol.SMTP
    async with serving(Refusing(), protocol=protocol) as server:
        for chunking in (False, True):
            async with await aio.connect("127.0.0.1", port_of(server), lmtp=lmtp, chunking=chunking) as client:
                said: list[Any] = []
                for sender in ("no@mail", "no@data", "no@content", "yes@content"):
                    outcomes = await client.send(envelope("no@rcpt", "b@m", sender=sender), b"x\r\n")
                    said.append([(outcome.command, outcome.code) for outcome in outcomes])
            rcpt = ("RCPT", 550)
            assert said[0] == [("MAIL", 550), ("MAIL", 550)]
            # BDAT is not asked.
            assert said[1] == [rcpt, ("content", 250) if chunking else ("DATA", 554)]
            assert said[2:] == [[rcpt, ("content", 554)], [rcpt, ("content", 250)]]


async def test_single_commands_return_their_replies() -> None:
    class Talkative(Recorder):
        def vrfy(self, session: aio.Session, argument: str) -> aio.Reply:
            return aio.Reply(250, f"<{argument}@mx.example>")

        def expn(self, session: aio.Session, argument: str) -> aio.Reply:
            return aio.Reply(250, "one\ntwo")

        def command(self, session: aio.Session, keyword: str, argument: str) -> aio.Reply:
            return aio.Reply(250, argument)

    async with connected(Talkative(), {"rows": [ehlo.VerbRow("XECHO")]}, hostname="c.example") as client:
        assert (await client.vrfy("bob")).text == "<bob@mx.example>"
        assert (await client.expn("all")).lines == ["one", "two"]
        assert (await client.command("XECHO", "hello")).text == "hello"
        assert (await client.noop()).code == 250
        assert (await client.help()).code == 214
        hello = client.hello_reply
        assert hello is not None
        assert hello.domain == "mx.example"
        with pytest.raises(ehlo.ArgumentError):
            await client.command("XECHO", "a\r\nRSET")
        assert (await client.noop()).code == 250
        assert client.size_limit == 1 << 25
