"""The memory for one turn, which is a call into the library: a block that holds all that the call returns.

A session needs a block only while a call runs, so blocks are kept in a pool: a thousand idle sessions share a few.
"""

from __future__ import annotations

from typing import Any

from ._ehlo import ffi, lib
from .layout import Layout

HEAD = Layout("ehlo_py_head")

MAX_EVENTS: int = lib.EHLO_PY_EVENTS
MAX_SPANS: int = lib.EHLO_PY_SPANS
MAX_OUT: int = lib.EHLO_PY_OUT


class Block:
    """The memory of one turn, and where its parts begin."""

    __slots__ = ("events", "memory", "out", "params", "pointer", "spans")

    def __init__(self, kind: str) -> None:
        self.pointer: Any = ffi.new(f"{kind} *")
        self.memory = memoryview(ffi.buffer(self.pointer)).cast("B")
        starts = {name: field.offset for name, field in ffi.typeof(kind).fields}
        self.events = starts["events"]
        self.out = starts["out"]
        self.spans = starts.get("spans", 0)
        self.params = starts.get("params", 0)


class Pool:
    """Blocks that are not in use. `list.append` and `list.pop` are atomic, so that threads may share them."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._blocks: list[Block] = []
        self.give = self._blocks.append

    def take(self) -> Block:
        try:
            return self._blocks.pop()
        except IndexError:
            return Block(self._kind)
