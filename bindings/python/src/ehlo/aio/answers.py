"""Calling a handler's method, and giving what it answers to the session."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .. import events as e
from ..errors import AnswerError, ArgumentError, ClosedError, SpaceError
from .content import Aborted
from .handler import Handler, Refuse, Reply
from .sasl import Cancelled

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


def log_unseen(result: Any, error: BaseException | None) -> None:
    """What a coroutine has come to when nobody is left to be answered: only an accident is of interest."""
    if error is not None and not isinstance(error, (asyncio.CancelledError, Aborted, Cancelled, Refuse)):
        log.error("handler", exc_info=error)


class Answers:
    """The asks of one session."""

    def __init__(self, connection: Connection, handler: Handler) -> None:
        self.connection = connection
        self.core = connection.core
        self.session = connection.session
        self.handler = handler
        self._undecided = 0
        self._unsaid: list[tuple[e.Event, Reply]] = []  # answers that had no room

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
            return self._say(event, None)
        return self._say(event, self._reply_of(event, result))

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

    def _say(self, event: e.Event, reply: Reply | None) -> bool:
        """Whether the client is told that it is accepted."""
        try:
            if reply is None:
                self.core.accept(event)
                return True
            self.core.reply(event, reply.code, reply.text, enhanced=reply.enhanced)
            return 200 <= reply.code < 400
        except SpaceError:
            if reply is not None:
                # The room for texts is in use: once output has been taken it is said.
                self._unsaid.append((event, reply))
                self.connection.wake()
                return 200 <= reply.code < 400
        except (AnswerError, ClosedError):
            pass  # the session has ended meanwhile
        except Exception as problem:
            # A handler may answer anything.
            log.error("an answer that cannot be given: %s", reply, exc_info=problem)
            return self._say_without_words(event, reply)
        return False

    def _say_without_words(self, event: e.Event, reply: Reply | None) -> bool:
        """What the answer means, where its text or its status code cannot be sent."""
        code = reply.code if reply is not None and type(reply.code) is int else 0
        if 200 <= code < 400:
            self.core.accept(event)
            return True
        try:
            self.core.reply(event, code)
        except (ArgumentError, SpaceError, MemoryError):
            self.core.decline(event)
        return False

    def say_again(self, stuck: bool) -> bool:
        """Gives the answers that had no room, and says whether it could give any. `stuck`: no output will make more."""
        unsaid, self._unsaid = sorted(self._unsaid, key=lambda pair: pair[0].id), []
        moved = False
        for event, reply in unsaid:
            if self._fits(event, reply):
                moved = True
            elif moved or not stuck or self._undecided:
                self._unsaid.append((event, reply))
            else:
                # It is too long ever to fit, or those behind it, which wait for it, hold the room.
                with contextlib.suppress(AnswerError, ClosedError):
                    self._say_without_words(event, reply)
                moved = True
        return moved

    def _fits(self, event: e.Event, reply: Reply) -> bool:
        try:
            self.core.reply(event, reply.code, reply.text, enhanced=reply.enhanced)
        except (SpaceError, MemoryError):
            return False
        except (AnswerError, ClosedError):
            pass
        return True

    @property
    def has_unsaid(self) -> bool:
        return bool(self._unsaid)

    def _simple(self, event: e.Event, method: Callable[..., Any], *arguments: Any) -> None:
        """An ask that changes nothing here."""
        if event.id:
            self._ask(event, self._call(event, method, *arguments), partial(self._settle, event))
