"""The asyncio server: TLS handshakes that are not completed, after STARTTLS and from the first octet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit import SECONDS, Certificate, Recorder, Wire, port_of, serving, until, wire_to

from ehlo import ErrorCode, aio

BOTH = pytest.mark.parametrize("implicit", [False, True])


@contextlib.asynccontextmanager
async def in_handshake(server: aio.Server) -> AsyncIterator[Wire]:
    """A client before its handshake."""
    first = server.starts_with_tls
    async with wire_to(port_of(server), hello=None if first else "EHLO client.example") as wire:
        if not first:
            assert (await wire.say("STARTTLS"))[0] == 220
        await until(lambda: bool(server.connections))
        yield wire


def expected_log(implicit: bool, error: ErrorCode) -> list[Any]:
    """A session that has not begun is not reported."""
    return [] if implicit else [("closed", error)]


@BOTH
async def test_closing_the_server_does_not_wait_for_a_handshake(
    certificate: Certificate, caplog: pytest.LogCaptureFixture, implicit: bool
) -> None:
    handler = Recorder()
    async with serving(handler, tls=certificate.server(), implicit_tls=implicit) as server:
        async with in_handshake(server) as wire:
            await asyncio.wait_for(server.close(grace=1000), SECONDS / 4)
            assert await asyncio.wait_for(wire.closed(), SECONDS / 4) == b""
    assert handler.log == expected_log(implicit, ErrorCode.SHUTDOWN)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_handshakes_count_as_connections(certificate: Certificate) -> None:
    async with serving(Recorder(), tls=certificate.server(), implicit_tls=True, max_connections=1) as server:
        port = port_of(server)
        async with in_handshake(server):
            async with wire_to(port, hello=None) as other:
                assert await asyncio.wait_for(other.closed(), SECONDS / 4) == b""
        await until(lambda: not server.connections)
        async with wire_to(port, hello=None, ssl=certificate.client(), server_hostname="localhost") as wire:
            assert (await wire.reply())[0] == 220


@BOTH
async def test_a_handshake_that_never_comes_times_out(certificate: Certificate, implicit: bool) -> None:
    handler = Recorder()
    options: Any = {"tls": certificate.server(), "implicit_tls": implicit, "tls_seconds": 0.2}
    async with serving(handler, **options) as server:
        async with in_handshake(server) as wire:
            assert await wire.closed() == b""
        await until(lambda: not server.connections)
        assert handler.log == expected_log(implicit, ErrorCode.TLS_FAILED)


async def test_a_handshake_on_a_unix_socket_times_out(certificate: Certificate, tmp_path: Path) -> None:
    server = aio.Server(Recorder(), tls=certificate.server(), implicit_tls=True, tls_seconds=0.2)
    await server.listen_unix(str(tmp_path / "socket"))
    async with server:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
        assert await asyncio.wait_for(reader.read(), SECONDS / 4) == b""
        writer.close()


@BOTH
async def test_a_client_that_vanishes_in_the_handshake_is_forgotten(certificate: Certificate, implicit: bool) -> None:
    handler = Recorder()
    async with serving(handler, tls=certificate.server(), implicit_tls=implicit) as server:
        async with in_handshake(server) as wire:
            wire.writer.transport.abort()
        await until(lambda: not server.connections)
        assert handler.log == expected_log(implicit, ErrorCode.TLS_FAILED)


@BOTH
@pytest.mark.parametrize("octets", [b"junk\r\n" * 10, b""])
async def test_a_failed_handshake_is_no_error_of_the_loop(
    octets: bytes, certificate: Certificate, implicit: bool
) -> None:
    problems: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    async with serving(Recorder(), tls=certificate.server(), implicit_tls=implicit) as server:
        async with in_handshake(server) as wire:
            wire.send(octets)
            if not octets:
                wire.writer.close()
            await until(lambda: not server.connections)
            await asyncio.sleep(0.05)
    assert problems == []


@BOTH
async def test_a_handshake_that_cannot_begin_is_logged(implicit: bool, caplog: pytest.LogCaptureFixture) -> None:
    handler = Recorder()
    options: Any = {"tls": "no context", "implicit_tls": implicit}
    async with serving(handler, **options) as server:
        hello = None if implicit else "EHLO client.example"
        async with wire_to(port_of(server), hello=hello) as wire:
            if not implicit:
                wire.send(b"STARTTLS\r\n")
            assert (await wire.closed())[:4] == (b"" if implicit else b"220 ")
        assert not server.connections
    assert handler.log == expected_log(implicit, ErrorCode.TLS_FAILED)
    (record,) = (record for record in caplog.records if record.name == "ehlo.aio")
    assert (record.levelname, record.getMessage()) == ("ERROR", "TLS")
