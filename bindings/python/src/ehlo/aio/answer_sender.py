"""Passes the answers of a handler to the session."""

from __future__ import annotations

import contextlib
import logging

from .. import events as e
from ..errors import AnswerError, ArgumentError, ClosedError, SpaceError
from ..server import Server as Core
from .answers import Reply
from .control import ConnectionControl
from .meaning import is_refusal

log = logging.getLogger("ehlo.aio")


class AnswerSender:
    """Counts the answers of one session that are undecided, and keeps those that have no room."""

    __slots__ = ("_control", "_core", "_postponed", "undecided")

    def __init__(self, core: Core, control: ConnectionControl) -> None:
        self._core = core
        self._control = control
        # None while it is empty, as in most sessions: each connection has one.
        self._postponed: list[tuple[e.Event, Reply]] | None = None
        #: Events that ask, and that the handler has not answered yet.
        self.undecided = 0

    @property
    def has_postponed(self) -> bool:
        return self._postponed is not None

    def send(self, event: e.Event, reply: Reply | None) -> bool:
        """Answers the event, None with the positive default. Returns whether the answer accepts."""
        try:
            if reply is None:
                self._core.accept(event)
                return True
            self._core.reply(event, reply.code, reply.text, enhanced=reply.enhanced)
            return not is_refusal(reply)
        except SpaceError:
            if reply is not None:
                # The room for texts is in use until output has been taken.
                self._postpone(event, reply)
                self._control.wake()
                return not is_refusal(reply)
        except (AnswerError, ClosedError):
            pass  # the session has ended meanwhile
        except Exception as problem:
            # A handler may answer anything.
            log.error("an answer that cannot be given: %s", reply, exc_info=problem)
            return self._send_code_alone(event, reply)
        return False

    def _postpone(self, event: e.Event, reply: Reply) -> None:
        if self._postponed is None:
            self._postponed = []
        self._postponed.append((event, reply))

    def _send_code_alone(self, event: e.Event, reply: Reply | None) -> bool:
        """For a reply whose text or status code cannot be sent: a refusal must never become a yes for that reason."""
        code = reply.code if reply is not None and type(reply.code) is int else 0
        if 200 <= code <= 299 or (code == 354 and isinstance(event, e.Data)):
            self._core.accept(event)
            return True
        try:
            self._core.reply(event, code)
        except (ArgumentError, SpaceError, MemoryError):
            self._core.decline(event)
        return False

    def retry_postponed(self, *, output_is_empty: bool) -> bool:
        """Sends the answers that had no room, and returns whether any could be sent. `output_is_empty`: no room will
        be freed by sending output."""
        postponed, self._postponed = sorted(self._postponed or (), key=lambda pair: pair[0].id), None
        any_sent = False
        for event, reply in postponed:
            if self._fits(event, reply):
                any_sent = True
            elif any_sent or not output_is_empty or self.undecided:
                self._postpone(event, reply)
            else:
                # It is too long ever to fit, or the answers after it, which wait for it, hold the room.
                with contextlib.suppress(AnswerError, ClosedError):
                    self._send_code_alone(event, reply)
                any_sent = True
        return any_sent

    def _fits(self, event: e.Event, reply: Reply) -> bool:
        """Sends the answer if there is room. Also True where the event needs no answer any more."""
        try:
            self._core.reply(event, reply.code, reply.text, enhanced=reply.enhanced)
        except (SpaceError, MemoryError):
            return False
        except (AnswerError, ClosedError):
            pass
        return True
