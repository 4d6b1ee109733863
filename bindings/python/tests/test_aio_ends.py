"""The asyncio server: how sessions end, and clients that attack the end of the content."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from kit import Recorder, port_of, serving, talking, until, wire_to, with_method

import ehlo
from ehlo import ErrorCode, Fact, TimeoutKind, aio, events


async def test_a_session_can_be_read_after_its_end() -> None:
    seen: list[Any] = []

    class Late(Recorder):
        async def closed(self, session: aio.Session, error: Any) -> None:  # type: ignore[override]
            await asyncio.sleep(0.01)
            seen.append((session.peer[0], session.protocol_name, Fact.ESMTP in session.facts, session.host))

    async with serving(Late()) as server:
        async with wire_to(port_of(server)):
            pass
        await until(lambda: bool(seen))
    assert seen == [("127.0.0.1", "ESMTP", True, "client.example")]


@pytest.mark.parametrize("mode", ["collect", "receive", "chunk"])
async def test_a_client_that_vanishes_is_reported(mode: str) -> None:
    reported: list[Any] = []

    class Receive(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            try:
                await content.read()
            except aio.Aborted as problem:
                reported.append(problem.error)
                raise

    class Chunk(Recorder):
        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                reported.append("cancelled")
                raise

    handler = {"collect": Recorder, "chunk": Chunk, "receive": Receive}[mode]()
    async with serving(handler) as server:
        async with wire_to(port_of(server)) as wire:
            await wire.open_content()
            wire.send(b"half of it\r\n")
            await asyncio.sleep(0.05)
            if mode == "chunk":
                wire.writer.transport.abort()
                next(iter(server.connections)).abort()
        await until(lambda: ("closed", ErrorCode.CONNECTION_LOST) in handler.log)
        assert handler.log[0][:2] == ("aborted", "a@client.example")
        await until(lambda: not server.connections)
        wanted: dict[str, list[Any]] = {
            "collect": [],
            "chunk": ["cancelled"],
            "receive": [ErrorCode.CONNECTION_LOST],
        }
        await until(lambda: len(reported) >= len(wanted[mode]))
        assert reported == wanted[mode]
        assert handler.messages == []


async def test_a_transaction_that_is_reset_is_reported() -> None:
    handler = Recorder()
    async with talking(handler) as wire:
        await wire.say("MAIL FROM:<r@c.example>")
        assert (await wire.say("RSET"))[0] == 250
        assert handler.log == [("aborted", "r@c.example", ErrorCode.OK)]
        await wire.say("MAIL FROM:<e@c.example>")
        assert (await wire.say("EHLO c.example"))[0] == 250
        assert handler.log[1] == ("aborted", "e@c.example", ErrorCode.OK)


async def test_a_client_that_closes_its_half_gets_its_replies() -> None:
    handler = with_method("rcpt", after=0.05)
    async with talking(handler, hello=None) as wire:
        wire.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 4 LAST\r\nhi\r\nQUIT\r\n")
        wire.writer.write_eof()
        assert await wire.replies(6) == [220, 250, 250, 250, 250, 221]
        assert await wire.closed() == b""
        assert len(handler.messages) == 1


async def test_an_idle_client_gets_421() -> None:
    handler = Recorder()
    timeouts = {TimeoutKind.COMMAND: 0.2, TimeoutKind.DATA: 0.2}
    async with serving(handler, timeouts=timeouts) as server:
        async with wire_to(port_of(server)) as wire:
            # Single octets are no command: the timeout is not extended.
            for octet in b"NOOP with a long argument":
                wire.send(bytes([octet]))
                await asyncio.sleep(0.02)
                if wire.reader._buffer:  # type: ignore[attr-defined]
                    break
            assert (await wire.reply())[0] == 421
        assert handler.log[-1] == ("closed", ErrorCode.TIMEOUT)
        async with wire_to(port_of(server)) as wire:
            for _ in range(6):
                await asyncio.sleep(0.1)
                assert (await wire.say("NOOP"))[0] == 250


async def test_the_client_has_no_timeout_while_the_program_owes_an_answer() -> None:
    async with talking(with_method("mail", after=0.3), timeouts={TimeoutKind.COMMAND: 0.1}) as wire:
        assert (await wire.say("MAIL FROM:<>"))[0] == 250


async def test_closing_the_server_sends_421_once_answers_are_given() -> None:
    async with talking(with_method("mail", "250 done", after=0.1)) as wire:
        wire.send(b"MAIL FROM:<>\r\n")
        await asyncio.sleep(0.02)
        closing = asyncio.create_task(wire.server.close())
        assert await wire.reply() == (250, ["2.1.0 done"])
        assert (await wire.reply())[0] == 421
        assert await wire.closed() == b""
        wire.writer.close()
        await closing


@pytest.mark.parametrize(
    "octets",
    [
        b"x" * 100 + b"\r\n" + (b"y" * 90 + b"\r\n") * 40 + b".\r\nQUIT\r\n",  # too large
        b"x\r\na\nb\r\n.\r\nQUIT\r\n",
    ],
)
async def test_the_end_is_reported_while_a_chunk_is_awaited(octets: bytes) -> None:
    reported: list[str] = []

    class Chunks(aio.Handler):
        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            await asyncio.sleep(0.05)

        def aborted(self, session: aio.Session, transaction: aio.Transaction, error: Any) -> None:
            reported.append("aborted")

        def closed(self, session: aio.Session, error: Any) -> None:
            reported.append("closed")

    async with talking(Chunks(), max_message_octets=1000, below_minimum=True) as wire:
        await wire.open_content()
        wire.send(octets)
        assert (await wire.reply())[0] >= 500
        assert (await wire.reply())[0] == 221
        assert await wire.closed() == b""
        await until(lambda: len(reported) == 2)
    assert reported == ["aborted", "closed"]


TALKATIVE = with_method("help", "x" * 3500)


async def test_a_client_that_quits_and_does_not_read_is_dropped() -> None:
    async with serving(TALKATIVE, timeouts=dict.fromkeys(TimeoutKind, 0.3), linger_seconds=0.3) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(server), limit=1)
        writer.write(b"EHLO c.example\r\n" + b"HELP\r\n" * 900 + b"QUIT\r\n")
        await asyncio.sleep(0.1)
        await until(lambda: not server.connections)
        writer.close()


async def test_a_shutdown_whose_text_cannot_be_sent_ends_the_session() -> None:
    async with talking(Recorder()) as wire:
        wire.connection.session.shutdown("sch\u00f6n")
        assert (await wire.reply())[0] == 421
        assert await wire.closed() == b""


async def test_connections_that_come_at_the_same_time_are_counted() -> None:
    async with serving(Recorder(), max_connections=1) as server:
        wires = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port_of(server)) for _ in range(20)))
        codes = [int((await reader.readline())[:3]) for reader, _ in wires]
        assert sorted(codes) == [220] + [421] * 19
        for _, writer in wires:
            writer.close()


async def test_a_closed_server_listens_no_more() -> None:
    server = aio.Server(Recorder())
    await server.close()
    with pytest.raises(ehlo.ClosedError):
        await server.listen("127.0.0.1")


async def test_a_connection_above_the_limit_is_refused_with_421() -> None:
    made = 0

    def make() -> aio.Handler:
        nonlocal made
        made += 1
        return Recorder()

    async with talking(make, max_connections=1) as wire:
        async with wire_to(port_of(wire.server), hello=None) as other:
            assert await other.reply() == (421, ["4.3.2 mx.example too many connections, try again later"])
            assert await other.closed() == b""
        assert (await wire.say("NOOP"))[0] == 250
    # No handler is made for a refused connection.
    assert made == 1


async def test_a_connection_that_comes_while_the_server_closes_is_refused() -> None:
    async with serving(Recorder()) as server:
        with socket.create_connection(("127.0.0.1", port_of(server))) as other:
            # Three iterations of the loop: it is accepted, and `connection_made` has not been called.
            for _ in range(3):
                await asyncio.sleep(0)
            await server.close()
            await asyncio.sleep(0.01)
            other.settimeout(1)
            assert other.recv(100) == b"421 4.3.2 mx.example shutting down\r\n"
            assert other.recv(100) == b""


async def test_a_connection_without_a_handler_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Recorder):
        def __init__(self) -> None:
            raise RuntimeError("no database")

    async with talking(Failing, hello=None) as wire:
        assert await wire.reply() == (421, ["4.3.2 mx.example local error, try again later"])
        assert await wire.closed() == b""
    assert [record.getMessage() for record in caplog.records] == ["no handler for a connection"]


async def test_a_last_reply_is_not_lost_to_a_reset() -> None:
    """A client that keeps sending while we close."""

    async with talking(Recorder(), max_errors=3) as wire:
        wire.send(b"BAD\r\n" * 5 + b"x" * 1000000)
        codes = await wire.replies(4)
        assert codes == [500, 500, 500, 421]
        assert await wire.closed() == b""


async def test_a_client_that_leaves_while_it_is_not_read_is_forgotten() -> None:
    """The reset answers our last reply, and is found when we close our half of the connection."""

    class Late(Recorder):
        async def noop(self, session: aio.Session, argument: str) -> None:
            await asyncio.sleep(0.05)
            session.shutdown("enough")

    async with serving(Late()) as server:
        async with wire_to(port_of(server)) as wire:
            wire.send(b"NOOP\r\nNOOP\r\n")
            await asyncio.sleep(0.02)
            wire.writer.transport.abort()
        await until(lambda: not server.connections)


# ---- clients that attack the end of the content


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\n..\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n"]
)
async def test_a_false_end_smuggles_nothing(end: bytes) -> None:
    text = b"one" + end + b"MAIL FROM:<evil@x>\r\nRCPT TO:<b@m>\r\nDATA\r\nsmuggled\r\n"
    handler = Recorder()
    async with talking(handler) as wire:
        assert (await wire.message(text))[0] == 550
        # In a chunk a dot directly after a CRLF is content: a relay by DATA stuffs it.
        of_text = 250 if end.startswith(b"\r\n.\0") else 550
        for body, code in ((b"", of_text), (b" BODY=BINARYMIME", 250)):
            wire.send(b"MAIL FROM:<>%s\r\nRCPT TO:<b@m>\r\nBDAT %d LAST\r\n" % (body, len(text)) + text)
            assert await wire.replies(3) == [250, 250, code]
    assert [content for _, _, content in handler.messages] == [text] * (1 if of_text == 550 else 2)


@pytest.mark.parametrize("refuse_nul", [False, True])
async def test_a_nul_is_reported_and_refused_where_the_configuration_says_so(refuse_nul: bool) -> None:
    seen: list[tuple[Any, int]] = []

    class Watching(Recorder):
        def violation(self, session: aio.Session, event: events.Violation) -> None:
            seen.append((event.error, event.offset))

    handler = Watching()
    async with talking(handler, refuse_nul=refuse_nul) as wire:
        code, lines = await wire.message(b"a\0b\r\n")
        assert code == (550 if refuse_nul else 250)
        assert len(handler.messages) == (not refuse_nul)
        assert seen == [(ErrorCode.NUL, 1)]
        assert not refuse_nul or lines[0].startswith("5.6.0")


async def test_a_client_that_talks_before_the_greeting_is_an_early_talker() -> None:
    facts: list[Fact] = []

    class Careful(Recorder):
        async def connected(self, session: aio.Session) -> None:
            await asyncio.sleep(0.1)
            facts.append(session.facts)
            if Fact.EARLY_TALKER in session.facts:
                raise aio.Refuse(554, "you talk too early")

    async with serving(Careful()) as server:
        async with wire_to(port_of(server), hello=None) as wire:
            wire.send(b"EHLO c.example\r\n")
            assert (await wire.reply())[0] == 554
        async with wire_to(port_of(server), hello=None) as wire:
            assert (await wire.reply())[0] == 220
    assert Fact.EARLY_TALKER in facts[0]
    assert Fact.EARLY_TALKER not in facts[1]


async def test_pipelined_input_waits_for_a_late_answer_without_growing() -> None:
    async with talking(with_method("mail", after=0.2)) as wire:
        wire.send(b"MAIL FROM:<>\r\n" + b"NOOP\r\n" * 500000)
        await asyncio.sleep(0.1)
        connection = wire.connection
        assert len(connection._unconsumed) < 1 << 18
        assert not connection._reading
        assert (await wire.reply())[0] == 250
        assert (await wire.reply())[0] == 250


async def test_a_client_that_reads_no_replies_is_not_read_and_has_none_kept() -> None:
    async with talking(TALKATIVE, max_idle_commands=0) as wire:
        wire.reader._limit = 1  # type: ignore[attr-defined]
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        wire.send(b"HELP\r\n" * 20000)
        connection = wire.connection
        await until(lambda: connection._write_paused)
        await asyncio.sleep(0.05)
        assert connection.transport is not None
        assert connection.transport.get_write_buffer_size() < 1 << 19
        assert not connection._reading
        wire.writer.transport.abort()
