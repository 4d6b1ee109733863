"""What the asyncio client makes of the content that it is given, before anything of the message leaves."""

from __future__ import annotations

import contextlib
import gzip
import io
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest
from kit import Recorder, connected, envelope, pieces, port_of, serving

import ehlo
from ehlo import BodyType, Ending, ErrorCode, Extension, aio, events

SEVEN_BIT = {"extensions": Extension.DEFAULT & ~Extension.EIGHTBITMIME & ~Extension.SMTPUTF8 & ~Extension.BINARYMIME}


class Lines(Recorder):
    """Remembers the lines of MAIL too."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def mail(self, session: aio.Session, mail: events.Mail) -> None:
        self.lines.append(str(mail.line or b"", "utf-8").removeprefix("MAIL FROM:<a@client.example>"))


# ---- what MAIL declares of the content


@pytest.mark.parametrize(
    ("options", "own", "body", "parameters"),
    [
        ({}, {}, b"plain\r\n", " SIZE=7"),
        ({}, {}, b"gr\xc3\xbc\xc3\x9fe\r\n", " SIZE=9 BODY=8BITMIME"),
        ({}, {}, bytearray(b"\xff\r\n"), " SIZE=3 BODY=8BITMIME"),
        ({}, {}, memoryview(b"\xff\r\n"), " SIZE=3 BODY=8BITMIME"),
        ({}, {}, [b"\xff", b"\r\n"], " SIZE=3 BODY=8BITMIME"),
        ({}, {}, "gr\u00fc\u00dfe\n", " SIZE=9 BODY=8BITMIME"),
        ({}, {}, "plain\n", " SIZE=7"),
        ({}, {}, b"no end", " SIZE=8"),
        ({"chunking": True}, {}, b"no end", " SIZE=6"),
        ({}, {}, b"", ""),
        ({"data_endings": Ending.NORMALIZE}, {}, b"one\ntwo\rthree\r\n", " SIZE=17"),
        ({"data_endings": Ending.ACCEPT}, {}, b"a\0b\r\n", " SIZE=5"),
        ({"data_endings": Ending.ACCEPT, "chunking": True}, {}, b"a\0b\r\n", " SIZE=5"),
        # A declaration of the envelope is kept.
        ({}, {"size": 99, "body": BodyType.EIGHTBITMIME}, b"plain\r\n", " SIZE=99 BODY=8BITMIME"),
        ({}, {"params": [("SIZE", "98"), ("BODY", "8bitmime")]}, b"plain\r\n", " SIZE=98 BODY=8bitmime"),
        ({}, {"body": BodyType.SEVENBIT}, b"plain\r\n", " SIZE=7"),
        ({"refuse_nul": True}, {"body": BodyType.BINARYMIME}, b"a\0b\n", " SIZE=4 BODY=BINARYMIME"),
    ],
)
async def test_mail_declares_the_content(options: Any, own: Any, body: Any, parameters: str) -> None:
    handler = Lines()
    async with connected(handler, **options) as client:
        (outcome,) = await client.send(envelope(**own), body)
        assert outcome.accepted
    assert handler.lines == [parameters]


@pytest.mark.parametrize("kind", ["file", "memory", "gzip", "async", "list"])
async def test_a_stream_that_cannot_seek_is_announced_as_8bitmime(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"plain\r\n")

    handler = Lines()
    (tmp_path / "body.gz").write_bytes(gzip.compress(path.read_bytes()))
    with path.open("rb") as file, gzip.open(tmp_path / "body.gz") as packed, io.BytesIO(b"plain\r\n") as memory:
        for stream in (file, packed, memory):
            stream.read(2)
        streams: dict[str, Any] = {"file": file, "gzip": packed, "memory": memory}
        body = {**streams, "async": pieces(b"ain\r\n"), "list": iter([b"ain\r\n"])}[kind]
        async with connected(handler) as client:
            assert (await client.send(envelope(), body))[0].accepted
    assert handler.lines == [" SIZE=5" if kind in ("file", "memory") else " BODY=8BITMIME"]
    assert handler.messages[0][2] == b"ain\r\n"


# ---- refused before anything is sent


@pytest.mark.parametrize("body", [b"\xff\r\n", "\u00fc\n", [b"\xff\r\n"]])
async def test_content_above_ascii_is_not_sent_to_a_server_without_8bitmime(body: Any) -> None:
    handler = Lines()
    async with connected(handler, SEVEN_BIT) as client:
        with pytest.raises(ehlo.NotOfferedError) as refusal:
            await client.send(envelope(), body)
        assert refusal.value.lacks == Extension.EIGHTBITMIME
        assert refusal.value.names == ("8BITMIME",)
        assert str(refusal.value) == "not-offered: 8BITMIME"
        assert (await client.send(envelope(), b"plain\r\n"))[0].accepted
    assert handler.lines == [" SIZE=7"]


async def refused(client: aio.Client, own: ehlo.Envelope, body: Any) -> tuple[Any, int | None]:
    """What is wrong with content that the client does not send, and where."""
    with pytest.raises(ehlo.ContentError) as refusal:
        await client.send(own, body)
    assert isinstance(refusal.value, ValueError)
    return refusal.value.error, refusal.value.offset


@pytest.mark.parametrize(
    ("options", "own", "body", "error", "offset"),
    [
        ({}, {}, b"fine\r\nbad\nline\r\n", ErrorCode.BARE_LF, 9),
        ({}, {}, b"fine\r\nbad\rline\r\n", ErrorCode.BARE_CR, 9),
        ({}, {}, b"\r\r\n", ErrorCode.BARE_CR, 0),
        ({}, {}, b"end\r", ErrorCode.BARE_CR, 3),
        ({}, {}, [b"a\r", b"\nb", b"\n"], ErrorCode.BARE_LF, 4),
        ({"data_endings": Ending.ACCEPT}, {}, b"fine\r\n\0.\r\n", ErrorCode.FALSE_END, 7),
        ({"data_endings": Ending.ACCEPT}, {}, b"\0\0.\0\0", ErrorCode.FALSE_END, 2),
        ({"data_endings": Ending.ACCEPT}, {}, b"fine\n.", ErrorCode.FALSE_END, 5),
        ({"refuse_nul": True}, {}, b"a\0b\r\n", ErrorCode.NUL, 1),
        ({"refuse_nul": True}, {}, "a\0b\n", ErrorCode.NUL, 1),
        ({}, {"body": BodyType.SEVENBIT}, b"ab\xff\r\n", ErrorCode.ARGUMENT, 2),
        ({}, {"params": [("BODY", "7BIT")]}, b"ab\xff\r\n", ErrorCode.ARGUMENT, 2),
        ({}, {"body": BodyType.SEVENBIT}, b"x" * 70000 + b"\xff\r\n", ErrorCode.ARGUMENT, 70000),
    ],
)
@pytest.mark.parametrize("chunking", [False, True])
async def test_content_that_may_not_be_sent_is_refused_and_the_connection_goes_on(
    options: Any, own: Any, body: Any, error: ErrorCode, offset: int, chunking: bool
) -> None:
    handler = Lines()
    async with connected(handler, chunking=chunking, **options) as client:
        assert await refused(client, envelope(**own), body) == (error, offset)
        assert (await client.send(envelope(), b"plain\r\n"))[0].accepted
    assert handler.lines == [" SIZE=7"]


@pytest.mark.parametrize("body", [None, 7, io.StringIO("text\r\n"), ["text\r\n"], object()])
async def test_a_body_that_is_no_content_is_refused_and_the_connection_goes_on(body: Any) -> None:
    handler = Lines()
    async with connected(handler) as client:
        with pytest.raises(TypeError):
            await client.send(envelope(), body)
        assert (await client.send(envelope(), b"plain\r\n"))[0].accepted
    assert handler.lines == [" SIZE=7"]


@contextlib.contextmanager
def opened(kind: str, octets: bytes, folder: Path) -> Iterator[Any]:
    """A file of some kind with the octets, the first of which has been read."""
    path = folder / "body"
    path.write_bytes(b"-" + octets)
    with contextlib.ExitStack() as stack:
        if kind == "memory":
            file: Any = io.BytesIO(path.read_bytes())
        elif kind in ("named", "spooled"):
            make: Any = tempfile.NamedTemporaryFile if kind == "named" else tempfile.SpooledTemporaryFile
            file = stack.enter_context(make())
            file.write(path.read_bytes())
            file.seek(0)
        else:
            file = stack.enter_context(path.open("r+b" if kind == "both" else "rb", 0 if kind == "raw" else -1))
        file.read(1)
        yield file


KINDS = ["memory", "file", "raw", "both", "named", "spooled"]
LONG = b"x" * 77 + b"\r\n"  # of which no piece is a multiple
FAR = LONG * 3000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunking", [False, True])
async def test_a_file_is_checked_before_anything_is_sent(kind: str, chunking: bool, tmp_path: Path) -> None:
    wrong = [
        (b"fine\r\nbad\nline\r\n", ErrorCode.BARE_LF, 9),
        (FAR + b"bad\rline\r\n", ErrorCode.BARE_CR, len(FAR) + 3),
        (FAR + b"end\r", ErrorCode.BARE_CR, len(FAR) + 3),
        (b"x" * 65535 + b"\rline\r\n", ErrorCode.BARE_CR, 65535),
        (LONG + b"\0" * 200_000 + b"." + b"\0" * 200_000 + b"\r\n", ErrorCode.FALSE_END, len(LONG) + 200_000),
    ]

    handler = Lines()
    async with connected(handler, chunking=chunking) as client:
        for octets, error, offset in wrong:
            with opened(kind, octets, tmp_path) as file:
                assert await refused(client, envelope(), file) == (error, offset)
                assert file.tell() == 1
        assert client.is_open
        with opened(kind, FAR + b"\xff\r\n", tmp_path) as file:
            assert (await client.send(envelope(), file))[0].accepted
        with opened(kind, b"no end", tmp_path) as file:
            assert (await client.send(envelope(), file))[0].accepted
    assert handler.lines == [f" SIZE={len(FAR) + 3} BODY=8BITMIME", " SIZE=6" if chunking else " SIZE=8"]
    assert handler.messages[0][2] == FAR + b"\xff\r\n"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_above_ascii_is_refused_before_anything_is_sent(kind: str, tmp_path: Path) -> None:
    handler = Lines()
    async with connected(handler, SEVEN_BIT) as client:
        with opened(kind, b"\xff\r\n", tmp_path) as file:
            with pytest.raises(ehlo.NotOfferedError):
                await client.send(envelope(), file)
            assert await refused(client, envelope(body=BodyType.SEVENBIT), file) == (ErrorCode.ARGUMENT, 0)
        assert (await client.send(envelope(), b"plain\r\n"))[0].accepted
    assert handler.lines == [" SIZE=7"]


async def test_line_ends_are_repaired_if_configured(tmp_path: Path) -> None:
    octets = b"one\ntwo\rthree\r\n.\nfour"
    handler = Lines()
    async with connected(handler, data_endings=Ending.NORMALIZE) as client:
        with opened("file", octets, tmp_path) as file:
            for body in (octets, file, pieces(octets[:8], octets[8:])):
                assert (await client.send(envelope(), body))[0].accepted
    assert handler.lines == [" SIZE=26", " SIZE=26", " BODY=8BITMIME"]
    assert [message[2] for message in handler.messages] == [b"one\r\ntwo\r\nthree\r\n.\r\nfour\r\n"] * 3


async def test_a_file_that_cannot_be_read_leaves_the_connection(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("broken")

    handler = Lines()
    async with connected(handler) as client:
        with pytest.raises(OSError, match="broken"):
            await client.send(envelope(), Broken(b"x"))
        assert (await client.noop()).code == 250
    assert handler.lines == []


async def test_a_file_that_is_written_to_while_it_is_sent_keeps_what_was_announced() -> None:
    class Changing(io.BytesIO):
        times = 0

        def read(self, size: int | None = -1) -> bytes:
            self.times += 1
            return super().read(size) if self.times < 3 else b"\xff\r\n"

    handler = Recorder()
    async with serving(handler) as server:
        client = await aio.connect("127.0.0.1", port_of(server))
        await refused(client, envelope(), Changing(b"plain\r\n"))
        assert not client.is_open
    assert handler.messages == []


async def test_bare_line_ends_are_not_repaired_in_chunks() -> None:
    handler = Lines()
    async with connected(handler, chunking=True, data_endings=Ending.NORMALIZE) as client:
        assert await refused(client, envelope(), b"one\ntwo\r\n") == (ErrorCode.BARE_LF, 3)
        assert (await client.noop()).code == 250
    assert handler.lines == []


# ---- found while it is sent


@pytest.mark.parametrize(
    ("serve", "declared", "parts", "error", "offset"),
    [
        ({}, None, (b"fine\r\nbad", b"\nline\r\n"), ErrorCode.BARE_LF, 9),
        ({}, BodyType.SEVENBIT, (b"fine\r\n", b"not \xff\r\n"), ErrorCode.ARGUMENT, 10),
        (SEVEN_BIT, None, (b"fine\r\n", b"not \xff\r\n"), ErrorCode.ARGUMENT, 10),
    ],
)
async def test_a_fault_within_a_stream_closes_the_connection(
    serve: Any, declared: BodyType | None, parts: Any, error: ErrorCode, offset: int
) -> None:
    handler = Recorder()
    async with serving(handler, **serve) as server:
        client = await aio.connect("127.0.0.1", port_of(server))
        assert await refused(client, envelope(body=declared), pieces(*parts)) == (error, offset)
        assert not client.is_open
        with pytest.raises(aio.ClientError):
            await client.send(envelope(), b"x\r\n")
    assert handler.messages == []


async def test_text_within_a_stream_closes_the_connection() -> None:
    handler = Recorder()
    async with serving(handler) as server:
        bodies: list[Any] = [pieces(b"fine\r\n", "text\r\n"), iter(["text\r\n"])]
        for body in bodies:
            client = await aio.connect("127.0.0.1", port_of(server))
            with pytest.raises(TypeError, match="a piece of content is str"):
                await client.send(envelope(), body)
            assert not client.is_open
    assert handler.messages == []


# ---- text and messages


async def test_lines_of_text_end_with_crlf() -> None:
    handler = Recorder()
    async with connected(handler) as client:
        assert (await client.send(envelope(), "one\ntwo\r\nthree\r.\nf\u00fcnf"))[0].accepted
    assert handler.messages[0][2] == "one\r\ntwo\r\nthree\r\n.\r\nf\u00fcnf\r\n".encode()


def greeting(text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "a@client.example", "Subject": "hello", **headers}.items():
        message[name] = value
    message.set_content(text, cte="8bit")
    return message


async def test_a_message_goes_out_with_crlf_and_without_its_bcc() -> None:
    handler = Lines()
    message = greeting("one\n.two\n", To="b@mx.example", Bcc="hidden@mx.example")
    async with connected(handler) as client:
        assert (await client.send(envelope(), message))[0].accepted
    (content,) = (message[2] for message in handler.messages)
    assert content.endswith(b"\r\n\r\none\r\n.two\r\n")
    assert b"hidden" not in content
    assert message["Bcc"] == "hidden@mx.example"
    assert handler.lines == [f" SIZE={len(content)}"]


@pytest.mark.parametrize("eight_bit", [True, False])
async def test_a_message_is_encoded_where_the_server_is_7bit(eight_bit: bool) -> None:
    handler = Lines()
    async with connected(handler, {} if eight_bit else SEVEN_BIT) as client:
        assert (await client.send(envelope(), greeting("gr\u00fc\u00dfe\n", Subject="\u00fcber")))[0].accepted
    (content,) = (message[2] for message in handler.messages)
    assert content.isascii() == (not eight_bit)
    assert ("8BITMIME" in handler.lines[0]) == eight_bit
    read = message_from_bytes(content, policy=policy.default)
    assert (read["Subject"], read.get_content().splitlines()) == ("\u00fcber", ["gr\u00fc\u00dfe"])


def _compat(address: str) -> Message:
    message = MIMEText("hello\n")
    message["From"] = address
    return message


@pytest.mark.parametrize("kind", [lambda address: greeting("hello\n", To=address), _compat])
async def test_a_message_with_an_address_beyond_ascii_needs_smtputf8(kind: Any) -> None:
    message = kind("J\u00f6rg <j\u00f6rg@b\u00fccher.example>")

    handler = Lines()
    async with connected(handler) as client:
        assert (await client.send(envelope(), message))[0].accepted
    assert handler.lines[0].endswith(" BODY=8BITMIME SMTPUTF8")
    assert "<j\u00f6rg@b\u00fccher.example>\r\n".encode() in handler.messages[0][2]
    handler = Lines()
    async with connected(handler, SEVEN_BIT) as client:
        with pytest.raises(ehlo.NotOfferedError) as refusal:
            await client.send(envelope(), message)
        assert Extension.SMTPUTF8 in refusal.value.lacks
        # A name beyond ASCII has another form.
        assert (await client.send(envelope(), kind("J\u00f6rg <j@b.example>")))[0].accepted
    assert handler.messages[0][2].isascii()
