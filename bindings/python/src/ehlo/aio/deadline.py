"""The timeout of a connection of the server."""

from __future__ import annotations

import asyncio
from typing import Callable


class Deadline:
    """The time by which the client has to act. It counts from the last whole command or piece of content, not the last
    octet.

    A timer that has been set is not changed until it fires: by then the deadline has mostly moved on, and a timer for
    each command would cost more. `expired` is called when the time is over.
    """

    __slots__ = ("_ends_at", "_expired", "_kind", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], object]) -> None:
        self._loop = loop
        self._expired = expired
        self._kind = 0
        self._ends_at = 0.0  # 0: no time runs
        self._timer: asyncio.TimerHandle | None = None

    def restart(self) -> None:
        """The client has acted: the next `set` starts a new time."""
        self._ends_at = 0.0

    def set(self, kind: int, seconds: float) -> None:
        """Sets the time for this kind of wait; if it is already set for that kind, it goes on. 0: no time runs."""
        if kind == self._kind and self._ends_at:
            return
        self._kind = kind
        if not seconds:
            self._ends_at = 0.0
            return
        self._ends_at = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._ends_at:
                return  # it looks again when it fires
            self._timer.cancel()
        self._timer = self._loop.call_at(self._ends_at, self._timer_fired)

    def stop(self) -> None:
        self._ends_at = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timer_fired(self) -> None:
        self._timer = None
        if not self._ends_at:
            return
        if self._loop.time() < self._ends_at:
            self._timer = self._loop.call_at(self._ends_at, self._timer_fired)
        else:
            self._expired()
