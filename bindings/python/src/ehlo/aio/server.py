"""An asyncio server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Callable

from ..configs import ServerConfig
from ..constants import Ask, ErrorCode, Extension, Protocol, TimeoutKind
from ..errors import ArgumentError, ClosedError
from .connection import Connection
from .dispatch import Dispatcher
from .entrance import Entrance
from .handler import Handler
from .hooks import Features, asks_of, command_asks_of, overrides
from .runners import Runners

# One for all connections: the loops of POSIX (selectors, uvloop) ask for it, read into it and tell so in one go.
_BUFFER = 1 << 17
_MOST_COLLECTED = 1 << 25
_SECONDS_TO_CLEAN_UP = 1.0


class Server:
    """Serves SMTP or LMTP::

        server = ehlo.aio.Server(MyHandler(), hostname="mx.example")
        await server.listen("127.0.0.1", 8025)
        ...
        await server.close()

    handler         a `Handler`, or a class or other callable that makes one for each connection, all of one type. A
                    callable that is no class is called at once, and what it makes serves the first connection
    hostname        our name
    tls             with it STARTTLS is offered; `implicit_tls`: TLS from the first octet instead (RFC 8314)
    extensions      what is offered besides: STARTTLS, AUTH, VRFY and EXPN are added where they are served
    mechanisms      of AUTH; default PLAIN and LOGIN for a handler that has `authenticate`; others need `auth`
    plaintext_auth  announce and serve AUTH without TLS too. RISK: passwords go over the wire in clear text
    timeouts        seconds by `TimeoutKind`, where they are not to be those of RFC 5321 4.5.3.2
    max_message_octets  announced by SIZE; 0: no limit. None: 32 MiB where content is collected for `message`, else 0
    max_connections the next one is refused with 421, or closed where TLS comes first; those count that are in a
                    handshake. 0: no limit
    linger_seconds  how long a client that still sends is read behind the last reply, lest a reset take it away
    tls_seconds     for a handshake
    options         those of `ServerConfig`: `data_endings=...`, `refuse_nul=True`

    TypeError: the handler is no `Handler`, or has a method that would never be called, such as `handle_RCPT` of
    aiosmtpd, or one that does not take what it is given.
    """

    def __init__(
        self,
        handler: Handler | Callable[[], Handler],
        *,
        hostname: str = "localhost",
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        protocol: Protocol = Protocol.SMTP,
        extensions: Extension = Extension.DEFAULT,
        mechanisms: Iterable[str] | None = None,
        plaintext_auth: bool = False,
        timeouts: Mapping[TimeoutKind, float] | None = None,
        max_message_octets: int | None = None,
        max_connections: int = 0,
        linger_seconds: float = 2.0,
        tls_seconds: float = 60.0,
        **options: Any,
    ) -> None:
        self._handler = handler
        self._spare: Handler | None = None
        kind = self._kind_of(handler)
        self._features = Features(kind)
        if isinstance(handler, Handler):
            self._features.check(handler)
        self.tls = tls
        self.is_lmtp = protocol == Protocol.LMTP
        self.linger_seconds = linger_seconds
        self.tls_seconds = tls_seconds
        #: Without a context somebody in front of us speaks TLS.
        self.starts_with_tls = implicit_tls and tls is not None
        self._timeouts = {int(kind): seconds for kind, seconds in (timeouts or {}).items()}
        self._max_connections = max_connections
        if max_message_octets is None and self._features.collect:
            max_message_octets = _MOST_COLLECTED
        asks = asks_of(kind)
        if mechanisms is None:
            mechanisms = ("PLAIN", "LOGIN") if overrides(kind, "authenticate") else ()
        mechanisms = tuple(mechanisms)
        if not overrides(kind, "auth") and not {word.upper() for word in mechanisms} <= {"PLAIN", "LOGIN"}:
            # `authenticate` has passwords, and other mechanisms send none.
            raise ArgumentError(ErrorCode.ARGUMENT, detail="mechanisms other than PLAIN and LOGIN need `auth`")
        extensions |= _served(kind, bool(mechanisms), tls is not None and not implicit_tls)
        self.config = ServerConfig(
            hostname=hostname,
            extensions=extensions,
            mechanisms=mechanisms,
            plaintext_auth=plaintext_auth,
            implicit_tls=implicit_tls,
            protocol=protocol,
            asks=asks | Ask.AUTH if mechanisms else asks,
            command_asks=command_asks_of(kind),
            max_message_octets=max_message_octets,
            **options,
        )
        #: Above this much input that waits a connection is read no more.
        self.max_tail = max(self.config.max_line, 4096)
        self._view: memoryview | None = None
        self._servers: list[asyncio.AbstractServer] = []
        self.connections: set[Connection] = set()
        self._idle: asyncio.Event | None = None

    def _kind_of(self, handler: Handler | Callable[[], Handler]) -> type[Handler]:
        """What a callable makes is seen in what it makes: the first connection gets that."""
        if isinstance(handler, type):
            return handler
        if isinstance(handler, Handler):
            return type(handler)
        if not callable(handler):
            raise TypeError(f"{type(handler).__name__} does not derive from ehlo.aio.Handler")
        self._spare = handler()
        return type(self._spare)

    # -- what connections need

    def make_dispatcher(self, connection: Connection) -> Dispatcher:
        handler = self._handler
        if not isinstance(handler, Handler):
            spare, self._spare = self._spare, None
            handler = handler() if spare is None else spare
            self._features.check(handler)
        return Dispatcher(connection, handler, self._features)

    def seconds_of(self, kind: int, seconds: float) -> float:
        return self._timeouts.get(kind, seconds) if seconds else seconds

    def _take_view(self, least: int = 0) -> memoryview:
        """The buffer that all connections read into: what is not consumed at once is copied out of it."""
        view = self._view
        if view is None or len(view) < least:
            view = self._view = memoryview(bytearray(max(_BUFFER, 2 * self.max_tail, least)))
        return view

    def _give_buffer_away(self) -> None:
        """Events are left that view it."""
        self._view = None

    def _opened(self, connection: Connection) -> None:
        self.connections.add(connection)

    def _gone(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if self._idle is not None and not self.connections:
            self._idle.set()

    @property
    def is_full(self) -> bool:
        return 0 < self._max_connections <= len(self.connections)

    # -- life

    async def listen(self, host: str | None = None, port: int = 0, **options: Any) -> list[tuple[Any, ...]]:
        """Listens, and gives the addresses. May be called for several; ClosedError behind `close`. `options` are those
        of `loop.create_server`, but for TLS, which is ours."""
        self._prepare()
        options.setdefault("backlog", 1024)
        where = (None, None) if "sock" in options else (host, port)
        server = await self.loop.create_server(partial(Entrance, self), *where, **options)
        self._servers.append(server)
        return [listener.getsockname() for listener in server.sockets]

    async def listen_unix(self, path: str, **options: Any) -> None:
        self._prepare()
        options.setdefault("backlog", 1024)
        self._servers.append(await self.loop.create_unix_server(partial(Entrance, self), path, **options))

    def _prepare(self) -> None:
        if self.is_closing:
            raise ClosedError
        if not hasattr(self, "loop"):
            self.loop = asyncio.get_running_loop()
            self.runners = Runners(self.loop)

    @property
    def addresses(self) -> list[tuple[Any, ...]]:
        return [s.getsockname() for server in self._servers for s in getattr(server, "sockets", ())]

    @property
    def is_closing(self) -> bool:
        return self._idle is not None

    async def close(self, grace: float = 5.0) -> None:
        """Listens no more, ends every session with 421 once its answers are given, and after `grace` seconds drops
        what is left. Coroutines of the handler that outlive their connections (`receive`, `aborted`, `closed`) have
        the rest of the grace, or a second of their own where less is left of it; then they are cancelled."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self._idle = self._idle or asyncio.Event()
        if not hasattr(self, "loop"):
            return  # it has never listened
        deadline = self.loop.time() + grace
        for connection in list(self.connections):
            connection.shutdown()
        if self.connections:
            try:
                await asyncio.wait_for(self._idle.wait(), grace)
            except asyncio.TimeoutError:
                self._idle.clear()
                for connection in list(self.connections):
                    connection.abort()
                await self._idle.wait()
        await self.runners.close(max(deadline - self.loop.time(), min(grace, _SECONDS_TO_CLEAN_UP)))

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _served(kind: type[Handler], auth: bool, starttls: bool) -> Extension:
    serves = {
        Extension.AUTH: auth,
        Extension.STARTTLS: starttls,
        Extension.VRFY: overrides(kind, "vrfy"),
        Extension.EXPN: overrides(kind, "expn"),
    }
    return Extension(sum(extension for extension, is_served in serves.items() if is_served))
