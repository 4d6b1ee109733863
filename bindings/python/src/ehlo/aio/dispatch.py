"""Which part of a connection takes which event of its session."""

from __future__ import annotations

import logging
from typing import Any, Callable

from .. import events as e
from ..constants import ErrorCode
from ..server import Server as Core
from .authentication import Authentication
from .handler_calls import HandlerCalls
from .hooks import METHODS_OF_VERBS, Features
from .incoming import IncomingMessage
from .recipients import Recipients

log = logging.getLogger("ehlo.aio")

_METHODS_OF_VERBS = frozenset(METHODS_OF_VERBS.values())


class Dispatcher:
    """Takes the events of one session."""

    __slots__ = ("_calls", "_recipients", "_session", "authentication", "ended_well", "message")

    def __init__(self, calls: HandlerCalls, core: Core, features: Features, is_lmtp: bool) -> None:
        self._calls = calls
        self._session = calls.session
        self.authentication = Authentication(calls, core, features.auth)
        self.message = IncomingMessage(calls, core, features, is_lmtp)
        self._recipients = Recipients(calls, together=features.recipients)
        self.ended_well = False

    def take(self, event: e.Event) -> None:
        action = ACTIONS.get(type(event))
        if action is not None:
            action(self, event)

    def _hello(self, event: e.Hello) -> None:
        self._session.host = event.host
        self._calls.ask(event, "hello", event.verb, event.host)

    def _command(self, event: e.Command) -> None:
        argument = "" if event.argument is None else str(event.argument, "utf-8", "surrogateescape")
        keyword = event.keyword.upper()
        # By its name: a row of the program may have replaced that of the library.
        method = keyword.lower()
        if method in _METHODS_OF_VERBS:
            self._calls.ask(event, method, argument)
        else:
            self._calls.ask(event, "command", keyword, argument)

    def _plaintext(self, event: e.Plaintext) -> None:
        log.info("%d octets behind STARTTLS dropped, from %s", event.octets, self._session.peer)

    def _close(self, event: e.Close) -> None:
        self.ended_well = event.error in (ErrorCode.OK, ErrorCode.CONNECTION_LOST)
        self._calls.notify("closed", event.error)


Action = Callable[[Dispatcher, Any], None]


def _asks(method: str) -> Action:
    """The handler's method is given nothing but the session."""
    return lambda dispatcher, event: dispatcher._calls.ask(event, method)


def _reports(method: str) -> Action:
    return lambda dispatcher, event: dispatcher._calls.notify(method, event.detach())


#: By kind of event. Nothing is done about BDAT and its chunks: the content and the message follow.
ACTIONS: dict[type[e.Event], Action] = {
    e.Greeting: _asks("connected"),
    e.Hello: Dispatcher._hello,
    e.StartTls: _asks("starttls"),
    e.Plaintext: Dispatcher._plaintext,
    e.Auth: lambda dispatcher, event: dispatcher.authentication.begin(event),
    e.AuthResponse: lambda dispatcher, event: dispatcher.authentication.respond(event),
    e.AuthAbort: lambda dispatcher, event: dispatcher.authentication.abort(),
    e.Mail: lambda dispatcher, event: dispatcher.message.begin(event),
    e.Rcpt: lambda dispatcher, event: dispatcher._recipients.take(event),
    e.Data: _asks("data"),
    e.Body: lambda dispatcher, event: dispatcher.message.take_content(event),
    e.Message: lambda dispatcher, event: dispatcher.message.take_end(event),
    e.Abort: lambda dispatcher, event: dispatcher.message.abort(event),
    e.Command: Dispatcher._command,
    e.Rset: _asks("rset"),
    e.Quit: _asks("quit"),
    e.Rejected: _reports("rejected"),
    e.Violation: _reports("violation"),
    e.Close: Dispatcher._close,
}
