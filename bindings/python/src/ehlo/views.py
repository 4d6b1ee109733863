"""Views of what was parsed: they hold the caller's buffer and offsets into it, and copy nothing until asked.

A view is valid as long as the caller does not change the octets of its buffer; `bytes` cannot be changed, so views of
them are always valid. While a view of a `bytearray` is alive, the bytearray cannot be resized (BufferError): drop
the events first, or take copies with `bytes(...)` and `str`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._ehlo import lib
from .codecs import decode_orcpt, decode_xtext, unquote_local_part
from .constants import ABSENT, WORDS, DomainKind, ParamId, PathFlag, ValueKind
from .layout import Layout, Record, Row, part, text_of
from .rows import ParamRow

PATH = Layout("ehlo_path")
PARAM = Layout("ehlo_param")
_LOCAL, _DOMAIN, _DOMAIN_KIND = (PATH.places[name] for name in ("local.off", "domain.off", "domain_kind"))
_PARAM_ID, _VALUE, _NUMBER = (PARAM.places[name] for name in ("id", "value.off", "number"))
_UINT64_MAX: Final[int] = 2**64 - 1
_LIBRARY_ROWS: dict[int, Any] = {number: lib.ehlo_param_info(number) for number in ParamId if number}
_ORCPT: int = lib.EHLO_PARAM_ORCPT
_UNSIGNED: int = lib.EHLO_ROW_UNSIGNED
_ANY_HEX: int = lib.EHLO_ROW_ANY_HEX
_XTEXT_KINDS = frozenset((ValueKind.XTEXT, ValueKind.MAILBOX))
#: The kinds whose values are numbers.
NUMBERS = frozenset((ValueKind.NUMBER, ValueKind.WORD, ValueKind.WORDS, ValueKind.DATE))
_NO_DOMAIN: int = lib.EHLO_DOMAIN_NONE
_NAME: int = lib.EHLO_DOMAIN_NAME


class Path(Record):
    """A reverse-path or forward-path (RFC 5321 4.1.2), lossless.

    whole       with its angle brackets
    route       source route "@a,@b" without its colon; None if there is none
    local       local part as sent, quotes included; empty in the null path
    domain      the domain, or the text between the brackets of a literal; None if there is none
    """

    __match_args__ = ("address",)
    whole = PATH.piece("whole")
    route = PATH.octets("route")
    domain = PATH.octets("domain")
    domain_kind = PATH.member("domain_kind", DomainKind)
    flags = PATH.member("flags", PathFlag)
    is_null = PATH.bit("flags", lib.EHLO_PATH_NULL, "<>")

    @property
    def local(self) -> memoryview:
        return part(self._view, self._row[_LOCAL], self._row[_LOCAL + 1]) or self._view[0:0]

    @property
    def address(self) -> str:
        """The mailbox without brackets and source route, as sent: "" for the null path, or bare "Postmaster"."""
        row = self._row
        local = text_of(self._view, row[_LOCAL], row[_LOCAL + 1])
        if row[_DOMAIN_KIND] == _NO_DOMAIN:
            return local
        domain = text_of(self._view, row[_DOMAIN], row[_DOMAIN + 1])
        return f"{local}@{domain}" if row[_DOMAIN_KIND] == _NAME else f"{local}@[{domain}]"

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


class Param(Record):
    """A parameter of MAIL or RCPT, as sent and typed.

    id          which it is; UNKNOWN for one of a program's rows, or of no row
    name        the keyword in upper case, text
    keyword     as sent, any case, octets
    value       as sent, octets; None where there is no "="
    detail      ORCPT: the part after "type;"; None otherwise
    number      the value as a number, where the kind of the parameter is one; 0 otherwise
    """

    __slots__ = ("_own",)
    __match_args__ = ("name", "decoded")

    def __init__(self, row: Row, view: memoryview, own: ParamRow | None = None) -> None:
        self._row = row
        self._view = view
        self._own = own

    id = PARAM.member("id", ParamId)
    name = PARAM.upper("keyword")
    keyword = PARAM.piece("keyword")
    value = PARAM.octets("value")
    detail = PARAM.octets("detail")

    def _definition(self) -> Any:
        """The row of the parameter: one of the program, or an ehlo_param_row of the library. None: it is unknown."""
        return self._own or _LIBRARY_ROWS.get(self._row[_PARAM_ID])

    @property
    def number(self) -> int:
        number, definition = self._row[_NUMBER], self._definition()
        return number if number >= 0 or definition is None or not definition.flags & _UNSIGNED else number & _UINT64_MAX

    @property
    def decoded(self) -> int | str | tuple[str, str] | None:
        """The meaning of the value, by its kind: a number, which for BODY is a `BodyType`, for RET a `Ret` and for
        NOTIFY a `Notify`; text (AUTH: "<>" is nobody); for ORCPT (type, address); None without a value."""
        row, definition = self._row, self._definition()
        if row[_VALUE] == ABSENT:
            return None
        if definition is not None and definition.kind in NUMBERS:
            words = WORDS.get(row[_PARAM_ID])
            return self.number if words is None else words(row[_NUMBER])
        value = bytes(self._view[row[_VALUE] : row[_VALUE] + row[_VALUE + 1]])
        if definition is not None and definition.kind in _XTEXT_KINDS:
            value = decode_xtext(value, any_case=definition.flags & _ANY_HEX != 0)
        elif row[_PARAM_ID] == _ORCPT:
            return _decode_text(value.partition(b";")[0]), _decode_text(decode_orcpt(value))
        return _decode_text(value)

    def __bytes__(self) -> bytes:
        value = self.value
        return bytes(self.keyword) if value is None else b"=".join((self.keyword, value))

    def __str__(self) -> str:
        return str(bytes(self), "utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return f"<Param {self}>"


def params_of(packed: Any, view: memoryview, own: Mapping[int, ParamRow]) -> Params:
    """`packed`: an array of ehlo_param; `own`: the rows of the program by their ids."""
    if not own:
        return [Param(row, view) for row in PARAM.read_all(packed)]
    return [Param(row, view, own.get(row[_PARAM_ID])) for row in PARAM.read_all(packed)]


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
