"""Parsers and writers that need no session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ._ehlo import ffi, lib
from .codecs import Octets, Text, collect, octets_of, passed
from .configs import ReplyLimits
from .constants import ABSENT, ErrorCode, Extension, Flag, ParamId, Protocol, Seen, Verb
from .envelope import SentParam
from .errors import ascii_of, enhanced_number, enhanced_text, failure
from .layout import Layout, Record, Row, fill, text_of, verb_of
from .owner import Owner
from .rows import OwnRow, own_params, packed
from .views import NUMBERS, PARAM, PATH, Params, Path, params_of

COMMAND = Layout("ehlo_command")


class Command(Record):
    """A parsed command line, and views of it. The kind of its argument (`VerbRow.argument`) decides what there is
    besides the verb.

    text        host, mechanism, argument; None where there is none
    response    AUTH: the initial response as sent; "=" is present with length 0
    kind        of a host a `DomainKind`
    number      BDAT: octets
    """

    __slots__ = ("params", "path")
    verb = COMMAND.member("verb", verb_of)
    flags = COMMAND.member("flags", Flag)
    last = COMMAND.bit("flags", lib.EHLO_FLAG_LAST)
    text = COMMAND.octets("text")
    response = COMMAND.octets("response")
    kind = COMMAND.number("kind")
    number = COMMAND.number("number")

    def __init__(self, row: Row, view: memoryview, path: Path | None, params: Params) -> None:
        super().__init__(row, view)
        self.path = path
        self.params = params


def _parse_options(rows: list[OwnRow], tls: bool, general_literals: bool, **fields: int) -> tuple[Any, list[Any]]:
    """The options, and the memory that they point to."""
    kept: list[Any] = []
    options = ffi.new("ehlo_parse_options *")
    lib.ehlo_parse_options_init(options, ffi.sizeof("ehlo_parse_options"))
    options.rows = packed(rows, kept)
    flags = (lib.EHLO_SERVER_FLAG_IMPLICIT_TLS if tls else 0) | _literals_flag(general_literals)
    fill(options, {"flags": flags, **fields}, kept)
    return options, kept


def _literals_flag(general: bool) -> int:
    return int(lib.EHLO_SERVER_FLAG_GENERAL_LITERALS) if general else 0


def _path_from(view: memoryview, path: Any) -> Path:
    return Path(PATH.read(ffi.buffer(ffi.addressof(path))), view)


def _params_from(view: memoryview, params: Any, count: int, rows: list[OwnRow]) -> Params:
    return params_of(ffi.buffer(params, count * PARAM.size), view, own_params(rows))


def _params_room(params: Any) -> tuple[Any, int, int]:
    return params, PARAM.size, lib.EHLO_PARAMS_MAX


def parse_command(
    line: Octets,
    *,
    extensions: Extension = Extension.DEFAULT,
    protocol: Protocol = Protocol.SMTP,
    max_line: int = 0,
    max_local_part: int = 0,
    max_path: int = 0,
    tls: bool = False,
    general_literals: bool = False,
    rows: Iterable[OwnRow] = (),
) -> Command:
    """Parses one line, with its CRLF. ProtocolError with the position of the fault in `offset`. `rows`: of the
    program."""
    own = [*rows]
    options, _kept = _parse_options(
        own,
        tls,
        general_literals,
        extensions=extensions,
        protocol=protocol,
        max_line_octets=max_line,
        max_local_part_octets=max_local_part,
        max_path_octets=max_path,
    )
    command, params = ffi.new("ehlo_command *"), ffi.new("ehlo_param[]", lib.EHLO_PARAMS_MAX)
    at = ffi.new("size_t *")
    error = lib.ehlo_command_parse(*passed(line), options, command, *_params_room(params), at)
    if error:
        raise failure(error, at[0])
    view = memoryview(line)
    path = None if command.path.whole.off == ABSENT else _path_from(view, command.path)
    return Command(COMMAND.read(ffi.buffer(command)), view, path, _params_from(view, params, command.param_count, own))


def parse_path(text: Octets, *, forward: bool = False, smtputf8: bool = False, general_literals: bool = False) -> Path:
    """Parses a path with its angle brackets, whole. `forward`: no null path, but bare Postmaster."""
    path, at = ffi.new("ehlo_path *"), ffi.new("size_t *")
    flags = _literals_flag(general_literals)
    error = lib.ehlo_path_parse(*passed(text), forward, smtputf8, flags, path, at)
    if error:
        raise failure(error, at[0])
    return _path_from(memoryview(text), path[0])


def parse_params(
    text: Octets,
    verb: Verb = Verb.MAIL,
    *,
    extensions: Extension = Extension.DEFAULT,
    protocol: Protocol = Protocol.SMTP,
    tls: bool = False,
    rows: Iterable[OwnRow] = (),
) -> Params:
    """Parses the parameters that follow a path and its space, of MAIL or RCPT. `rows`: of the program."""
    own = [*rows]
    options, _kept = _parse_options(own, tls, False, extensions=extensions, protocol=protocol)
    params, count = ffi.new("ehlo_param[]", lib.EHLO_PARAMS_MAX), ffi.new("size_t *")
    at = ffi.new("size_t *")
    error = lib.ehlo_params_parse(*passed(text), int(verb), options, *_params_room(params), count, at)
    if error:
        raise failure(error, at[0])
    return _params_from(memoryview(text), params, count[0], own)


# ---- writing


def write_command(
    verb: Verb,
    text: Text = "",
    *,
    params: Iterable[SentParam] = (),
    response: Octets | None = None,
    size: int = 0,
    last: bool = False,
    smtputf8: bool = False,
) -> bytes:
    """A command line with its CRLF.

    text        host, mechanism or argument; MAIL and RCPT: the path without its brackets, "" for <>
    params      of MAIL and RCPT; see `param`
    response    AUTH: the initial response in raw octets; empty is written as "="
    size, last  BDAT
    smtputf8    non-ASCII is allowed; VRFY and EXPN carry it

    An argument that would end the line or begin another is refused: ArgumentError, ProtocolError.
    """
    command = ffi.new("ehlo_command_text *")
    lib.ehlo_command_text_init(command, ffi.sizeof("ehlo_command_text"))
    octets = octets_of(text)
    joined = b" ".join(_param_text(keyword, value) for keyword, value in params)
    kept = [ffi.from_buffer(octets), ffi.from_buffer(joined)]
    command.text, command.text_length = kept[0], len(octets)
    command.params, command.params_length = kept[1], len(joined)
    if response is not None:
        kept.append(ffi.from_buffer(response))
        command.response, command.response_length = kept[2], len(response)
    command.number = size
    command.verb = int(verb)
    command.flags = (Flag.LAST if last else 0) | (Flag.SMTPUTF8 if smtputf8 else 0)
    return collect(lambda out, room: lib.ehlo_command_write(command, out, room))


def _param_text(keyword: str, value: Text | None) -> bytes:
    word = keyword.encode("utf-8", "surrogateescape")
    # A space would make two parameters of one.
    if b" " in word or (value is not None and b" " in bytes(octets_of(value))):
        raise failure(ErrorCode.ARGUMENT)
    return word if value is None else b"=".join((word, octets_of(value)))


def param(keyword: str | ParamId, value: int | Text | None = None) -> SentParam:
    """A parameter from its meaning, to be sent, by its kind: a number, which for BODY is a `BodyType`, for RET a `Ret`
    and for NOTIFY a `Notify`; text (AUTH: "<>" is nobody, ORCPT: "type;address"); None where it has no value.
    ArgumentError where there is no such value. A keyword that is not known goes out with its value as given.
    """
    name = keyword.name if isinstance(keyword, ParamId) else keyword.upper()
    info = lib.ehlo_param_info(keyword) if isinstance(keyword, ParamId) else lib.ehlo_param_named(*passed(name))
    if not info:
        return name, str(value) if isinstance(value, int) else value
    name = ascii_of(info.keyword)
    if value is None:
        if info.value == lib.EHLO_VALUE_REQUIRED:
            raise failure(ErrorCode.ARGUMENT)
        return name, None
    if info.value == lib.EHLO_VALUE_NONE or isinstance(value, int) != (info.kind in NUMBERS):
        raise failure(ErrorCode.ARGUMENT)
    number, text = (value, b"") if isinstance(value, int) else (0, value)
    least, end = (0, 1 << 64) if info.flags & lib.EHLO_ROW_UNSIGNED else (-1 << 63, 1 << 63)
    if not least <= number < end:
        raise failure(ErrorCode.ARGUMENT)
    signed = number - (1 << 64) if number >> 63 > 0 else number
    pointer, size = passed(text)
    return name, collect(lambda out, room: lib.ehlo_param_value_write(info.id, signed, pointer, size, out, room))


def write_reply(code: int, text: Text = "", *, enhanced: str | None = None) -> bytes:
    """A reply: `code` 200 to 599; a newline in `text` begins a line; lines are folded at 512 octets. `enhanced` such as
    "5.1.1"; None: the default of the code's class; "": none."""
    pointer, size = passed(text)
    status = enhanced_number(enhanced)
    return collect(lambda out, room: lib.ehlo_reply_write(code, status, pointer, size, out, room))


