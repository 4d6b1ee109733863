"""Results of the library as the JSON of the protocol. A fact that has two ways to it is compared here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import cycle
from operator import attrgetter
from typing import Any, TypeVar

import ehlo
from ehlo import Extension, Flag, ParamId, PathFlag, ValueKind, Verb
from ehlo import client_events as c
from ehlo import events as e

Json = Any
Given = TypeVar("Given")
Buffer = bytes | bytearray | memoryview


class Fault(Exception):
    """A promise of the library that is broken."""


def require(condition: object, why: str) -> None:
    if not condition:
        raise Fault(why)


# ---- octets: a character U+0000..U+00FF each


def octets(text: str) -> bytes:
    return text.encode("latin-1")


def optional(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")


def shown(view: Buffer | None) -> str | None:
    return None if view is None else str(view, "latin-1")


def as_sent(text: str) -> str:
    """The octets of what the binding gives as text."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


_BUFFERS: cycle[Callable[[bytes], Buffer]] = cycle((bytes, bytearray, lambda given: memoryview(bytearray(given))))


def lend(given: bytes, call: Callable[[Any], Given]) -> Given:
    """Makes a call with memory of its own, which is overwritten after it where it can be."""
    buffer = next(_BUFFERS)(given)
    try:
        return call(buffer)
    finally:
        if not isinstance(buffer, bytes):
            buffer[:] = b"\xff" * len(given)


def parse(given: bytes, call: Callable[[Any], Given]) -> Given:
    """The same of a parser, whose errors have a position."""
    try:
        return lend(given, call)
    except ehlo.Error as error:
        known = error.offset is not None and 0 <= error.offset <= len(given)
        require(known or isinstance(error, ehlo.IncompleteError), f"{error}: the position is not in the input")
        raise


# ---- names


@cache
def error_name(error: int) -> str | None:
    return ehlo.error_info(error).name if error else None


_VERBS: dict[Verb, str | None] = {verb: ehlo.row_of(verb).name if verb else None for verb in Verb}
_KEYWORDS = [(bit, ehlo.keyword_of(bit)) for bit in Extension.__members__.values() if bit and not bit & (bit - 1)]


def keywords_of(extensions: Extension) -> list[str]:
    return [keyword for bit, keyword in _KEYWORDS if bit & extensions]


@cache
def extensions_of(*keywords: str) -> Extension:
    bits = Extension.NONE
    for keyword in keywords:
        bit = ehlo.extension_of(keyword)
        require(ehlo.keyword_of(bit) == keyword, f"{keyword} is not known, or by another name")
        bits |= bit
    return bits


# ---- tables: fields of the protocol, or field=attribute of the binding, by how the one is made of the other

Row = tuple[str, Callable[[Any], Any], Callable[[Any], Json]]
Rows = tuple[tuple[Callable[[Any], Json], str], ...]
_KINDS: dict[type, list[Row]] = {}
_OF_ONE_KIND: dict[type, Rows] = {
    e.Mail: ((lambda find: int(find("body").number) if find("body") else 0, "kind=param"),),
    e.Command: ((as_sent, "response=keyword"), (int, "kind number")),
}


def _form(thing: object, rows: Rows) -> dict[str, Json]:
    """The fields of those rows whose attribute the class has."""
    table = _KINDS.get(type(thing))
    if table is None:
        pairs = [
            (name.split("="), form)
            for form, names in rows + _OF_ONE_KIND.get(type(thing), ())
            for name in names.split()
        ]
        table = [(pair[0], attrgetter(pair[-1]), form) for pair, form in pairs if hasattr(thing, pair[-1])]
        _KINDS[type(thing)] = table
    return {field: value for field, read, form in table if (value := form(read(thing))) is not None}


def _as_it_is(value: Json) -> Json:
    return value


_PATH: Rows = (
    (shown, "whole route local domain"),
    (as_sent, "address local_value"),
    (int, "domain_kind flags"),
)


def path_form(path: ehlo.Path) -> Json:
    form = _form(path, _PATH)
    require(bytes(path) == path.whole and str(path) == path.address, "a path is not its text")
    require(path.is_null == (PathFlag.NULL in path.flags), "null or not")
    if not form["local"].startswith('"'):
        require(form.pop("local_value") == form["local"], "without quotes a local part means another")
    return form


