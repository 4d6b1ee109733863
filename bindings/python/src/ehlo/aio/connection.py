"""One connection of the server: the transport on one side, a session on the other, time between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Callable, cast

from .._ehlo import lib
from ..constants import TimeoutKind
from ..errors import ArgumentError, Error, SpaceError
from ..events import Abort, Close, Event
from ..server import Server as Core
from .answers import log_unseen
from .deadline import Deadline
from .session import Session

if TYPE_CHECKING:
    from .runners import Runner
    from .server import Server

log = logging.getLogger("ehlo.aio")

_OUTPUT: int = lib.EHLO_WANT_OUTPUT
_CLOSE: int = lib.EHLO_WANT_CLOSE
_TLS: int = lib.EHLO_WANT_TLS
_INPUT: int = lib.EHLO_WANT_INPUT
_ANSWER: int = lib.EHLO_WANT_ANSWER
_MOST_UNSENT = 1 << 16

Settle = Callable[[Any, "BaseException | None"], object]


class Connection(asyncio.BufferedProtocol):
    """Reads into the server's buffer, steps, executes the events, writes once a turn.

    What the dispatcher does with events is in `ehlo.aio.dispatch`; it calls `run` for the handler's methods.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.loop = server.loop
        self.core = Core(server.config)
        self.transport: asyncio.Transport | None = None
        self.session = Session(self)
        self.dispatch = server.make_dispatcher(self)
        self._tail = b""  # input that the session has not consumed
        self._pending: Iterator[Event] | None = None  # events behind one that is awaited
        self._is_awaited = False
        self._runners: set[Runner] = set()
        self._due: asyncio.Handle | None = None
        self._deadline = Deadline(self.loop, self._timed_out)
        self._patience: asyncio.TimerHandle | None = None  # with a client that is to close
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
        self.session._learn(transport)
        self.server._opened(self)
        if self.server.starts_with_tls:
            self._secure()
        else:
            self._begun = True
            self._pump(b"")

    def get_buffer(self, sizehint: int) -> memoryview:
        tail = self._tail
        view = self.server._take_view(2 * len(tail))
        if tail:
            view[: len(tail)] = tail
            return view[len(tail) :]
        return view

    def buffer_updated(self, nbytes: int) -> None:
        data = self.server._take_view()[: len(self._tail) + nbytes]
        if self._over:
            return
        if self._pending is None and not self._securing:
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
        for handle in (self._patience, self._due):
            if handle is not None:
                handle.cancel()
        for runner in list(self._runners):
            runner.cancel()
        if self._begun and not self._over:
            if self._securing:  # uvloop tells this before the handshake fails
                with contextlib.suppress(Error):
                    self.core.tls_failed()
            self.core.eof()
            self._tell_pending()
            self._pump(b"")
        self.session._keep_facts()
        self.core.close()
        self.server._gone(self)

    def _tell_pending(self) -> None:
        """Nobody waits any more: of the events that are left the ends are told."""
        pending, self._pending = self._pending, None
        self._is_awaited = False
        for event in pending or ():
            if isinstance(event, (Abort, Close)):
                self.dispatch.take(event)

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
        if self._due is None and self.transport is not None:
            self._due = self.loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self.transport is None or self._over or self._securing:
            return
        if self._pending is not None:
            if self._is_awaited:
                return
            pending, self._pending = self._pending, None
            if not self._execute(pending):
                return
        self._pump(self._tail)

    def _pump(self, data: memoryview | bytes) -> None:
        """Steps until the session has no more to do."""
        core, out, waiting = self.core, [], 0
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
            elif self.dispatch.has_unsaid:
                if not self.dispatch.say_again(stuck=not progress.output) and not progress.output:
                    break
            elif not progress.raw_wants & _OUTPUT:
                break
            if waiting > _MOST_UNSENT:
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
        if self._pending is not None:
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
            kind, seconds = progress.raw_timeout, 0 if self.dispatch.is_full else progress.seconds
            self._deadline.set(kind, self.server.seconds_of(kind, seconds))
            if self._eof and not wants & _ANSWER and not self._write_paused:
                self._end_input()
        self._update_reading()

    def _write(self, pieces: list[bytes]) -> None:
        if pieces and self.transport is not None:
            self.transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _end_input(self) -> None:
        self._eof = False
        self.core.eof()
        self._pump(b"")

    def _execute(self, events: Iterator[Event]) -> bool:
        """False: one of them is awaited, and the rest waits for it."""
        dispatch = self.dispatch
        for event in events:
            dispatch.take(event)
            if self._is_awaited:
                # The rest views a buffer that must stay as it is.
                self._pending = events
                self.server._give_buffer_away()
                return False
        return True

    def _finish(self) -> None:
        transport = self.transport
        if self._over or transport is None:
            return
        self._over = True
        self._deadline.stop()
        self._tail = b""
        if self.dispatch.ended_well or self._eof or not transport.can_write_eof():
            unsent = transport.get_write_buffer_size()
            patience = self.server.seconds_of(TimeoutKind.COMMAND, 300) if unsent else self.server.linger_seconds
            self._patience = self.loop.call_later(patience, self._abandon)
            transport.close()
            return
        # A client that is still sending would lose the last reply to a reset: close our half, and read on for a while.
        self._lingering = True
        try:
            transport.write_eof()
        except OSError:
            transport.abort()  # it is gone already
            return
        self._patience = self.loop.call_later(self.server.linger_seconds, self._abandon)

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
            or self._pending is not None
            or self.dispatch.is_full
            or len(self._tail) >= self.server.max_tail
            or (self._tail and self.dispatch.owes_answer)
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

    # -- the handler's methods

    def run(self, result: Any, settle: Settle, cancellable: bool = True) -> None:
        """Settles what a method gave, at once where it can: a value, a coroutine or another awaitable. What is
        `cancellable` does not outlive the connection."""
        if type(result) is not CoroutineType:
            if not hasattr(result, "__await__"):
                settle(result, None)
                return
            result = _awaited(result)
        runner: Runner | None = None
        finished = False

        def done(value: Any, error: BaseException | None) -> None:
            nonlocal finished
            finished = True
            if runner is not None:
                self._runners.discard(runner)
                if self.transport is None:
                    log_unseen(value, error)
                    return
                self.wake()
            settle(value, error)

        runner = self.server.runners.start(result, done)
        if runner is not None and not finished and cancellable:
            self._runners.add(runner)

    def hold(self, result: Any, settle: Settle) -> None:
        """As `run`, for what later events have to wait for."""
        self._is_awaited = True

        def done(value: Any, error: BaseException | None) -> None:
            self._is_awaited = False
            settle(value, error)

        self.run(result, done)

    # -- TLS

    def _secure(self) -> None:
        transport = self.transport
        if self._securing or transport is None:
            return
        self._securing = True
        self._deadline.stop()
        # The first step is taken at once: no octet is read before TLS has the transport.
        tls: Any = self.server.tls
        seconds = self.server.tls_seconds
        handshake = self.loop.start_tls(transport, self, tls, server_side=True, ssl_handshake_timeout=seconds)
        self.run(handshake, partial(self._secured, transport))

    def _secured(self, transport: asyncio.Transport, secured: Any, error: BaseException | None) -> None:
        self._securing = False
        # uvloop gives a transport also for a connection that was dropped meanwhile.
        if secured is None or transport.is_closing():
            self._lose_handshake(transport, error)
            return
        self.transport = secured
        self.session._learn(secured)
        self._reading = True
        self._write_paused = False
        if self._begun:
            # RFC 3207 4.2: what the client said before is void.
            self.session.host = None
            self.dispatch._forget_auth()
            self.core.tls_started()
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
                self.core.tls_failed()
        transport.abort()
        self.connection_lost(error)

    # -- the end

    def _timed_out(self) -> None:
        self.core.timed_out()
        self._tell_pending()
        self._pump(b"")

    def shutdown(self, text: str | None = None) -> None:
        """421 as soon as the replies before it are decided."""
        if self.transport is None or self._over:
            return
        try:
            self.core.shutdown(text)
        except (ArgumentError, SpaceError, MemoryError):
            self.core.shutdown()  # the text cannot be sent
        except Error:
            pass  # it has ended
        if self._securing:
            self.transport.abort()  # nothing can be said within a handshake
        self.wake()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


async def _awaited(awaitable: Any) -> Any:
    return await awaitable
