"""The asyncio server: what the handler decides."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest
from kit import Recorder, connected, envelope, port_of, serving, talking, until, wire_to

from ehlo import ErrorCode, ExtensionRow, ParamRow, VerbRow, aio, events
from ehlo.aio.admission import Admission
from ehlo.aio.client_protocol import ClientProtocol


async def test_a_message_reaches_the_handler_byte_for_byte() -> None:
    handler = Recorder()
    async with talking(handler) as wire:
        body = bytes(range(1, 10)) + b"\xff\xfe\r\n..\r\n.x\r\n" + b"y" * 200000 + b"\r\n"
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        assert (await wire.message(stuffed, recipients=2))[0] == 250
        assert handler.messages == [("a@client.example", ["b0@mx.example", "b1@mx.example"], body)]
        assert (await wire.say("QUIT"))[0] == 221
        assert await wire.closed() == b""
        await until(lambda: bool(handler.log))
        assert handler.log == [("closed", ErrorCode.OK)]


class Decider(aio.Handler):
    """Answers of every form, some of them late."""

    def connected(self, session: aio.Session) -> str:
        return "220 at your service"

    async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
        await asyncio.wait_for(asyncio.sleep(0.01), 5)
        if rcpt.address.startswith("no"):
            raise aio.Refuse(550, "no such user", enhanced="5.1.1")
        return f"250 2.1.5 welcome {rcpt.address}"

    def data(self, session: aio.Session) -> str:
        return "354 go on"

    async def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
        await asyncio.sleep(0.01)
        return f"250 queued {len(transaction.content)} for {len(transaction.recipients)}"

    def vrfy(self, session: aio.Session, argument: str) -> str:
        return f"{argument} is fine"

    async def expn(self, session: aio.Session, argument: str) -> aio.Reply:
        return aio.Reply(250, "one@mx.example\ntwo@mx.example")

    def help(self, session: aio.Session, argument: str) -> str:
        return "there is none"

    def noop(self, session: aio.Session, argument: str) -> str:
        return f"did nothing {argument}"

    def rset(self, session: aio.Session) -> str:
        return "forgotten"

    def quit(self, session: aio.Session) -> str:
        return "farewell"


async def test_answers_of_every_form_have_their_replies() -> None:
    async with talking(Decider(), hello=None) as wire:
        assert await wire.reply() == (220, ["mx.example at your service"])
        assert await wire.codes("EHLO c.example", "MAIL FROM:<a@b.example>") == [250, 250]
        assert await wire.say("RSET") == (250, ["2.0.0 forgotten"])
        assert (await wire.say("MAIL FROM:<>"))[0] == 250
        assert await wire.say("RCPT TO:<no@mx.example>") == (550, ["5.1.1 no such user"])
        assert await wire.say("RCPT TO:<b@mx.example>") == (250, ["2.1.5 welcome b@mx.example"])
        assert await wire.say("DATA") == (354, ["go on"])
        wire.send(b"x\r\n.\r\n")
        assert await wire.reply() == (250, ["2.0.0 queued 3 for 1"])
        assert await wire.say("VRFY bob") == (252, ["2.0.0 bob is fine"])
        assert await wire.say("EXPN all") == (250, ["2.0.0 one@mx.example", "2.0.0 two@mx.example"])
        assert await wire.say("HELP") == (214, ["2.0.0 there is none"])
        assert await wire.say("NOOP much") == (250, ["2.0.0 did nothing much"])
        assert (await wire.say("QUIT"))[0] == 221


async def test_recipients_are_decided_side_by_side() -> None:
    class Slow(Recorder):
        waiting = most = 0

        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            # The first is answered last, and the replies still leave in order.
            await asyncio.sleep(0.1 - rcpt.index * 0.01)
            self.waiting -= 1
            if rcpt.index % 2:
                raise aio.Refuse(550, f"odd {rcpt.index}")

    handler = Slow()
    async with talking(handler, recipient_window=5) as wire:
        rcpts = "".join(f"RCPT TO:<b{n}@mx.example>\r\n" for n in range(8))
        wire.send(f"MAIL FROM:<>\r\n{rcpts}DATA\r\n")
        assert await wire.replies(10) == [250, 250, 550, 250, 550, 250, 550, 250, 550, 354]
        wire.send(b"x\r\n.\r\n")
        assert (await wire.reply())[0] == 250
        assert handler.most == 5
        assert handler.messages[0][1] == [f"b{n}@mx.example" for n in (0, 2, 4, 6)]


@pytest.mark.parametrize("late", [False, True])
async def test_recipients_may_be_answered_with_a_list(late: bool) -> None:
    class Listed(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.lists: list[int] = []

        def recipients(self, session: aio.Session, rcpts: list[events.Rcpt]) -> Any:
            self.lists.append(len(rcpts))
            answers = [aio.Reply(550, "no") if rcpt.address.startswith("no") else None for rcpt in rcpts]

            async def later() -> Any:
                await asyncio.sleep(0.01)
                return answers

            return later() if late else answers

    handler = Listed()
    async with talking(handler) as wire:
        wire.send(b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<no@m>\r\nRCPT TO:<c@m>\r\nDATA\r\n")
        assert await wire.replies(5) == [250, 250, 550, 250, 354]
        wire.send(b"x\r\n.\r\n")
        assert (await wire.reply())[0] == 250
        assert handler.lists == [3]
        assert handler.messages[0][1] == ["a@m", "c@m"]


async def test_a_coroutine_that_does_not_wait_costs_no_task() -> None:
    tasks: set[Any] = set()

    class Quick(Recorder):
        async def mail(self, session: aio.Session, mail: events.Mail) -> None:
            tasks.add(asyncio.current_task())

        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            tasks.add(asyncio.current_task())

    async with talking(Quick()) as wire:
        for _ in range(20):
            assert (await wire.message())[0] == 250
        assert None not in tasks
        assert len(tasks) == 1


async def test_a_coroutine_keeps_its_task_and_its_context() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[Any] = []

    class Waiting(Recorder):
        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            task = asyncio.current_task()
            seen.append(variable.get())
            variable.set(rcpt.address)
            async with asyncio.timeout(5):
                await asyncio.sleep(0.01)
                await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.01))
            seen.append((variable.get(), task is asyncio.current_task()))
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(5)
            except TimeoutError:
                seen.append("timed out")

    async with talking(Waiting()) as wire:
        wire.send(b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<b@m>\r\n")
        assert await wire.replies(3) == [250, 250, 250]
        assert seen[:2] == ["none", "none"]
        assert set(seen[2:]) == {("a@m", True), ("b@m", True), "timed out"}
        assert variable.get() == "none"


@pytest.mark.parametrize("a_class", [False, True])
async def test_there_are_as_many_handlers_as_connections(a_class: bool) -> None:
    made: list[aio.Handler] = []

    class Counted(Decider):
        def __init__(self) -> None:
            made.append(self)

    async with serving(Counted if a_class else lambda: Counted()) as server:
        assert len(made) == (0 if a_class else 1)
        for count in (1, 2, 3):
            async with wire_to(port_of(server), hello=None) as wire:
                assert await wire.reply() == (220, ["mx.example at your service"])
                assert len(made) == count


class Foreign:
    """A transport with the methods of one, but of another class, as those of uvloop are."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


