"""Parsed values as owned copies, so that nothing depends on the buffer that they came from."""

from __future__ import annotations

from dataclasses import dataclass

import ehlo


@dataclass(frozen=True)
class ParsedPath:
    whole: bytes
    route: bytes | None
    local: bytes
    domain: bytes | None
    domain_kind: ehlo.DomainKind
    flags: ehlo.PathFlag
    address: str
    local_value: bytes


@dataclass(frozen=True)
class ParsedParam:
    id: ehlo.ParamId
    keyword: bytes
    value: bytes | None
    detail: bytes | None
    number: int
    decoded: object


@dataclass(frozen=True)
class ParsedCommand:
    verb: ehlo.Verb
    flags: ehlo.Flag
    path: ParsedPath | None
    params: list[ParsedParam]
    text: bytes | None
    response: bytes | None
    host_kind: ehlo.DomainKind
    size: int


def copied(view: memoryview | None) -> bytes | None:
    return None if view is None else bytes(view)


def path_of(path: ehlo.Path) -> ParsedPath:
    return ParsedPath(
        bytes(path.whole),
        copied(path.route),
        bytes(path.local),
        copied(path.domain),
        path.domain_kind,
        path.flags,
        path.address,
        path.local_value.encode("utf-8", "surrogateescape"),
    )


def param_of(param: ehlo.Param) -> ParsedParam:
    return ParsedParam(
        param.id,
        bytes(param.keyword),
        copied(param.value),
        copied(param.detail),
        param.number,
        param.decoded,
    )


def command_of(command: ehlo.Command) -> ParsedCommand:
    return ParsedCommand(
        command.verb,
        command.flags,
        None if command.path is None else path_of(command.path),
        [param_of(param) for param in command.params],
        copied(command.text),
        copied(command.response),
        command.host_kind,
        command.size,
    )
