"""Events of a server session: one small class each, to be told apart with isinstance or match.

An event whose `id` is not 0 is an ask: answer it with `Server.accept`, `Server.reply` or, for Auth and AuthResponse,
`Server.challenge`. The others only tell. Octets are views of the buffer that was shown (see `ehlo.views` for how long
they last). Octets that an event of its kind may be without are None where they are absent.
"""

from __future__ import annotations

from struct import Struct
from typing import Callable, ClassVar, TypeVar

from ._ehlo import ffi, lib
from .constants import ABSENT, OFF_CRLF, DomainKind, ErrorCode, Flag, Junk, Verb
from .errors import error_code
from .views import Param, Params, Path, find_param, part, text_of

_CRLF = memoryview(b"\r\n")
SPAN = Struct("@II")

# Where the fields stand in a row, as struct unpacks an ehlo_server_event.
_ID, _FLAGS, _ERROR, _NUMBER, _LINE, _TEXT, _RESPONSE, _PATH = 1, 2, 3, 4, 5, 7, 9, 11
_INDEX, _VERB, _KIND, _CODE = 25, 26, 27, 28


# The offsets of an event that are into its line, and those of a parameter.
_SPANS, _PARAM_SPANS = (5, 7, 9, 11, 13, 15, 17), (2, 4, 6)

_E = TypeVar("_E", bound="Event")


def _moved(row: tuple[int, ...], places: tuple[int, ...], start: int) -> tuple[int, ...]:
    numbers = list(row)
    for place in places:
        if numbers[place] != ABSENT:
            numbers[place] -= start
    return tuple(numbers)


# Parts of a line that a client makes up: with credentials in it they are not shown.
_FROM_THE_PEER = ("response", "keyword", "argument")


class Event:
    """What all events have. `id`: the ask's, or 0."""

    __slots__ = ("_row", "_view", "id")
    name: ClassVar[str] = "none"

    def __init__(self, row: tuple[int, ...], view: memoryview) -> None:
        self._row = row
        self._view = view
        self.id = row[_ID]

    @property
    def line(self) -> memoryview | None:
        """The command line without its CRLF; None where there is none or it was too long."""
        return part(self._view, self._row[_LINE], self._row[_LINE + 1])

    @property
    def flags(self) -> Flag:
        return Flag(self._row[_FLAGS])

    @property
    def secret(self) -> bool:
        """`line`, and what is a part of it, may hold credentials: do not log them. Also on what a client may have sent
        as a response behind an AUTH that failed (RFC 4954 4)."""
        return bool(self._row[_FLAGS] & lib.EHLO_FLAG_SECRET)

    @property
    def verb(self) -> Verb:
        """The command that the event comes from."""
        return Verb(self._row[_VERB])

    def detach(self: _E) -> _E:
        """The same event with a copy of its line: it outlives the buffer. Not for Body."""
        row = self._row
        if row[_LINE] == ABSENT:
            return self
        start = row[_LINE]
        own = type(self)(_moved(row, _SPANS, start), memoryview(bytes(self._view[start : start + row[_LINE + 1]])))
        self._detach_params(own, start)
        return own

    def _detach_params(self, own: Event, start: int) -> None:
        pass

    def __repr__(self) -> str:
        """For logs: credentials are not shown."""
        number = f"#{self.id}" if self.id else ""
        shown = ", ".join(f"{name}={self._shown(name)}" for name in getattr(self, "__match_args__", ()))
        return f"{type(self).__name__}{number}({shown})"

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        if self.secret and name in _FROM_THE_PEER and value is not None:
            return "..."
        return repr(bytes(value) if isinstance(value, memoryview) else value)


class Greeting(Event):
    """Ask: the connection is new."""

    __slots__ = ()
    name = "greeting"


class Hello(Event):
    """Ask: EHLO, HELO or LHLO. `host` as sent, with the brackets of a literal."""

    __slots__ = ()
    __match_args__ = ("verb", "host")
    name = "hello"

    @property
    def host(self) -> str:
        return text_of(self._view, self._row[_TEXT], self._row[_TEXT + 1])

    @property
    def host_kind(self) -> DomainKind:
        return DomainKind(self._row[_KIND])


class _Envelope(Event):
    __slots__ = ("params",)

    def __init__(self, row: tuple[int, ...], view: memoryview) -> None:
        super().__init__(row, view)
        self.params: Params = []

    def _detach_params(self, own: Event, start: int) -> None:
        if self.params and isinstance(own, _Envelope):
            own.params = [Param(_moved(param._row, _PARAM_SPANS, start), own._view) for param in self.params]

    @property
    def path(self) -> Path:
        return Path(self._row[_PATH : _PATH + 10], self._view)

    @property
    def address(self) -> str:
        """That of the path: "" for the null path."""
        return self.path.address

    def param(self, keyword: str) -> Param | None:
        """The parameter with this keyword, or None."""
        return find_param(self.params, keyword)


