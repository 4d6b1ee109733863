"""commands, addresses, params, replies, ehlo: what is parsed without a session, and lines within one."""

from __future__ import annotations

from typing import Any

import ehlo
from ehlo import ErrorCode

from . import line_in_session
from .case import (
    Fault,
    Json,
    config_of,
    extension_bits,
    is_expected_code,
    octets_of,
    only_case_keys,
    only_keys,
    optional_octets,
    protocol_of,
    require,
)
from .parsed import ParsedCommand, ParsedParam, ParsedPath, command_of, param_of, path_of

COMMAND_ERRORS = {
    ErrorCode.LINE_TOO_LONG: "too-long",
    ErrorCode.SYNTAX: "syntax",
    ErrorCode.BAD_SENDER: "syntax",
    ErrorCode.BAD_RECIPIENT: "syntax",
    ErrorCode.PATH_TOO_LONG: "syntax",
    ErrorCode.NEEDS_SMTPUTF8: "syntax",
    ErrorCode.BAD_CHUNK: "syntax",
    ErrorCode.UNKNOWN_COMMAND: "unknown-command",
    ErrorCode.NOT_IMPLEMENTED: "unknown-command",
    ErrorCode.BAD_PARAMETER: "bad-parameter",
    ErrorCode.BAD_BASE64: "bad-parameter",
    ErrorCode.UNKNOWN_PARAMETER: "unknown-parameter",
}


def command_error_kind(error: int, line: bytes) -> str:
    if error == ErrorCode.SIZE_OVERFLOW:
        return "syntax" if line[:4].upper() == b"BDAT" else "bad-parameter"
    return COMMAND_ERRORS.get(error, ehlo.error_info(error).name)  # type: ignore[call-overload, no-any-return]


def match_error(expect: Json, kind: str, code: int) -> None:
    require("error" in expect, f"refused: {kind}")
    require(expect["error"] == kind, f"the error is {kind}, expected {expect['error']}")
    require(is_expected_code(expect["reply"], code), f"the reply code is {code}")


# ---- paths


def literal_kind(literal: bytes) -> ehlo.DomainKind:
    if b":" not in literal:
        return ehlo.DomainKind.IPV4
    return ehlo.DomainKind.IPV6 if literal[:5].lower() == b"ipv6:" else ehlo.DomainKind.GENERAL


def match_path(expect: Json, path: ParsedPath) -> None:
    null = expect.get("null", False)
    require(null == bool(path.flags & ehlo.PathFlag.NULL), "null or not")
    local = optional_octets(expect.get("local")) or b""
    require(path.local == local, f"local is {path.local!r}")
    quoted = local[:1] == b'"'
    require(quoted == bool(path.flags & ehlo.PathFlag.QUOTED), "the flag QUOTED is wrong")
    require(quoted == ("local_value" in expect), "local_value is for quoted local parts")
    if quoted:
        require(path.local_value == octets_of(expect["local_value"]), f"local_value is {path.local_value!r}")
    literal, domain = optional_octets(expect.get("literal")), optional_octets(expect.get("domain"))
    require(path.domain == (domain if literal is None else literal), f"domain is {path.domain!r}")
    kind = ehlo.DomainKind.NONE if domain is None else ehlo.DomainKind.NAME
    if literal is not None:
        kind = literal_kind(literal)
    require(path.domain_kind == kind, f"the domain kind is {path.domain_kind!r}")
    postmaster = not null and literal is None and domain is None
    require(postmaster == bool(path.flags & ehlo.PathFlag.POSTMASTER), "the flag POSTMASTER is wrong")
    route = None
    if "route" in expect:
        route = b",".join(b"@" + octets_of(host) for host in expect["route"])
    require(path.route == route, f"route is {path.route!r}")
    address = local if domain is None else local + b"@" + domain
    if literal is not None:
        address = local + b"@[" + literal + b"]"
    whole = b"<" + (b"" if route is None else route + b":") + address + b">"
    require(path.whole == whole, f"whole is {path.whole!r}")
    require(path.address.encode("utf-8", "surrogateescape") == address, f"address is {path.address!r}")
    non_ascii = bool(path.flags & ehlo.PathFlag.NON_ASCII)
    require(non_ascii == (not path.whole.isascii()), "the flag NON_ASCII is wrong")
    if "needs_smtputf8" in expect:
        require(expect["needs_smtputf8"] == non_ascii, "needs SMTPUTF8 or not")


