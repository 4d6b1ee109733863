"""What a handler sees of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..constants import Fact

if TYPE_CHECKING:
    from .connection import Connection
    from .transaction import Transaction


class Session:
    """One connection. It is a client's from `Handler.connected` to `Handler.closed`.

    host            what the client called itself, None before EHLO or HELO
    user            who has authenticated, None if nobody has
    transaction     the open mail transaction, None if there is none
    state           whatever the program wants to keep with it
    """

    __slots__ = ("__weakref__", "_connection", "host", "state", "transaction", "user")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.host: str | None = None
        self.user: str | None = None
        self.transaction: Transaction | None = None
        self.state: Any = None

    def _info(self, name: str) -> Any:
        transport = self._connection.transport
        return None if transport is None else transport.get_extra_info(name)

    @property
    def peer(self) -> Any:
        """The address of the client, as sockets have it."""
        return self._info("peername")

    @property
    def local(self) -> Any:
        """Our address."""
        return self._info("sockname")

    @property
    def tls_info(self) -> Any:
        """The `ssl.SSLObject`, None without TLS."""
        return self._info("ssl_object")

    @property
    def facts(self) -> Fact:
        """TLS, AUTHENTICATED, ESMTP, SMTPUTF8, EARLY_TALKER, ILL_PIPELINED."""
        return self._connection.core.facts

    @property
    def is_tls(self) -> bool:
        return Fact.TLS in self.facts

    @property
    def protocol_name(self) -> str:
        """The protocol of the "with" clause of a Received field: "ESMTPSA", "LMTP"."""
        return self._connection.core.protocol_name

    def shutdown(self, text: str | None = None) -> None:
        """Ends the session with 421, as soon as the replies before it are decided."""
        self._connection.shutdown(text)

    def abort(self) -> None:
        """Drops the connection without a word."""
        self._connection.abort()
