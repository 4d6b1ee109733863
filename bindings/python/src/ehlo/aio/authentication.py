"""AUTH: passwords by PLAIN and LOGIN, and exchanges of a handler's own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .. import events as e
from ..codecs import Text
from ..constants import ErrorCode
from ..errors import Error, StateError
from . import sasl
from .answers import Answers, log_unseen
from .handler import Handler, Reply
from .meaning import meaning_of_auth

if TYPE_CHECKING:
    from .connection import Connection

_MALFORMED = Reply(501, "Cannot decode the response", "5.5.2")


class Authentication(Answers):
    def __init__(self, connection: Connection, handler: Handler, own_exchange: bool) -> None:
        super().__init__(connection, handler)
        self._own_exchange = own_exchange
        self._passwords: sasl.Passwords | None = None
        self._exchange: sasl.Exchange | None = None
        self._auth_ask: e.Event | None = None

    def _auth(self, event: e.Auth) -> None:
        self.session.user = None
        if not event.id:
            return
        initial = sasl.raw(event.response)
        if self._own_exchange:
            self._auth_ask = event
            self._exchange = sasl.Exchange(event.mechanism, initial, self._challenge)
            exchange = self._exchange
            self._ask(self._call("auth", exchange), partial(self._settle_auth, None, exchange))
        else:
            self._passwords = sasl.Passwords(event.mechanism)
            self._take_password(event, initial)

    def _challenge(self, octets: Text) -> None:
        ask = self._auth_ask
        if ask is None:
            raise StateError(ErrorCode.STATE)
        self.core.challenge(ask, octets)  # where it cannot be given the ask stays open
        self._auth_ask = None
        self.connection.wake()

    def _auth_response(self, event: e.AuthResponse) -> None:
        response = sasl.raw(event.response) or b""
        if self._exchange is not None:
            self._auth_ask = event
            self._exchange._respond(response)
        else:
            self._take_password(event, response)

    def _take_password(self, event: e.Event, response: bytes | None) -> None:
        passwords = self._passwords
        if passwords is None:
            self._say(event, _MALFORMED)
            return
        try:
            found = passwords.take(response)
        except sasl.Malformed:
            self._say(event, _MALFORMED)
            return
        if isinstance(found, bytes):
            try:
                self.core.challenge(event, found)
            except (Error, MemoryError):
                self.core.decline(event)
            return
        self._auth_ask = event
        self._ask(self._call("authenticate", *found), partial(self._settle_auth, found.user, None))

    def _settle_auth(
        self, user: str | None, exchange: sasl.Exchange | None, result: Any, error: BaseException | None
    ) -> None:
        self._undecided -= 1
        if exchange is not self._exchange:
            log_unseen(result, error)  # it was given up, and there may be another
            return
        ask, self._auth_ask = self._auth_ask, None
        self._exchange = None
        if ask is None or isinstance(error, sasl.Cancelled):
            log_unseen(result, error)
            self.session.user = None
            return
        method = "authenticate" if exchange is None else "auth"
        if self._say(ask, meaning_of_auth(method, result if error is None else error)):
            self.session.user = user if user is not None else self.session.user
        else:
            self.session.user = None

    def _auth_abort(self, event: e.AuthAbort) -> None:
        self._forget_auth()

    def _forget_auth(self) -> None:
        """Nobody has authenticated, and nobody is about to."""
        exchange, self._exchange = self._exchange, None
        self._auth_ask = self._passwords = None
        self.session.user = None
        if exchange is not None:
            exchange._cancel()
