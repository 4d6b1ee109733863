"""Where connections come in."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from ..syntax import write_reply
from .connection import Connection

if TYPE_CHECKING:
    from .server import Server

log = logging.getLogger("ehlo.aio")


class Entrance(asyncio.Protocol):
    """Judges a connection when it is there, before anything is made for it.

    The loop asks for protocols before it has connections: what it asks for in one turn could not be counted.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # those of uvloop do not inherit from it
        server = self._server
        if server.is_closing:
            self._refuse(transport, "shutting down")
        elif server.is_full:
            self._refuse(transport, "too many connections, try again later")
        else:
            try:
                connection = Connection(server)
            except Exception as problem:
                log.error("no handler for a connection", exc_info=problem)
                self._refuse(transport, "local error, try again later")
                return
            transport.set_protocol(connection)
            connection.connection_made(transport)

    def _refuse(self, transport: asyncio.Transport, why: str) -> None:
        # With TLS first a word would cost the handshake, and keep the connection as long as its client likes.
        if not self._server.starts_with_tls:
            transport.write(write_reply(421, f"{self._server.config.hostname} {why}", enhanced="4.3.2"))
        transport.close()
