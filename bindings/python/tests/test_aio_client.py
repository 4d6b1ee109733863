"""The asyncio client against our server, and against servers that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from kit import Recorder, answering, envelope, port_of, run, serving, until

import ehlo
from ehlo import BodyType, Ending, ErrorCode, Extension, Notify, Ret, Scope, TimeoutKind, Verdict, aio, events


async def _async_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


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
        "async": lambda: _async_pieces(b"", *small, b""),
        "file": lambda: path.open("rb"),
        "stream": lambda: io.BytesIO(BODY),
    }


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "list", "generator", "async", "file", "stream"])
@pytest.mark.parametrize("chunking", [False, True])
def test_content_of_every_kind_arrives_byte_for_byte(kind: str, chunking: bool, tmp_path: Path) -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server:
            async with await aio.connect("127.0.0.1", port_of(server), chunking=chunking) as client:
                body = _bodies(tmp_path)[kind]()
                (outcome,) = await client.send(envelope(size=len(BODY)), body)
                assert outcome.accepted
                assert handler.messages[0][2] == BODY
                if hasattr(body, "close") and kind == "file":
                    body.close()

    run(main())


@pytest.mark.parametrize("body", [b"", b"x", b"\r\n", b".", b".\r\n", b"x\r\n."])
@pytest.mark.parametrize("chunking", [False, True])
def test_small_content_arrives(body: bytes, chunking: bool) -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server:
            async with await aio.connect("127.0.0.1", port_of(server), chunking=chunking) as client:
                for given in (body, [body], _async_pieces(body)):
                    (outcome,) = await client.send(envelope(), given)
                    assert outcome.accepted
        ended = body if chunking or body.endswith(b"\r\n") or not body else body + b"\r\n"
        assert [message[2] for message in handler.messages] == [ended] * 3

    run(main())


def test_binary_content_goes_out_in_chunks() -> None:
    body = bytes(range(256)) * 1000 + b"\nbare\r.\r\n.\r\n"

    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            (outcome,) = await client.send(envelope(body=BodyType.BINARYMIME), body)
            assert outcome.accepted
            assert handler.messages[0][2] == body

    run(main())


def test_an_outcome_for_each_recipient_with_the_reply_that_decided_it() -> None:
    class Mixed(Recorder):
        def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
            codes = {"no": aio.Reply(550, "no such\nuser", "5.1.1"), "full": aio.Reply(452, "full", "4.2.2")}
            return codes.get(rcpt.address.split("@")[0])

        def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
            return "250 queued as 7"

    async def main() -> None:
        async with serving(Mixed()) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            outcomes = await client.send(envelope("a@m", "no@m", "full@m", "b@m"), b"x\r\n")
            facts = [(o.recipient, o.verdict, o.scope, o.code, o.enhanced, o.text) for o in outcomes]
            taken = (Verdict.ACCEPTED, 250, "2.0.0", "2.0.0 queued as 7")
            assert [(f[1], *f[3:]) for f in (facts[0], facts[3])] == [taken, taken]
            failed = Verdict.FAILED, Scope.RECIPIENT, 550, "5.1.1", "5.1.1 no such\n5.1.1 user"
            assert facts[1] == ("no@m", *failed)
            assert facts[2] == ("full@m", Verdict.RETRY, Scope.RECIPIENT, 452, "4.2.2", "4.2.2 full")
            # Nobody is left: no content is asked for, and the next message finds everything in order.
            body = _async_pieces(b"never read\r\n")
            (outcome,) = await client.send(envelope("no@m"), body)
            assert outcome.verdict == Verdict.FAILED
            assert (await client.send(envelope("a@m"), b"x\r\n"))[0].accepted

    run(main())


def test_lmtp_outcomes_are_of_each_recipient() -> None:
    class Mailboxes(Recorder):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
            return [None, aio.Refuse(552, "full").reply, aio.Reply(451, "later")]

    async def main() -> None:
        async with serving(Mailboxes(), protocol=ehlo.Protocol.LMTP) as server:
            async with await aio.connect("127.0.0.1", port_of(server), lmtp=True) as client:
                outcomes = await client.send(envelope("a@m", "b@m", "c@m"), b"x\r\n")
                assert [(o.verdict, o.code) for o in outcomes] == [
                    (Verdict.ACCEPTED, 250),
                    (Verdict.FAILED, 552),
                    (Verdict.RETRY, 451),
                ]

    run(main())


def test_messages_follow_each_other_on_one_connection() -> None:
    class Late(Recorder):
        async def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            await asyncio.sleep(0.01)
            Recorder.message(self, session, transaction)

    async def main() -> None:
        handler = Late()
        async with serving(handler) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            sent = [client.send(envelope(f"u{n}@m"), b"%d\r\n" % n * 5000) for n in range(20)]
            outcomes = await asyncio.gather(*sent)
            assert all(outcome[0].accepted for outcome in outcomes)
            assert [message[1:] for message in handler.messages] == [
                ([f"u{n}@m"], b"%d\r\n" % n * 5000) for n in range(20)
            ]

    run(main())


def test_parameters_arrive_with_their_meaning() -> None:
    seen: list[Any] = []

    class Parameters(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> None:
            seen.append([(param.name, param.decoded) for param in mail.params])

        def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            seen.append((rcpt.address, [(param.name, param.decoded) for param in rcpt.params]))

    async def main() -> None:
        async with serving(Parameters()) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            own = ehlo.Envelope(
                "J\u00f6rg@b\u00fccher.example",
                params=[ehlo.param("RET", Ret.HDRS), ehlo.param("ENVID", "id 7+8")],
                body=BodyType.EIGHTBITMIME,
                size=4,
            )
            own.add("b@m", [ehlo.param("NOTIFY", Notify.SUCCESS | Notify.DELAY), ehlo.param("ORCPT", "rfc822;b b@m")])
            assert (await client.send(own, "ü\r\n".encode()))[0].accepted
        assert dict(seen[0]) == {
            "SIZE": 4,
            "BODY": BodyType.EIGHTBITMIME,
            "SMTPUTF8": None,
            "RET": Ret.HDRS,
            "ENVID": "id 7+8",
        }
        assert seen[1] == ("b@m", [("NOTIFY", Notify.SUCCESS | Notify.DELAY), ("ORCPT", ("rfc822", "b b@m"))])

    run(main())


def test_content_that_may_not_be_sent_is_refused_or_repaired() -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server:
            client = await aio.connect("127.0.0.1", port_of(server))
            with pytest.raises(ehlo.ContentError) as refusal:
                await client.send(envelope(), _async_pieces(b"fine\r\nbad", b"\nline\r\n"))
            assert (refusal.value.error, refusal.value.offset) == (ErrorCode.BARE_LF, 9)
            assert not client.is_open
            with pytest.raises(aio.ClientError):
                await client.send(envelope(), b"x\r\n")
            async with await aio.connect("127.0.0.1", port_of(server), data_endings=Ending.NORMALIZE) as other:
                assert (await other.send(envelope(), b"one\ntwo\r.\nthree"))[0].accepted
                assert (await other.send(envelope(), _async_pieces(b"one\ntwo\r", b".\nthree")))[0].accepted
            await until(lambda: not server.connections)
        assert [message[2] for message in handler.messages] == [b"one\r\ntwo\r\n.\r\nthree\r\n"] * 2

    run(main())


def test_a_body_that_raises_delivers_nothing() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half\r\n"
        raise OSError("the disk is gone")

    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server:
            client = await aio.connect("127.0.0.1", port_of(server))
            with pytest.raises(OSError, match="the disk"):
                await client.send(envelope(), broken())
            assert not client.is_open
            await until(lambda: not server.connections)
        assert handler.messages == []

    run(main())


def test_a_cancelled_send_delivers_nothing() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more\r\n"
            await asyncio.sleep(0.01)

    async def main() -> None:
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

    run(main())


def test_a_waiting_send_may_be_cancelled_and_the_connection_goes_on() -> None:
    class Late(Recorder):
        async def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            await asyncio.sleep(0.1)
            Recorder.message(self, session, transaction)

    async def main() -> None:
        handler = Late()
        async with serving(handler) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            sending = asyncio.create_task(client.send(envelope(), b"one\r\n"))
            await asyncio.sleep(0.05)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert (await client.send(envelope(), b"two\r\n"))[0].accepted
            assert [message[2] for message in handler.messages] == [b"one\r\n", b"two\r\n"]

    run(main())


def test_a_client_that_leaves_waits_for_the_message_under_way() -> None:
    class Slow(Recorder):
        async def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            await asyncio.sleep(0.1)

    async def main() -> None:
        async with serving(Slow()) as server:
            async with await aio.connect("127.0.0.1", port_of(server)) as client:
                sending = asyncio.create_task(client.send(envelope(), b"one\r\n"))
                await asyncio.sleep(0.05)
            (outcome,) = await sending
            assert outcome.verdict == Verdict.ACCEPTED

    run(main())


def test_a_slow_server_holds_the_sender_back() -> None:
    given = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(600):
            given += 1 << 16
            yield b"w" * ((1 << 16) - 2) + b"\r\n"

    class Slow(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            await asyncio.sleep(0.3)
            return f"250 {len(await content.read())}"

    async def main() -> None:
        async with serving(Slow()) as server, await aio.connect("127.0.0.1", port_of(server)) as client:
            sending = asyncio.create_task(client.send(envelope(), pieces()))
            await asyncio.sleep(0.2)
            assert given < 20 << 20
            (outcome,) = await sending
            assert outcome.text == f"2.0.0 {600 << 16}"

    run(main())


# ---- servers that behave badly


@contextlib.asynccontextmanager
async def scripted(script: list[Any]) -> AsyncIterator[int]:
    """A server that says what is written: bytes are sent, an int is a number of lines to read, None closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for act in script:
            if isinstance(act, bytes):
                writer.write(act)
            elif isinstance(act, int):
                for _ in range(act):
                    await reader.readline()
            else:
                break
        else:
            await reader.read()

    async with answering(serve) as port:
        yield port


