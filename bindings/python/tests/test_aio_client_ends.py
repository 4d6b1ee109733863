"""The asyncio client against servers that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit import Recorder, answering, envelope, port_of, serving

from ehlo import ErrorCode, Extension, Scope, TimeoutKind, Verdict, aio


@contextlib.asynccontextmanager
async def scripted(script: list[Any]) -> AsyncIterator[int]:
    """A server that follows a script: bytes are sent, an int is a number of lines to read, None closes."""

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


async def test_a_connection_lost_after_the_content_leaves_unknown() -> None:
    async with scripted([*HELLO, 3, b"250 ok\r\n250 ok\r\n354 go\r\n", 2, None]) as port:
        async with await aio.connect("127.0.0.1", port) as client:
            (outcome,) = await client.send(envelope(), b"x\r\n")
            assert (outcome.verdict, outcome.scope) == (Verdict.UNKNOWN, Scope.CONNECTION)
            assert outcome.error == ErrorCode.CONNECTION_LOST


async def test_a_421_ends_every_message() -> None:
    async with scripted([*HELLO, 3, b"421 4.3.2 going down\r\n", None]) as port:
        async with await aio.connect("127.0.0.1", port) as client:
            outcomes = await client.send(envelope("a@m", "b@m"), b"x\r\n")
            assert [(o.verdict, o.code, o.scope) for o in outcomes] == [(Verdict.RETRY, 421, Scope.CONNECTION)] * 2
            assert {(o.command, o.enhanced, o.text) for o in outcomes} == {("MAIL", "4.3.2", "going down")}
            with pytest.raises(aio.ClientError, match=r"^421 4\.3\.2 going down$"):
                await client.noop()
            assert not client.is_open


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
async def test_a_server_that_refuses_service_is_a_client_error(script: list[Any], code: int, error: Any) -> None:
    async with scripted(script) as port:
        with pytest.raises(aio.ClientError) as failure:
            await aio.connect("127.0.0.1", port, timeouts={TimeoutKind.COMMAND: 2, TimeoutKind.GREETING: 2})
        assert failure.value.code == code
        assert error is None or failure.value.error == error


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (b"SSH-2.0-x\r\n", "malformed-reply: the server said: SSH-2.0-x"),
        (b"<html>", "malformed-reply: the server said: <html>"),
        (b"220-a\r\n550 blocked", r"code-mismatch: the server said: 220-a\r\n550 blocked"),
        (b"220 a\n", "bare-lf: the server said: 220 a"),
        (b"\x1b[2J\0\xff\xc3\xbc\r\n", r"malformed-reply: the server said: \x1b[2J\x00\udcff" + "\xfc"),
        (b"x" * 2000, "malformed-reply: the server said: " + "x" * 500),
        (b"\r\n", "malformed-reply"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_an_error_shows_a_reply_that_cannot_be_read(reply: bytes, shown: str) -> None:
    async with scripted([reply, None]) as port:
        with pytest.raises(aio.ClientError) as failure:
            await aio.connect("127.0.0.1", port)
        assert str(failure.value) == shown
        assert (failure.value.code, failure.value.enhanced) == (0, None)
        assert failure.value.text == reply.decode("utf-8", "surrogateescape").rstrip("\r\n")


async def test_helo_where_ehlo_is_refused() -> None:
    async with scripted([b"220 mx\r\n", 1, b"502 what\r\n", 1, b"250 mx\r\n"]) as port:
        client = await aio.connect("127.0.0.1", port)
        assert client.extensions == Extension.NONE
        assert client.greeting is not None
        assert client.greeting.code == 220
        client.abort()


async def test_a_silent_server_times_out() -> None:
    async with scripted([*HELLO, 3, b"250 ok\r\n250 ok\r\n354 go\r\n", 2]) as port:
        timeouts = dict.fromkeys(TimeoutKind, 0.2)
        async with await aio.connect("127.0.0.1", port, timeouts=timeouts) as client:
            (outcome,) = await client.send(envelope(), b"x\r\n")
            assert (outcome.verdict, outcome.error) == (Verdict.UNKNOWN, ErrorCode.TIMEOUT)


async def test_a_421_within_content_that_is_not_read_ends_the_client() -> None:
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

    async with answering(talk) as port:
        client = await aio.connect("127.0.0.1", port)
        (outcome,) = await client.send(envelope(), b"x" * 70 + b"\r\n" * 8000000)
        assert outcome.code == 421
        assert not client.is_open
        await client.quit()


async def test_a_slow_source_of_content_does_not_time_out() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"one\r\n"
        await asyncio.sleep(0.6)
        yield b"two\r\n"

    handler = Recorder()
    async with serving(handler) as server:
        timeouts = {TimeoutKind.DATA_BLOCK: 0.2}
        async with await aio.connect("127.0.0.1", port_of(server), timeouts=timeouts) as client:
            (outcome,) = await client.send(envelope(), slow())
            assert outcome.accepted
    assert handler.messages[0][2] == b"one\r\ntwo\r\n"


async def test_the_end_can_be_awaited_after_a_cancelled_quit() -> None:
    async with scripted([*HELLO, 1, 1000]) as port:
        client = await aio.connect("127.0.0.1", port)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.quit(), 0.1)
        client.abort()
        await client.quit()


async def test_octets_that_complete_nothing_do_not_extend_the_timeout() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with answering(drip) as port:
        with pytest.raises(aio.ClientError) as failure:
            await asyncio.wait_for(aio.connect("127.0.0.1", port, timeouts={TimeoutKind.GREETING: 0.2}), 5)
        assert failure.value.error == ErrorCode.TIMEOUT
