"""A turn: one call into the library, and one block of memory that holds what it gives.

A session needs the block only while a call runs, so they are kept in a pool: a thousand idle sessions share a few.
`list.append` and `list.pop` are atomic, so that threads may share the pools.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

from ._ehlo import ffi, lib

#: ehlo_progress and the counts behind it: consumed, written, wants, facts, timeout kind and seconds, refused,
#: reserved, event_count, span_count, param_count, error, base.
HEAD = Struct("@QQIIIIIIIIIiQ")
EVENT = Struct("@IIIiQ" + "I" * 24)
CLIENT_EVENT = Struct("@IIIIIIIIIiQQIIII")
PARAM = Struct("@HHIIIIIIq")
SPAN_SIZE = 8

MAX_EVENTS: int = lib.EHLO_PY_EVENTS
MAX_SPANS: int = lib.EHLO_PY_SPANS
MAX_OUT: int = lib.EHLO_PY_OUT


class Block:
    """The memory of one turn."""

    __slots__ = ("events", "memory", "out", "params", "pointer", "spans")

    def __init__(self, kind: str) -> None:
        self.pointer: Any = ffi.new(f"{kind} *")
        self.memory = memoryview(ffi.buffer(self.pointer)).cast("B")
        self.events = ffi.offsetof(kind, "events")
        self.out = ffi.offsetof(kind, "out")
        server = kind == "ehlo_py_server_turn"
        self.spans = ffi.offsetof(kind, "spans") if server else 0
        self.params = ffi.offsetof(kind, "params") if server else 0


server_blocks: list[Block] = []
client_blocks: list[Block] = []


def take_server_block() -> Block:
    try:
        return server_blocks.pop()
    except IndexError:
        return Block("ehlo_py_server_turn")


def take_client_block() -> Block:
    try:
        return client_blocks.pop()
    except IndexError:
        return Block("ehlo_py_client_turn")
