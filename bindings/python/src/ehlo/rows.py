"""Rows: the properties of each verb, parameter and service extension, of the library and of a program.

The fields are those of ehlo_rows.h, which explains them. A row of a program replaces that of the library with the same
name, unless that is FIXED.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, TypeVar, Union, overload

from ._ehlo import ffi, lib
from .constants import (
    PARAM_OWN,
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
from .errors import enhanced_number, enhanced_text
from .layout import fill


class ExtensionRow(NamedTuple):
    """A service extension.

    keyword                     None in a row of a program: nothing is announced, but its octets count
    arguments                   what follows the keyword in our EHLO reply, in a row of a program
    needs                       keywords of those without which it is not offered, a space between two
    mail_octets, rcpt_octets    how much longer it makes the longest line, beside its parameters
    """

    keyword: str | None = None
    arguments: str | None = None
    needs: str = ""
    flags: ExtensionFlag = ExtensionFlag(0)
    mail_octets: int = 0
    rcpt_octets: int = 0


class ParamRow(NamedTuple):
    """A parameter of MAIL or RCPT.

    extensions      keywords of those that bring it, a space between two; "": it is always there
    words           of WORD and WORDS, a space between two
    least, most     of a number; `least` counts the first word; of others `most` octets as sent, 0: no limit
    octets          how much longer it makes the longest line
    """

    keyword: str
    extensions: str = ""
    kind: ValueKind = ValueKind.TEXT
    value: ValueNeed = ValueNeed.OPTIONAL
    commands: ParamOf = ParamOf.MAIL
    flags: RowFlag = RowFlag(0)
    words: str | None = None
    least: int = 0
    most: int = 0
    octets: int = 0


class VerbRow(NamedTuple):
    """A command.

    extensions      keywords of those that bring it, a space between two; "": it is always there
    argument        the kind of its argument; follows: what comes after the command line
    yes_*, no_*     its default acceptance and refusal; a text that is None is that of the session
    """

    name: str
    extensions: str = ""
    argument: Argument = Argument.TEXT
    follows: Follows = Follows.NONE
    flags: CommandFlag = CommandFlag.SMTP | CommandFlag.LMTP | CommandFlag.OPTIONAL
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
    """The row of the library for an extension, a parameter or a verb. `row_of(Verb.VRFY)._replace(...)` makes one of
    your own from it. KeyError: UNKNOWN, NONE, or several extensions."""
    if isinstance(of, Extension):
        single = of and not of & (of - 1)
        return _row_from(ExtensionRow, lib.ehlo_extension_info(of.bit_length() - 1) if single else ffi.NULL, of)
    if isinstance(of, ParamId):
        return _row_from(ParamRow, lib.ehlo_param_info(of), of)
    return _row_from(VerbRow, lib.ehlo_verb_info(of), of)


R = TypeVar("R", ExtensionRow, ParamRow, VerbRow)


def _row_from(kind: type[R], row: Any, of: object) -> R:
    if not row:
        raise KeyError(of)
    return kind(
        **{name: _field_value(getattr(row, name), name, kind._field_defaults.get(name)) for name in kind._fields}
    )


def _field_value(value: Any, name: str, default: Any) -> Any:
    if name.endswith("_enhanced"):
        return enhanced_text(value)
    if isinstance(value, int):
        kind: Callable[[int], int] = type(default)
        return kind(value)
    return str(ffi.string(value), "ascii") if value else None


#: A row that a program adds.
OwnRow = Union[ExtensionRow, ParamRow, VerbRow]


def own_params(rows: Iterable[OwnRow]) -> dict[int, ParamRow]:
    """The parameters among the rows, by their ids."""
    return dict(enumerate((row for row in rows if isinstance(row, ParamRow)), PARAM_OWN))


def packed(rows: Iterable[OwnRow], kept: list[Any]) -> Any:
    """The rows as an ehlo_rows, whose memory is in `kept`. ArgumentError: a number or a text that does not fit."""
    out = ffi.new("ehlo_rows *")
    names: dict[type[OwnRow], str] = {ExtensionRow: "extension", ParamRow: "param", VerbRow: "verb"}
    arrays: dict[str, list[OwnRow]] = {name: [] for name in names.values()}
    for row in rows:
        arrays[names[type(row)]].append(row)
    for name, own in arrays.items():
        array = ffi.new(f"ehlo_{name}_row[]", len(own))
        for struct, row in zip(array, own):
            values = row._asdict()
            for enhanced in values.keys() & {"yes_enhanced", "no_enhanced"}:
                values[enhanced] = enhanced_number(values[enhanced])
            fill(struct, values, kept, "rows.")
        fill(out, {f"{name}s": array, f"{name}_size": ffi.sizeof(f"ehlo_{name}_row"), f"{name}_count": len(own)}, kept)
        kept += (out, array)
    return out
