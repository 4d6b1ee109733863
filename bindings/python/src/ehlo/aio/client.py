"""An asyncio client."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Callable, Union

from .. import client_events as c
from .._ehlo import lib
from ..client import Client as Core
from ..codecs import decode_base64, write_plain
from ..configs import ClientConfig
from ..constants import ErrorCode, Extension, Protocol, Scope, TimeoutKind, Verb, Verdict
from ..envelope import Envelope
from ..errors import Error, StateError, error_info
from ..syntax import Hello, parse_hello

#: What is sent: octets, pieces of them, or a file opened for reading octets.
Body = Union[bytes, bytearray, memoryview, Iterable[bytes], AsyncIterable[bytes], IO[bytes]]

_BODY: int = lib.EHLO_WANT_BODY
_TLS: int = lib.EHLO_WANT_TLS
_CLOSE: int = lib.EHLO_WANT_CLOSE
_EVENTS: int = lib.EHLO_WANT_EVENTS
_OUTPUT: int = lib.EHLO_WANT_OUTPUT
_CHUNKS: int = lib.EHLO_FACT_CHUNKS
_PIECE = 1 << 16


class ClientError(Exception):
    """A connection that has come to its end, or a command that was refused.

    error       why; `code`, `enhanced`, `text`: the reply, 0 and "" if there was none
    """

    def __init__(self, error: ErrorCode | int, code: int = 0, enhanced: str | None = None, text: str = "") -> None:
        super().__init__(error, code, enhanced, text)
        self.error = error
        self.code = code
        self.enhanced = enhanced
        self.text = text

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else error_info(self.error).name


@dataclass(frozen=True)
class ServerReply:
    """A reply to a command."""

    code: int
    enhanced: str | None
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Outcome:
    """What has become of a message for one recipient, with the reply that decided it (code 0: none did)."""

    recipient: str
    verdict: Verdict
    scope: Scope
    code: int
    enhanced: str | None
    text: str
    error: ErrorCode | int

    @property
    def accepted(self) -> bool:
        return self.verdict == Verdict.ACCEPTED


class _Transaction:
    __slots__ = ("done", "envelope", "outcomes")

    def __init__(self, envelope: Envelope, done: asyncio.Future[None]) -> None:
        self.envelope = envelope
        self.outcomes: list[Outcome | None] = [None] * len(envelope)
        self.done = done


class _Protocol(asyncio.Protocol):
    """The transport on one side, the session on the other."""

    def __init__(self, core: Core, timeouts: Mapping[TimeoutKind, float]) -> None:
        self.core = core
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.end: c.Closed | c.Failed | None = None
        self.end_reply: tuple[int, str | None, str] = (0, None, "")
        self.changed = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.replies: list[asyncio.Future[c.ClientEvent]] = []
        self.transactions: dict[int, _Transaction] = {}
        self.ready: asyncio.Future[c.ClientEvent] | None = None
        self.greeting: ServerReply | None = None
        self.raw_wants = 0
        self.raw_facts = 0
        self._timeouts = {int(kind): seconds for kind, seconds in timeouts.items()}
        self._tail = b""
        self._timer: asyncio.TimerHandle | None = None

    # -- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pump()

    def data_received(self, data: bytes) -> None:
        self._tail = self._tail + data if self._tail else data
        self.pump()

    def eof_received(self) -> bool:
        self.core.eof()
        self.pump()
        return False

    def connection_lost(self, exc: BaseException | None) -> None:
        self.transport = None
        if self._timer is not None:
            self._timer.cancel()
        if self.end is None:
            self.core.eof()
            self.pump()
        self.writable.set()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    # -- turns

    def pump(self) -> None:
        core, out, data = self.core, [], self._tail
        try:
            while True:
                step = core.step(data)
                data = data[step.consumed :]
                if step.output:
                    out.append(step.output)
                for event in step.events:
                    self._take(event)
                if not step.again:
                    break
        except StateError:
            return  # closed by the program
        self._tail = data
        self.raw_wants = step.raw_wants
        self.raw_facts = step._facts
        if out and self.transport is not None:
            self.transport.write(b"".join(out))
        self._set_timeout(step.seconds, step._waits_for)
        self.changed.set()
        if step.raw_wants & _CLOSE and self.transport is not None:
            self.transport.close()

    def _take(self, event: c.ClientEvent) -> None:
        if isinstance(event, c.Greeting):
            self.greeting = _reply_of(event)
        elif isinstance(event, c.Ready):
            self._resolve(self.ready, event)
        elif isinstance(event, (c.Reply, c.StartTls)):
            # Those of a submission are told by its outcomes.
            if event.transaction == 0 and self.replies and event.verb != Verb.RSET:
                self._resolve(self.replies.pop(0), event)
        elif isinstance(event, c.Challenge):
            if not event.answered and self.replies:
                self._resolve(self.replies.pop(0), event)
        elif isinstance(event, c.Outcome):
            transaction = self.transactions.get(event.transaction)
            if transaction is not None:
                transaction.outcomes[event.index] = Outcome(
                    transaction.envelope.recipients[event.index],
                    event.verdict,
                    event.scope,
                    event.code,
                    event.enhanced,
                    "\n".join(event.lines),
                    event.error,
                )
        elif isinstance(event, c.Done):
            transaction = self.transactions.pop(event.transaction, None)
            if transaction is not None and not transaction.done.done():
                transaction.done.set_result(None)
        elif isinstance(event, (c.Closed, c.Failed)):
            self.end = event
            self.end_reply = (event.code, event.enhanced, "\n".join(event.lines))
            self._give_up()

    @staticmethod
    def _resolve(future: asyncio.Future[c.ClientEvent] | None, event: c.ClientEvent) -> None:
        if future is not None and not future.done():
            future.set_result(event)

    def _give_up(self) -> None:
        for future in [*self.replies, *([self.ready] if self.ready else [])]:
            if not future.done():
                future.set_exception(self.failure())
                future.exception()  # whoever waited may be gone
        self.replies.clear()

    def failure(self) -> ClientError:
        end = self.end
        return ClientError(ErrorCode.CONNECTION_LOST if end is None else end.error, *self.end_reply)

    # -- time

    def _set_timeout(self, seconds: int, kind: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        after = self._timeouts.get(kind, seconds)
        if seconds and self.end is None and self.transport is not None:
            self._timer = self.loop.call_later(after, self._timed_out)

    def _timed_out(self) -> None:
        self._timer = None
        self.core.timed_out()
        self.pump()
        if self.transport is not None:
            self.transport.abort()


def _reply_of(event: c.ClientEvent) -> ServerReply:
    return ServerReply(event.code, event.enhanced, event.lines)


class Client:
    """A connection to a server, made by `connect`. Calls may be made one after the other, but for `send`, which may be
    called while another message is under way: the next one then leaves behind its content."""

    def __init__(self, protocol: _Protocol, tls: ssl.SSLContext | None, host: str) -> None:
        self._protocol = protocol
        self._core = protocol.core
        self._tls = tls
        self._host = host
        self._turn = asyncio.Lock()

    # -- what is known

    @property
    def extensions(self) -> Extension:
        """What the server announced last and may be used now."""
        return self._core.extensions

    @property
    def hello_reply(self) -> Hello | None:
        """What the server announced last, in full."""
        reply = self._core.hello_reply
        return None if reply is None else parse_hello(reply)

    @property
    def size_limit(self) -> int | None:
        return self._core.size_limit

    @property
    def greeting(self) -> ServerReply | None:
        return self._protocol.greeting

    @property
    def is_open(self) -> bool:
        return self._protocol.end is None and self._protocol.transport is not None

    @property
    def core(self) -> Core:
        """The session itself; what it is told takes effect at the next call."""
        return self._core

    # -- opening

    async def _open(self) -> None:
        protocol = self._protocol
        protocol.ready = asyncio.get_running_loop().create_future()
        self._core.open()
        protocol.pump()
        event = await protocol.ready
        protocol.ready = None
        if event.error != ErrorCode.OK:
            raise ClientError(event.error, event.code, event.enhanced, event.text)

    async def starttls(self, context: ssl.SSLContext | None = None, *, server_hostname: str | None = None) -> None:
        """STARTTLS, the handshake, and EHLO again. NotOfferedError; ClientError where it is refused or fails."""
        protocol = self._protocol
        event = await self._command(self._core.starttls)
        if not isinstance(event, c.StartTls):
            raise ClientError(ErrorCode.TLS_FAILED, event.code, event.enhanced, event.text)
        transport = protocol.transport
        if transport is None or not protocol.raw_wants & _TLS:
            raise protocol.failure()
        try:
            secured = await protocol.loop.start_tls(
                transport,
                protocol,
                context or self._tls or ssl.create_default_context(),
                server_hostname=server_hostname or self._host,
            )
        except (OSError, asyncio.TimeoutError) as error:
            with contextlib.suppress(Error):
                self._core.tls_failed()
            protocol.pump()
            transport.abort()
            raise ClientError(ErrorCode.TLS_FAILED) from error
        assert secured is not None
        protocol.transport = secured
        self._core.tls_started()
        await self._open()

    # -- single commands

    async def _command(self, call: Callable[..., None], *arguments: Any, **more: Any) -> c.ClientEvent:
        """A command, and what comes of it."""
        protocol = self._protocol
        if protocol.end is not None:
            raise protocol.failure()
        call(*arguments, **more)
        future: asyncio.Future[c.ClientEvent] = asyncio.get_running_loop().create_future()
        protocol.replies.append(future)
        protocol.pump()
        return await future

    async def command(self, verb: str, text: str = "") -> ServerReply:
        """A verb that the library does not know."""
        async with self._turn:
            return _reply_of(await self._command(self._core.command, verb, text))

    async def noop(self) -> ServerReply:
        async with self._turn:
            return _reply_of(await self._command(self._core.query, Verb.NOOP))

    async def vrfy(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        async with self._turn:
            return _reply_of(await self._command(self._core.query, Verb.VRFY, text, smtputf8=smtputf8))

    async def expn(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        async with self._turn:
            return _reply_of(await self._command(self._core.query, Verb.EXPN, text, smtputf8=smtputf8))

    async def help(self, text: str = "") -> ServerReply:
        async with self._turn:
            return _reply_of(await self._command(self._core.query, Verb.HELP, text))

    async def login(self, user: str, password: str) -> ServerReply:
        """Authenticates with PLAIN, or with LOGIN where that is not offered."""
        hello = self.hello_reply
        plain = hello is None or "PLAIN" in hello.mechanisms or "LOGIN" not in hello.mechanisms
        if plain:
            return await self.auth("PLAIN", write_plain(user, password))
        answers = [user.encode(), password.encode()]
        return await self.auth("LOGIN", None, lambda challenge: answers.pop(0) if answers else None)

    async def auth(
        self,
        mechanism: str,
        initial: bytes | None = None,
        respond: Callable[[bytes], bytes | None] | None = None,
    ) -> ServerReply:
        """A SASL exchange (RFC 4954): `respond` gives the response in raw octets for each challenge, None cancels it.
        ClientError where the server refuses."""
        async with self._turn:
            event = await self._command(self._core.auth, mechanism, initial)
            while isinstance(event, c.Challenge):
                answer = None
                if event.error == ErrorCode.OK and respond is not None:
                    answer = respond(decode_base64(event.text))
                if event.error != ErrorCode.OK:
                    event = await self._command(lambda: None)
                elif answer is None:
                    event = await self._command(self._core.auth_cancel)
                else:
                    event = await self._command(self._core.auth_respond, answer)
            if event.code != 235:
                raise ClientError(ErrorCode.OK, event.code, event.enhanced, event.text)
            return _reply_of(event)

    # -- messages

    async def send(self, envelope: Envelope, body: Body) -> list[Outcome]:
        """Sends a message, and gives an outcome for each recipient, in their order.

        What the server has not announced and the envelope needs raises NotOfferedError, and nothing was sent. Content
        with a bare CR or LF raises ProtocolError (unless `data_endings` says otherwise), and an iterator that raises
        gives its exception: the connection is closed then, as content cannot be taken back. Where the connection ends,
        the outcomes say what is known. Cancelled: the connection is closed if the content was under way.
        """
        protocol = self._protocol
        async with self._turn:
            if protocol.end is not None:
                raise protocol.failure()
            number = self._core.submit(envelope)
            transaction = _Transaction(envelope, protocol.loop.create_future())
            protocol.transactions[number] = transaction
            try:
                protocol.pump()
                await self._give(transaction, body)
            except BaseException:
                self.abort()
                raise
        await transaction.done
        return [outcome for outcome in transaction.outcomes if outcome is not None]

    async def _give(self, transaction: _Transaction, body: Body) -> None:
        """The content, once and as long as it is wanted."""
        protocol = self._protocol
        while not transaction.done.done() and not protocol.raw_wants & _BODY and protocol.end is None:
            protocol.changed.clear()
            await protocol.changed.wait()
        pieces = _pieces(body, _PIECE if protocol.raw_facts & _CHUNKS else 1)
        try:
            piece: bytes | memoryview = b""
            last = False
            while not transaction.done.done() and protocol.raw_wants & _BODY and protocol.end is None:
                if not piece and not last:
                    piece, last = await _next(pieces)
                    if not protocol.raw_wants & _BODY:
                        return
                piece = self._write(piece, last)
                await protocol.writable.wait()
                # A server that answers meanwhile is heard, and a chunk may have to wait for its reply.
                while not protocol.raw_wants & _BODY and not transaction.done.done() and protocol.end is None:
                    if last and not piece:
                        return
                    protocol.changed.clear()
                    await protocol.changed.wait()
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    def _write(self, piece: bytes | memoryview, last: bool) -> bytes | memoryview:
        protocol = self._protocol
        consumed, octets = self._core.body_copy(piece, last, room=2 * _PIECE + 64)
        if octets and protocol.transport is not None:
            protocol.transport.write(octets)
        protocol.pump()
        return memoryview(piece)[consumed:] if consumed < len(piece) else b""

    # -- the end

    async def quit(self) -> None:
        """QUIT, its reply, and the end of the connection."""
        protocol = self._protocol
        if protocol.end is None:
            async with self._turn:
                if protocol.end is None:
                    self._core.quit()
                    protocol.pump()
        await protocol.closed

    def abort(self) -> None:
        """Drops the connection; messages under way have their outcomes."""
        protocol = self._protocol
        if protocol.end is None:
            self._core.abort()
            protocol.pump()
        if protocol.transport is not None:
            protocol.transport.abort()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.abort()
        elif self._protocol.end is None:
            with contextlib.suppress(ClientError, StateError):
                await self.quit()
        await self._protocol.closed
        self._core.close()


_Piece = tuple[Union[bytes, memoryview], bool]


async def _async_pieces(body: AsyncIterable[bytes], least: int) -> AsyncIterator[_Piece]:
    """Pieces as they come, joined to `least` octets; what comes last is known only behind it."""
    joined: list[bytes] = []
    size = 0
    async for piece in body:
        joined.append(piece)
        size += len(piece)
        if size >= least:
            view = memoryview(b"".join(joined))
            joined, size = [], 0
            for at in range(0, len(view), _PIECE):
                yield view[at : at + _PIECE], False
    yield b"".join(joined), True


def _sync_pieces(body: Any) -> Iterator[_Piece]:
    """Pieces of a whole piece's size but for the last; octets that are there already are not copied."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        view = memoryview(body).cast("B")
        for at in range(0, max(len(view), 1), _PIECE):
            yield view[at : at + _PIECE], at + _PIECE >= len(view)
        return
    if hasattr(body, "read"):
        body = iter(lambda: body.read(_PIECE), b"")
    rest = b""
    for piece in body:
        rest += piece
        if len(rest) > _PIECE:
            view = memoryview(rest)
            whole = (len(view) - 1) // _PIECE * _PIECE
            for at in range(0, whole, _PIECE):
                yield view[at : at + _PIECE], False
            rest = bytes(view[whole:])
    yield rest, True


