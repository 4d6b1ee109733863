"""Coroutines run by hand, so that one that finishes at once costs no task.

The first step of a coroutine is taken at once, in the name of a parked task: `asyncio.current_task` and what rests on
it (timeouts, cancellation) work from the first line on. If the coroutine finishes there, the task stays parked for the
next one; else it takes the coroutine over and goes on with it. Each coroutine has a context of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Callable, Optional

Done = Callable[[Any, Optional[BaseException]], None]
Work = Coroutine[Any, Any, Any]

_MOST_PARKED = 64


class _Continued:
    """The rest of a coroutine, of which a step has been taken."""

    __slots__ = ("context", "coroutine", "future")

    def __init__(self, coroutine: Work, future: Any, context: Context) -> None:
        self.coroutine = coroutine
        self.future = future
        self.context = context

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, run, future = self.coroutine, self.context.run, self.future
        while True:
            step: Callable[[Any], Any]
            argument: Any
            try:
                argument = yield future
                step = coroutine.send
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:
                argument, step = error, coroutine.throw
            try:
                future = run(step, argument)
            except StopIteration as stop:
                return stop.value


class Runner:
    """A task that waits for a coroutine to go on with."""

    __slots__ = ("_continued", "_done", "_pool", "_wake", "task")

    def __init__(self, pool: Runners) -> None:
        self._pool = pool
        self._wake: asyncio.Future[None] = pool.loop.create_future()
        self._continued: _Continued | None = None
        self._done: Done | None = None
        self.task: asyncio.Task[None] = asyncio.Task(self._live(), loop=pool.loop)
        self.task.add_done_callback(self._ended)

    def take_over(self, coroutine: Work, future: Any, context: Context, done: Done) -> None:
        self._continued = _Continued(coroutine, future, context)
        self._done = done
        if not self._wake.done():
            self._wake.set_result(None)

    def cancel(self) -> None:
        self.task.cancel()

    async def _live(self) -> None:
        while True:
            await self._wake
            self._wake = self._pool.loop.create_future()
            continued = self._continued
            if continued is None:
                continue
            cancelled = False
            error: BaseException | None
            try:
                result, error = await continued, None
            except (KeyboardInterrupt, SystemExit):
                raise
            except asyncio.CancelledError as problem:
                result, error, cancelled = None, problem, True
            except BaseException as problem:
                result, error = None, problem
            done, self._done, self._continued = self._done, None, None
            if done is not None:
                done(result, error)
            if cancelled or not self._pool.park(self):
                return

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Cancelled before it came to its coroutine.
        done, continued = self._done, self._continued
        self._done = self._continued = None
        if continued is not None:
            continued.coroutine.close()
        if done is not None:
            done(None, asyncio.CancelledError())


class Runners:
    """The parked tasks of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._parked: list[Runner] = []
        self._closed = False

    def start(self, coroutine: Work, done: Done) -> Runner | None:
        """Runs the coroutine; `done` gets its result or its exception. None: it has finished; else what runs it."""
        parked = self._parked
        runner = parked.pop() if parked else Runner(self)
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
            runner.take_over(coroutine, future, context, done)
            return runner
        finally:
            asyncio._leave_task(self.loop, runner.task)
            if outer is not None:
                asyncio._enter_task(self.loop, outer)
        self.park(runner)
        done(result, error)
        return None

    def park(self, runner: Runner) -> bool:
        """False: there are enough."""
        if runner.task.done():
            return False
        if self._closed or len(self._parked) >= _MOST_PARKED:
            runner.cancel()
            return False
        self._parked.append(runner)
        return True

    def close(self) -> None:
        self._closed = True
        for runner in self._parked:
            runner.cancel()
        self._parked.clear()
