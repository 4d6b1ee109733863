"""How long a connection of the server waits for its client."""

from __future__ import annotations

import asyncio
from typing import Callable


class Deadline:
    """The time of what is waited for. It counts from the last whole command or piece of content, not the last octet.

    A timer that has been set is left alone until it fires: by then the deadline has mostly moved on. When the time is
    over `expired` is called.
    """

    __slots__ = ("_at", "_expired", "_kind", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], object]) -> None:
        self._loop = loop
        self._expired = expired
        self._kind = 0
        self._at = 0.0  # 0: no time runs
        self._timer: asyncio.TimerHandle | None = None

    def forget(self) -> None:
        """Something went on: whatever is waited for next has all of its time."""
        self._at = 0.0

    def set(self, kind: int, seconds: float) -> None:
        """Something of this kind is waited for; where it already was its time goes on. 0: as long as it takes."""
        if kind == self._kind and self._at:
            return
        self._kind = kind
        if not seconds:
            self._at = 0.0
            return
        self._at = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._at:
                return  # it looks again when it fires
            self._timer.cancel()
        self._timer = self._loop.call_at(self._at, self._tick)

    def stop(self) -> None:
        self._at = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        if not self._at:
            return
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._tick)
        else:
            self._expired()
