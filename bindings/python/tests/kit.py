"""What the tests of the asyncio side share: a server on a free port, and a client that speaks in octets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ehlo
from ehlo import aio, events
from ehlo.aio.connection import Connection

SECONDS = 20.0


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Runs a test; one that hangs fails."""

    async def bounded() -> Any:
        return await asyncio.wait_for(main, SECONDS)

    if os.environ.get("EHLO_TEST_LOOP") == "uvloop":
        import uvloop

        return uvloop.run(bounded())
    return asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def serving(handler: aio.Handler | Callable[[], aio.Handler], **options: Any) -> AsyncIterator[aio.Server]:
    options.setdefault("hostname", "mx.example")
    server = aio.Server(handler, **options)
    await server.listen("127.0.0.1")
    try:
        yield server
    finally:
        await server.close(grace=1)
        assert not server.connections


def port_of(server: aio.Server) -> int:
    return int(server.addresses[0][1])


class Wire:
    """A connection, octet by octet."""

    # Of `talking`.
    server: aio.Server
    hello: list[str]  # what it announces

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def connection(self) -> Connection:
        """The other end, which is the only one of its server."""
        (connection,) = self.server.connections
        assert isinstance(connection, Connection)
        return connection

    async def reply(self) -> tuple[int, list[str]]:
        lines = []
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode()
            lines.append(line[4:-2])
            if line[3:4] != "-":
                return int(line[:3]), lines

    async def replies(self, count: int) -> list[int]:
        return [(await self.reply())[0] for _ in range(count)]

    def send(self, octets: bytes | str) -> None:
        self.writer.write(octets.encode() if isinstance(octets, str) else octets)

    async def say(self, line: str) -> tuple[int, list[str]]:
        self.send(line + "\r\n")
        return await self.reply()

    async def codes(self, *lines: str) -> list[int]:
        """Sends the lines one after the other, and returns the code of each reply."""
        return [(await self.say(line))[0] for line in lines]

    async def open_content(self, recipient: str = "b@mx.example") -> None:
        """MAIL, RCPT and DATA together, up to the content."""
        self.send(f"MAIL FROM:<a@client.example>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")
        assert await self.replies(3) == [250, 250, 354]

    async def message(self, content: bytes = b"hi\r\n", recipients: int = 1) -> tuple[int, list[str]]:
        """The reply to a message of stuffed content."""
        await self.say("MAIL FROM:<a@client.example>")
        for number in range(recipients):
            await self.say(f"RCPT TO:<b{number}@mx.example>")
        assert (await self.say("DATA"))[0] == 354
        self.send(content + b".\r\n")
        return await self.reply()

    async def closed(self) -> bytes:
        """The octets that come until the server closes."""
        return await self.reader.read()


@contextlib.asynccontextmanager
async def wire_to(port: int, hello: str | None = "EHLO client.example", **options: Any) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    wire = Wire(reader, writer)
    try:
        if hello is not None:
            await wire.reply()
            wire.hello = (await wire.say(hello))[1]
        yield wire
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def talking(
    handler: aio.Handler | Callable[[], aio.Handler], hello: str | None = "EHLO client.example", **options: Any
) -> AsyncIterator[Wire]:
    """A client of a server of its own."""
    async with serving(handler, **options) as server, wire_to(port_of(server), hello) as wire:
        wire.server = server
        yield wire


@contextlib.asynccontextmanager
async def connected(
    handler: aio.Handler, serve: Mapping[str, Any] = MappingProxyType({}), **options: Any
) -> AsyncIterator[aio.Client]:
    """Our client of a server of its own. `serve`: options of the server."""
    async with serving(handler, **serve) as server:
        async with await aio.connect("127.0.0.1", port_of(server), **options) as client:
            yield client


@contextlib.asynccontextmanager
async def answering(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server that runs `talk` for each connection; yields its port."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks)


class Recorder(aio.Handler):
    """Accepts everything, and remembers it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self.log: list[Any] = []

    def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
        recipients = [rcpt.address for rcpt in transaction.recipients]
        self.messages.append((transaction.sender, recipients, transaction.content))

    def aborted(self, session: aio.Session, transaction: aio.Transaction, error: Any) -> None:
        self.log.append(("aborted", transaction.sender, error))

    def closed(self, session: aio.Session, error: Any) -> None:
        self.log.append(("closed", error))


class Users(Recorder):
    """Has one user, with the password "secret". `tried`: for each attempt, whether TLS was on, and the arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[tuple[bool, str, str, str, str]] = []

    async def authenticate(self, session: aio.Session, mechanism: str, user: str, password: str, authzid: str) -> Any:
        self.tried.append((session.is_tls, mechanism, user, password, authzid))
        await asyncio.sleep(0)
        if user == "later":
            return aio.Reply(454, "try later", "4.7.0")
        return (user, password) == ("user", "secret")

    def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
        super().message(session, transaction)
        return f"250 {session.user} {session.protocol_name}"


def returning(value: Any, after: float | None = None) -> Any:
    """A method of a handler that returns the value (raises a RuntimeError), now or `after` some seconds."""

    def now() -> Any:
        if isinstance(value, RuntimeError):
            raise value
        return value

    def method(self: Any, *arguments: Any) -> Any:
        async def later() -> Any:
            await asyncio.sleep(after or 0)
            return now()

        return now() if after is None else later()

    return method


def with_method(name: str, value: Any = None, after: float | None = None) -> Recorder:
    kind: Any = type("Answering", (Recorder,), {name: returning(value, after)})
    handler: Recorder = kind()
    return handler


async def pieces(*parts: Any) -> AsyncIterator[Any]:
    """A stream of content."""
    for part in parts:
        await asyncio.sleep(0)
        yield part


def envelope(*recipients: str, sender: str = "a@client.example", **options: Any) -> ehlo.Envelope:
    return ehlo.Envelope(sender, recipients or ("b@mx.example",), **options)


# ---- sessions without a connection


def greeted(hello: bytes = b"EHLO client.example\r\n", **options: Any) -> ehlo.Server:
    """A server that has greeted, and has taken our hello."""
    server = ehlo.Server(ehlo.ServerConfig(hostname="mx.example", **options))
    assert server.advance().output == b"220 mx.example ESMTP\r\n"
    progress = server.advance(hello)
    assert progress.consumed == len(hello)
    assert progress.output.startswith(b"250")
    return server


def played(server: ehlo.Server, data: bytes) -> tuple[list[events.Event], bytes]:
    """All events and all output for the input, with every ask accepted."""
    reported, output = [], b""
    while True:
        progress = server.advance(data)
        data = data[progress.consumed :]
        reported += progress.events
        output += progress.output
        for event in progress.events:
            if event.id:
                server.accept(event)
        if not progress.again:
            return reported, output


def opened(*lines: str, **options: Any) -> ehlo.Client:
    """A client after an EHLO reply of these lines."""
    client = ehlo.Client(ehlo.ClientConfig(hostname="client.example", **options))
    client.open()
    output = client.advance(b"220 mx.example\r\n").output
    assert output in (b"EHLO client.example\r\n", b"LHLO client.example\r\n")
    assert isinstance(client.advance(ehlo.write_hello("mx.example", lines)).events[-1], ehlo.client_events.Ready)
    return client


def answer(client: ehlo.Client, *replies: bytes) -> None:
    """Answers the output of the client with one reply after the other."""
    for reply in replies:
        client.output()
        client.advance(reply)


# ---- TLS


class Certificate:
    """A self-signed certificate for localhost and 127.0.0.1, as files and as contexts of both sides."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "cert.pem"
        self.key = folder / "key.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
