"""Events of a server session: one small class each, for isinstance or match.

An event whose `id` is not 0 is an ask: answer it with `Server.accept`, `Server.reply` or, for Auth and AuthResponse,
`Server.challenge`. The others only report. Octets are views of the input buffer (see `ehlo.views` for how long
they last). Octets that are optional in a kind of event are None where they are absent.
"""

from __future__ import annotations

from struct import Struct
from typing import TypeVar

from ._ehlo import ffi, lib
from .constants import ABSENT, OFF_CRLF, DomainKind, Flag, Junk, Verb
from .errors import error_code
from .layout import Layout, Named, Row, classes_by_number, moved_row, verb_of
from .views import PARAM, PATH, Param, Params, Path, find_param

_CRLF = memoryview(b"\r\n")
SPAN = Struct("@II")
EVENT = Layout("ehlo_server_event")
_ID, _LINE, _PATH = (EVENT.places[name] for name in ("id", "line.off", "path.whole.off"))
_PATH_END = _PATH + len(PATH.places)

_E = TypeVar("_E", bound="Event")

# Parts of a line that a client chooses: they are hidden if the line may hold credentials.
_MAY_HOLD_CREDENTIALS = ("response", "keyword", "argument")


class Event(Named):
    """The base of all events. `id`: that of the ask, or 0."""

    name = "none"
    __slots__ = ("id",)

    def __init__(self, row: Row, view: memoryview) -> None:
        self._row = row
        self._view = view
        self.id = row[_ID]

    line = EVENT.octets("line", "The command line without its CRLF; None where there is none or it was too long.")
    flags = EVENT.member("flags", Flag)
    verb = EVENT.member("verb", verb_of, "The command that the event comes from; a program's own by its number.")
    secret = EVENT.bit(
        "flags",
        lib.EHLO_FLAG_SECRET,
        "`line`, and what is a part of it, may hold credentials: do not log them. Also on what a client may have sent "
        "as a response after an AUTH that failed (RFC 4954 4).",
    )

    def detach(self: _E) -> _E:
        """The same event with a copy of its line: it outlives the buffer. Not for Body."""
        row = self._row
        start, length = row[_LINE], row[_LINE + 1]
        if start == ABSENT:
            return self
        own = type(self)(moved_row(row, EVENT.spans, start), memoryview(bytes(self._view[start : start + length])))
        self._detach_params(own, start)
        return own

    def _detach_params(self, own: Event, start: int) -> None:
        pass

    def _shown_value(self, name: str) -> str:
        """For logs: credentials are not shown."""
        value = getattr(self, name)
        if self.secret and name in _MAY_HOLD_CREDENTIALS and value is not None:
            return "..."
        return repr(bytes(value) if isinstance(value, memoryview) else value)


class Greeting(Event):
    """Ask: the connection is new."""


class Hello(Event):
    """Ask: EHLO, HELO or LHLO. `host` as sent, with the brackets of a literal."""

    __match_args__ = ("verb", "host")
    verb = EVENT.member("verb", Verb)
    host = EVENT.text("text")
    host_kind = EVENT.member("kind", DomainKind)


class _WithParams(Event):
    __slots__ = ("params",)

    def __init__(self, row: Row, view: memoryview) -> None:
        super().__init__(row, view)
        self.params: Params = []

    def _detach_params(self, own: Event, start: int) -> None:
        if self.params and isinstance(own, _WithParams):
            own.params = [
                Param(moved_row(param._row, PARAM.spans, start), own._view, param._own) for param in self.params
            ]

    def param(self, keyword: str) -> Param | None:
        """The parameter with this keyword, or None."""
        return find_param(self.params, keyword)


class _WithPath(_WithParams):
    @property
    def path(self) -> Path:
        return Path(self._row[_PATH:_PATH_END], self._view)

    @property
    def address(self) -> str:
        """The address of the path: "" for the null path."""
        return self.path.address


class Mail(_WithPath):
    """Ask: MAIL. `size`: what SIZE declares, or 0."""

    __match_args__ = ("path", "params")
    size = EVENT.number("number")


