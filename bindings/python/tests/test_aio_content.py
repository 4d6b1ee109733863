"""The asyncio server: content, and the answers to it."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import deque
from typing import Any

import pytest
from kit import Recorder, run, talking, until, with_method

import ehlo
from ehlo import aio, events


async def test_content_streams_and_a_slow_reader_holds_the_client_back() -> None:
    class Slow(aio.Handler):
        most = 0
        total = 0

        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            await asyncio.sleep(0.3)
            async for piece in content:
                self.most = max(self.most, content.buffered + len(piece))
                self.total += len(piece)
            return f"250 took {content.octets}"

    handler = Slow()
    async with talking(handler) as wire:
        await wire.open_content()
        line = b"z" * 998 + b"\r\n"
        for _ in range(32):
            wire.send(line * 1000)
        await asyncio.sleep(0.1)
        connection = wire.connection
        assert not connection._reading
        wire.send(b".\r\n")
        assert await wire.reply() == (250, ["2.0.0 took 32000000"])
        assert handler.most < 1 << 20


async def test_input_waits_while_a_chunk_is_awaited() -> None:
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
            return f"250 {sum(map(len, self.pieces))} of {transaction.octets}"

    handler = Slow()
    async with talking(handler) as wire:
        body = b"".join(b"line %d\r\n" % n for n in range(200000))
        await wire.open_content()
        # The commands after the content come in one segment with its last piece.
        wire.send(body + b".\r\nNOOP\r\nMAIL FROM:<>\r\nRCPT TO:<b@m>\r\nDATA\r\n")
        assert await wire.reply() == (250, [f"2.0.0 {len(body)} of {len(body)}"])
        assert b"".join(handler.pieces) == body
        assert await wire.replies(4) == [250, 250, 250, 354]


@pytest.mark.parametrize("late", [False, True])
async def test_a_message_may_be_refused_at_any_piece(late: bool) -> None:
    class Picky(Recorder):
        async def chunk(self, session: aio.Session, octets: bytes) -> None:
            if late:
                await asyncio.sleep(0)
            raise aio.Refuse(554, "I do not like it", enhanced="5.7.1")

    handler = Picky()
    async with talking(handler) as wire:
        assert await wire.message(b"x\r\n" * 100000) == (554, ["5.7.1 I do not like it"])
        assert handler.messages == []
        assert (await wire.say("NOOP"))[0] == 250
        assert (await wire.message())[0] == 554


async def test_a_handler_with_chunk_alone_may_refuse_the_last_piece() -> None:
    class Picky(aio.Handler):
        def chunk(self, session: aio.Session, octets: bytes) -> None:
            raise aio.Refuse(554, "no")

    async with talking(Picky()) as wire:
        assert (await wire.message(b"x\r\n"))[0] == 554
        wire.send(b"MAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 3 LAST\r\nabc")
        assert await wire.replies(3) == [250, 250, 554]


async def test_collected_content_is_limited() -> None:
    for handler, options, size in (
        (Recorder(), {}, "SIZE 33554432"),
        (Recorder(), {"max_message_octets": 0}, "SIZE 0"),
        (aio.Handler(), {}, "SIZE 0"),
    ):
        async with talking(handler, "EHLO c.example", **options) as wire:
            assert size in wire.hello
    most = 0

    class Refused(Recorder):
        def aborted(self, session: aio.Session, transaction: aio.Transaction, error: Any) -> None:
            nonlocal most
            most = len(transaction.content)

    async with talking(Refused(), max_message_octets=70000) as wire:
        assert (await wire.message(b"x\r\n" * 50000))[0] == 552
        assert (await wire.say("NOOP"))[0] == 250
    assert 0 < most <= 70000


def kept_by_us() -> int:
    """Octets that our modules hold."""
    ours = [tracemalloc.Filter(True, "*/ehlo/events.py"), tracemalloc.Filter(True, "*/ehlo/aio/*")]
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(ours).traces)


@pytest.mark.parametrize("mode", ["collect", "receive"])
def test_small_pieces_cost_no_more_than_their_octets(mode: str) -> None:
    count = 20000
    found: list[Any] = []

    class Collect(aio.Handler):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
            found.extend((kept_by_us(), transaction.content))

    class Receive(aio.Handler):
        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            await until(lambda: content.buffered == count * 2 + 4)
            found.extend((kept_by_us(), await content.read()))

    async def main() -> None:
        async with talking(Collect if mode == "collect" else Receive) as wire:
            await wire.say("MAIL FROM:<>")
            await wire.say("RCPT TO:<b@mx.example>")
            wire.send(b"BDAT 2\r\nab" * count + b"BDAT 4 LAST\r\ncd\r\n")
            assert await wire.replies(count + 1) == [250] * (count + 1)

    tracemalloc.start()
    try:
        run(main())
    finally:
        tracemalloc.stop()
    kept, content = found
    assert content == b"ab" * count + b"cd\r\n"
    assert count * 2 < kept < count * 10


@pytest.mark.parametrize("answer", ["250 early", aio.Reply(552, "early")])
async def test_a_receiver_may_decide_before_the_end(answer: Any) -> None:
    class Early(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> Any:
            await content.__anext__()
            return answer

    async with talking(Early()) as wire:
        for _ in range(3):
            code, lines = await wire.message(b"x\r\n" * 300000)
            assert code == (250 if answer == "250 early" else 552)
            assert lines[0].endswith("early")


async def test_an_empty_message_streams_too() -> None:
    class Stream(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> str:
            return f"250 {len(await content.read())} octets"

    async with talking(Stream()) as wire:
        assert await wire.message(b"") == (250, ["2.0.0 0 octets"])
        wire.send(b"MAIL FROM:<>\r\nRCPT TO:<b@m>\r\nBDAT 0 LAST\r\n")
        assert await wire.replies(3) == [250, 250, 250]


@pytest.mark.parametrize("mode", ["collect", "chunk", "receive"])
async def test_bdat_chunks_arrive_as_content(mode: str) -> None:
    body = bytes(range(256)) * 1000 + b"\n.\n\r.\r"
    taken: list[bytes] = []

    class Chunk(Recorder):
        def chunk(self, session: aio.Session, octets: bytes) -> None:
            taken.append(octets)

    class Receive(Recorder):
        async def receive(self, session: aio.Session, content: aio.Content) -> None:
            taken.append(await content.read())

    handler = {"collect": Recorder, "chunk": Chunk, "receive": Receive}[mode]()
    async with talking(handler) as wire:
        wire.send(b"MAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@m>\r\n")
        wire.send(b"BDAT 1000\r\n" + body[:1000] + b"BDAT %d LAST\r\n" % (len(body) - 1000) + body[1000:])
        assert await wire.replies(4) == [250, 250, 250, 250]
        got = handler.messages[0][2] if mode == "collect" else b"".join(taken)
        assert got == body
        assert (await wire.say("NOOP"))[0] == 250


@pytest.mark.parametrize("kind", [list, tuple, deque])
async def test_lmtp_has_a_result_for_each_recipient(kind: type[Any]) -> None:
    class Mailboxes(Recorder):
        def message(self, session: aio.Session, transaction: aio.Transaction) -> Any:
            super().message(session, transaction)
            return kind(
                aio.Reply(452, "full", "4.2.2") if rcpt.address.startswith("full") else f"250 2.0.0 for {rcpt.address}"
                for rcpt in transaction.recipients
            )

    handler = Mailboxes()
    async with talking(handler, protocol=ehlo.Protocol.LMTP, hello="LHLO c.example") as wire:
        for _ in range(2):
            many = b"".join(b"RCPT TO:<u%d@m>\r\n" % n for n in range(40))
            wire.send(b"MAIL FROM:<>\r\nRCPT TO:<full@m>\r\n" + many + b"DATA\r\n")
            assert await wire.replies(43) == [250] * 42 + [354]
            wire.send(b"x\r\n.\r\n")
            assert await wire.reply() == (452, ["4.2.2 full"])
            assert await wire.reply() == (250, ["2.0.0 for u0@m"])
            assert await wire.replies(39) == [250] * 39
        assert len(handler.messages) == 2


@pytest.mark.parametrize("order", ["first", "last"])
async def test_answers_that_have_no_room_wait_for_it(order: str) -> None:
    """Texts of more octets than a session keeps, and the first of them last."""

    class Wordy(Recorder):
        async def rcpt(self, session: aio.Session, rcpt: events.Rcpt) -> Any:
            if order == "last" and rcpt.index == 0:
                await asyncio.sleep(0.1)
            return f"250 {rcpt.index} " + "w" * 400

    async with talking(Wordy(), reply_text_octets=1024) as wire:
        wire.send(b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<u%d@m>\r\n" % n for n in range(10)))
        assert (await wire.reply())[0] == 250
        for number in range(10):
            code, lines = await wire.reply()
            assert code == 250
            # The first, if it is last, finds the room taken by those that wait for it.
            text = f"2.1.5 {number} www"
            assert lines[0].startswith(text if (order, number) != ("last", 0) else "2.1.5")
        assert (await wire.say("NOOP"))[0] == 250


async def test_a_text_that_never_fits_is_left_out() -> None:
    async with talking(with_method("mail", aio.Reply(550, "w" * 9000))) as wire:
        assert await wire.codes("MAIL FROM:<>", "NOOP") == [550, 250]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("250 a\0b", (250, ["2.1.0 Sender ok"])),
        (aio.Reply(250, "sch\u00f6n"), (250, ["2.1.0 Sender ok"])),
        (aio.Reply(550, "nicht sch\u00f6n", "5.7.1"), (550, ["5.0.0"])),
        (aio.Reply(550, "\ud800"), (550, ["5.0.0"])),
        (aio.Reply(550, "x", "4.0.0"), (550, ["5.0.0"])),
        (aio.Reply(999, "x"), (451, ["4.3.0 Requested action aborted: local error in processing"])),
        (aio.Reply("550", "x"), (451, ["4.3.0 Requested action aborted: local error in processing"])),  # type: ignore[arg-type]
        (aio.Reply(550, None), (550, ["5.0.0"])),  # type: ignore[arg-type]
        (aio.Reply(550, "x", 511), (550, ["5.0.0"])),  # type: ignore[arg-type]
    ],
)
@pytest.mark.parametrize("late", [False, True])
async def test_an_answer_that_cannot_be_sent_keeps_its_code(
    answer: Any, expected: tuple[int, list[str]], late: bool
) -> None:
    async with talking(with_method("mail", answer, 0 if late else None)) as wire:
        assert await wire.say("MAIL FROM:<>") == expected
        transaction = wire.connection.session.transaction
        assert (transaction is not None) == (expected[0] == 250)
        assert (await wire.say("NOOP"))[0] == 250
