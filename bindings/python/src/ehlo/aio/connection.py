"""One connection of the server: passes octets and timeouts between its transport and its session."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from .._ehlo import lib
from ..constants import TimeoutKind
from ..errors import ArgumentError, Error, SpaceError
from ..events import Abort, Close, Event
from ..server import Server as Core
from .answer_sender import AnswerSender
from .coroutines import Coroutines
from .deadline import Deadline
from .dispatch import Dispatcher
from .handler_calls import HandlerCalls
from .handler_factory import HandlerFactory
from .server_state import ServerState
from .session import Session

log = logging.getLogger("ehlo.aio")

_OUTPUT: int = lib.EHLO_WANT_OUTPUT
_CLOSE: int = lib.EHLO_WANT_CLOSE
_TLS: int = lib.EHLO_WANT_TLS
_INPUT: int = lib.EHLO_WANT_INPUT
_ANSWER: int = lib.EHLO_WANT_ANSWER
_MAX_UNSENT = 1 << 16


class Connection(asyncio.BufferedProtocol):
    """Reads into the server's buffer, advances the session, passes its events to the dispatcher, writes once for all of
    it."""

    __slots__ = (
        "_answers",
        "_core",
        "_coroutines",
        "_deadline",
        "_delayed",
        "_dispatcher",
        "_drop_timer",
        "_has_begun",
        "_has_ended",
        "_has_eof",
        "_in_handshake",
        "_is_lost",
        "_lingering",
        "_loop",
        "_reading",
        "_scheduled_resume",
        "_state",
        "_unconsumed",
        "_write_paused",
        "session",
        "transport",
    )

    def __init__(self, state: ServerState, handlers: HandlerFactory) -> None:
        self._state = state
        self._loop = state.loop
        self._core = Core(state.config)
        self.session = Session(self._core, self)
        self._coroutines = Coroutines(state.runners, self)
        self._answers = AnswerSender(self._core, self)
        calls = HandlerCalls(handlers.make(), self.session, self._coroutines, self._answers, self)
        self._dispatcher = Dispatcher(calls, self._core, handlers.features, state.is_lmtp)
        self.transport: asyncio.Transport | None = None
        self._unconsumed = b""  # input that the session has not consumed
        self._delayed: Iterator[Event] | None = None  # events that wait while `Coroutines.delays_events`
        self._scheduled_resume: asyncio.Handle | None = None
        self._deadline = Deadline(self._loop, self._timed_out)
        self._drop_timer: asyncio.TimerHandle | None = None  # for a client that does not close
        self._reading = True
        self._write_paused = False
        self._has_eof = False
        self._has_ended = False  # the session has ended
        self._is_lost = False
        self._lingering = False
        self._has_begun = False  # where TLS comes first, the session begins after the handshake
        self._in_handshake = False

    # -- the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # those of uvloop do not inherit from it
        self.transport = transport
        self.session._set_transport(transport)
        self._state.add(self)
        if self._state.starts_with_tls:
            self._start_handshake()
        else:
            self._has_begun = True
            self._pump(b"")

    def get_buffer(self, sizehint: int) -> memoryview:
        tail = self._unconsumed
        view = self._state.input_buffer(2 * len(tail))
        if tail:
            view[: len(tail)] = tail
            return view[len(tail) :]
        return view

    def buffer_updated(self, nbytes: int) -> None:
        data = self._state.input_buffer()[: len(self._unconsumed) + nbytes]
        if self._has_ended:
            return
        if self._delayed is None and not self._in_handshake:
            self._pump(data)
        else:
            # What the transport had read before it was paused; or what came through TLS before `start_tls` returned.
            self._unconsumed = bytes(data)

    def eof_received(self) -> bool:
        if self.transport is None or self._lingering:
            return False
        self._has_eof = True
        self._resume()
        # True keeps our half open for the answers that are undecided. TLS cannot be closed by half.
        return self.session.tls_info is None

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._is_lost:
            return
        self._is_lost = True
        self.transport = None
        self._deadline.stop()
        for handle in (self._drop_timer, self._scheduled_resume):
            if handle is not None:
                handle.cancel()
        self._coroutines.close()
        if self._has_begun and not self._has_ended:
            if self._in_handshake:  # uvloop calls this before the handshake fails
                with contextlib.suppress(Error):
                    self._core.tls_failed()
            self._core.eof()
            self._report_delayed_ends()
            self._pump(b"")
        self.session._keep_facts()
        self._core.close()
        self._state.remove(self)

    def _report_delayed_ends(self) -> None:
        """Drops the delayed events but for the ends of the transaction and the session, which must be reported."""
        delayed, self._delayed = self._delayed, None
        self._coroutines.delays_events = False
        for event in delayed or ():
            if isinstance(event, (Abort, Close)):
                self._dispatcher.take(event)

    def pause_writing(self) -> None:
        self._write_paused = True
        self._update_reading()

    def resume_writing(self) -> None:
        self._write_paused = False
        self._update_reading()
        self.wake()

    # -- the session

    def wake(self) -> None:
        """Schedules `_resume`: an answer was given that the session has to act on."""
        if self._scheduled_resume is None and self.transport is not None:
            self._scheduled_resume = self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        if self._scheduled_resume is not None:
            self._scheduled_resume.cancel()
            self._scheduled_resume = None
        if self.transport is None or self._has_ended or self._in_handshake:
            return
        if self._delayed is not None:
            if self._coroutines.delays_events:
                return
            delayed, self._delayed = self._delayed, None
            if not self._take_events(delayed):
                return
        self._pump(self._unconsumed)

    def _pump(self, data: memoryview | bytes) -> None:
        """Advances the session until it has no more to do."""
        core, out, waiting = self._core, [], 0
        while True:
            progress = core.advance(data)
            if progress.consumed:
                data = data[progress.consumed :] if progress.consumed < len(data) else b""
                self._deadline.restart()
            if progress.output:
                out.append(progress.output)
                waiting += len(progress.output)
                self._deadline.restart()
            if progress.events:
                if not self._take_events(iter(progress.events)):
                    break
            elif self._answers.has_postponed:
                if not self._answers.retry_postponed(output_is_empty=not progress.output) and not progress.output:
                    break
            elif not progress.raw_wants & _OUTPUT:
                break
            if waiting > _MAX_UNSENT:
                # No replies are kept for a client that does not read them.
                self._write(out)
                out, waiting = [], 0
                if self._write_paused:
                    break
        self._unconsumed = bytes(data) if len(data) else b""
        transport = self.transport
        if transport is None:
            return
        self._write(out)
        if self._delayed is not None:
            # The delayed events come first. Until then the program takes the time, not the client.
            self._deadline.restart()
            self._update_reading()
            return
        wants = progress.raw_wants
        if wants & _CLOSE:
            self._close_transport()
        elif wants & _TLS and not wants & _INPUT:
            self._start_handshake()
        else:
            # The client has no timeout while the program does not read.
            kind, seconds = progress.raw_timeout, 0 if self._dispatcher.message.is_full else progress.seconds
            self._deadline.set(kind, self._state.timeout(kind, seconds))
            if self._has_eof and not wants & _ANSWER and not self._write_paused:
                self._end_input()
        self._update_reading()

    def _write(self, pieces: list[bytes]) -> None:
        if pieces and self.transport is not None:
            self.transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _end_input(self) -> None:
        self._has_eof = False
        self._core.eof()
        self._pump(b"")

    def _take_events(self, events: Iterator[Event]) -> bool:
        """Passes the events to the dispatcher. False: the rest of them has to wait."""
        dispatcher, coroutines = self._dispatcher, self._coroutines
        for event in events:
            dispatcher.take(event)
            if coroutines.delays_events:
                # They view a buffer that must stay as it is.
                self._delayed = events
                self._state.replace_buffer()
                return False
        return True

    def _close_transport(self) -> None:
        transport = self.transport
        if self._has_ended or transport is None:
            return
        self._has_ended = True
        self._deadline.stop()
        self._unconsumed = b""
        if self._dispatcher.ended_well or self._has_eof or not transport.can_write_eof():
            unsent = transport.get_write_buffer_size()
            patience = self._state.timeout(TimeoutKind.COMMAND, 300) if unsent else self._state.linger_seconds
            self._drop_timer = self._loop.call_later(patience, self._drop)
            transport.close()
            return
        # A client that is still sending would get a reset instead of the last reply (RFC 9293 3.6.1): close our half,
        # and read on for a while.
        self._lingering = True
        try:
            transport.write_eof()
        except OSError:
            transport.abort()  # it is gone already
            return
        self._drop_timer = self._loop.call_later(self._state.linger_seconds, self._drop)

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    # -- back-pressure

    def _update_reading(self) -> None:
        transport = self.transport
        if transport is None or self._in_handshake or (self._has_ended and not self._lingering):
            return
        wanted = self._lingering or not (
            self._write_paused
            or self._delayed is not None
            or self._dispatcher.message.is_full
            or len(self._unconsumed) >= self._state.max_waiting_input
            or (self._unconsumed and self._answers.undecided)
        )
        if wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def drained(self) -> None:
        """The handler has taken the content that was there: read on."""
        self._update_reading()
        self.wake()

    # -- TLS

    def _start_handshake(self) -> None:
        transport = self.transport
        if self._in_handshake or transport is None:
            return
        self._in_handshake = True
        self._deadline.stop()
        # The coroutine starts at once: no octet is read before TLS has the transport.
        tls: Any = self._state.tls
        seconds = self._state.tls_seconds
        handshake = self._loop.start_tls(transport, self, tls, server_side=True, ssl_handshake_timeout=seconds)
        self._coroutines.run(handshake, partial(self._handshake_done, transport))

    def _handshake_done(self, transport: asyncio.Transport, secured: Any, error: BaseException | None) -> None:
        self._in_handshake = False
        # uvloop returns a transport also for a connection that was dropped meanwhile.
        if secured is None or transport.is_closing():
            self._handshake_failed(transport, error)
            return
        self.transport = secured
        self.session._set_transport(secured)
        self._reading = True
        self._write_paused = False
        if self._has_begun:
            # RFC 3207 4.2: what is known of the client from before is forgotten.
            self.session.host = None
            self._dispatcher.authentication.abort()
            self._core.tls_started()
        self._has_begun = True
        self.wake()

    def _handshake_failed(self, transport: asyncio.Transport, error: BaseException | None) -> None:
        """Within a handshake the loop does not report to us that the connection is lost."""
        if error is None or isinstance(error, (OSError, asyncio.TimeoutError, asyncio.CancelledError)):
            log.info("TLS with %s failed: %s", self.session.peer, error)
        else:
            log.error("TLS", exc_info=error)
        if self._has_begun:
            with contextlib.suppress(Error):
                self._core.tls_failed()
        transport.abort()
        self.connection_lost(error)

    # -- the end

    def _timed_out(self) -> None:
        self._core.timed_out()
        self._report_delayed_ends()
        self._pump(b"")

    def shutdown(self, text: str | None = None) -> None:
        """421 as soon as the replies before it are decided."""
        if self.transport is None or self._has_ended:
            return
        try:
            self._core.shutdown(text)
        except (ArgumentError, SpaceError, MemoryError):
            self._core.shutdown()  # the text cannot be sent
        except Error:
            pass  # it has ended
        if self._in_handshake:
            self.transport.abort()  # no reply can be sent within a handshake
        self.wake()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