def write_hello(domain: Text, lines: Iterable[str] = ()) -> bytes:
    """A 250 reply to EHLO: the domain, and a line for each of `lines`, a keyword with its parameters."""
    arguments = (*passed(domain), *passed("\n".join(lines)))
    return collect(lambda out, room: lib.ehlo_hello_write(*arguments, out, room))


# ---- replies


class Reply(NamedTuple):
    """A reply. `length`: its octets, with the CRLF of the last line; `lines`: the texts after the code."""

    code: int
    enhanced: str | None
    lines: list[bytes]
    length: int


def _reply_limits(limits: ReplyLimits | None) -> Any:
    own = ffi.new("ehlo_reply_limits *")
    for name, value in (ReplyLimits() if limits is None else limits)._asdict().items():
        setattr(own, name, value)
    return own


def parse_reply(data: Octets, *, limits: ReplyLimits | None = None) -> Reply:
    """Reads one reply from the start of `data`. IncompleteError: it has not ended yet."""
    reply, at = ffi.new("ehlo_reply *"), ffi.new("size_t *")
    pointer, size = passed(data)
    error = lib.ehlo_reply_parse(pointer, size, _reply_limits(limits), reply, at)
    if error:
        raise failure(error, None if error == ErrorCode.INCOMPLETE else at[0])
    view, text, lines = memoryview(data), ffi.new("ehlo_span *"), []
    line = ffi.new("size_t *")
    while lib.ehlo_reply_line(pointer, reply.length, line, text):
        lines.append(bytes(view[text.off : text.off + text.len]))
    return Reply(reply.code, enhanced_text(reply.enhanced), lines, reply.length)


