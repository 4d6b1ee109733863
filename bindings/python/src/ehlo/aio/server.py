"""An asyncio server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Callable

from ..configs import ServerConfig
from ..constants import Ask, ErrorCode, Extension, Protocol, TimeoutKind
from ..errors import ArgumentError
from .admission import Admission
from .control import ConnectionControl
from .handler import Handler
from .handler_factory import HandlerFactory
from .hooks import asks_of, command_asks_of, overrides
from .server_state import ServerState

_MAX_COLLECTED_OCTETS = 1 << 25
_SECONDS_TO_CLEAN_UP = 1.0


class Server:
    """Serves SMTP or LMTP::

        server = ehlo.aio.Server(MyHandler(), hostname="mx.example")
        await server.listen("127.0.0.1", 8025)
        ...
        await server.close()

    handler         a `Handler`, or a class or other callable that makes one for each connection, all of one type. A
                    callable that is no class is called at once; the first connection gets the handler that it made
    hostname        the name of this server
    tls             with it STARTTLS is offered; `implicit_tls`: TLS from the first octet instead (RFC 8314)
    extensions      what is offered besides: STARTTLS, AUTH, VRFY and EXPN are added where they are served
    mechanisms      of AUTH; default PLAIN and LOGIN for a handler that has `authenticate`; others need `auth`
    plaintext_auth  announce and serve AUTH without TLS too. RISK: passwords go over the wire in clear text
    timeouts        seconds by `TimeoutKind`, instead of those of RFC 5321 4.5.3.2
    max_message_octets  announced by SIZE; 0: no limit. None: 32 MiB where content is collected for `message`, else 0
    max_connections the next one is refused with 421, or closed where TLS comes first; connections in a handshake
                    count. 0: no limit
    linger_seconds  how long a client that still sends is read after the last reply: a reset would discard that reply
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
        self._handlers = HandlerFactory(handler)
        kind = self._handlers.kind
        if max_message_octets is None and self._handlers.features.collect:
            max_message_octets = _MAX_COLLECTED_OCTETS
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
        self._state = ServerState(
            self.config,
            tls=tls,
            timeouts=timeouts or {},
            max_connections=max_connections,
            linger_seconds=linger_seconds,
            tls_seconds=tls_seconds,
        )
        self._servers: list[asyncio.AbstractServer] = []

    # -- life

    async def listen(self, host: str | None = None, port: int = 0, **options: Any) -> list[tuple[Any, ...]]:
        """Listens, and returns the addresses. May be called for several; ClosedError after `close`. `options` are
        those of `loop.create_server`, but for TLS, which is ours."""
        self._state.start()
        options.setdefault("backlog", 1024)
        where = (None, None) if "sock" in options else (host, port)
        server = await self._state.loop.create_server(self._admission, *where, **options)
        self._servers.append(server)
        return [listener.getsockname() for listener in server.sockets]

    async def listen_unix(self, path: str, **options: Any) -> None:
        self._state.start()
        options.setdefault("backlog", 1024)
        self._servers.append(await self._state.loop.create_unix_server(self._admission, path, **options))

    def _admission(self) -> Admission:
        return Admission(self._state, self._handlers)

    @property
    def addresses(self) -> list[tuple[Any, ...]]:
        return [s.getsockname() for server in self._servers for s in getattr(server, "sockets", ())]

    @property
    def connections(self) -> set[ConnectionControl]:
        return self._state.connections

    @property
    def starts_with_tls(self) -> bool:
        return self._state.starts_with_tls

    @property
    def is_full(self) -> bool:
        return self._state.is_full

    @property
    def is_closing(self) -> bool:
        return self._state.is_closing

    async def close(self, grace: float = 5.0) -> None:
        """Listens no more, ends every session with 421 once its answers are given, and after `grace` seconds drops
        what is left. Coroutines of the handler that outlive their connections (`receive`, `aborted`, `closed`) have
        the rest of the grace, or a second of their own where less is left of it; then they are cancelled."""
        state = self._state
        for server in self._servers:
            server.close()
        self._servers.clear()
        state.begin_closing()
        if not state.has_started:
            return
        deadline = state.loop.time() + grace
        await state.end_connections(grace)
        await state.runners.close(max(deadline - state.loop.time(), min(grace, _SECONDS_TO_CLEAN_UP)))

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
