"""A connection of the client: passes octets and timeouts between its transport and its session."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from .. import client_events as c
from .._ehlo import lib
from ..client import Client as Core
from ..constants import ErrorCode, Scope, TimeoutKind, Verb, Verdict
from ..envelope import Envelope
from ..errors import ClosedError, error_info

_CLOSE: int = lib.EHLO_WANT_CLOSE
_MAX_SHOWN_CHARACTERS = 500  # characters of what cannot be read that an error shows


class ClientError(Exception):
    """The connection has ended, or a command was refused.

    error       the reason; `code`, `enhanced`, `text` without that status code: the reply, 0 and "" if there was none
    text        where `code` is 0: a reply that cannot be read, as sent, as far as it had arrived
    """

    def __init__(self, error: ErrorCode | int, code: int = 0, enhanced: str | None = None, text: str = "") -> None:
        super().__init__(error, code, enhanced, text)
        self.error = error
        self.code = code
        self.enhanced = enhanced
        self.text = text

    def __str__(self) -> str:
        if self.code:
            return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))
        name = error_info(self.error).name
        return f"{name}: the server said: {_escaped(self.text[:_MAX_SHOWN_CHARACTERS])}" if self.text else name


@dataclass(frozen=True)
class ServerReply:
    """A reply to a command, its `lines` without the status code."""

    code: int
    enhanced: str | None
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Outcome:
    """The result of a message for one recipient, with the reply that decided it (code 0: none did).

    command     that the reply answers, or that the end of the connection cut short: see `client_events.Outcome`
    text        without the status code, which is `enhanced`
    """

    recipient: str
    verdict: Verdict
    scope: Scope
    code: int
    enhanced: str | None
    text: str
    error: ErrorCode | int
    command: str

    @property
    def accepted(self) -> bool:
        return self.verdict == Verdict.ACCEPTED


class PendingMessage:
    __slots__ = ("done", "envelope", "outcomes")

    def __init__(self, envelope: Envelope, done: asyncio.Future[None]) -> None:
        self.envelope = envelope
        self.outcomes: list[Outcome | None] = [None] * len(envelope)
        self.done = done


class ClientProtocol(asyncio.Protocol):
    """Passes octets between the transport and the session, and events to the calls that wait for them."""

    def __init__(self, core: Core, timeouts: Mapping[TimeoutKind, float]) -> None:
        self.core = core
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.end: c.Closed | c.Failed | None = None
        self.end_reply: tuple[int, str | None, str] = (0, None, "")
        self.changed = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.replies: list[asyncio.Future[c.ClientEvent]] = []
        self.transactions: dict[int, PendingMessage] = {}
        self.ready: asyncio.Future[c.ClientEvent] | None = None
        self.greeting: ServerReply | None = None
        self.raw_wants = 0
        self.raw_facts = 0
        self._timeouts = {int(kind): seconds for kind, seconds in timeouts.items()}
        self._unconsumed = b""
        self._timer: asyncio.TimerHandle | None = None
        self._timeout_kind = 0

    # -- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # those of uvloop do not inherit from it
        self.transport = transport
        self.pump()

    def data_received(self, data: bytes) -> None:
        self._unconsumed = self._unconsumed + data if self._unconsumed else data
        self.pump()

    def eof_received(self) -> bool:
        self.core.eof()
        self.pump()
        return False

    def connection_lost(self, exc: BaseException | None) -> None:
        self.transport = None
        self.stop_timer()
        if self.end is None:
            self.core.eof()
            self.pump()
        self.writable.set()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    # -- the session

    def pump(self, progressed: bool = False) -> None:
        """Advances the session until it has no more to do. `progressed`: the timeout starts anew in any case."""
        core, out, data = self.core, [], self._unconsumed
        try:
            while True:
                progress = core.advance(data)
                data = data[progress.consumed :]
                if progress.output:
                    out.append(progress.output)
                for event in progress.events:
                    self._take_event(event)
                progressed = progressed or bool(progress.consumed or progress.output or progress.events)
                if not progress.again:
                    break
        except ClosedError:
            return  # closed by the program
        self._unconsumed = data
        self.raw_wants = progress.raw_wants
        self.raw_facts = progress.raw_facts
        if out and self.transport is not None:
            self.transport.write(b"".join(out))
        if progressed or progress.raw_timeout != self._timeout_kind:
            self._set_timeout(progress.seconds, progress.raw_timeout)
        self.changed.set()
        if progress.raw_wants & _CLOSE and self.transport is not None:
            # Nobody reads output that has not left yet, and it might never leave.
            if self.transport.get_write_buffer_size():
                self.transport.abort()
            else:
                self.transport.close()

    def _take_event(self, event: c.ClientEvent) -> None:
        if isinstance(event, c.Greeting):
            self.greeting = reply_of(event)
        elif isinstance(event, c.Ready):
            self._resolve(self.ready, event)
        elif isinstance(event, (c.Reply, c.Tls)):
            # The outcomes of a transaction report its replies.
            if event.transaction == 0 and self.replies and event.verb != Verb.RSET:
                self._resolve(self.replies.pop(0), event)
        elif isinstance(event, c.Challenge):
            if not event.answered and self.replies:
                self._resolve(self.replies.pop(0), event)
        elif isinstance(event, c.Outcome):
            transaction = self.transactions.get(event.transaction)
            if transaction is not None:
                transaction.outcomes[event.index] = Outcome(
                    transaction.envelope.recipients[event.index],
                    event.verdict,
                    event.scope,
                    event.code,
                    event.enhanced,
                    "\n".join(lines_of(event)),
                    event.error,
                    event.command,
                )
        elif isinstance(event, c.Done):
            transaction = self.transactions.pop(event.transaction, None)
            if transaction is not None and not transaction.done.done():
                transaction.done.set_result(None)
        elif isinstance(event, (c.Closed, c.Failed)):
            self.end = event
            self.end_reply = (event.code, event.enhanced, _text_of_end(event))
            self._fail_waiting()

    @staticmethod
    def _resolve(future: asyncio.Future[c.ClientEvent] | None, event: c.ClientEvent) -> None:
        if future is not None and not future.done():
            future.set_result(event)

    def _fail_waiting(self) -> None:
        for future in [*self.replies, *([self.ready] if self.ready else [])]:
            if not future.done():
                future.set_exception(self.failure())
                future.exception()  # nobody may wait any more: asyncio is not to complain
        self.replies.clear()

    def failure(self) -> ClientError:
        end = self.end
        return ClientError(ErrorCode.CONNECTION_LOST if end is None else end.error, *self.end_reply)

    # -- time

    def _set_timeout(self, seconds: int, kind: int) -> None:
        """The time counts from the last progress: a server cannot extend it with octets that complete nothing."""
        self._timeout_kind = kind
        self.stop_timer()
        after = self._timeouts.get(kind, seconds)
        if seconds and self.end is None and self.transport is not None:
            self._timer = self.loop.call_later(after, self._timed_out)

    def stop_timer(self) -> None:
        """The client waits for the program, not for the server."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timed_out(self) -> None:
        self._timer = None
        self.core.timed_out()
        self.pump()
        if self.transport is not None:
            self.transport.abort()


def reply_of(event: c.ClientEvent) -> ServerReply:
    return ServerReply(event.code, event.enhanced, lines_of(event))


def refusal_of(event: c.ClientEvent, error: ErrorCode | int) -> ClientError:
    return ClientError(error, event.code, event.enhanced, "\n".join(lines_of(event)))


def _text_of_end(event: c.Closed | c.Failed) -> str:
    """The text of the reply; where that cannot be read, all of it as sent, without its last line end."""
    if event.code or event.reply is None:
        return "\n".join(lines_of(event))
    return str(event.reply, "utf-8", "surrogateescape").rstrip("\r\n")


def _escaped(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def lines_of(event: c.ClientEvent) -> list[str]:
    """The texts of a reply's lines, without the status code that each begins with (RFC 2034 4)."""
    enhanced = event.enhanced
    if enhanced is None:
        return event.lines
    return ["" if line == enhanced else line.removeprefix(f"{enhanced} ") for line in event.lines]
