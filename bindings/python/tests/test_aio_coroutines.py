"""The asyncio server: the tasks of a handler's coroutines, and the end of those that outlive their connection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from kit import Recorder, Wire, port_of, talking, until, wire_to

from ehlo import aio, events


async def forever() -> None:
    await asyncio.Event().wait()


async def sent(wire: Wire) -> None:
    """A message whose reply is not awaited."""
    await wire.open_content()
    wire.send(b"x\r\n.\r\n")


# ---- cancellation


class Hasty(aio.Handler):
    """Cancels before its task has run; `given_up`: what was cancelled."""

    def __init__(self) -> None:
        self.given_up: list[str] = []

    async def mail(self, session: aio.Session, mail: events.Mail) -> str:
        child = asyncio.ensure_future(forever())
        try:
            async with asyncio.timeout(0):
                await child
        except TimeoutError:
            self.given_up.append("cancelled" if child.cancelled() else "goes on")
            return "250 timed out"
        return "not reached"

    async def noop(self, session: aio.Session, argument: str) -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel("enough")
        try:
            await (asyncio.sleep(0) if argument == "bare" else forever())
        except asyncio.CancelledError as problem:
            return f"{problem} {task.cancelling()} {task is asyncio.current_task()}"
        return "not reached"

    async def vrfy(self, session: aio.Session, argument: str) -> str:
        """Is cancelled, and returns without an exception."""
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "done"

    async def help(self, session: aio.Session, argument: str) -> str:
        task = asyncio.current_task()
        assert task is not None
        before = task.cancelling()
        await asyncio.sleep(0)
        return f"{before} {task.cancelling()}"


async def test_a_timeout_of_no_time_is_a_timeout() -> None:
    handler = Hasty()
    async with talking(handler) as wire:
        # The task of the first is a new one, that of the others has waited.
        for _ in range(3):
            assert await wire.say("MAIL FROM:<>") == (250, ["2.1.0 timed out"])
            assert (await wire.say("RSET"))[0] == 250
    assert handler.given_up == ["cancelled"] * 3


@pytest.mark.parametrize("how", ["bare", "future"])
@pytest.mark.parametrize("fresh", [False, True])
async def test_a_coroutine_that_is_cancelled_in_its_first_step_gets_the_cancellation(how: str, fresh: bool) -> None:
    async with talking(Hasty()) as wire:
        if not fresh:
            assert await wire.say("HELP") == (214, ["2.0.0 0 0"])
        assert await wire.say(f"NOOP {how}") == (250, ["2.0.0 enough 1 True"])


@pytest.mark.parametrize("line", ["NOOP future", "VRFY somebody"])
async def test_a_task_that_was_cancelled_is_not_used_again(line: str) -> None:
    async with talking(Hasty()) as wire:
        for _ in range(3):
            assert (await wire.say(line))[0] // 100 == 2
            assert await wire.say("HELP") == (214, ["2.0.0 0 0"])


# ---- the end of the server


class Lasting(Recorder):
    """`log`: how its coroutines went, of which `method` lasts for `seconds`."""

    def __init__(self, method: str, seconds: float, error: BaseException | None = None) -> None:
        super().__init__()
        self.method = method
        self.seconds = seconds
        self.error = error
        self.log: list[str] = []

    async def last(self, method: str) -> None:
        if method != self.method:
            return
        self.log.append("begun")
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise
        self.log.append("done")
        if self.error is not None:
            raise self.error

    async def receive(self, session: aio.Session, content: aio.Content) -> None:
        async for _ in content:
            pass
        await self.last("receive")

    async def aborted(self, session: aio.Session, transaction: aio.Transaction, error: Any) -> None:  # type: ignore[override]
        await self.last("aborted")

    async def closed(self, session: aio.Session, error: Any) -> None:  # type: ignore[override]
        await self.last("closed")


async def outlived(handler: Lasting, grace: float) -> None:
    """Closes a server whose only client has gone."""
    server = aio.Server(handler)
    await server.listen("127.0.0.1")
    async with wire_to(port_of(server)) as wire:
        await sent(wire)
        if handler.method == "receive":
            await until(lambda: handler.log == ["begun"])
        next(iter(server.connections)).abort()
        await until(lambda: handler.log == ["begun"] and not server.connections)
        await server.close(grace)


@pytest.mark.parametrize("method", ["receive", "aborted", "closed"])
@pytest.mark.parametrize(
    ("seconds", "error", "grace", "last_entry"),
    [(0.2, None, 1000, "done"), (1000, None, 0.2, "cancelled"), (0.05, RuntimeError("the disk is full"), 1000, "done")],
)
async def test_closing_the_server_waits_for_coroutines_and_cancels_them_after_the_grace(
    method: str, seconds: float, error: Any, grace: float, last_entry: str, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Lasting(method, seconds, error)
    await outlived(handler, grace)
    assert handler.log == ["begun", last_entry]
    logged = [(record.name, record.levelname, record.exc_info and record.exc_info[1]) for record in caplog.records]
    assert logged == ([] if error is None else [("ehlo.aio", "ERROR", error)])


async def test_an_exception_of_a_coroutine_that_the_end_cancels_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Careless(Recorder):
        async def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            try:
                session.abort()
                await forever()
            finally:
                raise RuntimeError("cannot clean up")

    async with talking(Careless()) as wire:
        await sent(wire)
        assert await wire.closed() == b""
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records] == ["cannot clean up"]


async def test_a_report_after_the_grace_has_time_to_clean_up() -> None:
    """The grace has passed when the connection is dropped."""

    class Late(Lasting):
        receive = aio.Handler.receive  # type: ignore[assignment]

        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            await forever()

    handler = Late("closed", 0.1)
    async with talking(handler) as wire:
        await sent(wire)
        await until(lambda: bool(wire.server._state.runners.busy))
        await wire.server.close(grace=0.3)
        assert handler.log == ["begun", "done"]


async def test_a_coroutine_that_does_not_stop_does_not_stop_the_server(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()

    class Stubborn(Lasting):
        async def last(self, method: str) -> None:
            if method != self.method:
                return
            self.log.append("begun")
            while not stop.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await stop.wait()

    handler = Stubborn("closed", 0)
    await outlived(handler, 0.1)
    stop.set()
    assert [record.getMessage() for record in caplog.records] == [
        "coroutines of handlers that go on though they were cancelled: 1"
    ]


@pytest.mark.parametrize("error", [None, RuntimeError("lost"), aio.Refuse(550, "no")])
async def test_only_unexpected_exceptions_after_an_aborted_message_are_logged(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    """The coroutine gets `Aborted` for a message that is not completed: raising that is no error."""

    class Reading(Recorder):
        done = False

        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            try:
                await content.read()
            except aio.Aborted:
                if error is not None:
                    raise error from None
                raise
            finally:
                self.done = True

    handler = Reading()
    async with talking(handler) as wire:
        await wire.say("MAIL FROM:<>")
        await wire.say("RCPT TO:<b@mx.example>")
        wire.send(b"BDAT 2\r\nx\r")
        assert (await wire.reply())[0] == 250
        assert await wire.codes("RSET", "NOOP") == [250, 250]
        assert handler.done
    unexpected = [error] if isinstance(error, RuntimeError) else []
    assert [record.exc_info and record.exc_info[1] for record in caplog.records] == unexpected