HELLO = [b"220 mx\r\n", 1, b"250-mx\r\n250 PIPELINING\r\n"]


def test_a_connection_lost_behind_the_content_leaves_unknown() -> None:
    async def main() -> None:
        async with scripted([*HELLO, 3, b"250 ok\r\n250 ok\r\n354 go\r\n", 2, None]) as port:
            async with await aio.connect("127.0.0.1", port) as client:
                (outcome,) = await client.send(envelope(), b"x\r\n")
                assert (outcome.verdict, outcome.scope) == (Verdict.UNKNOWN, Scope.CONNECTION)
                assert outcome.error == ErrorCode.CONNECTION_LOST

    run(main())


def test_a_421_ends_every_message() -> None:
    async def main() -> None:
        async with scripted([*HELLO, 3, b"421 4.3.2 going down\r\n", None]) as port:
            async with await aio.connect("127.0.0.1", port) as client:
                outcomes = await client.send(envelope("a@m", "b@m"), b"x\r\n")
                assert [(o.verdict, o.code, o.scope) for o in outcomes] == [(Verdict.RETRY, 421, Scope.CONNECTION)] * 2
                assert not client.is_open

    run(main())


@pytest.mark.parametrize(
    ("script", "code", "error"),
    [
        ([b"554 5.7.1 go away\r\n"], 554, None),
        ([b"220 mx\r\n", 1, b"550 no\r\n", 1, b"550 no\r\n"], 550, ErrorCode.HELLO_REFUSED),
        ([b"HTTP/1.1 400 Bad\r\n"], 0, ErrorCode.MALFORMED_REPLY),
        ([None], 0, ErrorCode.CONNECTION_LOST),
        ([b"220 mx\r\n", None], 0, ErrorCode.CONNECTION_LOST),
        ([b"220-" + b"x" * 70000], 0, ErrorCode.REPLY_TOO_LONG),
    ],
)
def test_a_server_that_will_not_serve(script: list[Any], code: int, error: Any) -> None:
    async def main() -> None:
        async with scripted(script) as port:
            with pytest.raises(aio.ClientError) as failure:
                await aio.connect("127.0.0.1", port, timeouts={TimeoutKind.COMMAND: 2, TimeoutKind.GREETING: 2})
            assert failure.value.code == code
            assert error is None or failure.value.error == error

    run(main())