async def test_a_transport_need_not_inherit_from_that_of_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    for protocol in (Admission, ClientProtocol):
        made = protocol.connection_made
        monkeypatch.setattr(
            protocol, "connection_made", lambda self, transport, made=made: made(self, Foreign(transport))
        )

    async with connected(Recorder()) as client:
        (outcome,) = await client.send(envelope(), b"x\r\n")
        assert (outcome.code, outcome.text) == (250, "Message accepted")


async def test_own_verbs_and_parameters_reach_the_handler() -> None:
    class Own(Recorder):
        def command(self, session: aio.Session, keyword: str, argument: str) -> aio.Reply:
            return aio.Reply(250, f"{keyword}: {argument}")

        def mail(self, session: aio.Session, mail: events.Mail) -> str:
            return "250 " + ",".join(f"{param.name}={param.decoded}" for param in mail.params)

        def vrfy(self, session: aio.Session, text: str) -> str:
            return f"252 {text}?"

    # One in the place of the library's has the method of that name.
    verbs = [VerbRow("XCLIENT", "XCLIENT"), VerbRow("VRFY", yes_code=252)]
    rows = [ExtensionRow("XCLIENT", "NAME ADDR"), *verbs, ParamRow("X-P")]

    async with talking(Own(), rows=rows) as wire:
        assert "XCLIENT NAME ADDR" in wire.hello
        assert await wire.say("xclient NAME=a ADDR=1") == (250, ["2.0.0 XCLIENT: NAME=a ADDR=1"])
        assert (await wire.say("XOTHER"))[0] == 500
        assert await wire.say("vrfy bob") == (252, ["2.0.0 bob?"])
        assert await wire.say("MAIL FROM:<> X-P=1 SIZE=5") == (250, ["2.1.0 X-P=1,SIZE=5"])
