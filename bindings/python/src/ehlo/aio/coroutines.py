"""The coroutines of one connection: those of its handler, and the handshake of TLS."""

from __future__ import annotations

import asyncio
import logging
from types import CoroutineType
from typing import Any, Callable, Optional

from .answers import Refuse
from .content import Aborted
from .control import ConnectionControl
from .runners import Runner, Runners
from .sasl import Cancelled

log = logging.getLogger("ehlo.aio")

#: Is given the result of a call, or its exception.
Settle = Callable[[Any, Optional[BaseException]], object]


def log_unexpected(result: Any, error: BaseException | None) -> None:
    """Settles a call that nobody waits for any more: an exception is logged, unless it only ends the work."""
    if error is not None and not isinstance(error, (asyncio.CancelledError, Aborted, Cancelled, Refuse)):
        log.error("handler", exc_info=error)


class Coroutines:
    """Runs the coroutines that methods return, and cancels those that are left when the connection ends."""

    __slots__ = ("_control", "_running", "delays_events", "is_closed", "runners")

    def __init__(self, runners: Runners, control: ConnectionControl) -> None:
        self.runners = runners
        self._control = control
        self._running: dict[Runner, None] = {}  # as a set, which takes more memory while it is empty
        #: A coroutine of `run_before_next_event` is running.
        self.delays_events = False
        self.is_closed = False

    def run(self, result: Any, settle: Settle, *, outlives_connection: bool = False) -> None:
        """Settles the result of a method: a plain value at once, an awaitable when it is done."""
        if type(result) is not CoroutineType:
            if not hasattr(result, "__await__"):
                settle(result, None)
                return
            result = _awaited(result)
        runner: Runner | None = None
        finished = False

        def done(value: Any, error: BaseException | None) -> None:
            nonlocal finished
            finished = True
            if runner is not None:
                self._running.pop(runner, None)
                if self.is_closed:
                    log_unexpected(value, error)
                    return
                self._control.wake()
            settle(value, error)

        runner = self.runners.start(result, done)
        if runner is not None and not finished and not outlives_connection:
            self._running[runner] = None

    def run_before_next_event(self, result: Any, settle: Settle) -> None:
        """As `run`, but later events of the session wait until it is settled."""
        self.delays_events = True

        def done(value: Any, error: BaseException | None) -> None:
            self.delays_events = False
            settle(value, error)

        self.run(result, done)

    def close(self) -> None:
        """The connection is gone: nobody waits for a result any more."""
        self.is_closed = True
        for runner in list(self._running):
            runner.cancel()


async def _awaited(awaitable: Any) -> Any:
    return await awaitable
