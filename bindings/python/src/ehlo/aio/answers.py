"""Calling a handler's method, and giving what it answers to the session."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .. import events as e
from ..errors import AnswerError, Error, SpaceError
from .handler import Handler, Refuse, Reply

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger("ehlo.aio")

FAILED = Reply(451, "Requested action aborted: local error in processing", "4.3.0")

#: The code of the positive default, where it is not 250.
POSITIVE: dict[type[e.Event], int] = {
    e.Greeting: 220,
    e.Data: 354,
    e.Help: 214,
    e.Vrfy: 252,
    e.Expn: 252,
    e.Quit: 221,
    e.StartTls: 220,
    e.Auth: 235,
    e.AuthResponse: 235,
}


class Answers:
    """The asks of one session."""

    def __init__(self, connection: Connection, handler: Handler) -> None:
        self.connection = connection
        self.core = connection.core
        self.session = connection.session
        self.handler = handler
        self._undecided = 0

    @property
    def owes_answer(self) -> bool:
        return self._undecided > 0

    def _ask(self, event: e.Event, result: Any, settle: Callable[[Any, BaseException | None], object]) -> None:
        self._undecided += 1
        self.connection.run(result, settle)

    def _call(self, event: e.Event, method: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a method; its exception becomes the result, to be answered like a value."""
        try:
            return method(self.session, *arguments)
        except Exception as problem:
            return problem

    def _settle(self, event: e.Event, result: Any, error: BaseException | None) -> bool:
        """Gives the answer, and says whether it accepts."""
        self._undecided -= 1
        return self._give(event, result if error is None else error)

    def _give(self, event: e.Event, result: Any) -> bool:
        if result is None or result is True:
            self._say(self.core.accept, event.id)
            return True
        reply = self._reply_of(event, result)
        self._say(self.core.reply, event.id, reply.code, reply.text, enhanced=reply.enhanced)
        return 200 <= reply.code < 400

    def _reply_of(self, event: e.Event, result: Any) -> Reply:
        if isinstance(result, str):
            return Reply(POSITIVE.get(type(event), 250), result)
        if isinstance(result, Reply):
            return result
        if isinstance(result, Refuse):
            return result.reply
        if not isinstance(result, asyncio.CancelledError):
            problem = result if isinstance(result, BaseException) else TypeError(f"no answer: {result!r}")
            log.error("handler of %s", event.name, exc_info=problem)
        return FAILED

    def _say(self, answer: Callable[..., None], number: int, *arguments: Any, **more: Any) -> None:
        try:
            answer(number, *arguments, **more)
        except AnswerError:
            pass  # the session has ended meanwhile
        except SpaceError:
            # The room for texts is in use: say it without words of our own.
            if number and answer is not self.core.accept:
                self._say(self.core.reply, number, arguments[0], "")
        except Error as problem:
            log.error("an answer that cannot be given", exc_info=problem)
            if answer != self.core.accept and arguments[1:] != (FAILED.text,):
                self._say(self.core.reply, number, FAILED.code, FAILED.text, enhanced=FAILED.enhanced)

    def _simple(self, event: e.Event, method: Callable[..., Any], *arguments: Any) -> None:
        """An ask that changes nothing here."""
        if event.id:
            self._ask(event, self._call(event, method, *arguments), partial(self._settle, event))