class Hello(NamedTuple):
    """The reply to EHLO or LHLO.

    capabilities    (keyword in upper case, parameters) in order
    offered         the known extensions; usable: those of them that may be used in this state
    size_limit      octets, 0: no fixed limit; None: SIZE is not offered, or without a number
    mechanisms      of AUTH, in upper case, each once
    """

    domain: str
    capabilities: list[tuple[str, list[str]]]
    offered: Extension
    usable: Extension
    size_limit: int | None
    mechanisms: list[str]


def parse_hello(reply: Octets, *, tls: bool = False, limits: ReplyLimits | None = None) -> Hello:
    """Reads the complete reply to EHLO or LHLO. ProtocolError: HELLO_REFUSED for 4yz and 5yz, UNEXPECTED_CODE for any
    other than 250, and those of `parse_reply`."""
    hello, at = ffi.new("ehlo_hello *"), ffi.new("size_t *")
    pointer, size = passed(reply)
    error = lib.ehlo_hello_parse(pointer, size, tls, _reply_limits(limits), hello, at)
    if error:
        raise failure(error, at[0])
    view, line, found = memoryview(reply), ffi.new("ehlo_capability *"), []
    place = ffi.new("size_t *")
    while lib.ehlo_hello_next(pointer, size, place, line):
        keyword, words = _text(view, line.keyword).upper(), _text(view, line.params).split(" ")
        found.append((keyword, [word for word in words if word]))
    mechanisms = dict.fromkeys(word.upper() for keyword, words in found if keyword == "AUTH" for word in words)
    return Hello(
        _text(view, hello.domain),
        found,
        Extension(hello.offered),
        Extension(hello.usable),
        hello.size_limit if hello.has_size_limit else None,
        list(mechanisms),
    )


def _text(view: memoryview, span: Any) -> str:
    return text_of(view, span.off, span.len)


def extension_of(keyword: str) -> Extension:
    """The extension with this EHLO keyword, in any case; NONE if the library knows none."""
    return Extension(lib.ehlo_extension_bit(*passed(keyword)))


def keyword_of(extension: Extension) -> str:
    """The EHLO keyword of one extension; "?" unless it is one that the library knows."""
    return ascii_of(lib.ehlo_extension_name(int(extension)))


# ---- content


class Decoded(NamedTuple):
    """`consumed` octets were decoded into these pieces of content; `done`: the end of data was among them."""

    consumed: int
    views: list[memoryview]
    violations: Seen
    done: bool


class DotDecoder(Owner):
    """Decodes the content that follows a 354 reply, without a session. Limits of 0: none."""

    __slots__ = ()

    def __init__(self, *, max_line_octets: int = 0, max_octets: int = 0) -> None:
        pointer = lib.ehlo_dot_decoder_new(max_line_octets, max_octets, lib.ehlo_py_allocator())
        super().__init__(pointer, lib.ehlo_dot_decoder_free)

    def feed(self, data: Octets, *, room: int = 1024) -> Decoded:
        """Decodes until `room` pieces, at least three, are in use. Keep what was not consumed, at most 3 octets
        unless the pieces ran out, and pass it again with what comes next."""
        pointer = self._open_pointer()
        if room < 3:
            raise failure(ErrorCode.SPACE)
        spans, count = ffi.new("ehlo_span[]", room), ffi.new("uint32_t *")
        seen, done = ffi.new("uint32_t *"), ffi.new("int32_t *")
        consumed = lib.ehlo_dot_decoder_feed(pointer, *passed(data), spans, room, count, seen, done)
        view = memoryview(data)
        views = [view[span.off : span.off + span.len] for span in spans[0 : count[0]]]
        return Decoded(consumed, views, Seen(seen[0]), bool(done[0]))

    def first(self, violation: Seen) -> int | None:
        """Where the violation was first seen: octets from the start of the content on the wire; None if it was not."""
        at = int(lib.ehlo_dot_decoder_first(self._open_pointer(), int(violation)))
        return None if at == 2**64 - 1 else at