class Mail(_Envelope):
    """Ask: MAIL. `size`: what SIZE declares, or 0."""

    __slots__ = ()
    __match_args__ = ("path", "params")
    name = "mail"

    @property
    def size(self) -> int:
        return self._row[_NUMBER]


class Rcpt(_Envelope):
    """Ask: RCPT. `index`: which RCPT of the transaction, from 0."""

    __slots__ = ()
    __match_args__ = ("path", "params")
    name = "rcpt"

    @property
    def index(self) -> int:
        return self._row[_INDEX]


class Data(Event):
    """Ask: DATA; accepting gives 354."""

    __slots__ = ()
    name = "data"


class Bdat(Event):
    """Tell: a chunk of `size` octets follows."""

    __slots__ = ()
    __match_args__ = ("size", "last")
    name = "bdat"

    @property
    def size(self) -> int:
        return self._row[_NUMBER]

    @property
    def last(self) -> bool:
        return bool(self._row[_FLAGS] & lib.EHLO_FLAG_LAST)


class Body(Event):
    """Tell: content. `bytes(event)` joins it, `len(event)` counts it, `views` are its pieces without a copy."""

    __slots__ = ("_spans",)
    __match_args__ = ("views",)
    name = "body"

    def __init__(self, row: tuple[int, ...], view: memoryview) -> None:
        super().__init__(row, view)
        self._spans = b""  # an array of ehlo_span

    @property
    def views(self) -> list[memoryview]:
        """The pieces in order: views of the caller's buffer, or of a constant CRLF where a line ending was repaired."""
        view = self._view
        return [
            _CRLF if offset == OFF_CRLF else view[offset : offset + length]
            for offset, length in SPAN.iter_unpack(self._spans)
        ]

    def __len__(self) -> int:
        return int(
            lib.ehlo_py_gather(
                ffi.NULL, ffi.from_buffer("ehlo_span[]", self._spans), len(self._spans) // SPAN.size, ffi.NULL
            )
        )

    def __bytes__(self) -> bytes:
        spans, view = self._spans, self._view
        if len(spans) == SPAN.size:
            offset, length = SPAN.unpack(spans)
            return bytes(_CRLF if offset == OFF_CRLF else view[offset : offset + length])
        room = bytearray(len(self))
        packed = ffi.from_buffer("ehlo_span[]", spans)
        lib.ehlo_py_gather(ffi.from_buffer(view), packed, len(packed), ffi.from_buffer(room))
        return bytes(room)


class Chunk(Event):
    """Ask: a BDAT chunk that is not the last is complete. `octets`: of the message so far."""

    __slots__ = ()
    __match_args__ = ("octets",)
    name = "chunk"

    @property
    def octets(self) -> int:
        return self._row[_NUMBER]


class Message(Event):
    """Ask: the message is complete. `octets`: its size. `index`: LMTP: that of the RCPT that is asked about."""

    __slots__ = ()
    __match_args__ = ("octets", "index")
    name = "message"

    @property
    def octets(self) -> int:
        return self._row[_NUMBER]

    @property
    def index(self) -> int:
        return self._row[_INDEX]


class _Told(Event):
    __slots__ = ()

    @property
    def error(self) -> ErrorCode | int:
        return error_code(self._row[_ERROR])


class Abort(_Told):
    """Tell: the open transaction is gone (RSET, EHLO, refusal, end). `error`: why, if the library refused it."""

    __slots__ = ()
    __match_args__ = ("error",)
    name = "abort"


class _Argument(Event):
    __slots__ = ()
    __match_args__ = ("argument",)

    @property
    def argument(self) -> memoryview | None:
        return part(self._view, self._row[_TEXT], self._row[_TEXT + 1])

    @property
    def smtputf8(self) -> bool:
        """VRFY and EXPN: the reply may hold UTF-8 (RFC 6531 3.7.4.2)."""
        return bool(self._row[_FLAGS] & lib.EHLO_FLAG_SMTPUTF8)


class Rset(Event):
    """Ask."""

    __slots__ = ()
    name = "rset"


class Noop(_Argument):
    """Ask."""

    __slots__ = ()
    name = "noop"


class Help(_Argument):
    """Ask."""

    __slots__ = ()
    name = "help"


class Vrfy(_Argument):
    """Ask."""

    __slots__ = ()
    name = "vrfy"


class Expn(_Argument):
    """Ask."""

    __slots__ = ()
    name = "expn"


class Quit(Event):
    """Ask."""

    __slots__ = ()
    name = "quit"


class StartTls(Event):
    """Ask: accepting gives 220; the handshake is due when the session wants TLS."""

    __slots__ = ()
    name = "starttls"