def test_helo_where_ehlo_is_refused() -> None:
    async def main() -> None:
        async with scripted([b"220 mx\r\n", 1, b"502 what\r\n", 1, b"250 mx\r\n"]) as port:
            client = await aio.connect("127.0.0.1", port)
            assert client.extensions == Extension.NONE
            assert client.greeting is not None
            assert client.greeting.code == 220
            client.abort()

    run(main())


def test_a_silent_server_times_out() -> None:
    async def main() -> None:
        async with scripted([*HELLO, 3, b"250 ok\r\n250 ok\r\n354 go\r\n", 2]) as port:
            timeouts = dict.fromkeys(TimeoutKind, 0.2)
            async with await aio.connect("127.0.0.1", port, timeouts=timeouts) as client:
                (outcome,) = await client.send(envelope(), b"x\r\n")
                assert (outcome.verdict, outcome.error) == (Verdict.UNKNOWN, ErrorCode.TIMEOUT)

    run(main())


def test_a_goodbye_within_content_that_is_not_read_ends_the_client() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx\r\n")
        await reader.readline()
        writer.write(b"250 mx\r\n")
        for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(reply)
        await reader.readexactly(100)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"421 going down\r\n")
        await asyncio.sleep(1000)

    async def main() -> None:
        async with answering(talk) as port:
            client = await aio.connect("127.0.0.1", port)
            (outcome,) = await client.send(envelope(), b"x" * 70 + b"\r\n" * 8000000)
            assert outcome.code == 421
            assert not client.is_open
            await client.quit()

    run(main())


