"""Accepts or refuses new connections of the server."""

from __future__ import annotations

import asyncio
import logging
from typing import cast

from ..syntax import write_reply
from .connection import Connection
from .handler_factory import HandlerFactory
from .server_state import ServerState

log = logging.getLogger("ehlo.aio")


class Admission(asyncio.Protocol):
    """Checks a connection once it exists, before anything is made for it.

    The loop makes protocols before connections are there. If the factory of protocols counted, connections that come in
    one iteration of the loop would all pass.
    """

    def __init__(self, state: ServerState, handlers: HandlerFactory) -> None:
        self._state = state
        self._handlers = handlers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # those of uvloop do not inherit from it
        if self._state.is_closing:
            self._refuse(transport, "shutting down")
        elif self._state.is_full:
            self._refuse(transport, "too many connections, try again later")
        else:
            try:
                connection = Connection(self._state, self._handlers)
            except Exception as problem:
                log.error("no handler for a connection", exc_info=problem)
                self._refuse(transport, "local error, try again later")
                return
            transport.set_protocol(connection)
            connection.connection_made(transport)

    def _refuse(self, transport: asyncio.Transport, why: str) -> None:
        # Where TLS comes first, a reply would cost the handshake, and keep the connection as long as its client likes.
        if not self._state.starts_with_tls:
            transport.write(write_reply(421, f"{self._state.config.hostname} {why}", enhanced="4.3.2"))
        transport.close()
