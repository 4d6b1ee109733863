"""Options, events and the unpacking of structs, held against the headers. The constants come from there."""

from __future__ import annotations

import inspect
from enum import IntEnum
from functools import reduce
from typing import Any

import pytest

import ehlo
from ehlo import client_events, events
from ehlo._ehlo import ffi, lib
from ehlo.layout import Layout


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
    "struct", ["ehlo_server_event", "ehlo_client_event", "ehlo_param", "ehlo_path", "ehlo_py_head"]
)
def test_each_field_is_unpacked_where_the_compiler_put_it(struct: str) -> None:
    layout = Layout(struct)
    assert len(layout.places) >= 8
    for name, place in layout.places.items():
        memory = ffi.new(f"{struct} *")
        *within, last = name.split(".")
        setattr(reduce(getattr, within, memory), last, 77)
        row = layout.read(ffi.buffer(memory))
        assert [i for i, value in enumerate(row) if value == 77] == [place], name


def test_open_lists_have_a_member_for_what_they_do_not_know() -> None:
    assert ehlo.Verb(99) is ehlo.Verb.UNKNOWN
    assert ehlo.ParamId(99) is ehlo.ParamId.UNKNOWN
    assert not isinstance(ehlo.Error(-9999).error, IntEnum)
    assert ehlo.Error(-9999).name == "unknown-error"


def test_the_version_is_that_of_the_library() -> None:
    assert ehlo.__version__ == str(ffi.string(lib.ehlo_version()), "ascii")