def _pieces(body: Body, least: int) -> Iterator[_Piece] | AsyncIterator[_Piece]:
    return _async_pieces(body, least) if isinstance(body, AsyncIterable) else _sync_pieces(body)


async def _next(pieces: Iterator[_Piece] | AsyncIterator[_Piece]) -> _Piece:
    return await pieces.__anext__() if isinstance(pieces, AsyncIterator) else next(pieces)


async def connect(
    host: str,
    port: int,
    *,
    hostname: str = "localhost",
    tls: ssl.SSLContext | None = None,
    starttls: bool = False,
    implicit_tls: bool = False,
    lmtp: bool = False,
    timeouts: Mapping[TimeoutKind, float] | None = None,
    server_hostname: str | None = None,
    unix_path: str | None = None,
    connect_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> Client:
    """Connects, waits for the greeting and says EHLO (or HELO where that is refused, LHLO with `lmtp`).

    hostname        our name
    tls             the context for STARTTLS or TLS; default: `ssl.create_default_context()`
    starttls        STARTTLS before anything else; what fails there closes the connection
    implicit_tls    TLS from the first octet (RFC 8314)
    timeouts        seconds by `TimeoutKind`, where they are not to be those of RFC 5321 4.5.3.2
    options         those of `ClientConfig`: `chunking=True`, `data_endings=...`

    OSError: no connection; ClientError: the server refuses to serve.
    """
    config = ClientConfig(
        hostname=hostname,
        protocol=Protocol.LMTP if lmtp else Protocol.SMTP,
        implicit_tls=implicit_tls,
        **options,
    )
    loop = asyncio.get_running_loop()
    core = Core(config)
    more = dict(connect_options or {})
    if implicit_tls:
        more["ssl"] = tls or ssl.create_default_context()
        more["server_hostname"] = server_hostname or host

    def make() -> _Protocol:
        return _Protocol(core, timeouts or {})

    if unix_path is not None:
        _, protocol = await loop.create_unix_connection(make, unix_path, **more)
    else:
        _, protocol = await loop.create_connection(make, host, port, **more)
    client = Client(protocol, tls, server_hostname or host)
    try:
        await client._open()
        if starttls:
            await client.starttls()
    except BaseException:
        client.abort()
        raise
    return client
