"""SASL exchanges of the server: passwords by PLAIN and LOGIN, and the exchange that a handler's `auth` speaks."""

from __future__ import annotations

import asyncio
from typing import Callable, NamedTuple

from ..codecs import decode_base64, parse_plain
from ..errors import ProtocolError


class Credentials(NamedTuple):
    mechanism: str
    user: str
    password: str
    authzid: str


class Malformed(Exception):
    """A response that breaks the syntax of the mechanism: 501."""


class PasswordExchange:
    """PLAIN (RFC 4616) or LOGIN: each response leads to a challenge to be sent, or to the credentials."""

    __slots__ = ("mechanism", "user")

    def __init__(self, mechanism: str) -> None:
        self.mechanism = mechanism
        self.user: str | None = None

    def take(self, response: bytes | None) -> bytes | Credentials:
        """`response` in raw octets; None: there was no initial one."""
        if self.mechanism == "PLAIN":
            if response is None:
                return b""
            try:
                plain = parse_plain(response)
            except ProtocolError:
                raise Malformed from None
            return Credentials("PLAIN", plain.authcid, plain.passwd, plain.authzid)
        if response is None:
            return b"Username:"
        try:
            text = response.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed from None
        if self.user is None:
            self.user = text
            return b"Password:"
        return Credentials("LOGIN", self.user, text, "")


class Cancelled(Exception):
    """The client has cancelled the exchange, or the library has ended it."""


class Exchange:
    """A SASL exchange as a handler's `auth` sees it."""

    __slots__ = ("_send", "_waiter", "initial", "mechanism")

    def __init__(self, mechanism: str, initial: bytes | None, send: Callable[[bytes], None]) -> None:
        self.mechanism = mechanism
        #: The initial response in raw octets; None: there was none.
        self.initial = initial
        self._send = send
        self._waiter: asyncio.Future[bytes] | None = None

    async def challenge(self, octets: bytes = b"") -> bytes:
        """Sends a challenge in raw octets and returns the response. StateError: too many; Cancelled."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            self._send(octets)
            return await self._waiter
        finally:
            self._waiter = None

    def _respond(self, response: bytes) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(response)

    def _cancel(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(Cancelled())


def decoded_response(response: memoryview | None) -> bytes | None:
    """A response in raw octets; the session has already validated its base64."""
    return None if response is None else decode_base64(response)
