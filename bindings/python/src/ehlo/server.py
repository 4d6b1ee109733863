"""A server session: the receiving side of a connection, without the connection."""

from __future__ import annotations

from typing import Union

from ._ehlo import lib
from .codecs import Text, passed
from .configs import ServerConfig
from .constants import Bound
from .errors import ascii_of, enhanced_number, failure
from .events import CLASSES, EVENT, SPAN, Body, Event
from .session import Session
from .turn import MAX_EVENTS, MAX_SPANS, Block, Pool
from .views import PARAM, params_of

Ask = Union[int, Event]
_PARAMS, _SPANS = EVENT.places["params.first"], EVENT.places["body.first"]  # the count comes next


class Server(Session[ServerConfig, Event]):
    """A session for a new connection.

    The program passes in what the peer sent, executes the events that come back, answers those that ask and sends the
    session's output::

        while True:
            progress = server.advance(buffer)       # one call into the library
            ...                                     # execute progress.events, send progress.output
            consumed, again = progress.consumed, progress.again
            del progress                            # and with it the views of the buffer
            del buffer[:consumed]
            if not again: ...                       # read more into the buffer

    A session belongs to one thread at a time. `close` frees it at once; else it is freed with the object.

    batch_events, batch_spans: how many events and pieces of content an advance returns at most.
    """

    __slots__ = ()
    _role = "server"
    _advance = lib.ehlo_py_server_advance
    _pool = Pool("ehlo_py_server_turn")

    def __init__(self, config: ServerConfig, *, batch_events: int = MAX_EVENTS, batch_spans: int = MAX_SPANS) -> None:
        for name, value, least, most in (
            ("batch_events", batch_events, Bound.EVENTS_MIN, MAX_EVENTS),
            ("batch_spans", batch_spans, Bound.SPANS_MIN, MAX_SPANS),
        ):
            if not least <= value <= most:
                raise failure(lib.EHLO_E_ARGUMENT, detail=f"{name} {value}")
        pointer = lib.ehlo_server_new(config._pointer, lib.ehlo_py_allocator())
        super().__init__(config, pointer, batch_events, batch_spans)

    def _read_events(self, events: list[Event], block: Block, count: int, view: memoryview) -> None:
        memory, at, own = block.memory, block.events, self.config.own_params
        for row in EVENT.read_all(memory[at : at + count * EVENT.size]):
            event = CLASSES.get(row[0], Event)(row, view)
            if row[_PARAMS + 1]:
                first = block.params + row[_PARAMS] * PARAM.size
                rows = memory[first : first + row[_PARAMS + 1] * PARAM.size]
                event.params = params_of(rows, view, own)  # type: ignore[attr-defined]
            elif row[_SPANS + 1] and isinstance(event, Body):
                first = block.spans + row[_SPANS] * SPAN.size
                event._spans = bytes(memory[first : first + row[_SPANS + 1] * SPAN.size])
            events.append(event)

    # -- answers

    def accept(self, ask: Ask) -> None:
        """The positive default. AnswerError: no such ask is open."""
        error = lib.ehlo_server_accept(self._open_pointer(), ask if isinstance(ask, int) else ask.id)
        if error:
            raise failure(error)

    def decline(self, ask: Ask) -> None:
        """The negative default: 451, for Auth 454, for Command that of its row, for Greeting 421 and the end of the
        session. It needs no memory and no room, so that a refusal that cannot be sent never becomes a yes.
        AnswerError: no such ask is open."""
        self._check(self._call("decline", ask if isinstance(ask, int) else ask.id))

    def reply(self, ask: Ask, code: int, text: Text = "", *, enhanced: str | None = None) -> None:
        """A reply of the program's own: `code` of class 2 accepts, 4 and 5 refuse; 421 also ends the session.

        `enhanced` such as "5.1.1"; None: the default of the code, "": none. `text` in printable ASCII and HT (UTF-8
        where the command allowed it); a newline in it begins a new line of the reply. ArgumentError: the answer does
        not fit the ask, or the text may not be sent; SpaceError: take output first. Nothing has changed then.
        """
        number = ask if isinstance(ask, int) else ask.id
        status = enhanced_number(enhanced)
        self._check(lib.ehlo_server_reply(self._open_pointer(), number, _code_or_zero(code), status, *passed(text)))

    def challenge(self, ask: Ask, challenge: Text) -> None:
        """Answers Auth or AuthResponse with a challenge of raw octets: it goes out as 334 and base64. StateError: the
        exchange has had its most challenges; refuse it."""
        self._check(self._call("challenge", ask if isinstance(ask, int) else ask.id, *passed(challenge)))

    def refuse_message(self, code: int, text: Text = "", *, enhanced: str | None = None) -> None:
        """Decides the message that is arriving before its end: the rest is dropped. Between DATA or BDAT and Message;
        StateError otherwise."""
        self._check(self._call("refuse_message", _code_or_zero(code), enhanced_number(enhanced), *passed(text)))

    def shutdown(self, text: Text | None = None, *, enhanced: str | None = None) -> None:
        """The program ends the session: 421 as soon as the replies before it are decided."""
        self._check(self._call("shutdown", enhanced_number(enhanced), *passed(text)))

    @property
    def protocol_name(self) -> str:
        """The protocol of the "with" clause (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP"."""
        return ascii_of(self._call("protocol_name"))


def _code_or_zero(code: int) -> int:
    return code if 0 <= code < 1000 else 0
