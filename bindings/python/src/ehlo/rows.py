"""What is known of each verb, parameter and service extension. The fields are those of ehlo_rows.h."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, TypeVar, overload

from ._ehlo import ffi, lib
from .constants import (
    Argument,
    CommandFlag,
    Extension,
    ExtensionFlag,
    Follows,
    ParamId,
    ParamOf,
    RowFlag,
    ValueKind,
    ValueNeed,
    Verb,
)
from .errors import enhanced_text


class ExtensionRow(NamedTuple):
    """A service extension.

    needs                       keywords of those without which it is not offered, a space between two
    mail_octets, rcpt_octets    how much longer it makes the longest line, beside its parameters
    """

    keyword: str | None
    needs: str = ""
    flags: ExtensionFlag = ExtensionFlag(0)
    mail_octets: int = 0
    rcpt_octets: int = 0


class ParamRow(NamedTuple):
    """A parameter of MAIL or RCPT.

    extensions      keywords of those that bring it, a space between two
    words           of WORD and WORDS, a space between two
    least, most     of a number; `least` counts the first word; of others `most` octets as sent, 0: no limit
    octets          how much longer it makes the longest line
    """

    keyword: str
    extensions: str
    kind: ValueKind = ValueKind.TEXT
    value: ValueNeed = ValueNeed.REQUIRED
    commands: ParamOf = ParamOf.MAIL
    flags: RowFlag = RowFlag(0)
    words: str | None = None
    least: int = 0
    most: int = 0
    octets: int = 0


class VerbRow(NamedTuple):
    """A command.

    extensions      keywords of those that bring it, a space between two
    argument        what stands behind it; follows: what comes behind the command
    yes_*, no_*     its default acceptance and refusal; a text that is None is that of the session
    """

    name: str
    extensions: str = ""
    argument: Argument = Argument.NONE
    follows: Follows = Follows.NONE
    flags: CommandFlag = CommandFlag.SMTP | CommandFlag.LMTP
    yes_code: int = 0
    yes_enhanced: str | None = None
    yes_text: str | None = None
    no_code: int = 0
    no_enhanced: str | None = None
    no_text: str | None = None


@overload
def row_of(of: Extension) -> ExtensionRow: ...
@overload
def row_of(of: ParamId) -> ParamRow: ...
@overload
def row_of(of: Verb) -> VerbRow: ...
def row_of(of: Extension | ParamId | Verb) -> ExtensionRow | ParamRow | VerbRow:
    """What the library knows of an extension, a parameter or a verb. KeyError: UNKNOWN, NONE, or several extensions."""
    if isinstance(of, Extension):
        single = of and not of & (of - 1)
        return _read(ExtensionRow, lib.ehlo_extension_info(of.bit_length() - 1) if single else ffi.NULL, of)
    if isinstance(of, ParamId):
        return _read(ParamRow, lib.ehlo_param_info(of), of)
    return _read(VerbRow, lib.ehlo_verb_info(of), of)


R = TypeVar("R", ExtensionRow, ParamRow, VerbRow)


def _read(kind: type[R], row: Any, of: object) -> R:
    if not row:
        raise KeyError(of)
    return kind(**{name: _value(getattr(row, name), name, kind._field_defaults.get(name)) for name in kind._fields})


def _value(value: Any, name: str, default: Any) -> Any:
    if name.endswith("_enhanced"):
        return enhanced_text(value)
    if isinstance(value, int):
        kind: Callable[[int], int] = type(default)
        return kind(value)
    return str(ffi.string(value), "ascii") if value else None
