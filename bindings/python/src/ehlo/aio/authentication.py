"""AUTH: passwords by PLAIN and LOGIN, and exchanges of a handler's own."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import events as e
from ..codecs import Text
from ..constants import ErrorCode
from ..errors import Error, StateError
from ..server import Server as Core
from . import sasl
from .answers import Reply
from .coroutines import log_unexpected
from .handler_calls import HandlerCalls
from .meaning import meaning_of_auth

_MALFORMED = Reply(501, "Cannot decode the response", "5.5.2")


class Authentication:
    """The SASL exchange of one session. `own_exchange`: the handler has `auth`, and speaks the mechanisms itself."""

    __slots__ = (
        "_answers",
        "_calls",
        "_core",
        "_exchange",
        "_open_event",
        "_own_exchange",
        "_password_exchange",
        "_session",
    )

    def __init__(self, calls: HandlerCalls, core: Core, own_exchange: bool) -> None:
        self._calls = calls
        self._answers = calls.answers
        self._session = calls.session
        self._core = core
        self._own_exchange = own_exchange
        self._password_exchange: sasl.PasswordExchange | None = None
        self._exchange: sasl.Exchange | None = None
        self._open_event: e.Event | None = None  # that a challenge or the outcome answers

    def begin(self, event: e.Auth) -> None:
        self._session.user = None
        if not event.id:
            return
        initial = sasl.decoded_response(event.response)
        if self._own_exchange:
            self._open_event = event
            self._exchange = exchange = sasl.Exchange(event.mechanism, initial, self._send_challenge)
            self._ask("auth", exchange, user=None, exchange=exchange)
        else:
            self._password_exchange = sasl.PasswordExchange(event.mechanism)
            self._take_password_response(event, initial)

    def respond(self, event: e.AuthResponse) -> None:
        response = sasl.decoded_response(event.response) or b""
        if self._exchange is not None:
            self._open_event = event
            self._exchange._respond(response)
        else:
            self._take_password_response(event, response)

    def abort(self) -> None:
        """Ends the exchange, and forgets the user."""
        exchange, self._exchange = self._exchange, None
        self._open_event = self._password_exchange = None
        self._session.user = None
        if exchange is not None:
            exchange._cancel()

    def _send_challenge(self, octets: Text) -> None:
        event = self._open_event
        if event is None:
            raise StateError(ErrorCode.STATE)
        self._core.challenge(event, octets)  # if this raises, the event can still be answered
        self._open_event = None
        self._calls.control.wake()

    def _take_password_response(self, event: e.Event, response: bytes | None) -> None:
        exchange = self._password_exchange
        if exchange is None:
            self._answers.send(event, _MALFORMED)
            return
        try:
            found = exchange.take(response)
        except sasl.Malformed:
            self._answers.send(event, _MALFORMED)
            return
        if isinstance(found, bytes):
            try:
                self._core.challenge(event, found)
            except (Error, MemoryError):
                self._core.decline(event)
            return
        self._open_event = event
        self._ask("authenticate", *found, user=found.user, exchange=None)

    def _ask(self, method: str, *arguments: Any, user: str | None, exchange: sasl.Exchange | None) -> None:
        result = self._calls.call(method, *arguments)
        self._answers.undecided += 1
        self._calls.coroutines.run(result, partial(self._settle, method, user, exchange))

    def _settle(
        self, method: str, user: str | None, exchange: sasl.Exchange | None, result: Any, error: BaseException | None
    ) -> None:
        self._answers.undecided -= 1
        if exchange is not self._exchange:
            log_unexpected(result, error)  # the exchange was cancelled, and there may be another
            return
        event, self._open_event = self._open_event, None
        self._exchange = None
        if event is None or isinstance(error, sasl.Cancelled):
            log_unexpected(result, error)
            self._session.user = None
            return
        if self._answers.send(event, meaning_of_auth(method, result if error is None else error)):
            self._session.user = user if user is not None else self._session.user
        else:
            self._session.user = None
