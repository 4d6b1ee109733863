"""What is done about each event of a session: the handler is called, its answer is given."""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .. import events as e
from ..constants import ErrorCode
from .answers import log_unseen
from .authentication import Authentication
from .content import Content
from .handler import Handler, Reply
from .hooks import OF_VERBS, Features
from .meaning import FAILED, is_list, is_refusal, meaning_of, meaning_of_chunk, meanings_of
from .transaction import Transaction

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger("ehlo.aio")


class Dispatcher(Authentication):
    """The state of one session between its events."""

    def __init__(self, connection: Connection, handler: Handler, features: Features) -> None:
        super().__init__(connection, handler, features.auth)
        self.features = features
        self.ended_well = False
        self._listed: list[e.Rcpt] = []  # for `recipients`
        self._list_due = False
        self._content: Content | None = None
        self._verdict: list[Any] | None = None  # of the message, in a list
        self._replies: list[Reply | None] | None = None  # what it means, for each ask
        self._asked = False  # whether `message` or `receive` has been called
        self._waiting: list[e.Message] = []  # that wait for the verdict
        self._told = 0  # replies to the message that were given

    def take(self, event: e.Event) -> None:
        method = _METHODS.get(type(event))
        if method is not None:
            method(self, event)

    @property
    def _decider(self) -> str:
        """The method that answers for messages."""
        return "receive" if self.features.receive else "message"

    @property
    def is_full(self) -> bool:
        return self._content is not None and self._content.is_full

    # -- connection

    def _hello(self, event: e.Hello) -> None:
        self.session.host = event.host
        self._simple(event, "hello", event.verb, event.host)

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
        self._ask(self._call("mail", mail), partial(self._settle_mail, mail))

    def _settle_mail(self, mail: e.Mail, result: Any, error: BaseException | None) -> None:
        if self._settle("mail", mail, result, error):
            self._begin(mail)

    def _begin(self, mail: e.Mail) -> None:
        self.session.transaction = Transaction(mail)
        self._content = self._verdict = self._replies = None
        self._asked = False
        self._told = 0
        self._waiting = []

    def _rcpt(self, event: e.Rcpt) -> None:
        rcpt = event.detach()
        if not event.id:
            self._add_recipient(rcpt)
        elif self.features.listed:
            self._undecided += 1
            self._listed.append(rcpt)
            if not self._list_due:
                self._list_due = True
                self.connection.loop.call_soon(self._ask_list)
        else:
            self._ask(self._call("rcpt", rcpt), partial(self._settle_rcpt, rcpt))

    def _settle_rcpt(self, rcpt: e.Rcpt, result: Any, error: BaseException | None) -> None:
        if self._settle("rcpt", rcpt, result, error):
            self._add_recipient(rcpt)

    def _add_recipient(self, rcpt: e.Rcpt) -> None:
        if self.session.transaction is not None:
            self.session.transaction._add(rcpt)

    def _ask_list(self) -> None:
        self._list_due = False
        rcpts, self._listed = self._listed, []
        if self.connection.transport is None or not rcpts:
            return
        result = self._call("recipients", rcpts)
        self.connection.run(result, partial(self._settle_list, rcpts))
        self.connection.wake()

    def _settle_list(self, rcpts: list[e.Rcpt], result: Any, error: BaseException | None) -> None:
        replies = meanings_of("recipients", result if error is None else error, len(rcpts))
        for rcpt, reply in zip(rcpts, replies):
            self._undecided -= 1
            if self._say(rcpt, reply):
                self._add_recipient(rcpt)

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
            result = self._call("chunk", octets)
            if result is not None:
                self.connection.hold(result, self._settle_chunk)

    def _settle_chunk(self, result: Any, error: BaseException | None) -> None:
        reply = meaning_of_chunk(result if error is None else error)
        if reply is not None and self._verdict is None:
            self._decide_early(reply)

    def _decide_early(self, result: Any) -> None:
        """The message is decided before its end: what is left of it is dropped."""
        self._verdict = [result]
        if self.connection.server.is_lmtp and is_list(result):
            return
        reply = meaning_of(self._decider, result)
        self._verdict = [reply]
        if reply is not None and is_refusal(reply):
            # Where its end has been seen, or this cannot be said now, the verdict answers the asks.
            with contextlib.suppress(Exception):
                self.core.refuse_message(reply.code, reply.text, enhanced=reply.enhanced)
            self.connection.wake()

    def _open_content(self) -> Content:
        content = self._content
        if content is None:
            content = self._content = Content(self.connection.drained)
            result = self._call("receive", content)
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
            result = self._call("message", transaction)
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
        if self._replies is None:
            if self.connection.server.is_lmtp:
                self._replies = meanings_of(self._decider, self._verdict[0], len(transaction.recipients))
            else:
                self._replies = [meaning_of(self._decider, self._verdict[0])]
        replies = self._replies
        waiting, self._waiting = self._waiting, []
        for ask in waiting:
            place = self._told
            self._undecided -= 1
            self._told += 1
            self._say(ask, replies[place] if place < len(replies) else FAILED)
        if self._told >= len(replies):
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

    def _command(self, event: e.Command) -> None:
        argument = "" if event.argument is None else str(event.argument, "utf-8", "surrogateescape")
        keyword = event.keyword.upper()
        # By its name: a row of the program's may stand in the place of the library's.
        method = keyword.lower()
        if method in OF_VERBS.values():
            self._simple(event, method, argument)
        else:
            self._simple(event, "command", keyword, argument)

    def _rejected(self, event: e.Rejected) -> None:
        self._tell(self.handler.rejected, event.detach())

    def _violation(self, event: e.Violation) -> None:
        self._tell(self.handler.violation, event.detach())


def _method_of(kind: type[e.Event]) -> Callable[[Any, Any], None] | None:
    """What is done about an event; None of BDAT, and of a chunk of it: the content and the message follow."""
    hook = _PLAIN.get(kind)
    if hook is not None:
        return lambda dispatcher, event: dispatcher._simple(event, hook)
    method: Callable[[Any, Any], None] | None = getattr(Dispatcher, "_" + kind.name.replace("-", "_"), None)
    return method


# Those that ask, and have nothing to say.
_PLAIN: dict[type[e.Event], str] = {
    e.Greeting: "connected",
    e.Data: "data",
    e.Rset: "rset",
    e.Quit: "quit",
    e.StartTls: "starttls",
}
_METHODS = {kind: _method_of(kind) for kind in e.CLASSES.values()}
