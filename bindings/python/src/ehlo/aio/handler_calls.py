"""Calls a handler's methods, and answers events with what they return."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from .. import events as e
from .answer_sender import AnswerSender
from .control import ConnectionControl
from .coroutines import Coroutines, log_unexpected
from .handler import Handler
from .meaning import meaning_of
from .session import Session

Accepted = Callable[[Any], None]


class HandlerCalls:
    """The handler of one session, and what its calls need."""

    __slots__ = ("answers", "control", "coroutines", "handler", "session")

    def __init__(
        self,
        handler: Handler,
        session: Session,
        coroutines: Coroutines,
        answers: AnswerSender,
        control: ConnectionControl,
    ) -> None:
        self.handler = handler
        self.session = session
        self.coroutines = coroutines
        self.answers = answers
        self.control = control

    def call(self, method: str, *arguments: Any) -> Any:
        """Calls a method; its exception becomes the result, to be answered like a value."""
        try:
            return getattr(self.handler, method)(self.session, *arguments)
        except Exception as problem:
            return problem

    def ask(self, event: e.Event, method: str, *arguments: Any, accepted: Accepted | None = None) -> None:
        """Answers the event, if it asks, with what the method returns; `accepted` is called with the event if that
        accepts it."""
        if event.id:
            result = self.call(method, *arguments)
            self.answers.undecided += 1
            self.coroutines.run(result, partial(self._settle, event, method, accepted))

    def _settle(
        self, event: e.Event, method: str, accepted: Accepted | None, result: Any, error: BaseException | None
    ) -> None:
        self.answers.undecided -= 1
        accepts = self.answers.send(event, meaning_of(method, result if error is None else error))
        if accepts and accepted is not None:
            accepted(event)

    def notify(self, method: str, *arguments: Any) -> None:
        """Calls a method that reports something: it may outlive the connection, to be able to clean up."""
        try:
            result = getattr(self.handler, method)(self.session, *arguments)
        except Exception as problem:
            log_unexpected(None, problem)
            return
        if result is not None:
            self.coroutines.run(result, log_unexpected, outlives_connection=True)
