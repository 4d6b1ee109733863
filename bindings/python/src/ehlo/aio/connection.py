"""One connection of the server: the transport on one side, a session on the other, time between them."""

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
    """Reads into the server's buffer, advances the session, gives its events to the dispatcher, writes once a turn."""

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
        self._tail = b""  # input that the session has not consumed
        self._delayed: Iterator[Event] | None = None  # events behind one that `Coroutines.delays_events` is about
        self._next_turn: asyncio.Handle | None = None
        self._deadline = Deadline(self._loop, self._timed_out)
        self._drop_timer: asyncio.TimerHandle | None = None  # for a client that is to close
        self._reading = True
        self._write_paused = False
        self._eof = False
        self._over = False  # the session has ended
        self._is_lost = False
        self._lingering = False
        self._begun = False  # where TLS comes first, the session begins behind the handshake
        self._securing = False

    # -- the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # those of uvloop do not inherit from it
        self.transport = transport
        self.session._describe(transport)
        self._state.add(self)
        if self._state.starts_with_tls:
            self._secure()
        else:
            self._begun = True
            self._pump(b"")

    def get_buffer(self, sizehint: int) -> memoryview:
        tail = self._tail
        view = self._state.input_buffer(2 * len(tail))
        if tail:
            view[: len(tail)] = tail
            return view[len(tail) :]
        return view

    def buffer_updated(self, nbytes: int) -> None:
        data = self._state.input_buffer()[: len(self._tail) + nbytes]
        if self._over:
            return
        if self._delayed is None and not self._securing:
            self._pump(data)
        else:
            # What the transport had before it was told not to read; or what came through TLS before we are told that it
            # has started: the clear text is not read.
            self._tail = bytes(data)

    def eof_received(self) -> bool:
        if self.transport is None or self._lingering:
            return False
        self._eof = True
        self._turn()
        # What is still to be decided is answered, but not with TLS, which has no half of a connection.
        return self.session.tls_info is None

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._is_lost:
            return
        self._is_lost = True
        self.transport = None
        self._deadline.stop()
        for handle in (self._drop_timer, self._next_turn):
            if handle is not None:
                handle.cancel()
        self._coroutines.close()
        if self._begun and not self._over:
            if self._securing:  # uvloop tells this before the handshake fails
                with contextlib.suppress(Error):
                    self._core.tls_failed()
            self._core.eof()
            self._report_delayed_ends()
            self._pump(b"")
        self.session._keep_facts()
        self._core.close()
        self._state.remove(self)

    def _report_delayed_ends(self) -> None:
        """Nothing delays events any more, and of those that are left only the ends of things are of interest."""
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

    # -- turns

    def wake(self) -> None:
        """A turn soon: something was given that the session has to act on."""
        if self._next_turn is None and self.transport is not None:
            self._next_turn = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self._next_turn is not None:
            self._next_turn.cancel()
            self._next_turn = None
        if self.transport is None or self._over or self._securing:
            return
        if self._delayed is not None:
            if self._coroutines.delays_events:
                return
            delayed, self._delayed = self._delayed, None
            if not self._execute(delayed):
                return
        self._pump(self._tail)

    def _pump(self, data: memoryview | bytes) -> None:
        """Steps until the session has no more to do."""
        core, out, waiting = self._core, [], 0
        while True:
            progress = core.advance(data)
            if progress.consumed:
                data = data[progress.consumed :] if progress.consumed < len(data) else b""
                self._deadline.forget()
            if progress.output:
                out.append(progress.output)
                waiting += len(progress.output)
                self._deadline.forget()
            if progress.events:
                if not self._execute(iter(progress.events)):
                    break
            elif self._answers.has_postponed:
                if not self._answers.retry_postponed(output_is_empty=not progress.output) and not progress.output:
                    break
            elif not progress.raw_wants & _OUTPUT:
                break
            if waiting > _MAX_UNSENT:
                # A client that reads no replies is not to have them kept for it.
                self._write(out)
                out, waiting = [], 0
                if self._write_paused:
                    break
        self._tail = bytes(data) if len(data) else b""
        transport = self.transport
        if transport is None:
            return
        self._write(out)
        if self._delayed is not None:
            # What follows from the events that are left comes behind them; the time until then is the program's.
            self._deadline.forget()
            self._update_reading()
            return
        wants = progress.raw_wants
        if wants & _CLOSE:
            self._finish()
        elif wants & _TLS and not wants & _INPUT:
            self._secure()
        else:
            # No time runs while it is the program that does not read.
            kind, seconds = progress.raw_timeout, 0 if self._dispatcher.message.is_full else progress.seconds
            self._deadline.set(kind, self._state.timeout(kind, seconds))
            if self._eof and not wants & _ANSWER and not self._write_paused:
                self._end_input()
        self._update_reading()

    def _write(self, pieces: list[bytes]) -> None:
        if pieces and self.transport is not None:
            self.transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _end_input(self) -> None:
        self._eof = False
        self._core.eof()
        self._pump(b"")

    def _execute(self, events: Iterator[Event]) -> bool:
        """Gives the events to the dispatcher. False: the ones that are left have to wait."""
        dispatcher, coroutines = self._dispatcher, self._coroutines
        for event in events:
            dispatcher.take(event)
            if coroutines.delays_events:
                # They view a buffer that must stay as it is.
                self._delayed = events
                self._state.replace_buffer()
                return False
        return True

    def _finish(self) -> None:
        transport = self.transport
        if self._over or transport is None:
            return
        self._over = True
        self._deadline.stop()
        self._tail = b""
        if self._dispatcher.ended_well or self._eof or not transport.can_write_eof():
            unsent = transport.get_write_buffer_size()
            patience = self._state.timeout(TimeoutKind.COMMAND, 300) if unsent else self._state.linger_seconds
            self._drop_timer = self._loop.call_later(patience, self._abandon)
            transport.close()
            return
        # A client that is still sending would lose the last reply to a reset: close our half, and read on for a while.
        self._lingering = True
        try:
            transport.write_eof()
        except OSError:
            transport.abort()  # it is gone already
            return
        self._drop_timer = self._loop.call_later(self._state.linger_seconds, self._abandon)

    def _abandon(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    # -- back-pressure

    def _update_reading(self) -> None:
        transport = self.transport
        if transport is None or self._securing or (self._over and not self._lingering):
            return
        wanted = self._lingering or not (
            self._write_paused
            or self._delayed is not None
            or self._dispatcher.message.is_full
            or len(self._tail) >= self._state.max_waiting_input
            or (self._tail and self._answers.undecided)
        )
        if wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def drained(self) -> None:
        """The handler has taken what it was given."""
        self._update_reading()
        self.wake()

    # -- TLS

    def _secure(self) -> None:
        transport = self.transport
        if self._securing or transport is None:
            return
        self._securing = True
        self._deadline.stop()
        # The first step is taken at once: no octet is read before TLS has the transport.
        tls: Any = self._state.tls
        seconds = self._state.tls_seconds
        handshake = self._loop.start_tls(transport, self, tls, server_side=True, ssl_handshake_timeout=seconds)
        self._coroutines.run(handshake, partial(self._secured, transport))

    def _secured(self, transport: asyncio.Transport, secured: Any, error: BaseException | None) -> None:
        self._securing = False
        # uvloop gives a transport also for a connection that was dropped meanwhile.
        if secured is None or transport.is_closing():
            self._lose_handshake(transport, error)
            return
        self.transport = secured
        self.session._describe(secured)
        self._reading = True
        self._write_paused = False
        if self._begun:
            # RFC 3207 4.2: what the client said before is void.
            self.session.host = None
            self._dispatcher.authentication.abort()
            self._core.tls_started()
        self._begun = True
        self.wake()

    def _lose_handshake(self, transport: asyncio.Transport, error: BaseException | None) -> None:
        """Within a handshake the loop does not tell us that the connection has gone."""
        if error is None or isinstance(error, (OSError, asyncio.TimeoutError, asyncio.CancelledError)):
            log.info("TLS with %s failed: %s", self.session.peer, error)
        else:
            log.error("TLS", exc_info=error)
        if self._begun:
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
        if self.transport is None or self._over:
            return
        try:
            self._core.shutdown(text)
        except (ArgumentError, SpaceError, MemoryError):
            self._core.shutdown()  # the text cannot be sent
        except Error:
            pass  # it has ended
        if self._securing:
            self.transport.abort()  # nothing can be said within a handshake
        self.wake()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