def run_address(case: dict[str, Json]) -> None:
    only_case_keys(case, "path", "kind", "smtputf8", "expect")
    expect, text = case["expect"], octets_of(case["path"])
    only_keys(
        expect,
        ["valid", "null", "local", "local_value", "domain", "literal", "route", "needs_smtputf8"],
        "expect",
    )
    forward, smtputf8 = case["kind"] == "forward", case["smtputf8"]

    def judge(error: int, path: ParsedPath | None) -> None:
        require(expect["valid"] == (error == 0), f"refused: {error!r}" if error else "accepted")
        if path is not None:
            match_path(expect, path)
        else:
            require(error in (ErrorCode.SYNTAX, ErrorCode.NEEDS_SMTPUTF8), f"the error is {error!r}")

    error = 0
    path: ParsedPath | None = None
    try:
        path = path_of(ehlo.parse_path(text, forward=forward, smtputf8=smtputf8))
    except ehlo.ProtocolError as refusal:
        error = refusal.error
        require(refusal.offset is not None and refusal.offset <= len(text), "the position is outside")
    judge(error, path)
    if forward and not smtputf8 and error == ErrorCode.NEEDS_SMTPUTF8:
        return  # RCPT has no parameter SMTPUTF8: the command alone cannot say it
    line = (b"RCPT TO:" if forward else b"MAIL FROM:") + text
    line += b" SMTPUTF8\r\n" if not forward and smtputf8 else b"\r\n"
    in_command, command, _ = parse_line(line, {})
    # What stands behind a whole path is taken for parameters there.
    bad_path = ErrorCode.BAD_RECIPIENT if forward else ErrorCode.BAD_SENDER
    other = (bad_path, ErrorCode.LINE_TOO_LONG, ErrorCode.BAD_PARAMETER, ErrorCode.UNKNOWN_PARAMETER)
    judge(ErrorCode.SYNTAX if in_command in other else in_command, command.path if command else None)


# ---- commands


def parse_line(line: bytes, config: dict[str, Json]) -> tuple[int, ParsedCommand | None, int]:
    """The error, the command, and the code of the reply."""
    try:
        command = ehlo.parse_command(
            line,
            extensions=extension_bits(config),
            protocol=protocol_of(config),
            max_line=config.get("max_line", 0),
            tls=config.get("tls", False),
        )
    except ehlo.ProtocolError as refusal:
        require(refusal.offset is not None and refusal.offset <= len(line), "the position is outside")
        return refusal.error, None, refusal.code
    return 0, command_of(command), 0


def match_command(expect: Json, command: ParsedCommand) -> None:
    only_keys(
        expect,
        ["verb", "host", "host_kind", "null", "local", "local_value", "domain", "literal", "route", "params",
         "mechanism", "initial", "size", "last", "arg", "smtputf8"],
        "expect",
    )  # fmt: skip
    verb = command.verb.name
    require(expect["verb"] == verb, f"the verb is {verb}")
    if verb in ("MAIL", "RCPT"):
        require(command.path is not None, "no path")
        match_path(expect, command.path)  # type: ignore[arg-type]
    else:
        require(command.path is None, "a path where there is none")
    params = [[octets_of(k), optional_octets(v)] for k, v in expect.get("params", [])]
    require([[p.keyword.upper(), p.value] for p in command.params] == params, f"params are {command.params}")
    text = None
    if verb in ("EHLO", "HELO", "LHLO"):
        text = octets_of(expect["host"])
        kinds = {"domain": "NAME", "ipv4": "IPV4", "ipv6": "IPV6"}
        require(command.host_kind.name == kinds[expect["host_kind"]], f"host_kind {command.host_kind!r}")
        require((text[:1] == b"[") == (ehlo.Flag.LITERAL in command.flags), "the flag LITERAL is wrong")
    else:
        require(command.host_kind == ehlo.DomainKind.NONE, "a host where there is none")
    got = command.text
    if verb == "AUTH":
        text, got = octets_of(expect["mechanism"]), None if got is None else got.upper()
    elif verb in ("VRFY", "EXPN", "NOOP", "HELP"):
        text = optional_octets(expect.get("arg"))
        require((ehlo.Flag.SMTPUTF8 in command.flags) == expect.get("smtputf8", False), "smtputf8 is wrong")
    require(got == text, f"the text is {got!r}")
    initial = optional_octets(expect.get("initial")) if verb == "AUTH" else None
    require(command.response == initial, f"initial is {command.response!r}")
    require(command.size == expect.get("size", 0), f"size is {command.size}")
    require((ehlo.Flag.LAST in command.flags) == expect.get("last", False), "last is wrong")


