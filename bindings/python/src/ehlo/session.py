"""The base of the sessions of both roles."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from ._ehlo import ffi, lib
from .codecs import Octets
from .constants import Fact, TimeoutKind, Want
from .errors import ClosedError, failure
from .layout import Row
from .owner import Owner
from .turn import HEAD, MAX_OUT, Block, Pool

E = TypeVar("E")
C = TypeVar("C")

_WRITTEN, _COUNT, _BASE = (HEAD.places[name] for name in ("progress.written", "event_count", "base"))
_WANTS_ADVANCE: int = lib.EHLO_WANT_OUTPUT | lib.EHLO_WANT_EVENTS


class Timeout(NamedTuple):
    """The kind of wait, and its limit by RFC 5321 4.5.3.2; NONE while the program owes an answer."""

    kind: TimeoutKind
    seconds: int


class Progress(Generic[E]):
    """The result of an advance, and the state of the session.

    consumed    octets of the input: drop them
    events      in order
    output      octets to be sent
    raw_*       numbers, for loops that test bits of them
    seconds     of the timeout; 0: none
    """

    __slots__ = ("_row", "events", "output")

    def __init__(self, head: Row, events: list[E], output: bytes) -> None:
        self._row = head
        self.events = events
        self.output = output

    consumed = HEAD.number("progress.consumed")
    raw_wants = HEAD.number("progress.wants")
    raw_facts = HEAD.number("progress.facts")
    raw_timeout = HEAD.number("progress.timeout.kind")
    seconds = HEAD.number("progress.timeout.seconds")
    wants = HEAD.member("progress.wants", Want)
    facts = HEAD.member("progress.facts", Fact)

    @property
    def timeout(self) -> Timeout:
        return Timeout(TimeoutKind(self.raw_timeout), self.seconds)

    @property
    def again(self) -> bool:
        """Whether to advance again, with the rest of the input, once the events have been executed: the session stopped
        for them, or the output had no more room. Otherwise it has no more to do until new input or a call."""
        return bool(self.events) or self.raw_wants & _WANTS_ADVANCE != 0


class Session(Owner, Generic[C, E]):
    """A session of either role, for a connection. It belongs to one thread at a time."""

    __slots__ = ("__weakref__", "_max_events", "_max_spans", "config")

    _role: ClassVar[str]  # in the names of its calls
    _advance: ClassVar[Any]
    _pool: ClassVar[Pool]

    def __init__(self, config: C, pointer: Any, events: int, spans: int) -> None:
        super().__init__(pointer, getattr(lib, f"ehlo_{self._role}_free"))
        self.config = config
        self._max_events = events
        self._max_spans = spans

    def _call(self, name: str, *arguments: Any) -> Any:
        return getattr(lib, f"ehlo_{self._role}_{name}")(self._open_pointer(), *arguments)

    def _check(self, error: int) -> None:
        if error:
            raise failure(error)

    # -- input and output

    def advance(self, data: Octets = b"", *, room: int = MAX_OUT) -> Progress[E]:
        """Reads the input, starting with what the last call did not consume, and collects at most `room` octets of
        output, until there are events or no more to do. Call it once with nothing when the connection opens, and while
        `again` is true with the rest of the input once the events have been executed."""
        pointer = self._pointer
        if pointer is None:
            raise ClosedError
        block = self._pool.take()
        shown: Any = data
        if type(data) is not bytes:
            if type(data) is not memoryview or data.itemsize != 1:
                data = memoryview(data).cast("B")
            shown = ffi.from_buffer(data)
        room = room if room < MAX_OUT else MAX_OUT
        self._advance(pointer, shown, len(data), block.pointer, self._max_events, self._max_spans, room)
        memory = block.memory
        head = HEAD.read(memory)
        written, count, base = head[_WRITTEN], head[_COUNT], head[_BASE]
        output = bytes(memory[block.out : block.out + written]) if written else b""
        events: list[E] = []
        if count:
            view = data if type(data) is memoryview else memoryview(data)
            self._read_events(events, block, count, view[base:] if base else view)
        self._pool.give(block)
        return Progress(head, events, output)

    def _read_events(self, events: list[E], block: Block, count: int, view: memoryview) -> None:
        raise NotImplementedError

    def receive(self, data: Octets = b"") -> tuple[int, list[E]]:
        """Reads the input only: returns the octets consumed, and the events. Call it again while there is either."""
        progress = self.advance(data, room=0)
        return progress.consumed, progress.events

    def output(self, room: int = -1) -> bytes:
        """Octets to be sent: at most `room` of them, unless that is negative."""
        self._open_pointer()
        pieces = []
        while room:
            size = 4096 if room < 0 else min(room, 65536)
            out = ffi.new("char[]", size)
            written = self._call("output", out, size)
            pieces.append(bytes(ffi.buffer(out, written)))
            if written < size:
                break
            if room > 0:
                room -= written
        return b"".join(pieces)

    # -- the connection

    def tls_started(self) -> None:
        """The handshake that `Want.TLS` asked for is done: the session is as after its greeting."""
        self._check(self._call("tls_started"))

    def tls_failed(self) -> None:
        self._check(self._call("tls_failed"))

    def eof(self) -> None:
        """The peer has closed, or the transport has failed. What was read before still counts; its events come with
        the next advance."""
        self._call("eof")

    def timed_out(self) -> None:
        """The time of `timeout` has passed: the session ends, a server's with 421."""
        self._call("timed_out")

    def release(self) -> None:
        """Ends the session without closing its connection, which goes on with one of the other role, and with the
        octets that this one did not consume (TURN, ATRN). StateError unless it is idle and waits for nothing."""
        self._check(self._call("release"))

    # -- state

    @property
    def wants(self) -> Want:
        return Want(self._call("wants"))

    @property
    def facts(self) -> Fact:
        return Fact(self._call("facts"))

    @property
    def timeout(self) -> Timeout:
        timeout = self._call("timeout")
        return Timeout(TimeoutKind(timeout.kind), timeout.seconds)
