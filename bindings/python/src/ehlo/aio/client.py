"""An asyncio client."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Callable

from .. import client_events as c
from .._ehlo import lib
from ..client import Client as Core
from ..codecs import decode_base64, write_plain
from ..configs import ClientConfig
from ..constants import ErrorCode, Extension, Fact, Protocol, TimeoutKind, Verb
from ..envelope import Envelope
from ..errors import Error, StateError
from ..syntax import Hello, parse_hello
from .client_protocol import ClientError, ClientProtocol, Outcome, Pending, ServerReply, reply_of
from .pieces import PIECE, Body, next_piece, pieces_of

_BODY: int = lib.EHLO_WANT_BODY
_TLS: int = lib.EHLO_WANT_TLS
_CHUNKS: int = lib.EHLO_FACT_CHUNKS


class Client:
    """A connection to a server, made by `connect`. Calls may be made one after the other, but for `send`, which may be
    called while another message is under way: the next one then leaves behind its content."""

    def __init__(self, protocol: ClientProtocol, tls: ssl.SSLContext | None, host: str) -> None:
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
        return None if reply is None else parse_hello(reply, tls=Fact.TLS in self._core.facts)

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
        except BaseException as error:
            self._lose_handshake(transport)
            if isinstance(error, (OSError, asyncio.TimeoutError)):
                raise ClientError(ErrorCode.TLS_FAILED) from error
            raise
        if secured is None or transport.is_closing() or protocol.end is not None:
            self._lose_handshake(transport)
            raise protocol.failure()
        protocol.transport = secured
        self._core.tls_started()
        await self._open()

    def _lose_handshake(self, transport: asyncio.Transport) -> None:
        """Within a handshake the loop does not tell our protocol that the connection has gone."""
        protocol = self._protocol
        with contextlib.suppress(Error):
            self._core.tls_failed()
        protocol.pump()
        transport.abort()
        protocol.connection_lost(None)

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
            return reply_of(await self._command(self._core.command, verb, text))

    async def noop(self) -> ServerReply:
        async with self._turn:
            return reply_of(await self._command(self._core.query, Verb.NOOP))

    async def vrfy(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        async with self._turn:
            return reply_of(await self._command(self._core.query, Verb.VRFY, text, smtputf8=smtputf8))

    async def expn(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        async with self._turn:
            return reply_of(await self._command(self._core.query, Verb.EXPN, text, smtputf8=smtputf8))

    async def help(self, text: str = "") -> ServerReply:
        async with self._turn:
            return reply_of(await self._command(self._core.query, Verb.HELP, text))

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
                    try:
                        answer = respond(decode_base64(event.text))
                    except BaseException:
                        await self._command(self._core.auth_cancel)
                        raise
                if event.error != ErrorCode.OK:
                    event = await self._command(lambda: None)
                elif answer is None:
                    event = await self._command(self._core.auth_cancel)
                else:
                    event = await self._command(self._core.auth_respond, answer)
            if event.code != 235:
                raise ClientError(ErrorCode.OK, event.code, event.enhanced, event.text)
            return reply_of(event)

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
            transaction = Pending(envelope, protocol.loop.create_future())
            protocol.transactions[number] = transaction
            try:
                protocol.pump()
                await self._give(transaction, body)
            except BaseException:
                self.abort()
                raise
        await transaction.done
        return [outcome for outcome in transaction.outcomes if outcome is not None]

    async def _give(self, transaction: Pending, body: Body) -> None:
        """The content, once and as long as it is wanted."""
        protocol = self._protocol
        while not transaction.done.done() and not protocol.raw_wants & _BODY and protocol.end is None:
            protocol.changed.clear()
            await protocol.changed.wait()
        pieces = pieces_of(body, PIECE if protocol.raw_facts & _CHUNKS else 1)
        try:
            piece: bytes | memoryview = b""
            last = False
            while not transaction.done.done() and protocol.raw_wants & _BODY and protocol.end is None:
                if not piece and not last:
                    protocol.stop_timer()
                    piece, last = await next_piece(pieces)
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
        consumed, octets = self._core.body_copy(piece, last, room=2 * PIECE + 64)
        if octets and protocol.transport is not None:
            protocol.transport.write(octets)
        protocol.pump(moved=True)
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
        await asyncio.shield(protocol.closed)

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
            try:
                await self.quit()
            except (ClientError, StateError):
                self.abort()  # something is still under way
            except BaseException:
                self.abort()
                raise
        await self._protocol.closed
        self._core.close()


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

    def make() -> ClientProtocol:
        return ClientProtocol(core, timeouts or {})

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
