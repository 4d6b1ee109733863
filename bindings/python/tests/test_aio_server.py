"""The asyncio server: what a handler is told, what its answers become."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

import pytest
from kit import Recorder, port_of, run, serving, until, wire_to

import ehlo
from ehlo import ErrorCode, Fact, Rule, RuleScope, TimeoutKind, Verb, aio, events


async def _message(wire: Any, content: bytes = b"hi\r\n", recipients: int = 1) -> tuple[int, list[str]]:
    await wire.say("MAIL FROM:<a@client.example>")
    for number in range(recipients):
        await wire.say(f"RCPT TO:<b{number}@mx.example>")
    assert (await wire.say("DATA"))[0] == 354
    wire.send(content + b".\r\n")
    return await wire.reply()  # type: ignore[no-any-return]


def test_a_message_reaches_the_handler_byte_for_byte() -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            body = bytes(range(1, 10)) + b"\xff\xfe\r\n..\r\n.x\r\n" + b"y" * 200000 + b"\r\n"
            stuffed = body.replace(b"\r\n.", b"\r\n..")
            assert (await _message(wire, stuffed, recipients=2))[0] == 250
            assert handler.messages == [("a@client.example", ["b0@mx.example", "b1@mx.example"], body)]
            assert (await wire.say("QUIT"))[0] == 221
            assert await wire.closed() == b""
            await until(lambda: bool(handler.log))
            assert handler.log == [("closed", ErrorCode.OK)]

    run(main())


class Decider(aio.Handler):
    """Answers of every form, some of them late."""

    def connected(self, session: aio.Session) -> str:
        return "at your service"

    async def hello(self, session: aio.Session, verb: Verb, host: str) -> None:
        if host == "bad.example":
            await asyncio.sleep(0)
            raise aio.Refuse(550, "go away")

    async def mail(self, session: aio.Session, mail: events.Mail) -> Any:
        size = mail.param("SIZE")
        if size is not None and size.decoded == 77:
            await asyncio.sleep(0.01)
            return aio.Reply(452, "not now", "4.3.1")
        return f"you are {mail.address}"

    async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
        await asyncio.wait_for(asyncio.sleep(0.01), 5)
        if rcpt.address.startswith("no"):
            raise aio.Refuse(550, "no such user", enhanced="5.1.1")
        return "welcome"

    def data(self, session: aio.Session) -> str:
        return "go on"

    async def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
        await asyncio.sleep(0.01)
        return f"queued {len(transaction.content)} for {len(transaction.recipients)}"

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


def test_answers_of_every_form() -> None:
    async def main() -> None:
        async with serving(Decider()) as server, wire_to(port_of(server), hello=None) as wire:
            assert await wire.reply() == (220, ["mx.example at your service"])
            assert (await wire.say("EHLO bad.example"))[0] == 550
            assert (await wire.say("EHLO c.example"))[0] == 250
            assert await wire.say("MAIL FROM:<a@b.example> SIZE=77") == (452, ["4.3.1 not now"])
            assert await wire.say("MAIL FROM:<a@b.example>") == (250, ["2.1.0 you are a@b.example"])
            assert await wire.say("RSET") == (250, ["2.0.0 forgotten"])
            assert await wire.say("MAIL FROM:<>") == (250, ["2.1.0 you are "])
            assert await wire.say("RCPT TO:<no@mx.example>") == (550, ["5.1.1 no such user"])
            assert await wire.say("RCPT TO:<b@mx.example>") == (250, ["2.1.5 welcome"])
            assert await wire.say("DATA") == (354, ["go on"])
            wire.send(b"x\r\n.\r\n")
            assert await wire.reply() == (250, ["2.0.0 queued 3 for 1"])
            assert await wire.say("VRFY bob") == (252, ["2.0.0 bob is fine"])
            assert await wire.say("EXPN all") == (250, ["2.0.0 one@mx.example", "2.0.0 two@mx.example"])
            assert await wire.say("HELP") == (214, ["2.0.0 there is none"])
            assert await wire.say("NOOP much") == (250, ["2.0.0 did nothing much"])
            assert (await wire.say("QUIT"))[0] == 221

    run(main())


def test_recipients_are_decided_side_by_side() -> None:
    class Slow(Recorder):
        waiting = most = 0

        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            # The first is answered last: the replies leave in order all the same.
            await asyncio.sleep(0.1 - rcpt.index * 0.01)
            self.waiting -= 1
            if rcpt.index % 2:
                raise aio.Refuse(550, f"odd {rcpt.index}")

    async def main() -> None:
        handler = Slow()
        async with serving(handler, recipient_window=5) as server, wire_to(port_of(server)) as wire:
            rcpts = "".join(f"RCPT TO:<b{n}@mx.example>\r\n" for n in range(8))
            wire.send(f"MAIL FROM:<>\r\n{rcpts}DATA\r\n")
            assert await wire.replies(10) == [250, 250, 550, 250, 550, 250, 550, 250, 550, 354]
            wire.send(b"x\r\n.\r\n")
            assert (await wire.reply())[0] == 250
            assert handler.most == 5
            assert handler.messages[0][1] == [f"b{n}@mx.example" for n in (0, 2, 4, 6)]

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_recipients_may_be_decided_as_a_list(late: bool) -> None:
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

    async def main() -> None:
        handler = Listed()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<no@m>\r\nRCPT TO:<c@m>\r\nDATA\r\n")
            assert await wire.replies(5) == [250, 250, 550, 250, 354]
            wire.send(b"x\r\n.\r\n")
            assert (await wire.reply())[0] == 250
            assert handler.lists == [3]
            assert handler.messages[0][1] == ["a@m", "c@m"]

    run(main())


@pytest.mark.parametrize("method", ["connected", "hello", "mail", "rcpt", "data", "message", "noop", "chunk", "quit"])
@pytest.mark.parametrize("late", [False, True])
def test_an_exception_gives_451_and_the_server_lives(method: str, late: bool, caplog: pytest.LogCaptureFixture) -> None:
    def failing(self: Any, *arguments: Any) -> Any:
        async def fail() -> None:
            await asyncio.sleep(0)
            raise RuntimeError("the handler is broken")

        if late:
            return fail()
        raise RuntimeError("the handler is broken")

    kind = type("Failing", (Recorder,), {method: failing})

    async def main() -> None:
        async with serving(kind) as server:
            for _ in range(2):
                async with wire_to(port_of(server), hello=None) as wire:
                    wire.send(b"EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
                    codes = await wire.replies(1)
                    if codes == [451]:
                        continue
                    codes += await wire.replies(4)
                    if codes[-1] == 354:
                        wire.send(b"x\r\n.\r\n")
                        codes += await wire.replies(1)
                    wire.send(b"NOOP\r\nQUIT\r\n")
                    codes += await wire.replies(2)
                    assert 451 in codes or (method == "quit" and codes[-1] == 221), codes

    run(main())
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_wrong_answer_is_the_handlers_fault() -> None:
    class Wrong(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> Any:
            return {"x": 1, "code": aio.Reply(999, "x"), "text": "a\0b", "bytes": b"x"}[
                mail.address[0:5].strip("@m") or "x"
            ]

    async def main() -> None:
        async with serving(Wrong()) as server, wire_to(port_of(server)) as wire:
            for word in ("x", "code", "text", "bytes"):
                assert (await wire.say(f"MAIL FROM:<{word}@m>"))[0] == 451

    run(main())


def test_a_coroutine_that_does_not_wait_costs_no_task() -> None:
    tasks: set[Any] = set()

    class Quick(Recorder):
        async def mail(self, session: aio.Session, mail: events.Mail) -> None:
            tasks.add(asyncio.current_task())

        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            tasks.add(asyncio.current_task())

    async def main() -> None:
        async with serving(Quick()) as server, wire_to(port_of(server)) as wire:
            for _ in range(20):
                assert (await _message(wire))[0] == 250
            assert None not in tasks
            assert len(tasks) == 1

    run(main())


def test_a_coroutine_keeps_its_task_and_its_context() -> None:
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

    async def main() -> None:
        async with serving(Waiting()) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<b@m>\r\n")
            assert await wire.replies(3) == [250, 250, 250]
            assert seen[:2] == ["none", "none"]
            assert set(seen[2:]) == {("a@m", True), ("b@m", True), "timed out"}
            assert variable.get() == "none"

    run(main())


def test_own_verbs_and_parameters() -> None:
    class Own(Recorder):
        def command(self, session: aio.Session, keyword: str, argument: str) -> aio.Reply:
            return aio.Reply(250, f"{keyword}: {argument}")

        def mail(self, session: aio.Session, mail: events.Mail) -> str:
            return ",".join(f"{param.name}={param.decoded}" for param in mail.params)

    rules = [Rule("XCLIENT", RuleScope.VERB), Rule("XCLIENT NAME ADDR", RuleScope.EHLO), Rule("X-P", RuleScope.MAIL)]

    async def main() -> None:
        async with serving(Own(), rules=rules) as server, wire_to(port_of(server), hello=None) as wire:
            await wire.reply()
            assert "XCLIENT NAME ADDR" in (await wire.say("EHLO c.example"))[1]
            assert await wire.say("xclient NAME=a ADDR=1") == (250, ["2.0.0 XCLIENT: NAME=a ADDR=1"])
            assert (await wire.say("XOTHER"))[0] == 500
            assert await wire.say("MAIL FROM:<> X-P=1 SIZE=5") == (250, ["2.1.0 X-P=1,SIZE=5"])

    run(main())


# ---- content


def test_content_streams_and_a_slow_reader_holds_the_client_back() -> None:
    class Slow(aio.Handler):
        most = 0
        total = 0

        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            await asyncio.sleep(0.3)
            async for piece in content:
                self.most = max(self.most, content.buffered + len(piece))
                self.total += len(piece)
            return f"took {content.octets}"

    async def main() -> None:
        handler = Slow()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            await wire.say("MAIL FROM:<>")
            await wire.say("RCPT TO:<b@m>")
            await wire.say("DATA")
            line = b"z" * 998 + b"\r\n"
            for _ in range(32):
                wire.send(line * 1000)
            await asyncio.sleep(0.1)
            connection = next(iter(server.connections))
            assert not connection._reading
            wire.send(b".\r\n")
            assert await wire.reply() == (250, ["2.0.0 took 32000000"])
            assert handler.most < 1 << 20

    run(main())


def test_a_chunk_that_is_awaited_holds_what_follows() -> None:
    class Slow(aio.Handler):
        def __init__(self) -> None:
            self.pieces: list[bytes] = []
            self.busy = False

        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            assert not self.busy
            self.busy = True
            await asyncio.sleep(0.002)
            self.pieces.append(octets)
            self.busy = False

        def message(self, session: aio.Session, transaction: aio.Transaction) -> str:
            assert transaction.content == b""
            return f"{sum(map(len, self.pieces))} of {transaction.octets}"

    async def main() -> None:
        handler = Slow()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            body = b"".join(b"line %d\r\n" % n for n in range(200000))
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
            await wire.replies(3)
            # The commands behind the content come together with its last piece.
            wire.send(body + b".\r\nNOOP\r\nMAIL FROM:<>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
            assert await wire.reply() == (250, [f"2.0.0 {len(body)} of {len(body)}"])
            assert b"".join(handler.pieces) == body
            assert await wire.replies(4) == [250, 250, 250, 354]

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_a_message_may_be_refused_at_any_piece(late: bool) -> None:
    class Picky(Recorder):
        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            if late:
                await asyncio.sleep(0)
            raise aio.Refuse(554, "I do not like it", enhanced="5.7.1")

    async def main() -> None:
        handler = Picky()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            assert await _message(wire, b"x\r\n" * 100000) == (554, ["5.7.1 I do not like it"])
            assert handler.messages == []
            assert (await wire.say("NOOP"))[0] == 250
            assert (await _message(wire))[0] == 554

    run(main())


def test_the_last_piece_may_be_refused_by_a_handler_of_pieces_alone() -> None:
    class Picky(aio.Handler):
        def chunk(self, session: aio.Session, octets: bytes) -> None:
            raise aio.Refuse(554, "no")

    async def main() -> None:
        async with serving(Picky()) as server, wire_to(port_of(server)) as wire:
            assert (await _message(wire, b"x\r\n"))[0] == 554
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 3 LAST\r\nabc")
            assert await wire.replies(3) == [250, 250, 554]

    run(main())


def test_what_is_collected_has_a_bound() -> None:
    class Dropping(aio.Handler):
        pass

    async def main() -> None:
        for handler, options, size in (
            (Recorder(), {}, "SIZE 33554432"),
            (Recorder(), {"max_message_octets": 0}, "SIZE 0"),
            (Dropping(), {}, "SIZE 0"),
        ):
            async with serving(handler, **options) as server, wire_to(port_of(server), hello=None) as wire:
                await wire.reply()
                assert size in (await wire.say("EHLO c.example"))[1]
        async with serving(Recorder(), max_message_octets=70000) as server, wire_to(port_of(server)) as wire:
            assert (await _message(wire, b"x\r\n" * 50000))[0] == 552
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


@pytest.mark.parametrize("answer", ["early", aio.Reply(552, "early")])
def test_a_receiver_may_decide_before_the_end(answer: Any) -> None:
    class Early(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> Any:
            await content.__anext__()
            return answer

    async def main() -> None:
        async with serving(Early()) as server, wire_to(port_of(server)) as wire:
            for _ in range(3):
                code, lines = await _message(wire, b"x\r\n" * 300000)
                assert code == (250 if answer == "early" else 552)
                assert lines[0].endswith("early")

    run(main())


def test_an_empty_message_streams_too() -> None:
    class Stream(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            return f"{len(await content.read())} octets"

    async def main() -> None:
        async with serving(Stream()) as server, wire_to(port_of(server)) as wire:
            assert await _message(wire, b"") == (250, ["2.0.0 0 octets"])
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 0 LAST\r\n")
            assert await wire.replies(3) == [250, 250, 250]

    run(main())


@pytest.mark.parametrize("mode", ["collect", "chunk", "receive"])
def test_chunks_are_taken_as_content(mode: str) -> None:
    body = bytes(range(256)) * 1000 + b"\n.\n\r.\r"
    taken: list[bytes] = []

    class Chunk(Recorder):
        def chunk(self, session: aio.Session, octets: bytes) -> None:
            taken.append(octets)

    class Receive(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            taken.append(await content.read())

    async def main() -> None:
        handler = {"collect": Recorder, "chunk": Chunk, "receive": Receive}[mode]()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@m>\r\n")
            wire.send(b"BDAT 1000\r\n" + body[:1000] + b"BDAT %d LAST\r\n" % (len(body) - 1000) + body[1000:])
            assert await wire.replies(4) == [250, 250, 250, 250]
            got = handler.messages[0][2] if mode == "collect" else b"".join(taken)
            assert got == body
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_lmtp_has_a_result_for_each_recipient() -> None:
    class Mailboxes(Recorder):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
            super().message(session, transaction)
            return [
                aio.Reply(452, "full", "4.2.2") if rcpt.address.startswith("full") else f"for {rcpt.address}"
                for rcpt in transaction.recipients
            ]

    async def main() -> None:
        handler = Mailboxes()
        async with serving(handler, protocol=ehlo.Protocol.LMTP) as server:
            async with wire_to(port_of(server), hello="LHLO c.example") as wire:
                for _ in range(2):
                    many = b"".join(b"RCPT TO:<u%d@m>\r\n" % n for n in range(40))
                    wire.send(b"MAIL FROM:<>\r\nRCPT TO:<full@m>\r\n" + many + b"DATA\r\n")
                    assert await wire.replies(43) == [250] * 42 + [354]
                    wire.send(b"x\r\n.\r\n")
                    assert await wire.reply() == (452, ["4.2.2 full"])
                    assert await wire.reply() == (250, ["2.0.0 for u0@m"])
                    assert await wire.replies(39) == [250] * 39
                assert len(handler.messages) == 2

    run(main())


def test_lmtp_answers_of_another_number_are_a_fault() -> None:
    class Wrong(Recorder):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
            return [None]

    async def main() -> None:
        async with serving(Wrong(), protocol=ehlo.Protocol.LMTP) as server:
            async with wire_to(port_of(server), hello="LHLO c.example") as wire:
                wire.send(b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
                await wire.replies(4)
                wire.send(b"x\r\n.\r\n")
                assert await wire.replies(2) == [451, 451]

    run(main())


@pytest.mark.parametrize("order", ["first", "last"])
def test_answers_that_have_no_room_wait_for_it(order: str) -> None:
    """Texts of more octets than a session keeps, and the first of them last."""

    class Wordy(Recorder):
        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
            if order == "last" and rcpt.index == 0:
                await asyncio.sleep(0.1)
            return f"{rcpt.index} " + "w" * 400

    async def main() -> None:
        async with serving(Wordy(), reply_text_octets=1024) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<u%d@m>\r\n" % n for n in range(10)))
            assert (await wire.reply())[0] == 250
            for number in range(10):
                code, lines = await wire.reply()
                assert code == 250
                # The first, if it is last, finds the room taken by those that wait for it.
                text = f"2.1.5 {number} www"
                assert lines[0].startswith(text if (order, number) != ("last", 0) else "2.1.5")
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_a_text_that_never_fits_is_left_out() -> None:
    class Endless(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> aio.Reply:
            return aio.Reply(550, "w" * 9000)

    async def main() -> None:
        async with serving(Endless()) as server, wire_to(port_of(server)) as wire:
            assert (await wire.say("MAIL FROM:<>"))[0] == 550
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_an_answer_that_cannot_be_given_accepts_nothing() -> None:
    class Wrong(Recorder):
        def mail(self, session: aio.Session, mail: events.Mail) -> str:
            return "a\0b"

    async def main() -> None:
        async with serving(Wrong()) as server, wire_to(port_of(server)) as wire:
            assert (await wire.say("MAIL FROM:<>"))[0] == 451
            assert next(iter(server.connections)).session.transaction is None

    run(main())


# ---- the end


def test_a_session_is_described_when_it_is_gone() -> None:
    seen: list[Any] = []

    class Late(Recorder):
        async def closed(self, session: aio.Session, error: Any) -> None:  # type: ignore[override]
            await asyncio.sleep(0.01)
            seen.append((session.peer[0], session.protocol_name, Fact.ESMTP in session.facts, session.host))

    async def main() -> None:
        async with serving(Late()) as server:
            async with wire_to(port_of(server)):
                pass
            await until(lambda: bool(seen))
        assert seen == [("127.0.0.1", "ESMTP", True, "client.example")]

    run(main())


@pytest.mark.parametrize("mode", ["collect", "receive", "chunk"])
def test_a_client_that_vanishes_is_told(mode: str) -> None:
    told: list[Any] = []

    class Receive(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            try:
                await content.read()
            except aio.Aborted as problem:
                told.append(problem.error)
                raise

    class Chunk(Recorder):
        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

    async def main() -> None:
        handler = {"collect": Recorder, "chunk": Chunk, "receive": Receive}[mode]()
        async with serving(handler) as server:
            async with wire_to(port_of(server)) as wire:
                wire.send(b"MAIL FROM:<v@c.example>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
                await wire.replies(3)
                wire.send(b"half of it\r\n")
                await asyncio.sleep(0.05)
                if mode == "chunk":
                    wire.writer.transport.abort()
                    next(iter(server.connections)).abort()
            await until(lambda: ("closed", ErrorCode.CONNECTION_LOST) in handler.log)
            assert handler.log[0][:2] == ("aborted", "v@c.example")
            assert not server.connections
            wanted: dict[str, list[Any]] = {
                "collect": [],
                "chunk": ["cancelled"],
                "receive": [ErrorCode.CONNECTION_LOST],
            }
            await until(lambda: len(told) >= len(wanted[mode]))
            assert told == wanted[mode]
            assert handler.messages == []

    run(main())


def test_a_transaction_that_is_reset_is_told() -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            await wire.say("MAIL FROM:<r@c.example>")
            assert (await wire.say("RSET"))[0] == 250
            assert handler.log == [("aborted", "r@c.example", ErrorCode.OK)]
            await wire.say("MAIL FROM:<e@c.example>")
            assert (await wire.say("EHLO c.example"))[0] == 250
            assert handler.log[1] == ("aborted", "e@c.example", ErrorCode.OK)

    run(main())


def test_a_client_that_closes_its_half_gets_its_replies() -> None:
    class Late(Recorder):
        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> None:
            await asyncio.sleep(0.05)

    async def main() -> None:
        handler = Late()
        async with serving(handler) as server, wire_to(port_of(server), hello=None) as wire:
            wire.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 4 LAST\r\nhi\r\nQUIT\r\n")
            wire.writer.write_eof()
            assert await wire.replies(6) == [220, 250, 250, 250, 250, 221]
            assert await wire.closed() == b""
            assert len(handler.messages) == 1

    run(main())


def test_an_idle_client_is_told_421() -> None:
    async def main() -> None:
        handler = Recorder()
        timeouts = {TimeoutKind.COMMAND: 0.2, TimeoutKind.DATA: 0.2}
        async with serving(handler, timeouts=timeouts) as server:
            async with wire_to(port_of(server)) as wire:
                # An octet at a time is no command: the time goes on.
                for octet in b"NOOP with a long argument":
                    wire.send(bytes([octet]))
                    await asyncio.sleep(0.02)
                    if wire.reader._buffer:  # type: ignore[attr-defined]
                        break
                assert (await wire.reply())[0] == 421
            assert handler.log[-1] == ("closed", ErrorCode.TIMEOUT)
            async with wire_to(port_of(server)) as wire:
                for _ in range(6):
                    await asyncio.sleep(0.1)
                    assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_the_time_of_the_program_does_not_count() -> None:
    class Late(Recorder):
        async def mail(self, session: aio.Session, mail: events.Mail) -> None:
            await asyncio.sleep(0.3)

    async def main() -> None:
        async with serving(Late(), timeouts={TimeoutKind.COMMAND: 0.1}) as server:
            async with wire_to(port_of(server)) as wire:
                assert (await wire.say("MAIL FROM:<>"))[0] == 250

    run(main())


def test_closing_the_server_says_421_once_answers_are_given() -> None:
    class Late(Recorder):
        async def mail(self, session: aio.Session, mail: events.Mail) -> str:
            await asyncio.sleep(0.1)
            return "done"

    async def main() -> None:
        async with serving(Late()) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<>\r\n")
            await asyncio.sleep(0.02)
            closing = asyncio.create_task(server.close())
            assert await wire.reply() == (250, ["2.1.0 done"])
            assert (await wire.reply())[0] == 421
            assert await wire.closed() == b""
            wire.writer.close()
            await closing

    run(main())


def test_one_connection_too_many_is_refused() -> None:
    async def main() -> None:
        async with serving(Recorder(), max_connections=1) as server, wire_to(port_of(server)) as wire:
            async with wire_to(port_of(server), hello=None) as other:
                assert (await other.reply())[0] == 421
                assert await other.closed() == b""
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_a_last_reply_is_not_lost_to_a_reset() -> None:
    """A client that keeps sending while we close."""

    async def main() -> None:
        async with serving(Recorder(), max_errors=3) as server, wire_to(port_of(server)) as wire:
            wire.send(b"BAD\r\n" * 5 + b"x" * 1000000)
            codes = await wire.replies(4)
            assert codes == [500, 500, 500, 421]
            assert await wire.closed() == b""

    run(main())


def test_a_client_that_leaves_while_it_is_not_read_is_forgotten() -> None:
    """The reset answers our last reply, and is found when we close our half of the connection."""

    class Late(Recorder):
        async def noop(self, session: aio.Session, argument: str) -> None:
            await asyncio.sleep(0.05)
            session.shutdown("enough")

    async def main() -> None:
        async with serving(Late()) as server:
            async with wire_to(port_of(server)) as wire:
                wire.send(b"NOOP\r\nNOOP\r\n")
                await asyncio.sleep(0.02)
                wire.writer.transport.abort()
            await until(lambda: not server.connections)

    run(main())


# ---- smuggling and juggling


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\n..\r\n"])
def test_a_false_end_smuggles_nothing(end: bytes) -> None:
    async def main() -> None:
        handler = Recorder()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            inner = b"MAIL FROM:<evil@x>\r\nRCPT TO:<b@m>\r\nDATA\r\nsmuggled\r\n"
            code, _ = await _message(wire, b"one" + end + inner)
            assert code == 550
            assert handler.messages == []
            assert (await wire.say("NOOP"))[0] == 250

    run(main())


def test_early_talkers_are_a_fact() -> None:
    facts: list[Fact] = []

    class Careful(Recorder):
        async def connected(self, session: aio.Session) -> None:
            await asyncio.sleep(0.1)
            facts.append(session.facts)
            if Fact.EARLY_TALKER in session.facts:
                raise aio.Refuse(554, "you talk too early")

    async def main() -> None:
        async with serving(Careful()) as server:
            async with wire_to(port_of(server), hello=None) as wire:
                wire.send(b"EHLO c.example\r\n")
                assert (await wire.reply())[0] == 554
            async with wire_to(port_of(server), hello=None) as wire:
                assert (await wire.reply())[0] == 220

    run(main())
    assert Fact.EARLY_TALKER in facts[0]
    assert Fact.EARLY_TALKER not in facts[1]


def test_pipelined_input_waits_for_a_late_answer_without_growing() -> None:
    class Late(Recorder):
        async def mail(self, session: aio.Session, mail: events.Mail) -> None:
            await asyncio.sleep(0.2)

    async def main() -> None:
        handler = Late()
        async with serving(handler) as server, wire_to(port_of(server)) as wire:
            wire.send(b"MAIL FROM:<>\r\n" + b"NOOP\r\n" * 500000)
            await asyncio.sleep(0.1)
            connection = next(iter(server.connections))
            assert len(connection._tail) < 1 << 18
            assert not connection._reading
            assert (await wire.reply())[0] == 250
            assert (await wire.reply())[0] == 250

    run(main())


def test_a_client_that_reads_no_replies_is_not_read() -> None:
    async def main() -> None:
        async with serving(Recorder(), max_idle_commands=0) as server, wire_to(port_of(server)) as wire:
            wire.reader._limit = 1  # type: ignore[attr-defined]
            wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
            line = b"EHLO c.example\r\n" * 4000
            for _ in range(200):
                wire.send(line)
                await asyncio.sleep(0)
            connection = next(iter(server.connections))
            await until(lambda: connection._write_paused)
            assert connection.transport is not None
            await asyncio.sleep(0.05)
            assert connection.transport.get_write_buffer_size() < 1 << 23
            assert not connection._reading
            wire.writer.transport.abort()

    run(main())
