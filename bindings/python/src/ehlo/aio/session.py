"""A connection as its handler sees it."""

from __future__ import annotations

import asyncio
from typing import Any

from ..constants import Fact
from ..server import Server as Core
from .control import ConnectionControl
from .transaction import Transaction


class Session:
    """One connection, from `Handler.connected` to `Handler.closed`.

    peer, local     the addresses of the client and of us, as sockets have them
    tls_info        the `ssl.SSLObject`, None without TLS
    host            the argument of EHLO or HELO, None before it
    user            the authenticated user, or None
    transaction     the open mail transaction, None if there is none
    state           free for the program
    """

    __slots__ = (
        "__weakref__",
        "_control",
        "_core",
        "_facts",
        "_protocol_name",
        "host",
        "local",
        "peer",
        "state",
        "tls_info",
        "transaction",
        "user",
    )

    def __init__(self, core: Core, control: ConnectionControl) -> None:
        self._core = core
        self._control = control
        self._facts: Fact | None = None
        self._protocol_name: str | None = None
        self.peer: Any = None
        self.local: Any = None
        self.tls_info: Any = None
        self.host: str | None = None
        self.user: str | None = None
        self.transaction: Transaction | None = None
        self.state: Any = None

    def _set_transport(self, transport: asyncio.Transport) -> None:
        self.peer = transport.get_extra_info("peername")
        self.local = transport.get_extra_info("sockname")
        self.tls_info = transport.get_extra_info("ssl_object")

    def _keep_facts(self) -> None:
        """They can still be read after the core is closed."""
        self._facts, self._protocol_name = self.facts, self.protocol_name

    @property
    def facts(self) -> Fact:
        """TLS, AUTHENTICATED, ESMTP, SMTPUTF8, EARLY_TALKER, ILL_PIPELINED."""
        return self._core.facts if self._facts is None else self._facts

    @property
    def is_tls(self) -> bool:
        return Fact.TLS in self.facts

    @property
    def protocol_name(self) -> str:
        """The protocol of the "with" clause of a Received field: "ESMTPSA", "LMTP"."""
        return self._core.protocol_name if self._protocol_name is None else self._protocol_name

    def shutdown(self, text: str | None = None) -> None:
        """Ends the session with 421, as soon as the replies before it are decided."""
        self._control.shutdown(text)

    def abort(self) -> None:
        """Drops the connection without a reply."""
        self._control.abort()
