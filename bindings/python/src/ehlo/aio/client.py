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
from .client_protocol import ClientError, ClientProtocol, Outcome, PendingMessage, ServerReply, refusal_of, reply_of
from .outgoing import Body, Prepared, check_ascii, prepare
from .pieces import PIECE, next_piece, pieces_of

_BODY: int = lib.EHLO_WANT_BODY
_TLS: int = lib.EHLO_WANT_TLS
_CHUNKS: int = lib.EHLO_FACT_CHUNKS


class Client:
    """A connection to a server, made by `connect`. Make one call after the other, but `send` may be called while
    another message is under way: the next one then follows its content."""

    def __init__(self, protocol: ClientProtocol, tls: ssl.SSLContext | None, host: str) -> None:
        self._protocol = protocol
        self._core = protocol.core
        self._tls = tls
        self._host = host
        self._lock = asyncio.Lock()

    # -- state

    @property
    def extensions(self) -> Extension:
        """The extensions that the server announced last and that may be used now."""
        return self._core.extensions

    @property
    def hello_reply(self) -> Hello | None:
        """The last reply to our hello, parsed; None before it."""
        reply = self._core.hello_reply
        return None if reply is None else parse_hello(reply, tls=Fact.TLS in self._core.facts)

    def offers(self, keyword: str) -> str | None:
        """The arguments of a keyword in the reply to our hello; "" where it has none; None: it is not announced."""
        return self._core.offers(keyword)

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
        """The session itself; what is called on it takes effect at the next call of the client."""
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
            raise refusal_of(event, event.error)

    async def starttls(self, context: ssl.SSLContext | None = None, *, server_hostname: str | None = None) -> None:
        """STARTTLS, the handshake, and EHLO again. The default context verifies the certificate for the host that was
        connected to. NotOfferedError; ClientError where it is refused or fails: after a handshake that failed the
        connection is closed, and nothing goes on in clear text."""
        protocol = self._protocol
        event = await self._command(self._core.starttls)
        if not isinstance(event, c.Tls):
            raise refusal_of(event, ErrorCode.TLS_FAILED)
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
            self._handshake_failed(transport)
            if isinstance(error, (OSError, asyncio.TimeoutError)):
                raise ClientError(ErrorCode.TLS_FAILED) from error
            raise
        if secured is None or transport.is_closing() or protocol.end is not None:
            self._handshake_failed(transport)
            raise protocol.failure()
        protocol.transport = secured
        self._core.tls_started()
        await self._open()

    def _handshake_failed(self, transport: asyncio.Transport) -> None:
        """Within a handshake the loop does not report to our protocol that the connection is lost."""
        protocol = self._protocol
        with contextlib.suppress(Error):
            self._core.tls_failed()
        protocol.pump()
        transport.abort()
        protocol.connection_lost(None)

    # -- single commands

    async def _command(self, call: Callable[..., None], *arguments: Any, **more: Any) -> c.ClientEvent:
        """Sends a command, and returns the event that answers it."""
        protocol = self._protocol
        if protocol.end is not None:
            raise protocol.failure()
        call(*arguments, **more)
        future: asyncio.Future[c.ClientEvent] = asyncio.get_running_loop().create_future()
        protocol.replies.append(future)
        protocol.pump()
        return await future

    async def command(self, verb: Verb | str, argument: str = "", *, smtputf8: bool = False) -> ServerReply:
        """A verb that has no method of its own, known to the library or not: see `ehlo.Client.command`."""
        async with self._lock:
            return reply_of(await self._command(self._core.command, verb, argument, smtputf8=smtputf8))

    async def noop(self) -> ServerReply:
        return await self.command(Verb.NOOP)

    async def vrfy(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        return await self.command(Verb.VRFY, text, smtputf8=smtputf8)

    async def expn(self, text: str, *, smtputf8: bool = False) -> ServerReply:
        return await self.command(Verb.EXPN, text, smtputf8=smtputf8)

    async def help(self, text: str = "") -> ServerReply:
        return await self.command(Verb.HELP, text)

    async def login(self, user: str, password: str) -> ServerReply:
        """Authenticates with PLAIN, or with LOGIN where that is not offered. Without TLS the password is not sent:
        TlsRequiredError, unless `connect` was given `plaintext_auth=True`."""
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
        ClientError where the server refuses; TlsRequiredError as for `login`."""
        async with self._lock:
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
                raise refusal_of(event, ErrorCode.OK)
            return reply_of(event)

    # -- messages

    async def send(self, envelope: Envelope, body: Body) -> list[Outcome]:
        """Sends a message, and returns an outcome for each recipient, in their order.

        The body is one of

            octets          bytes, bytearray, memoryview, or a list or tuple of bytes
            a str           goes out as UTF-8, every line ended with CRLF
            a Message       of `email`, such as an EmailMessage: without its Bcc, with CRLF, with SMTPUTF8 where an
                            address in its header is not ASCII, and 7-bit where the server does not offer 8BITMIME
            a file          opened for reading octets
            a stream        an iterator of bytes, plain or asynchronous, or a file that cannot seek

        All but a stream are checked before anything is sent, and so is a file that can seek, such as one on a disk, of
        `tempfile`, or io.BytesIO, which is read twice: they have their SIZE, and `BODY=8BITMIME` where there
        is an octet above 127, unless the envelope declares something else. Another stream, a file that is decompressed
        among them, has a SIZE where the envelope gives one; unless the envelope has a `body`, it is announced as
        8BITMIME where the server offers that, and may not have an octet above 127 elsewhere.

        Nothing was sent, and the connection goes on, where the call raises NotOfferedError (the envelope or the content
        needs what the server has not announced), ContentError (a ValueError: a bare CR or LF, unless `data_endings`
        allows them, of which NORMALIZE repairs none in chunks; a line that some receiver would take for the end; a
        NUL with `refuse_nul`; an octet above 127 with BodyType.SEVENBIT), another ValueError, or TypeError. A fault
        that is found in a stream on the way, and an exception of the stream itself, close the connection: content
        cannot be taken back.

        Where the connection ends, the outcomes hold what is known. Cancelled: the connection is closed if the content
        was under way.
        """
        protocol = self._protocol
        async with self._lock:
            if protocol.end is not None:
                raise protocol.failure()
            prepared = await prepare(envelope, body, self._core)
            if protocol.end is not None:
                raise protocol.failure()
            number = self._core.transact(prepared.envelope)
            transaction = PendingMessage(prepared.envelope, protocol.loop.create_future())
            protocol.transactions[number] = transaction
            try:
                protocol.pump()
                await self._send_content(transaction, prepared)
            except BaseException:
                self.abort()
                raise
        await transaction.done
        return [outcome for outcome in transaction.outcomes if outcome is not None]

    async def _send_content(self, transaction: PendingMessage, prepared: Prepared) -> None:
        """Sends the content once the session wants it, and stops where it wants no more."""
        protocol = self._protocol
        while not transaction.done.done() and not protocol.raw_wants & _BODY and protocol.end is None:
            protocol.changed.clear()
            await protocol.changed.wait()
        pieces = pieces_of(prepared.content, PIECE if protocol.raw_facts & _CHUNKS else 1)
        try:
            piece: bytes | memoryview = b""
            last, taken = False, 0
            while not transaction.done.done() and protocol.raw_wants & _BODY and protocol.end is None:
                if not piece and not last:
                    protocol.stop_timer()
                    piece, last = await next_piece(pieces)
                    if prepared.must_be_ascii:
                        check_ascii(piece, taken)
                    taken += len(piece)
                    if not protocol.raw_wants & _BODY:
                        return
                piece = self._write(piece, last)
                await protocol.writable.wait()
                # The server may have refused meanwhile, and a chunk may have to wait for its reply.
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
        protocol.pump(progressed=True)
        return memoryview(piece)[consumed:] if consumed < len(piece) else b""

    # -- the end

    async def quit(self) -> None:
        """QUIT, its reply, and the end of the connection."""
        protocol = self._protocol
        if protocol.end is None:
            async with self._lock:
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
    starttls: bool | None = None,
    implicit_tls: bool = False,
    lmtp: bool = False,
    timeouts: Mapping[TimeoutKind, float] | None = None,
    server_hostname: str | None = None,
    plaintext_auth: bool = False,
    unix_path: str | None = None,
    connect_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> Client:
    """Connects, waits for the greeting and sends EHLO (or HELO where that is refused, LHLO with `lmtp`).

    hostname        our name
    tls             the context for STARTTLS or TLS; default: `ssl.create_default_context()`, which verifies the
                    certificate for `server_hostname`, or for the host where that is not given
    starttls        None: STARTTLS where the server offers it, but not over a Unix socket; True: NotOfferedError where
                    it does not; False: never. An attacker on the path can hide the offer: only True, or `require_tls`,
                    makes sure of TLS. Where STARTTLS is refused, or its handshake fails, as with a certificate that is
                    not trusted, that is a ClientError, and the connection is closed: nothing goes on in clear text
    implicit_tls    TLS from the first octet (RFC 8314)
    plaintext_auth  let `login` and `auth` send passwords without TLS
    timeouts        seconds by `TimeoutKind`, instead of those of RFC 5321 4.5.3.2
    options         those of `ClientConfig`: `chunking=True`, `data_endings=...`, `refuse_nul=True`

    OSError: no connection; ClientError: the server refuses to serve.
    """
    config = ClientConfig(
        hostname=hostname,
        protocol=Protocol.LMTP if lmtp else Protocol.SMTP,
        implicit_tls=implicit_tls,
        plaintext_auth=plaintext_auth,
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
        if starttls is None:
            starttls = unix_path is None and not implicit_tls and Extension.STARTTLS in client.extensions
        if starttls:
            await client.starttls()
    except BaseException:
        client.abort()
        raise
    return client