class Rcpt(_WithPath):
    """Ask: RCPT. `index`: which RCPT of the transaction, from 0."""

    __match_args__ = ("path", "params")
    index = EVENT.number("index")


class Data(Event):
    """Ask: DATA; accepting gives 354."""


class Bdat(Event):
    """Report: a chunk of `size` octets follows."""

    __match_args__ = ("size", "last")
    size = EVENT.number("number")
    last = EVENT.bit("flags", lib.EHLO_FLAG_LAST)


class Body(Event):
    """Report: content. `bytes(event)` joins it, `len(event)` counts it, `views` are its pieces without a copy."""

    __slots__ = ("_spans",)
    __match_args__ = ("views",)

    def __init__(self, row: Row, view: memoryview) -> None:
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

    __match_args__ = ("octets",)
    octets = EVENT.number("number")


class Message(Event):
    """Ask: the message is complete. `octets`: its size. `index`: LMTP: that of the RCPT that is asked about."""

    __match_args__ = ("octets", "index")
    octets = EVENT.number("number")
    index = EVENT.number("index")


class _WithError(Event):
    __match_args__: tuple[str, ...] = ("error",)
    error = EVENT.member("error", error_code)


class Abort(_WithError):
    """Report: the open transaction is gone (RSET, EHLO, refusal, end). `error`: why, if the library refused it."""


class Rset(Event):
    """Ask."""


class Quit(Event):
    """Ask."""


class StartTls(Event):
    """Ask: accepting gives 220; the handshake is due when the session wants TLS."""

    name = "starttls"


class AuthResponse(Event):
    """Ask: a response of the exchange. `response`: base64 as sent, strict; see `ehlo.decode_base64`."""

    __match_args__: tuple[str, ...] = ("response",)
    response = EVENT.octets("response")


class Auth(AuthResponse):
    """Ask: AUTH. `mechanism` in upper case; `response`: the initial response, None if there is none."""

    __match_args__ = ("mechanism", "response")
    mechanism = EVENT.upper("text")


class AuthAbort(_WithError):
    """Report: the exchange is over without a result. `error`: why."""


class Command(_WithParams):
    """A verb that needs nothing of the session: NOOP, HELP, VRFY, EXPN and the like, and those of a program's own. An
    ask for the verbs of `ServerConfig.command_asks` and of the program's own; the others have had the default answer
    of their row.

    keyword     the verb as sent, text; `verb`: which it is, for those of a program's rows EHLO_VERB_OWN (256) and their
                place there
    argument    what comes after it, octets; None if nothing does. path, params, number, kind, last: the parts
                that an argument of its kind has (`VerbRow.argument`); path: None without one
    smtputf8    the reply may hold UTF-8 (RFC 6531 3.7.4.2)
    """

    __match_args__ = ("verb", "argument")
    keyword = EVENT.text("response")
    argument = EVENT.octets("text")
    number = EVENT.number("number")
    kind = EVENT.number("kind")
    last = EVENT.bit("flags", lib.EHLO_FLAG_LAST)
    smtputf8 = EVENT.bit("flags", lib.EHLO_FLAG_SMTPUTF8)

    @property
    def path(self) -> Path | None:
        row = self._row
        return None if row[_PATH] == ABSENT else Path(row[_PATH:_PATH_END], self._view)


class Rejected(_WithError):
    """Report: the library refused a line by itself. `code`: its reply. `offset`: the position in the line, or of an
    over-long one its octets."""

    __match_args__ = ("error", "code")
    offset = EVENT.number("number")
    code = EVENT.number("code")
    junk = EVENT.member("kind", Junk)


class Violation(_WithError):
    """Report: a bare CR or LF in a line, or a fault of content: once a kind and message.

    `offset`: in the line, or octets from the start of the content.
    """

    __match_args__ = ("error", "offset")
    offset = EVENT.number("number")


class Plaintext(Event):
    """Report, once TLS has started: `octets` of plaintext after STARTTLS were dropped."""

    __match_args__ = ("octets",)
    octets = EVENT.number("number")


class Close(_WithError):
    """Report: the session ends. `error`: OK after QUIT, else why. Send the rest, then close."""


CLASSES = classes_by_number(Event, "EHLO_SERVER_EVENT_")
