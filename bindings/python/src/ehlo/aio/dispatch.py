"""What is done about each event of a session: the handler is called, its answer is given."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .. import events as e
from ..constants import Ask, ErrorCode
from .answers import log_unseen
from .authentication import Authentication
from .content import Content
from .handler import Handler, Reply
from .transaction import Transaction

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger("ehlo.aio")

#: What is asked where a handler overrides one of the methods.
ASKED = {
    Ask.GREETING: ("connected",),
    Ask.HELLO: ("hello",),
    Ask.MAIL: ("mail",),
    Ask.RCPT: ("rcpt", "recipients"),
    Ask.DATA: ("data",),
    Ask.MESSAGE: ("message", "receive", "chunk"),  # chunk: it may refuse the last piece, when the end has been seen
    Ask.STARTTLS: ("starttls",),
    Ask.AUTH: ("authenticate", "auth"),
    Ask.VRFY: ("vrfy",),
    Ask.EXPN: ("expn",),
    Ask.HELP: ("help",),
    Ask.NOOP: ("noop",),
    Ask.RSET: ("rset",),
    Ask.QUIT: ("quit",),
}


def overrides(kind: type[Handler], method: str) -> bool:
    return getattr(kind, method) is not getattr(Handler, method)


def asks_of(kind: type[Handler]) -> Ask:
    """Only what the handler has an opinion on is asked."""
    asks = Ask.NONE
    for ask, methods in ASKED.items():
        if any(overrides(kind, method) for method in methods):
            asks |= ask
    return asks


class Features:
    """Which ways a handler has chosen."""

    __slots__ = ("auth", "chunk", "collect", "listed", "receive")

    def __init__(self, kind: type[Handler]) -> None:
        self.receive = overrides(kind, "receive")
        self.chunk = overrides(kind, "chunk")
        self.collect = overrides(kind, "message") and not self.receive and not self.chunk
        self.listed = overrides(kind, "recipients")
        self.auth = overrides(kind, "auth")


class Dispatcher(Authentication):
    """The state of one session between its events."""

    def __init__(self, connection: Connection, handler: Handler, features: Features) -> None:
        super().__init__(connection, handler, features.auth)
        self.features = features
        self.ended_well = False
        self._listed: list[e.Rcpt] = []  # for `recipients`
        self._list_due = False
        self._content: Content | None = None
        self._verdict: list[Any] | None = None  # of the message: [result, error]
        self._asked = False  # whether `message` or `receive` has been called
        self._waiting: list[e.Message] = []  # that wait for the verdict
        self._told = 0  # replies to the message that were given

    def take(self, event: e.Event) -> None:
        _METHODS[type(event)](self, event)

    @property
    def is_full(self) -> bool:
        return self._content is not None and self._content.is_full

    # -- connection

    def _greeting(self, event: e.Greeting) -> None:
        self._simple(event, self.handler.connected)

    def _hello(self, event: e.Hello) -> None:
        self.session.host = event.host
        self._simple(event, self.handler.hello, event.verb, event.host)

    def _starttls(self, event: e.StartTls) -> None:
        self._simple(event, self.handler.starttls)

    def _plaintext(self, event: e.Plaintext) -> None:
        log.info("%d octets behind STARTTLS dropped, from %s", event.octets, self.session.peer)

    def _close(self, event: e.Close) -> None:
        self.ended_well = event.error in (ErrorCode.OK, ErrorCode.CONNECTION_LOST)
        self._tell(self.handler.closed, event.error)

    def _tell(self, method: Callable[..., Any], *arguments: Any) -> None:
        try:
            result = method(self.session, *arguments)
        except Exception as problem:
            log_unseen(None, problem)
            return
        if result is not None:
            # Also behind the end of the connection: whoever is told must be able to clean up.
            self.connection.run(result, log_unseen, cancellable=False)

    # -- transaction

    def _mail(self, event: e.Mail) -> None:
        mail = event.detach()
        if not event.id:
            self._begin(mail)
            return
        self._ask(event, self._call(event, self.handler.mail, mail), partial(self._settle_mail, mail))

    def _settle_mail(self, mail: e.Mail, result: Any, error: BaseException | None) -> None:
        if self._settle(mail, result, error):
            self._begin(mail)

    def _begin(self, mail: e.Mail) -> None:
        self.session.transaction = Transaction(mail)
        self._content = self._verdict = None
        self._asked = False
        self._told = 0
        self._waiting = []

    def _rcpt(self, event: e.Rcpt) -> None:
        rcpt = event.detach()
        if not event.id:
            self._settle_rcpt(rcpt, None, None, told=True)
        elif self.features.listed:
            self._undecided += 1
            self._listed.append(rcpt)
            if not self._list_due:
                self._list_due = True
                self.connection.loop.call_soon(self._ask_list)
        else:
            self._ask(event, self._call(event, self.handler.rcpt, rcpt), partial(self._settle_rcpt, rcpt))

    def _settle_rcpt(self, rcpt: e.Rcpt, result: Any, error: BaseException | None, told: bool = False) -> None:
        if (told or self._settle(rcpt, result, error)) and self.session.transaction is not None:
            self.session.transaction._add(rcpt)

    def _ask_list(self) -> None:
        self._list_due = False
        rcpts, self._listed = self._listed, []
        if self.connection.transport is None or not rcpts:
            return
        result = self._call(rcpts[0], self.handler.recipients, rcpts)
        self.connection.run(result, partial(self._settle_list, rcpts))
        self.connection.wake()

    def _settle_list(self, rcpts: list[e.Rcpt], result: Any, error: BaseException | None) -> None:
        answers = _spread(result if error is None else error, len(rcpts))
        for rcpt, answer in zip(rcpts, answers):
            self._settle_rcpt(rcpt, answer, None)

    def _data(self, event: e.Data) -> None:
        self._simple(event, self.handler.data)

    def _nothing(self, event: e.Event) -> None:
        """BDAT, and a chunk of it: their content and the message follow."""

    # -- content

    def _body(self, event: e.Body) -> None:
        transaction = self.session.transaction
        if transaction is None or self._verdict is not None:
            return
        octets = bytes(event)
        transaction.octets += len(octets)
        if self.features.collect:
            transaction._collect(octets)
        elif self.features.receive:
            self._open_content()._feed(octets)
        elif self.features.chunk:
            result = self._call(event, self.handler.chunk, octets)
            if result is not None:
                self.connection.hold(result, self._settle_chunk)

    def _settle_chunk(self, result: Any, error: BaseException | None) -> None:
        problem = result if error is None else error
        if problem is not None and self._verdict is None:
            self._decide_early(problem)

    def _decide_early(self, result: Any) -> None:
        """The message is refused before its end: what is left of it is dropped."""
        self._verdict = [result]
        if result is None or _is_spread(result):
            return
        reply = self._reply_of(_ANY_MESSAGE, result)
        self._verdict = [reply]
        if type(reply.code) is int and reply.code >= 400:
            # Where its end has been seen, or this cannot be said now, the verdict answers the asks.
            with contextlib.suppress(Exception):
                self.core.refuse_message(reply.code, reply.text, enhanced=reply.enhanced)
            self.connection.wake()

    def _open_content(self) -> Content:
        content = self._content
        if content is None:
            content = self._content = Content(self.connection.drained)
            result = self._call(_ANY_MESSAGE, self.handler.receive, content)
            # It hears of the end of the connection from its content.
            self.connection.run(result, partial(self._settle_content, content), cancellable=False)
        return content

    def _settle_content(self, content: Content, result: Any, error: BaseException | None) -> None:
        if content is not self._content:
            log_unseen(result, error)  # of a transaction that is gone
            return
        if not content._ended and self._verdict is None:
            content._drop()
            self._decide_early(result if error is None else error)
            self.connection.drained()
        elif self._verdict is None:
            self._verdict = [result if error is None else error]
        self._answer_messages()

    def _message(self, event: e.Message) -> None:
        transaction = self.session.transaction
        if transaction is None:
            return
        if not event.id:
            self.session.transaction = None
            return
        self._undecided += 1
        self._waiting.append(event)
        if self._verdict is not None:
            self._answer_messages()
        elif self.features.receive:
            if not self._asked:
                self._asked = True
                self._open_content()._finish()
        elif not self._asked:
            self._asked = True
            result = self._call(event, self.handler.message, transaction)
            self.connection.run(result, partial(self._settle_message, transaction))

    def _settle_message(self, transaction: Transaction, result: Any, error: BaseException | None) -> None:
        if transaction is self.session.transaction:
            self._verdict = [result if error is None else error]
            self._answer_messages()
        else:
            log_unseen(result, error)

    def _answer_messages(self) -> None:
        transaction = self.session.transaction
        if self._verdict is None or transaction is None:
            return
        recipients = transaction.recipients if self.connection.server.is_lmtp else [None]
        answers = _spread(self._verdict[0], len(recipients))
        waiting, self._waiting = self._waiting, []
        for ask in waiting:
            place = self._told
            self._undecided -= 1
            self._told += 1
            self._give(ask, answers[place] if place < len(answers) else None)
        if self._told >= len(recipients):
            self.session.transaction = None
            self._content = None

    def _abort(self, event: e.Abort) -> None:
        transaction, self.session.transaction = self.session.transaction, None
        self._undecided -= len(self._waiting)
        self._waiting = []
        if self._content is not None:
            self._content._abort(event.error)
            self._content = None
        if transaction is not None:
            self._tell(self.handler.aborted, transaction, event.error)

    # -- commands beside the transaction

    def _rset(self, event: e.Rset) -> None:
        self._simple(event, self.handler.rset)

    def _quit(self, event: e.Quit) -> None:
        self._simple(event, self.handler.quit)

    def _noop(self, event: e.Noop) -> None:
        self._simple(event, self.handler.noop, _text(event.argument))

    def _help(self, event: e.Help) -> None:
        self._simple(event, self.handler.help, _text(event.argument))

    def _vrfy(self, event: e.Vrfy) -> None:
        self._simple(event, self.handler.vrfy, _text(event.argument))

    def _expn(self, event: e.Expn) -> None:
        self._simple(event, self.handler.expn, _text(event.argument))

    def _command(self, event: e.Command) -> None:
        self._simple(event, self.handler.command, event.keyword, _text(event.argument))

    def _rejected(self, event: e.Rejected) -> None:
        self._tell(self.handler.rejected, event.detach())

    def _violation(self, event: e.Violation) -> None:
        self._tell(self.handler.violation, event.detach())


def _text(argument: memoryview | None) -> str:
    return "" if argument is None else str(argument, "utf-8", "surrogateescape")


def _is_spread(result: Any) -> bool:
    """Whether there is an answer for each; a Reply and words are one."""
    return isinstance(result, Sequence) and not isinstance(result, (str, bytes, Reply))


def _spread(result: Any, count: int) -> list[Any]:
    """One answer for all, or one for each."""
    if not _is_spread(result):
        return [result] * count
    if len(result) != count:
        return [ValueError(f"{len(result)} answers for {count}")] * count
    return list(result)


# Where an answer to a message is read and no ask is at hand.
_ANY_MESSAGE = e.Message((0,) * 29, memoryview(b""))

_METHODS: dict[type[e.Event], Callable[[Any, Any], None]] = {
    e.Greeting: Dispatcher._greeting,
    e.Hello: Dispatcher._hello,
    e.Mail: Dispatcher._mail,
    e.Rcpt: Dispatcher._rcpt,
    e.Data: Dispatcher._data,
    e.Bdat: Dispatcher._nothing,
    e.Body: Dispatcher._body,
    e.Chunk: Dispatcher._nothing,
    e.Message: Dispatcher._message,
    e.Abort: Dispatcher._abort,
    e.Rset: Dispatcher._rset,
    e.Noop: Dispatcher._noop,
    e.Help: Dispatcher._help,
    e.Vrfy: Dispatcher._vrfy,
    e.Expn: Dispatcher._expn,
    e.Quit: Dispatcher._quit,
    e.StartTls: Dispatcher._starttls,
    e.Auth: Dispatcher._auth,
    e.AuthResponse: Dispatcher._auth_response,
    e.AuthAbort: Dispatcher._auth_abort,
    e.Command: Dispatcher._command,
    e.Rejected: Dispatcher._rejected,
    e.Violation: Dispatcher._violation,
    e.Plaintext: Dispatcher._plaintext,
    e.Close: Dispatcher._close,
    e.Event: Dispatcher._nothing,
}