class AuthResponse(Event):
    """Ask: a response of the exchange. `response`: base64 as sent, strict; see `ehlo.decode_base64`."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ("response",)
    name = "auth-response"

    @property
    def response(self) -> memoryview | None:
        return part(self._view, self._row[_RESPONSE], self._row[_RESPONSE + 1])


class Auth(AuthResponse):
    """Ask: AUTH. `mechanism` in upper case; `response`: the initial response, None if there is none."""

    __slots__ = ()
    __match_args__ = ("mechanism", "response")
    name = "auth"

    @property
    def mechanism(self) -> str:
        return text_of(self._view, self._row[_TEXT], self._row[_TEXT + 1]).upper()


class AuthAbort(_Told):
    """Tell: the exchange is over without a result. `error`: why."""

    __slots__ = ()
    __match_args__ = ("error",)
    name = "auth-abort"


class Command(Event):
    """Ask: a verb that a rule lets through. `argument`: what follows it."""

    __slots__ = ()
    __match_args__ = ("keyword", "argument")
    name = "command"

    @property
    def keyword(self) -> str:
        """The verb in upper case."""
        return text_of(self._view, self._row[_TEXT], self._row[_TEXT + 1]).upper()

    @property
    def argument(self) -> memoryview | None:
        return part(self._view, self._row[_RESPONSE], self._row[_RESPONSE + 1])


class Rejected(_Told):
    """Tell: the library refused a line by itself. `code`: its reply. `offset`: the position in the line."""

    __slots__ = ()
    __match_args__ = ("error", "code")
    name = "rejected"

    @property
    def offset(self) -> int:
        """Of an over-long line: its octets."""
        return self._row[_NUMBER]

    @property
    def code(self) -> int:
        return self._row[_CODE]

    @property
    def junk(self) -> Junk:
        return Junk(self._row[_KIND])


class Violation(_Told):
    """Tell: a bare CR or LF in a line, or what is wrong with content: once a kind and message.

    `offset`: in the line, or octets from the start of the content.
    """

    __slots__ = ()
    __match_args__ = ("error", "offset")
    name = "violation"

    @property
    def offset(self) -> int:
        return self._row[_NUMBER]


class Plaintext(Event):
    """Tell, once TLS has started: `octets` of plaintext behind STARTTLS were dropped."""

    __slots__ = ()
    __match_args__ = ("octets",)
    name = "plaintext"

    @property
    def octets(self) -> int:
        return self._row[_NUMBER]


class Close(_Told):
    """Tell: the session ends. `error`: OK after QUIT, else why. Send the rest, then close."""

    __slots__ = ()
    __match_args__ = ("error",)
    name = "close"


# By the number of their type.
CLASSES: dict[int, Callable[[tuple[int, ...], memoryview], Event]] = {
    lib.EHLO_SERVER_EVENT_GREETING: Greeting,
    lib.EHLO_SERVER_EVENT_HELLO: Hello,
    lib.EHLO_SERVER_EVENT_MAIL: Mail,
    lib.EHLO_SERVER_EVENT_RCPT: Rcpt,
    lib.EHLO_SERVER_EVENT_DATA: Data,
    lib.EHLO_SERVER_EVENT_BDAT: Bdat,
    lib.EHLO_SERVER_EVENT_BODY: Body,
    lib.EHLO_SERVER_EVENT_CHUNK: Chunk,
    lib.EHLO_SERVER_EVENT_MESSAGE: Message,
    lib.EHLO_SERVER_EVENT_ABORT: Abort,
    lib.EHLO_SERVER_EVENT_RSET: Rset,
    lib.EHLO_SERVER_EVENT_NOOP: Noop,
    lib.EHLO_SERVER_EVENT_HELP: Help,
    lib.EHLO_SERVER_EVENT_VRFY: Vrfy,
    lib.EHLO_SERVER_EVENT_EXPN: Expn,
    lib.EHLO_SERVER_EVENT_QUIT: Quit,
    lib.EHLO_SERVER_EVENT_STARTTLS: StartTls,
    lib.EHLO_SERVER_EVENT_AUTH: Auth,
    lib.EHLO_SERVER_EVENT_AUTH_RESPONSE: AuthResponse,
    lib.EHLO_SERVER_EVENT_AUTH_ABORT: AuthAbort,
    lib.EHLO_SERVER_EVENT_COMMAND: Command,
    lib.EHLO_SERVER_EVENT_REJECTED: Rejected,
    lib.EHLO_SERVER_EVENT_VIOLATION: Violation,
    lib.EHLO_SERVER_EVENT_PLAINTEXT: Plaintext,
    lib.EHLO_SERVER_EVENT_CLOSE: Close,
}