def run_command(case: dict[str, Json]) -> None:
    only_case_keys(case, "line", "config", "expect")
    config = dict(config_of(case, "max_line"))
    line, expect = octets_of(case["line"]), case["expect"]

    def judge(error: int, command: ParsedCommand | None, code: int) -> None:
        if command is None:
            if "error" in expect:
                only_keys(expect, ["error", "reply"], "expect")
            match_error(expect, command_error_kind(error, line), code)
        else:
            require("error" not in expect, f"accepted, expected {expect.get('error')}")
            match_command(expect, command)

    judge(*parse_line(line, config))
    if "mechanism" in expect:
        config["auth"] = [expect["mechanism"]]
    try:
        judge(*line_in_session.run(line, config))
    except Fault as fault:
        raise Fault(f"in a session: {fault}") from None


# ---- parameters


def decoded_form(param: ParsedParam) -> Json:
    """What the vectors have for the decoded value; NOTIFY as a set."""
    value = param.decoded
    if param.id == ehlo.ParamId.SIZE:
        return str(value)
    if isinstance(value, ehlo.BodyType):
        return {0: "7BIT", 1: "8BITMIME", 2: "BINARYMIME"}[value]
    if isinstance(value, ehlo.Ret):
        return value.name
    if isinstance(value, ehlo.Notify):
        return {flag.name for flag in ehlo.Notify if flag in value}
    return value


def match_param(expected: Json, param: ParsedParam) -> None:
    only_keys(expected, ["name", "value", "decoded"], "a parameter")
    name = octets_of(expected["name"])
    require(name == param.keyword.upper(), f"the parameter is {param.keyword!r}")
    require(param.id.name == name.decode("latin-1"), f"the id is {param.id!r}")
    value = optional_octets(expected["value"])
    require(value == param.value, f"the value is {param.value!r}")
    require((value is not None) == ("decoded" in expected), "bad case: decoded belongs to a value")
    require(param.id == ehlo.ParamId.ORCPT or param.detail is None, "a detail where there is none")
    if value is None:
        require(param.number == 0 and param.detail is None, "a number or detail without a value")
        return
    wanted: Any = expected["decoded"]
    if param.id == ehlo.ParamId.NOTIFY:
        require(len(wanted) == len(set(wanted)), "bad case: NOTIFY")
        require(decoded_form(param) == set(wanted), f"decoded {param.decoded!r}")
    elif param.id == ehlo.ParamId.ORCPT:
        pair = tuple(octets_of(part).decode("utf-8", "surrogateescape") for part in wanted)
        require(decoded_form(param) == pair, f"decoded {param.decoded!r}")
        require(param.detail == value.partition(b";")[2], "the detail is not the address")
    else:
        text = octets_of(wanted).decode("utf-8", "surrogateescape")
        require(decoded_form(param) == text, f"decoded {param.decoded!r}")


def run_params(case: dict[str, Json]) -> None:
    only_case_keys(case, "command", "params", "config", "expect")
    config, expect = config_of(case), case["expect"]
    only_keys(expect, ["params", "error", "reply"], "expect")
    mail, text = case["command"] == "MAIL", octets_of(case["params"])
    kinds = {ErrorCode.SIZE_OVERFLOW: "size-overflow"}

    def judge(error: int, code: int, params: list[ParsedParam]) -> None:
        if error:
            return match_error(expect, kinds.get(error) or COMMAND_ERRORS[error], code)  # type: ignore[call-overload, index]
        require("error" not in expect, f"accepted, expected {expect.get('error')}")
        require(len(expect["params"]) == len(params), f"{len(params)} parameters")
        for expected, param in zip(expect["params"], params, strict=True):
            match_param(expected, param)
        return None

    try:
        verb = ehlo.Verb.MAIL if mail else ehlo.Verb.RCPT
        found = ehlo.parse_params(
            text,
            verb,
            extensions=extension_bits(config),
            protocol=protocol_of(config),
            tls=config.get("tls", False),
        )
        judge(0, 0, [param_of(param) for param in found])
    except ehlo.ProtocolError as refusal:
        judge(refusal.error, refusal.code, [])
    control = any(octet < 32 or octet == 127 for octet in text)

    def judge_in_line(error: int, command: ParsedCommand | None, code: int) -> None:
        # A control character is a wrong parameter, but within a line it is wrong wherever it stands.
        if error == ErrorCode.SYNTAX and control and expect.get("error") == "bad-parameter":
            error = ErrorCode.BAD_PARAMETER
        judge(error, code, command.params if command else [])

    line = (b"MAIL FROM:<a@client.example> " if mail else b"RCPT TO:<bob@mx.example> ") + text + b"\r\n"
    try:
        judge_in_line(*parse_line(line, config))
        judge_in_line(*line_in_session.run(line, config))
    except Fault as fault:
        raise Fault(f"in {line!r}: {fault}") from None


