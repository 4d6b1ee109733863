"""A server session: the receiving side of a connection, without the connection."""

from __future__ import annotations

from typing import Any, Union

from ._ehlo import ffi, lib
from .codecs import Octets, Text, octets_of, pointer_to
from .configs import ServerConfig
from .constants import Bound, Fact, TimeoutKind, Want
from .errors import ClosedError, enhanced_number, failure
from .events import CLASSES, Body, Event
from .steps import Progress, Timeout
from .turn import (
    EVENT,
    HEAD,
    MAX_EVENTS,
    MAX_OUT,
    MAX_SPANS,
    PARAM,
    SPAN_SIZE,
    Block,
    server_blocks,
    take_server_block,
)
from .views import Param

Ask = Union[int, Event]


class Server:
    """A session for a new connection.

    The program shows it what the peer sent, executes the events that come back, answers those that ask and sends what
    the session has to say::

        while True:
            progress = server.advance(buffer)          # one call into the library
            del buffer[: progress.consumed]         # once the views of the events are gone
            ...                                 # execute progress.events, send progress.output
            if not progress.again: ...              # read more into the buffer

    A session belongs to one thread at a time. `close` frees it at once; else it goes with the object.

    batch_events, batch_spans: how many events and pieces of content an advance gives at most.
    """

    __slots__ = ("__weakref__", "_events", "_pointer", "_spans", "config")

    def __init__(self, config: ServerConfig, *, batch_events: int = MAX_EVENTS, batch_spans: int = MAX_SPANS) -> None:
        self.config = config
        self._events = _within("batch_events", batch_events, Bound.EVENTS_MIN, MAX_EVENTS)
        self._spans = _within("batch_spans", batch_spans, Bound.SPANS_MIN, MAX_SPANS)
        pointer = lib.ehlo_server_new(config._pointer, lib.ehlo_py_allocator())
        if not pointer:
            raise failure(lib.EHLO_E_MEMORY)
        self._pointer: Any = ffi.gc(pointer, lib.ehlo_server_free)

    def close(self) -> None:
        """Frees the session. Events live on; every other call raises `ClosedError`."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            ffi.release(pointer)

    def _open(self) -> Any:
        if self._pointer is None:
            raise ClosedError
        return self._pointer

    # -- input and output

    def advance(self, data: Octets = b"", *, room: int = MAX_OUT) -> Progress:
        """Shows the input, starting with what the last call did not consume, and takes output, of `room` octets at
        most, until there are events or no more to do. To be called once with nothing when the connection opens, and
        `again` with the rest of the input once the events have been executed."""
        pointer = self._pointer
        if pointer is None:
            raise ClosedError
        block = take_server_block()
        shown: Any = data
        if type(data) is not bytes:
            if type(data) is not memoryview or data.itemsize != 1:
                data = memoryview(data).cast("B")
            shown = ffi.from_buffer(data)
        room = room if room < MAX_OUT else MAX_OUT
        lib.ehlo_py_server_step(pointer, shown, len(data), block.pointer, self._events, self._spans, room)
        memory = block.memory
        head = HEAD.unpack_from(memory)
        written, count = head[1], head[8]
        output = bytes(memory[block.out : block.out + written]) if written else b""
        events: list[Event] = []
        if count:
            view = data if type(data) is memoryview else memoryview(data)
            _read_events(events, block, count, view[head[12] :] if head[12] else view)
        server_blocks.append(block)
        return Progress(head, events, output)

    def receive(self, data: Octets = b"") -> tuple[int, list[Event]]:
        """Shows the input only: the octets consumed, and the events. To be called again while either is something."""
        progress = self.advance(data, room=0)
        return progress.consumed, progress.events

    def output(self, room: int = -1) -> bytes:
        """The pending replies; at most `room` octets of them, unless it is negative."""
        pointer, pieces = self._open(), []
        while room:
            size = 4096 if room < 0 else min(room, 65536)
            out = ffi.new("char[]", size)
            written = lib.ehlo_server_output(pointer, out, size)
            pieces.append(bytes(ffi.buffer(out, written)))
            if written < size:
                break
            if room > 0:
                room -= written
        return b"".join(pieces)

    # -- answers

    def accept(self, ask: Ask) -> None:
        """The positive default. AnswerError: no such ask is open."""
        error = lib.ehlo_server_accept(self._open(), ask if isinstance(ask, int) else ask.id)
        if error:
            raise failure(error)

    def decline(self, ask: Ask) -> None:
        """The negative default: 451, for Auth 454, for Greeting 421 and the end of the session. It needs no memory and
        no room, so that a refusal that cannot be said never becomes a yes. AnswerError: no such ask is open."""
        error = lib.ehlo_server_decline(self._open(), ask if isinstance(ask, int) else ask.id)
        if error:
            raise failure(error)

    def reply(self, ask: Ask, code: int, text: Text = "", *, enhanced: str | None = None) -> None:
        """A reply of the program's own: `code` of class 2 accepts, 4 and 5 refuse; 421 also ends the session.

        `enhanced` such as "5.1.1"; None: the default of the code, "": none. `text` in printable ASCII and HT (UTF-8
        where the command allowed it); a newline in it begins a new line of the reply. ArgumentError: the answer does
        not fit the ask, or the text may not be sent; SpaceError: take output first. Nothing has changed then.
        """
        octets = octets_of(text)
        status = enhanced_number(enhanced)
        number = ask if isinstance(ask, int) else ask.id
        error = lib.ehlo_server_reply(self._open(), number, _unsigned(code), status, pointer_to(octets), len(octets))
        if error:
            raise failure(error)

    def challenge(self, ask: Ask, challenge: Text) -> None:
        """Answers Auth or AuthResponse with a challenge of raw octets: it goes out as 334 and base64. StateError: the
        exchange has had its most challenges; refuse it."""
        octets = octets_of(challenge)
        number = ask if isinstance(ask, int) else ask.id
        error = lib.ehlo_server_challenge(self._open(), number, pointer_to(octets), len(octets))
        if error:
            raise failure(error)

    def refuse_message(self, code: int, text: Text = "", *, enhanced: str | None = None) -> None:
        """Decides the message that is arriving before its end: the rest is dropped. Between DATA or BDAT and Message;
        StateError otherwise."""
        octets = octets_of(text)
        status = enhanced_number(enhanced)
        error = lib.ehlo_server_refuse_message(self._open(), _unsigned(code), status, pointer_to(octets), len(octets))
        if error:
            raise failure(error)

    # -- the connection

    def tls_started(self) -> None:
        """The handshake that `Want.TLS` asked for is done: the session is as after its greeting."""
        error = lib.ehlo_server_tls_started(self._open())
        if error:
            raise failure(error)

    def tls_failed(self) -> None:
        error = lib.ehlo_server_tls_failed(self._open())
        if error:
            raise failure(error)

    def eof(self) -> None:
        """The peer has closed, or the transport has failed. The events of it come with the next progress."""
        lib.ehlo_server_eof(self._open())

    def timed_out(self) -> None:
        """The time of `timeout` has passed: 421 and the end."""
        lib.ehlo_server_timed_out(self._open())

    def shutdown(self, text: Text | None = None, *, enhanced: str | None = None) -> None:
        """The program ends the session: 421 as soon as the replies before it are decided."""
        octets = b"" if text is None else octets_of(text)
        status = enhanced_number(enhanced)
        words = ffi.NULL if text is None else pointer_to(octets)
        error = lib.ehlo_server_shutdown(self._open(), status, words, len(octets))
        if error:
            raise failure(error)

    def release(self) -> None:
        """Ends the session without closing its connection, which goes on with a `Client` and with the octets that
        this one did not consume (TURN, ATRN). StateError unless it is idle."""
        error = lib.ehlo_server_release(self._open())
        if error:
            raise failure(error)

    # -- where it stands

    @property
    def wants(self) -> Want:
        return Want(lib.ehlo_server_wants(self._open()))

    @property
    def facts(self) -> Fact:
        return Fact(lib.ehlo_server_facts(self._open()))

    @property
    def timeout(self) -> Timeout:
        timeout = lib.ehlo_server_timeout(self._open())
        return Timeout(TimeoutKind(timeout.kind), timeout.seconds)

    @property
    def protocol_name(self) -> str:
        """The protocol of the "with" clause (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP"."""
        name = ffi.string(lib.ehlo_server_protocol_name(self._open()))
        return str(name, "ascii") if isinstance(name, bytes) else name


def _unsigned(code: int) -> int:
    return code if 0 <= code < 1000 else 0


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise failure(lib.EHLO_E_ARGUMENT, detail=f"{name} {value}")
    return value


def _read_events(events: list[Event], block: Block, count: int, view: memoryview) -> None:
    memory, at = block.memory, block.events
    for row in EVENT.iter_unpack(memory[at : at + count * EVENT.size]):
        event = CLASSES.get(row[0], Event)(row, view)
        if row[22]:
            first = block.params + row[21] * PARAM.size
            rows = memory[first : first + row[22] * PARAM.size]
            event.params = [Param(param, view) for param in PARAM.iter_unpack(rows)]  # type: ignore[attr-defined]
        elif row[24]:
            first = block.spans + row[23] * SPAN_SIZE
            if isinstance(event, Body):
                event._spans = bytes(memory[first : first + row[24] * SPAN_SIZE])
        events.append(event)
