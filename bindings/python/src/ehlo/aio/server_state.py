"""What the connections of a server share."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

from ..configs import ServerConfig
from ..constants import Protocol, TimeoutKind
from ..errors import ClosedError
from .control import ConnectionControl
from .runners import Runners

_BUFFER = 1 << 17


class ServerState:
    """Options, the buffer for input, the coroutines that run, and the connections that are open."""

    loop: asyncio.AbstractEventLoop
    runners: Runners

    def __init__(
        self,
        config: ServerConfig,
        *,
        tls: ssl.SSLContext | None,
        timeouts: Mapping[TimeoutKind, float],
        max_connections: int,
        linger_seconds: float,
        tls_seconds: float,
    ) -> None:
        self.config = config
        self.tls = tls
        self.linger_seconds = linger_seconds
        self.tls_seconds = tls_seconds
        #: Without a context a proxy in front of us speaks TLS.
        self.starts_with_tls = config.implicit_tls and tls is not None
        self.is_lmtp = config.protocol == Protocol.LMTP
        #: A connection with more unconsumed input than this is not read.
        self.max_waiting_input = max(config.max_line, 4096)
        self.connections: set[ConnectionControl] = set()
        self._timeouts = {int(kind): seconds for kind, seconds in timeouts.items()}
        self._max_connections = max_connections
        self._buffer: memoryview | None = None
        self._is_empty: asyncio.Event | None = None  # None until the server closes

    def timeout(self, kind: int, seconds: float) -> float:
        """The timeout of this kind, by default the `seconds` of the session; 0: none."""
        return self._timeouts.get(kind, seconds) if seconds else seconds

    # -- the event loop

    @property
    def has_started(self) -> bool:
        return hasattr(self, "loop")

    def start(self) -> None:
        """Takes the running loop as that of the server. ClosedError after `begin_closing`."""
        if self.is_closing:
            raise ClosedError
        if not self.has_started:
            self.loop = asyncio.get_running_loop()
            self.runners = Runners(self.loop)

    # -- the buffer

    def input_buffer(self, least: int = 0) -> memoryview:
        """The buffer that all connections read into. The loops of POSIX (selectors, uvloop) ask for it, read into it
        and call `buffer_updated` with nothing in between, and input that is not consumed at once is copied."""
        buffer = self._buffer
        if buffer is None or len(buffer) < least:
            buffer = self._buffer = memoryview(bytearray(max(_BUFFER, 2 * self.max_waiting_input, least)))
        return buffer

    def replace_buffer(self) -> None:
        """Delayed events view the buffer: the next connection gets another one."""
        self._buffer = None

    # -- connections

    def add(self, connection: ConnectionControl) -> None:
        self.connections.add(connection)

    def remove(self, connection: ConnectionControl) -> None:
        self.connections.discard(connection)
        if self._is_empty is not None and not self.connections:
            self._is_empty.set()

    @property
    def is_full(self) -> bool:
        return 0 < self._max_connections <= len(self.connections)

    @property
    def is_closing(self) -> bool:
        return self._is_empty is not None

    def begin_closing(self) -> None:
        self._is_empty = self._is_empty or asyncio.Event()

    async def end_connections(self, grace: float) -> None:
        """Ends every session with 421 once its answers are given, and after `grace` seconds drops what is left."""
        for connection in list(self.connections):
            connection.shutdown()
        if self.connections:
            assert self._is_empty is not None
            try:
                await asyncio.wait_for(self._is_empty.wait(), grace)
            except asyncio.TimeoutError:
                self._is_empty.clear()
                for connection in list(self.connections):
                    connection.abort()
                await self._is_empty.wait()
