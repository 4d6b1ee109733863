"""Decoders and encoders that need no session: xtext, ORCPT, local parts, base64, SASL PLAIN.

Each takes octets, or text that is encoded as UTF-8, and returns octets. What has no such form raises `ProtocolError`
(the input breaks the grammar) or `ArgumentError` (it cannot be written).
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Union

from ._ehlo import ffi, lib
from .errors import failure

Octets = Union[bytes, bytearray, memoryview]
Text = Union[str, Octets]


def octets_of(text: Text) -> bytes | bytearray | memoryview:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def passed(text: Text | None) -> tuple[Any, int]:
    """The pointer and the length that C functions take for a text; a null pointer for None. Nothing is copied."""
    if text is None:
        return ffi.NULL, 0
    octets = octets_of(text)
    return octets if isinstance(octets, bytes) else ffi.from_buffer(octets), len(octets)


def collect(call: Callable[[Any, int], int], guess: int = 512) -> bytes:
    """The result of a decoder or writer of the C API: called again where the first room was too small."""
    room = ffi.new("char[]", guess)
    octets = call(room, guess)
    if octets > guess:
        room = ffi.new("char[]", octets)
        octets = call(room, octets)
    if octets < 0:
        raise failure(octets)
    return bytes(ffi.buffer(room, octets))


def _convert(function: Callable[..., int], text: Text, *extra: int) -> bytes:
    pointer, size = passed(text)
    return collect(lambda out, room: function(pointer, size, *extra, out, room), size * 3 + 8)


def unquote_local_part(text: Text) -> bytes:
    """The meaning of a local part as sent: quotes and backslashes removed (RFC 5321 4.1.2)."""
    return _convert(lib.ehlo_local_part_unquote, text)


def quote_local_part(text: Text) -> bytes:
    """The local part as it is sent: a Dot-string where it is one, else a Quoted-string."""
    return _convert(lib.ehlo_local_part_quote, text)


def decode_xtext(text: Text, *, any_case: bool = False) -> bytes:
    """RFC 3461 4. `any_case`: hexadecimal digits in lower case too (RFC 4954 5)."""
    return _convert(lib.ehlo_xtext_decode, text, any_case)


def encode_xtext(text: Text) -> bytes:
    return _convert(lib.ehlo_xtext_encode, text)


def decode_orcpt(value: Text) -> bytes:
    """The address of an ORCPT value after "type;": xtext, and for utf-8 also \\x{..} (RFC 6533 3)."""
    return _convert(lib.ehlo_orcpt_decode, value)


def decode_base64(text: Text) -> bytes:
    """Strict, as RFC 4954 4 asks: no octet outside of the alphabet, padding only and always at the end."""
    return _convert(lib.ehlo_base64_decode, text)


def encode_base64(octets: Text) -> bytes:
    return _convert(lib.ehlo_base64_encode, octets)


class Plain(NamedTuple):
    """The message of SASL PLAIN (RFC 4616)."""

    authzid: str
    authcid: str
    passwd: str


def parse_plain(message: Octets) -> Plain:
    """Reads the message, already decoded from base64. ProtocolError if it is not
    [authzid] NUL authcid NUL passwd, with a non-empty authcid and passwd, all of it UTF-8."""
    spans = ffi.new("ehlo_span[3]")
    error = lib.ehlo_auth_plain_parse(*passed(message), spans, spans + 1, spans + 2)
    if error != 0:
        raise failure(error)
    fields = (str(message[s.off : s.off + s.len], "utf-8") if s.len else "" for s in spans)
    return Plain(*fields)


def write_plain(authcid: str, passwd: str, authzid: str = "") -> bytes:
    """The message in raw octets. ArgumentError: a NUL in a field, or an empty authcid or passwd."""
    fields = [*passed(authzid), *passed(authcid), *passed(passwd)]
    return collect(lambda out, room: lib.ehlo_auth_plain_write(*fields, out, room))