@cache
def _meaning(kind: ParamId, decoded: Any) -> Json:
    """The meaning of a value, by the kind of its parameter."""
    row = ehlo.row_of(kind)
    words = (row.words or "").split()
    if row.kind == ValueKind.WORD:
        return words[decoded - row.least]
    if row.kind == ValueKind.WORDS:
        return [word for place, word in enumerate(words) if decoded >> place & 1]
    if row.kind in (ValueKind.NUMBER, ValueKind.DATE):
        return str(decoded)
    if row.kind == ValueKind.KEYWORDS:
        return as_sent(decoded).split(",")
    return as_sent(decoded) if isinstance(decoded, str) else [*map(as_sent, decoded)]


_PARAM: Rows = (
    (lambda kind: ehlo.row_of(kind).keyword if kind else None, "id"),
    (shown, "keyword value detail"),
    (int, "number"),
)


def param_form(param: ehlo.Param) -> Json:
    form, decoded, kind = _form(param, _PARAM), param.decoded, param.id
    text = form["keyword"] + ("=" + form["value"] if "value" in form else "")
    require(as_sent(str(param)) == text and shown(bytes(param)) == text, "a parameter is not its text")
    require(as_sent(param.name) == form["keyword"].upper(), "the name of a parameter is not its keyword")
    require((decoded is None) == ("value" not in form), "a value without a meaning, or a meaning without a value")
    require(not isinstance(decoded, int) or decoded == param.number, "the number of a parameter is not its meaning")
    if kind and decoded is not None:
        form["decoded"] = _meaning(kind, decoded)
    return form


def params_form(params: Iterable[ehlo.Param]) -> Json:
    return [param_form(param) for param in params]


_COMMAND: Rows = (
    (_VERBS.__getitem__, "verb"),
    (int, "flags host_kind=kind size=number"),
    (shown, "text response"),
    (lambda path: path and path_form(path), "path"),
    (params_form, "params"),
)


def command_form(command: ehlo.Command) -> Json:
    require(command.last == (Flag.LAST in command.flags), "last or not")
    return _form(command, _COMMAND)


_EVENT: Rows = (
    (_as_it_is, "type=name id"),
    (_VERBS.__getitem__, "verb"),
    (error_name, "error"),
    (int, "flags code index kind=host_kind kind=junk number=size number=octets number=offset"),
    (shown, "line text=argument response"),
    (as_sent, "text=host text=mechanism"),
    (lambda path: path and path_form(path), "path"),
    (params_form, "params"),
    (lambda join: shown(join()), "body=__bytes__"),
)
_FLAGS = ((int(Flag.SECRET), "secret"), (int(Flag.LAST), "last"), (int(Flag.SMTPUTF8), "smtputf8"))


def event_form(event: e.Event) -> Json:
    form = _form(event, _EVENT)
    flags = form["flags"]
    require(type(event) is not e.Event, "an event of no kind")
    for flag, name in _FLAGS:
        require(
            getattr(event, name, flag & flags != 0) == bool(flag & flags),
            "a flag differs from the property of its name",
        )
    if isinstance(event, e.Body):
        pieces = shown(b"".join(event.views))
        require(pieces and form["body"] == pieces and len(event) == len(pieces), "a body is not its pieces")
    elif isinstance(event, (e.Mail, e.Rcpt)):
        require(event.address == event.path.address, "the address is not that of the path")
        found = (event.param(param.name.lower()) for param in event.params)
        require([*map(str, found)] == [*map(str, event.params)], "a parameter is not found by its name")
    return form


_CLIENT_EVENT: Rows = (
    (_as_it_is, "type=name enhanced"),
    (_VERBS.__getitem__, "verb"),
    (error_name, "error"),
    (int, "code transaction index verdict scope number=offset"),
    (shown, "reply text=raw_text"),
    (lambda answered: Flag.ANSWERED * answered, "flags=answered"),
    (lambda content: Flag.LAST * content, "flags=content"),
)


def client_event_form(event: c.ClientEvent) -> Json:
    form, lines = _form(event, _CLIENT_EVENT), event.lines
    require(type(event) is not c.ClientEvent, "an event of no kind")
    require(as_sent(event.text) == form.get("text", ""), "the text of a reply is not its octets")
    require(not lines or lines[0] == event.text, "the text of a reply is not that of its first line")
    return form
