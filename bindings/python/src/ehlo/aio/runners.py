"""Coroutines run by hand, so that one that finishes at once costs no task.

The first step of a coroutine is taken at once, in the name of a parked task: `asyncio.current_task` and what rests on
it (timeouts, cancellation) work from the first line on. If the coroutine finishes there, the task stays parked for the
next one; else it takes the coroutine over and goes on with it. Each coroutine has a context of its own.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Coroutine, Generator
from contextvars import Context, copy_context
from types import coroutine as generator_coroutine
from typing import Any, Callable, Optional

log = logging.getLogger("ehlo.aio")

Done = Callable[[Any, Optional[BaseException]], None]
Work = Coroutine[Any, Any, Any]

_MOST_PARKED = 64
_SECONDS_TO_STOP = 1.0


class _Continued:
    """The rest of a coroutine, of which a step has been taken. `stop`: it was cancelled meanwhile."""

    __slots__ = ("context", "coroutine", "future", "stop")

    def __init__(self, coroutine: Work, future: Any, context: Context) -> None:
        self.coroutine = coroutine
        self.future = future
        self.context = context
        self.stop: asyncio.CancelledError | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, run, future, stop = self.coroutine, self.context.run, self.future, self.stop
        if stop is not None and future is not None and future.cancel(*stop.args):
            stop = None  # the coroutine hears it from what it waits for, as in any task
        while True:
            step: Callable[[Any], Any]
            argument: Any
            try:
                if stop is not None:
                    raise stop
                argument = yield future
                step = coroutine.send
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:
                argument, step, stop = error, coroutine.throw, None
            try:
                future = run(step, argument)
            except StopIteration as end:
                return end.value


@generator_coroutine
def _one_step() -> Generator[None, None, None]:
    yield


class Runner:
    """A task that waits for a coroutine to go on with."""

    __slots__ = ("_continued", "_done", "_pool", "_wake", "task")

    def __init__(self, pool: Runners) -> None:
        self._pool = pool
        self._wake: asyncio.Future[None] = pool.loop.create_future()
        self._continued: _Continued | None = None
        self._done: Done | None = None
        live = self._live()
        # A step ahead of the task: who cancels it before its first turn is met by `_live`, and heard by the coroutine.
        live.send(None)
        self.task: asyncio.Task[None] = asyncio.Task(live, loop=pool.loop)
        self.task.add_done_callback(self._ended)

    def take_over(self, coroutine: Work, future: Any, context: Context, done: Done) -> None:
        self._continued = _Continued(coroutine, future, context)
        self._done = done
        if not self._wake.done():
            self._wake.set_result(None)

    def cancel(self) -> None:
        self.task.cancel()

    @property
    def is_spent(self) -> bool:
        """Its task has ended or was cancelled, whatever became of that: the next coroutine would meet it."""
        task = self.task
        if sys.version_info >= (3, 11):
            return task.cancelling() > 0 or task.done()
        return self._wake.cancelled() or getattr(task, "_must_cancel", False) or task.done()

    async def _live(self) -> None:
        woken: Awaitable[None] = _one_step()
        while True:
            stop: asyncio.CancelledError | None = None
            try:
                await woken
            except asyncio.CancelledError as problem:
                stop = problem
            woken = self._wake = self._pool.loop.create_future()
            continued = self._continued
            if continued is not None:
                continued.stop = stop
                await self._finish(continued)
                if not self._pool.park(self):
                    return
            elif stop is not None:
                return

    async def _finish(self, continued: _Continued) -> None:
        result, error = None, None
        try:
            result = await continued
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as problem:
            error = problem
        self._settle(result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        done, self._done, self._continued = self._done, None, None
        self._pool.busy.discard(self)
        if done is not None:
            done(result, error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # With a coroutine left it is the program that ends.
        self._settle(None, asyncio.CancelledError())


class Runners:
    """The parked tasks of one event loop, and those that are busy."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.busy: set[Runner] = set()
        self._parked: list[Runner] = []
        self._closed = False

    def start(self, coroutine: Work, done: Done) -> Runner | None:
        """Runs the coroutine; `done` gets its result or its exception. None: it has finished; else what runs it."""
        runner = self._take()
        context = copy_context()
        outer = asyncio.current_task(self.loop)
        if outer is not None:
            asyncio._leave_task(self.loop, outer)
        asyncio._enter_task(self.loop, runner.task)
        error: BaseException | None = None
        result = None
        try:
            future = context.run(coroutine.send, None)
        except StopIteration as stop:
            result = stop.value
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:
            error = problem
        else:
            self.busy.add(runner)
            runner.take_over(coroutine, future, context, done)
            return runner
        finally:
            asyncio._leave_task(self.loop, runner.task)
            if outer is not None:
                asyncio._enter_task(self.loop, outer)
        self.park(runner)
        done(result, error)
        return None

    def _take(self) -> Runner:
        while self._parked:
            runner = self._parked.pop()
            if not runner.is_spent:
                return runner
        return Runner(self)

    def park(self, runner: Runner) -> bool:
        """False: it is of no more use, or there are enough."""
        if self._closed or len(self._parked) >= _MOST_PARKED or runner.is_spent:
            runner.cancel()
            return False
        self._parked.append(runner)
        return True

    async def close(self, grace: float) -> None:
        """Ends the parked tasks, and waits for the busy ones; after `grace` seconds they are cancelled."""
        self._closed = True
        for runner in self._parked:
            runner.cancel()
        self._parked.clear()
        if not await self._wait(grace):
            for runner in self._others():
                runner.cancel()
            if not await self._wait(_SECONDS_TO_STOP):
                log.warning("coroutines of handlers that go on though they were cancelled: %d", len(self._others()))

    async def _wait(self, seconds: float) -> bool:
        """Whether all have come to their end. Tasks end with their coroutines, now that none is parked."""
        tasks = {runner.task for runner in self._others()}
        return not tasks or not (await asyncio.wait(tasks, timeout=seconds))[1]

    def _others(self) -> list[Runner]:
        """Who closes may be one of them."""
        current = asyncio.current_task(self.loop)
        return [runner for runner in self.busy if runner.task is not current]
