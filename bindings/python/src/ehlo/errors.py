"""Errors as exceptions. Errors of a peer while a session runs are events, not exceptions."""

from __future__ import annotations

from typing import NamedTuple

from ._ehlo import ffi, lib
from .constants import ErrorCode, Extension, Fault


class ErrorInfo(NamedTuple):
    """Facts about an error: `name` such as "line-too-long", and the reply that a server should give for it."""

    name: str
    code: int
    enhanced: str | None
    text: str
    fault: Fault
    fatal: bool


def ascii_of(pointer: object) -> str:
    """A name or a text of the library's own."""
    return str(ffi.string(pointer).decode("ascii"))


def enhanced_text(number: int) -> str | None:
    """An enhanced status code such as "5.1.1" from the number that the C API has; None where there is none."""
    return f"{number >> 20}.{number >> 10 & 1023}.{number & 1023}" if number >> 20 else None


def enhanced_number(enhanced: str | None) -> int:
    """The number of an enhanced status code: None is the default of a reply, "" none. ArgumentError: no status code."""
    if not enhanced:
        return 0 if enhanced is None else int(lib.EHLO_ENHANCED_NONE)
    numbers = enhanced.split(".")
    if len(numbers) == 3 and all(n.isascii() and n.isdigit() and len(n) <= 3 for n in numbers):
        number = int(numbers[0]) << 20 | int(numbers[1]) << 10 | int(numbers[2])
        if enhanced_text(number) == enhanced:
            return number
    raise failure(ErrorCode.ARGUMENT)


def error_info(error: int) -> ErrorInfo:
    """Facts about an error number; one that is not known has the name "unknown-error"."""
    facts = lib.ehlo_error(error)
    status = enhanced_text(facts.enhanced)
    return ErrorInfo(
        ascii_of(facts.name), facts.code, status, ascii_of(facts.text), Fault(facts.fault), bool(facts.fatal)
    )


def error_code(number: int) -> ErrorCode | int:
    """The number as a member of ErrorCode, or as it is where this version does not know it."""
    try:
        return ErrorCode(number)
    except ValueError:
        return number


class Error(Exception):
    """A refused call. `error` is the reason; `name`, `code`, `enhanced`, `text`, `fault`, `fatal` are those of
    `ErrorInfo`.

    `offset` is the position in the input where the call had any, None otherwise. `detail` has more in
    words where more is known, such as the option that is out of its bounds.
    """

    def __init__(self, error: int, offset: int | None = None, detail: str | None = None) -> None:
        self.error = error_code(error)
        self.offset = offset
        self.detail = detail
        info = error_info(error)
        self.name = info.name
        self.code = info.code
        self.enhanced = info.enhanced
        self.text = info.text
        self.fault = info.fault
        self.fatal = info.fatal
        super().__init__(error, offset)

    def __str__(self) -> str:
        words = self.name if self.offset is None else f"{self.name} at {self.offset}"
        return words if self.detail is None else f"{words}: {self.detail}"


class ProgramError(Error):
    """A mistake of the program; nothing has changed, nothing was sent."""


class ArgumentError(ProgramError, ValueError):
    """An argument is out of range, or text that may not be sent (CR, NUL, other controls)."""


class StateError(ProgramError):
    """The state of the session does not allow the call."""


class AnswerError(ProgramError):
    """No event with this id waits for an answer."""


class SpaceError(ProgramError):
    """The room of the session is in use: take output first."""


class NotOfferedError(ProgramError):
    """The server has not announced what the call needs. `lacks`: the extensions, `names` their keywords; NONE: the
    parameter or mechanism `detail`, which no extension of the library brings."""

    def __init__(
        self, error: int = ErrorCode.NOT_OFFERED, lacks: Extension | None = None, detail: str | None = None
    ) -> None:
        lacks = Extension.NONE if lacks is None else lacks
        self.lacks = lacks
        self.names = extension_names(lacks)
        super().__init__(error, detail=" ".join(self.names) or detail)


class TlsRequiredError(ProgramError):
    """AUTH without TLS and without `plaintext_auth`; or anything but STARTTLS before it where TLS is required."""


class IncompleteError(ProgramError):
    """More input is needed."""


class ProtocolError(Error):
    """Octets of the peer or of the program that break the protocol or its limits."""


class ContentError(ProtocolError, ValueError):
    """Content that may not be sent. `error`: BARE_CR, BARE_LF; FALSE_END: a line of one dot that some receiver would
    take for the end, NULs left out; NUL: one that `refuse_nul` refuses; ARGUMENT: an octet above 127 in content that
    the envelope calls 7BIT. `offset`: the position from the start of the content."""


class ClosedError(StateError):
    """The object has been closed."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.STATE)

    def __reduce__(self) -> tuple[type[ClosedError], tuple[()], dict[str, object]]:
        return type(self), (), self.__dict__  # `args` are those of an Error

    def __str__(self) -> str:
        return "closed"


_EXCEPTIONS: dict[int, type[Error]] = {
    ErrorCode.ARGUMENT: ArgumentError,
    ErrorCode.STATE: StateError,
    ErrorCode.ID: AnswerError,
    ErrorCode.SPACE: SpaceError,
    ErrorCode.NOT_OFFERED: NotOfferedError,
    ErrorCode.INCOMPLETE: IncompleteError,
    ErrorCode.TLS_REQUIRED: TlsRequiredError,
}


def extension_names(extensions: int) -> tuple[str, ...]:
    """The keywords of a set of extensions: "8BITMIME"."""
    bits = (1 << place for place in range(extensions.bit_length()) if extensions >> place & 1)
    return tuple(ascii_of(lib.ehlo_extension_name(bit)) for bit in bits)


def failure(error: int, offset: int | None = None, detail: str | None = None) -> Exception:
    """The exception for an error number, to be raised."""
    if error == ErrorCode.MEMORY:
        return MemoryError("the library has no memory")
    kind = _EXCEPTIONS.get(error)
    if kind is NotOfferedError:
        return NotOfferedError(error, detail=detail)
    if kind is None:
        kind = ProgramError if lib.ehlo_error(error).fault == Fault.PROGRAM else ProtocolError
    return kind(error, offset, detail)
