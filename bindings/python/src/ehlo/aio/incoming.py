"""The message of a server's transaction: from MAIL to the answer for its content."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

from .. import events as e
from ..server import Server as Core
from .answers import Reply
from .content import Content
from .coroutines import log_unexpected
from .handler_calls import HandlerCalls
from .hooks import Features
from .meaning import FAILED, is_list, is_refusal, meaning_of, meaning_of_chunk, meanings_of
from .transaction import Transaction


class IncomingMessage:
    """Passes content to the methods that the handler has, and answers for the message.

    The answer may be known before the end of the content, which is then dropped. In LMTP it answers several events, one
    for each recipient.
    """

    __slots__ = (
        "_answered",
        "_answers",
        "_calls",
        "_content",
        "_core",
        "_coroutines",
        "_features",
        "_is_decided",
        "_is_handler_called",
        "_is_lmtp",
        "_replies",
        "_result",
        "_session",
        "_waiting",
    )

    def __init__(self, calls: HandlerCalls, core: Core, features: Features, is_lmtp: bool) -> None:
        self._calls = calls
        self._answers = calls.answers
        self._coroutines = calls.coroutines
        self._session = calls.session
        self._core = core
        self._features = features
        self._is_lmtp = is_lmtp
        self._reset()

    def _reset(self) -> None:
        self._content: Content | None = None
        self._is_handler_called = False  # `message` or `receive`
        self._is_decided = False
        self._result: Any = None  # of the method that decided
        self._replies: list[Reply | None] | None = None  # the replies for the result, one for each event to be answered
        self._answered = 0
        self._waiting: list[e.Message] = []  # events to be answered

    @property
    def is_full(self) -> bool:
        """The handler has more content than it takes."""
        return self._content is not None and self._content.is_full

    # -- the transaction

    def begin(self, event: e.Mail) -> None:
        mail = event.detach()
        if event.id:
            self._calls.ask(mail, "mail", mail, accepted=self._begin)
        else:
            self._begin(mail)

    def _begin(self, mail: e.Mail) -> None:
        self._session.transaction = Transaction(mail)
        self._reset()

    def abort(self, event: e.Abort) -> None:
        transaction, self._session.transaction = self._session.transaction, None
        self._answers.undecided -= len(self._waiting)
        self._waiting = []
        if self._content is not None:
            self._content._abort(event.error)
            self._content = None
        if transaction is not None:
            self._calls.notify("aborted", transaction, event.error)

    # -- content

    def take_content(self, event: e.Body) -> None:
        transaction = self._session.transaction
        if transaction is None or self._is_decided:
            return
        octets = bytes(event)
        transaction.octets += len(octets)
        features = self._features
        if features.collect:
            transaction._collect(octets)
        elif features.receive:
            self._open_content()._feed(octets)
        elif features.chunk:
            result = self._calls.call("chunk", octets)
            if result is not None:
                self._coroutines.run_before_next_event(result, self._settle_chunk)

    def _settle_chunk(self, result: Any, error: BaseException | None) -> None:
        reply = meaning_of_chunk(result if error is None else error)
        if reply is not None and not self._is_decided:
            self._decide_early(reply)

    def _open_content(self) -> Content:
        content = self._content
        if content is None:
            content = self._content = Content(self._calls.control.drained)
            result = self._calls.call("receive", content)
            # The content itself reports the end of the connection.
            self._coroutines.run(result, partial(self._settle_receive, content), outlives_connection=True)
        return content

    def _settle_receive(self, content: Content, result: Any, error: BaseException | None) -> None:
        if content is not self._content:
            log_unexpected(result, error)  # of a transaction that is gone
            return
        if not self._is_decided:
            if content._ended:
                self._decide(result if error is None else error)
            else:
                content._drop()
                self._decide_early(result if error is None else error)
                self._calls.control.drained()
        self._answer()

    # -- the end of the content

    def take_end(self, event: e.Message) -> None:
        transaction = self._session.transaction
        if transaction is None:
            return
        if not event.id:
            self._session.transaction = None
            return
        self._answers.undecided += 1
        self._waiting.append(event)
        if self._is_decided:
            self._answer()
        elif not self._is_handler_called:
            self._is_handler_called = True
            if self._features.receive:
                self._open_content()._finish()
            else:
                result = self._calls.call("message", transaction)
                self._coroutines.run(result, partial(self._settle_message, transaction))

    def _settle_message(self, transaction: Transaction, result: Any, error: BaseException | None) -> None:
        if transaction is self._session.transaction:
            self._decide(result if error is None else error)
            self._answer()
        else:
            log_unexpected(result, error)

    # -- the answer

    @property
    def _deciding_method(self) -> str:
        return "receive" if self._features.receive else "message"

    def _decide(self, result: Any) -> None:
        self._is_decided = True
        self._result = result

    def _decide_early(self, result: Any) -> None:
        """Decides before the end of the content: what is left of it is dropped."""
        self._decide(result)
        if self._is_lmtp and is_list(result):
            return
        reply = meaning_of(self._deciding_method, result)
        self._result = reply
        if reply is not None and is_refusal(reply):
            # Where the session cannot refuse now, as it has seen the end, the events that ask get the reply.
            with contextlib.suppress(Exception):
                self._core.refuse_message(reply.code, reply.text, enhanced=reply.enhanced)
            self._calls.control.wake()

    def _answer(self) -> None:
        """Answers the events that wait, once the message is decided."""
        transaction = self._session.transaction
        if not self._is_decided or transaction is None:
            return
        if self._replies is None:
            if self._is_lmtp:
                self._replies = meanings_of(self._deciding_method, self._result, len(transaction.recipients))
            else:
                self._replies = [meaning_of(self._deciding_method, self._result)]
        replies = self._replies
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            place = self._answered
            self._answers.undecided -= 1
            self._answered += 1
            self._answers.send(event, replies[place] if place < len(replies) else FAILED)
        if self._answered >= len(replies):
            self._session.transaction = None
            self._content = None