def test_a_slow_source_of_content_is_no_timeout_of_the_server() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"one\r\n"
        await asyncio.sleep(0.6)
        yield b"two\r\n"

    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server:
            timeouts = {TimeoutKind.DATA_BLOCK: 0.2}
            async with await aio.connect("127.0.0.1", port_of(server), timeouts=timeouts) as client:
                (outcome,) = await client.send(envelope(), slow())
                assert outcome.accepted
        assert handler.messages[0][2] == b"one\r\ntwo\r\n"

    run(main())


def test_a_quit_that_is_cancelled_leaves_the_end_to_be_waited_for() -> None:
    async def main() -> None:
        async with scripted([*HELLO, 1, 1000]) as port:
            client = await aio.connect("127.0.0.1", port)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.quit(), 0.1)
            client.abort()
            await client.quit()

    run(main())


def test_octets_that_lead_to_nothing_buy_no_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async def main() -> None:
        async with answering(drip) as port:
            with pytest.raises(aio.ClientError) as failure:
                await asyncio.wait_for(aio.connect("127.0.0.1", port, timeouts={TimeoutKind.GREETING: 0.2}), 5)
            assert failure.value.error == ErrorCode.TIMEOUT

    run(main())


def test_single_commands() -> None:
    class Talkative(Recorder):
        def vrfy(self, session: aio.Session, argument: str) -> aio.Reply:
            return aio.Reply(250, f"<{argument}@mx.example>")

        def expn(self, session: aio.Session, argument: str) -> aio.Reply:
            return aio.Reply(250, "one\ntwo")

        def command(self, session: aio.Session, keyword: str, argument: str) -> aio.Reply:
            return aio.Reply(250, argument)

    rules = [ehlo.Rule("XECHO", ehlo.RuleScope.VERB)]

    async def main() -> None:
        async with serving(Talkative(), rules=rules) as server:
            async with await aio.connect("127.0.0.1", port_of(server), hostname="c.example") as client:
                assert (await client.vrfy("bob")).text == "2.0.0 <bob@mx.example>"
                assert (await client.expn("all")).lines == ["2.0.0 one", "2.0.0 two"]
                assert (await client.command("XECHO", "hello")).text == "2.0.0 hello"
                assert (await client.noop()).code == 250
                assert (await client.help()).code == 214
                hello = client.hello_reply
                assert hello is not None
                assert hello.domain == "mx.example"
                with pytest.raises(ehlo.ArgumentError):
                    await client.command("XECHO", "a\r\nRSET")
                assert (await client.noop()).code == 250
                assert client.size_limit == 1 << 25

    run(main())