# ---- replies


def reply_config(case: dict[str, Json]) -> tuple[dict[str, Json], ehlo.ReplyLimits]:
    config = case.get("config", {})
    only_keys(config, ["max_reply_line", "max_reply_lines", "max_reply_size", "tls"], "config")
    limits = ehlo.ReplyLimits(
        config.get("max_reply_line", 0), config.get("max_reply_lines", 0), config.get("max_reply_size", 0)
    )
    return config, limits


def reply_error_name(error: int) -> str:
    return "ehlo-refused" if error == ErrorCode.HELLO_REFUSED else ehlo.error_info(error).name


def run_reply(case: dict[str, Json]) -> None:
    only_case_keys(case, "bytes", "config", "expect")
    expect, octets = case["expect"], octets_of(case["bytes"])
    only_keys(expect, ["code", "enhanced", "lines", "remaining", "incomplete", "error"], "expect")
    _, limits = reply_config(case)
    for data in (octets, bytearray(octets)):
        try:
            reply = ehlo.parse_reply(data, limits=limits)
        except ehlo.Error as refusal:
            if "incomplete" in expect:
                require(isinstance(refusal, ehlo.IncompleteError), f"it is {refusal}")
                continue
            require("error" in expect, f"refused: {refusal}")
            require(reply_error_name(refusal.error) == expect["error"], f"the error is {refusal}")
            require(refusal.offset is not None and refusal.offset <= len(octets), "the position is outside")
            continue
        require("error" not in expect and "incomplete" not in expect, "accepted")
        require(is_expected_code(expect["code"], reply.code), f"the code is {reply.code}")
        require(reply.enhanced == expect["enhanced"], f"the enhanced code is {reply.enhanced}")
        require(reply.lines == [octets_of(line) for line in expect["lines"]], f"lines are {reply.lines}")
        require(octets[reply.length :] == octets_of(expect["remaining"]), "the rest is wrong")


def run_hello(case: dict[str, Json]) -> None:
    only_case_keys(case, "bytes", "config", "expect")
    expect, octets = case["expect"], octets_of(case["bytes"])
    only_keys(expect, ["domain", "capabilities", "size_limit", "auth", "usable", "error"], "expect")
    config, limits = reply_config(case)
    try:
        hello = ehlo.parse_hello(octets, tls=config.get("tls", False), limits=limits)
    except ehlo.Error as refusal:
        require("error" in expect, f"refused: {refusal}")
        require(reply_error_name(refusal.error) == expect["error"], f"the error is {refusal}")
        return
    require("error" not in expect, "accepted")
    require(hello.domain == expect["domain"], f"the domain is {hello.domain}")
    capabilities = [[keyword, words] for keyword, words in hello.capabilities]
    require(capabilities == expect["capabilities"], f"the capabilities are {capabilities}")
    limit = None if hello.size_limit is None else str(hello.size_limit)
    require(limit == expect["size_limit"], f"the limit is {limit}")
    offered = ehlo.Extension.AUTH in hello.offered
    require(offered == (expect["auth"] is not None), "AUTH is offered or not")
    if offered:
        require(hello.mechanisms == expect["auth"], f"the mechanisms are {hello.mechanisms}")
    require(bool(hello.mechanisms) == (ehlo.Extension.AUTH in hello.usable), "AUTH is usable or not")
    for keyword, wanted in expect.get("usable", {}).items():
        bit = ehlo.extension_of(keyword)
        require(bit, f"bad case: {keyword} is not known")
        require((bit in hello.usable) == wanted, f"{keyword} is usable or not")
