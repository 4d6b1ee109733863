"""Runs coroutines by hand, so that one that finishes without waiting costs no task.

A step is what a coroutine does until it waits or ends. The first step runs at once, with a parked task as the current
one: `asyncio.current_task` and what uses it (timeouts, cancellation) work from the first line on. If the coroutine
finishes there, the task stays parked for the next one; else that task runs the other steps. Each coroutine has a
context of its own.
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

_MAX_PARKED = 64
_SECONDS_TO_STOP = 1.0


class _StartedCoroutine:
    """Awaits the rest of a coroutine after its first step. `stop`: it was cancelled meanwhile."""

    __slots__ = ("context", "coroutine", "future", "stop")

    def __init__(self, coroutine: Work, future: Any, context: Context) -> None:
        self.coroutine = coroutine
        self.future = future
        self.context = context
        self.stop: asyncio.CancelledError | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, run, future, stop = self.coroutine, self.context.run, self.future, self.stop
        if stop is not None and future is not None and future.cancel(*stop.args):
            stop = None  # what the coroutine waits for cancels it, as in any task
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
def _yield_once() -> Generator[None, None, None]:
    yield


class Runner:
    """A task that waits for a started coroutine, and runs the rest of it."""

    __slots__ = ("_done", "_pool", "_wake", "_work", "task")

    def __init__(self, pool: Runners) -> None:
        self._pool = pool
        self._wake: asyncio.Future[None] = pool.loop.create_future()
        self._work: _StartedCoroutine | None = None
        self._done: Done | None = None
        live = self._main()
        # Starts `_main` before its task does: a cancellation before the first step of the task would be thrown into a
        # coroutine that has not begun, and which could not catch it.
        live.send(None)
        self.task: asyncio.Task[None] = asyncio.Task(live, loop=pool.loop)
        self.task.add_done_callback(self._task_ended)

    def take_over(self, coroutine: Work, future: Any, context: Context, done: Done) -> None:
        self._work = _StartedCoroutine(coroutine, future, context)
        self._done = done
        if not self._wake.done():
            self._wake.set_result(None)

    def cancel(self) -> None:
        self.task.cancel()

    @property
    def is_spent(self) -> bool:
        """Its task has ended or was cancelled, which would also cancel the next coroutine."""
        task = self.task
        if sys.version_info >= (3, 11):
            return task.cancelling() > 0 or task.done()
        return self._wake.cancelled() or getattr(task, "_must_cancel", False) or task.done()

    async def _main(self) -> None:
        woken: Awaitable[None] = _yield_once()
        while True:
            stop: asyncio.CancelledError | None = None
            try:
                await woken
            except asyncio.CancelledError as problem:
                stop = problem
            woken = self._wake = self._pool.loop.create_future()
            continued = self._work
            if continued is not None:
                continued.stop = stop
                await self._finish(continued)
                if not self._pool.park(self):
                    return
            elif stop is not None:
                return

    async def _finish(self, continued: _StartedCoroutine) -> None:
        result, error = None, None
        try:
            result = await continued
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as problem:
            error = problem
        self._settle(result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        done, self._done, self._work = self._done, None, None
        self._pool.busy.discard(self)
        if done is not None:
            done(result, error)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        # If a coroutine is left, the program is ending.
        self._settle(None, asyncio.CancelledError())


class Runners:
    """The tasks of one event loop: those that are parked, and those that run coroutines."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.busy: set[Runner] = set()
        self._parked: list[Runner] = []
        self._closed = False

    def start(self, coroutine: Work, done: Done) -> Runner | None:
        """Runs the coroutine; `done` gets its result or its exception. Returns the runner, or None if it has
        finished."""
        runner = self._free_runner()
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

    def _free_runner(self) -> Runner:
        while self._parked:
            runner = self._parked.pop()
            if not runner.is_spent:
                return runner
        return Runner(self)

    def park(self, runner: Runner) -> bool:
        """Keeps the runner for another coroutine. False: it cannot be used again, or enough are parked."""
        if self._closed or len(self._parked) >= _MAX_PARKED or runner.is_spent:
            runner.cancel()
            return False
        self._parked.append(runner)
        return True

    async def close(self, grace: float) -> None:
        """Ends the parked tasks, and waits for the busy ones; after `grace` seconds it cancels them."""
        self._closed = True
        for runner in self._parked:
            runner.cancel()
        self._parked.clear()
        if not await self._wait_for_others(grace):
            for runner in self._busy_others():
                runner.cancel()
            if not await self._wait_for_others(_SECONDS_TO_STOP):
                log.warning(
                    "coroutines of handlers that go on though they were cancelled: %d", len(self._busy_others())
                )

    async def _wait_for_others(self, seconds: float) -> bool:
        """Whether all have ended. Tasks end with their coroutines, now that none is parked any more."""
        tasks = {runner.task for runner in self._busy_others()}
        return not tasks or not (await asyncio.wait(tasks, timeout=seconds))[1]

    def _busy_others(self) -> list[Runner]:
        """Without the task that calls `close`, which may be a busy one."""
        current = asyncio.current_task(self.loop)
        return [runner for runner in self.busy if runner.task is not current]
