"""Views of what was parsed: they hold the caller's buffer and offsets into it, and copy nothing until asked.

A view is right as long as the caller leaves the octets of its buffer alone; `bytes` can not be changed, so views of
them are right for ever. While a view of a `bytearray` is alive, the bytearray cannot be resized (BufferError): drop
the events first, or take copies with `bytes(...)` and `str`.
"""

from __future__ import annotations

from typing import Callable, Final

from ._ehlo import lib
from .codecs import decode_orcpt, decode_xtext, unquote_local_part
from .constants import ABSENT, BodyType, DomainKind, Notify, ParamId, PathFlag, Ret

_UINT64_MAX: Final[int] = 2**64 - 1
_SMALL_NUMBERS: dict[ParamId, Callable[[int], int]] = {ParamId.BODY: BodyType, ParamId.RET: Ret, ParamId.NOTIFY: Notify}
_NO_DOMAIN: int = lib.EHLO_DOMAIN_NONE
_NAME: int = lib.EHLO_DOMAIN_NAME


def part(view: memoryview, offset: int, length: int) -> memoryview | None:
    """A piece of the buffer; None where the thing is not there at all."""
    return None if offset == ABSENT else view[offset : offset + length]


def text_of(view: memoryview, offset: int, length: int) -> str:
    """The piece as text; octets that are no UTF-8 become surrogate escapes, so that they can be told apart."""
    return "" if offset == ABSENT else str(view[offset : offset + length], "utf-8", "surrogateescape")


class Path:
    """A reverse-path or forward-path (RFC 5321 4.1.2), lossless.

    whole       with its angle brackets
    route       source route "@a,@b" without its colon; None if there is none
    local       local part as sent, quotes included; empty in the null path
    domain      the domain, or what stands between the brackets of a literal; None if there is none
    """

    __slots__ = ("_row", "_view")
    __match_args__ = ("address",)

    def __init__(self, row: tuple[int, ...], view: memoryview) -> None:
        # offset, length of whole, route, local, domain; domain kind; flags
        self._row = row
        self._view = view

    @property
    def whole(self) -> memoryview:
        row = self._row
        return self._view[row[0] : row[0] + row[1]]

    @property
    def route(self) -> memoryview | None:
        return part(self._view, self._row[2], self._row[3])

    @property
    def local(self) -> memoryview:
        return part(self._view, self._row[4], self._row[5]) or self._view[0:0]

    @property
    def domain(self) -> memoryview | None:
        return part(self._view, self._row[6], self._row[7])

    @property
    def domain_kind(self) -> DomainKind:
        return DomainKind(self._row[8])

    @property
    def flags(self) -> PathFlag:
        return PathFlag(self._row[9])

    @property
    def is_null(self) -> bool:
        """<>"""
        return bool(self._row[9] & lib.EHLO_PATH_NULL)

    @property
    def address(self) -> str:
        """The mailbox without brackets and source route, as sent: "" for the null path, or bare "Postmaster"."""
        row = self._row
        local = text_of(self._view, row[4], row[5])
        if row[8] == _NO_DOMAIN:
            return local
        domain = text_of(self._view, row[6], row[7])
        return f"{local}@{domain}" if row[8] == _NAME else f"{local}@[{domain}]"

    @property
    def local_value(self) -> str:
        """The meaning of the local part: without quotes and backslashes."""
        local = bytes(self.local)
        return str(unquote_local_part(local) if local[:1] == b'"' else local, "utf-8", "surrogateescape")

    def __bytes__(self) -> bytes:
        return bytes(self.whole)

    def __str__(self) -> str:
        return self.address

    def __repr__(self) -> str:
        return f"<Path {self.address!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.whole == other.whole

    def __hash__(self) -> int:
        return hash(bytes(self.whole))


class Param:
    """A parameter of MAIL or RCPT, as sent and typed.

    keyword     as sent, any case
    value       as sent; None where there is no "="
    detail      ORCPT: what stands behind "type;"; None otherwise
    number      SIZE, BODY, RET, NOTIFY: the value as a number; 0 otherwise
    """

    __slots__ = ("_row", "_view")
    __match_args__ = ("name", "decoded")

    def __init__(self, row: tuple[int, ...], view: memoryview) -> None:
        # id, flags, offset and length of keyword, value, detail, number
        self._row = row
        self._view = view

    @property
    def id(self) -> ParamId:
        return ParamId(self._row[0])

    @property
    def name(self) -> str:
        """The keyword in upper case."""
        return text_of(self._view, self._row[2], self._row[3]).upper()

    @property
    def keyword(self) -> memoryview:
        row = self._row
        return self._view[row[2] : row[2] + row[3]]

    @property
    def value(self) -> memoryview | None:
        return part(self._view, self._row[4], self._row[5])

    @property
    def detail(self) -> memoryview | None:
        return part(self._view, self._row[6], self._row[7])

    @property
    def number(self) -> int:
        # That of SIZE has no sign.
        return self._row[8] & _UINT64_MAX if self._row[0] == ParamId.SIZE else self._row[8]

    @property
    def decoded(self) -> int | str | tuple[str, str] | None:
        """What the value means.

        SIZE a number; BODY a `BodyType`; RET a `Ret`; NOTIFY a `Notify`; ENVID text; AUTH text ("<>": nobody); ORCPT
        (type, address); any other the text as sent; None without a value.
        """
        row, view = self._row, self._view
        kind = ParamId(row[0])
        if row[4] == ABSENT:
            return None
        if kind == ParamId.SIZE:
            return self.number
        if kind in _SMALL_NUMBERS:
            return _SMALL_NUMBERS[kind](row[8])
        value = bytes(view[row[4] : row[4] + row[5]])
        if kind == ParamId.ORCPT:
            return str(value.partition(b";")[0], "ascii"), _decode_text(decode_orcpt(value))
        if kind in (ParamId.ENVID, ParamId.AUTH):
            return _decode_text(decode_xtext(value, any_case=kind == ParamId.AUTH))
        return _decode_text(value)

    def __bytes__(self) -> bytes:
        value = self.value
        return bytes(self.keyword) if value is None else b"=".join((self.keyword, value))

    def __str__(self) -> str:
        return str(bytes(self), "utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return f"<Param {self}>"


def _decode_text(octets: bytes) -> str:
    return str(octets, "utf-8", "surrogateescape")


Params = list[Param]


def find_param(params: Params, keyword: str) -> Param | None:
    """The parameter with this keyword, in any case, or None."""
    keyword = keyword.upper()
    for param in params:
        if param.name == keyword:
            return param
    return None
