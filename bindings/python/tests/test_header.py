"""Options, events and the unpacking of structs, held against the headers. The constants come from there."""

from __future__ import annotations

import inspect
from enum import IntEnum
from typing import Any

import pytest

import ehlo
from ehlo import client_events, events, turn
from ehlo._ehlo import ffi, lib


@pytest.mark.parametrize(
    ("struct", "prefix", "config"),
    [
        ("ehlo_server_options", "EHLO_SERVER_FLAG_", ehlo.ServerConfig),
        ("ehlo_client_options", "EHLO_CLIENT_FLAG_", ehlo.ClientConfig),
    ],
)
def test_a_configuration_has_every_option_of_the_header(struct: str, prefix: str, config: Any) -> None:
    fields = {name for name, _ in ffi.typeof(struct).fields} - {"struct_size", "reserved", "flags", "rule_count"}
    flags = [name.removeprefix(prefix) for name in dir(lib) if name.startswith(prefix)]
    assert len(flags) >= 7
    wanted = fields | {flag.lower().removeprefix("no_") for flag in flags}
    assert set(inspect.signature(config).parameters) == wanted


def test_every_event_of_the_header_has_a_class() -> None:
    rows: list[tuple[str, dict[int, Any], Any]] = [
        ("EHLO_SERVER_EVENT_", events.CLASSES, lib.ehlo_server_event_name),
        ("EHLO_CLIENT_EVENT_", client_events.CLASSES, lib.ehlo_client_event_name),
    ]
    for prefix, classes, name_of in rows:
        for number, kind in classes.items():
            assert str(ffi.string(name_of(number)), "ascii") == kind.name, kind
        last = max(classes)
        assert set(classes) == set(range(1, last + 1)), prefix
        assert str(ffi.string(name_of(last + 1)), "ascii") in ("none", "?", "unknown")


@pytest.mark.parametrize(
    ("layout", "struct", "fields"),
    [
        (turn.EVENT, "ehlo_server_event", {1: "id", 4: "number", 25: "index", 28: "code"}),
        (turn.CLIENT_EVENT, "ehlo_client_event", {1: "verb", 5: "index", 10: "number", 11: "extensions"}),
        (turn.PARAM, "ehlo_param", {0: "id", 8: "number"}),
    ],
)
def test_structs_are_unpacked_as_the_compiler_laid_them_out(layout: Any, struct: str, fields: dict[int, str]) -> None:
    assert layout.size == ffi.sizeof(struct)
    for place, field in fields.items():
        memory = ffi.new(f"{struct} *")
        setattr(memory, field, 77)
        row = layout.unpack(ffi.buffer(memory))
        assert [i for i, value in enumerate(row) if value == 77] == [place], field


def test_the_spans_of_an_event_are_where_the_views_look_for_them() -> None:
    memory = ffi.new("ehlo_server_event *")
    spans = (memory.line, memory.text, memory.response, memory.path.whole, memory.path.route, memory.path.local)
    for number, span in enumerate((*spans, memory.path.domain, memory.params, memory.body)):
        setattr(span, "off" if hasattr(span, "off") else "first", 100 + number)
    memory.path.domain_kind, memory.path.flags, memory.verb, memory.kind = 200, 201, 202, 203
    row = turn.EVENT.unpack(ffi.buffer(memory))
    assert [row.index(100 + n) for n in range(9)] == [5, 7, 9, 11, 13, 15, 17, 21, 23]
    assert [row.index(n) for n in (200, 201, 202, 203)] == [19, 20, 26, 27]


def test_the_head_of_a_turn_is_where_steps_look_for_it() -> None:
    for kind in ("ehlo_py_server_turn", "ehlo_py_client_turn"):
        memory = ffi.new(f"{kind} *")
        progress = memory.progress
        progress.consumed, progress.written, progress.wants, progress.facts = 1, 2, 3, 4
        progress.timeout.kind, progress.timeout.seconds, memory.event_count, memory.error = 5, 6, 9, -1
        memory.base = 8
        head = turn.HEAD.unpack_from(memoryview(ffi.buffer(memory)).cast("B"))
        assert head[:6] == (1, 2, 3, 4, 5, 6)
        assert (head[8], head[11], head[12]) == (9, -1, 8)
        assert ffi.offsetof(kind, "events") >= turn.HEAD.size


def test_open_lists_have_a_member_for_what_they_do_not_know() -> None:
    assert ehlo.Verb(99) is ehlo.Verb.UNKNOWN
    assert ehlo.ParamId(99) is ehlo.ParamId.UNKNOWN
    assert not isinstance(ehlo.Error(-9999).error, IntEnum)
    assert ehlo.Error(-9999).name == "unknown-error"


def test_the_version_is_that_of_the_library() -> None:
    assert ehlo.__version__ == str(ffi.string(lib.ehlo_version()), "ascii")
