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
from .meaning import is_refusal, meaning_of
from .sasl import Cancelled

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger("ehlo.aio")


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

    def _ask(self, result: Any, settle: Callable[[Any, BaseException | None], object]) -> None:
        self._undecided += 1
        self.connection.run(result, settle)

    def _call(self, method: str, *arguments: Any) -> Any:
        """Calls a method; its exception becomes the result, to be answered like a value."""
        try:
            return getattr(self.handler, method)(self.session, *arguments)
        except Exception as problem:
            return problem

    def _settle(self, method: str, event: e.Event, result: Any, error: BaseException | None) -> bool:
        """Gives the answer, and says whether it accepts."""
        self._undecided -= 1
        return self._say(event, meaning_of(method, result if error is None else error))

    def _say(self, event: e.Event, reply: Reply | None) -> bool:
        """Whether the client is told that it is accepted."""
        try:
            if reply is None:
                self.core.accept(event)
                return True
            self.core.reply(event, reply.code, reply.text, enhanced=reply.enhanced)
            return not is_refusal(reply)
        except SpaceError:
            if reply is not None:
                # The room for texts is in use: once output has been taken it is said.
                self._unsaid.append((event, reply))
                self.connection.wake()
                return not is_refusal(reply)
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
        if 200 <= code <= 299 or (code == 354 and isinstance(event, e.Data)):
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

    def _simple(self, event: e.Event, method: str, *arguments: Any) -> None:
        """An ask that changes nothing here."""
        if event.id:
            self._ask(self._call(method, *arguments), partial(self._settle, method, event))
