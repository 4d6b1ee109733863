"""BDAT over a raw socket (RFC 3030): chunks are octets, and all octets of a refused chunk are read."""

import pytest

from samples import SAMPLES, large
from wire import Wire

# Dots, bare line ends, commands, NUL: in a chunk all of them are content.
OPAQUE = b".\r\n..\r\n\r\n.\r\nQUIT\r\n\nbare\rboth\0\xff\r\n.\n.\r\nRSET\r\n" + bytes(range(256))


def greeted(sink, verb="EHLO"):
    wire = Wire(sink.port)
    wire.ehlo(verb)
    return wire


def test_one_chunk_is_stored_octet_for_octet(sink):
    with greeted(sink) as wire:
        wire.expect(250, "MAIL FROM:<a@client.example> BODY=BINARYMIME")
        wire.expect(250, "RCPT TO:<bob@mx.example>")
        wire.expect_all([250], b"BDAT %d LAST\r\n" % len(OPAQUE) + OPAQUE)
        wire.in_sync()
    stored = sink.only_message()
    assert stored.content == OPAQUE
    assert stored.mail_parameters == {"BODY": "BINARYMIME"}


@pytest.mark.parametrize("size", [1, 2, 3, 1447, 4096, 65535, 65536, 65537, 200000])
def test_chunks_of_any_size_add_up(sink, size):
    content = large(300000) if size > 100 else OPAQUE
    with greeted(sink) as wire:
        wire.expect(250, "MAIL FROM:<a@client.example> BODY=BINARYMIME")
        wire.expect(250, "RCPT TO:<bob@mx.example>")
        chunks = [content[at : at + size] for at in range(0, len(content), size)]
        for chunk in chunks[:-1]:
            wire.expect_all([250], b"BDAT %d\r\n" % len(chunk) + chunk)
        wire.expect_all([250], b"BDAT %d LAST\r\n" % len(chunks[-1]) + chunks[-1])
        wire.in_sync()
    assert sink.only_message().content == content


@pytest.mark.parametrize("text", [b"a\nb\r\n", b"a\rb\r\n", b"a\n.\nb", b"a\r\n\0.\r\nb"])
def test_a_chunk_of_text_follows_the_rules_of_data(sink, text):
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([550], b"BDAT %d LAST\r\n" % len(text) + text)
        wire.in_sync()


def test_an_empty_last_chunk_ends_the_message(sink):
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([250, 250, 250], b"BDAT 3\r\nabcBDAT 0\r\nBDAT 0 LAST\r\n")
        wire.in_sync()
    assert sink.only_message().content == b"abc"


def test_a_pipelined_transaction_in_every_cut(sink):
    session = (
        b"MAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\n"
        b"BDAT 6\r\n.\r\n.\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"
    )
    with greeted(sink) as wire:
        for at in range(len(session)):
            wire.send_pieces([session[:at], session[at:]])
            for code in (250, 250, 250, 250, 250):
                wire.expect(code)
        wire.send_pieces(session[at : at + 1] for at in range(len(session)))
        for code in (250, 250, 250, 250, 250):
            wire.expect(code)
        wire.in_sync()
    assert {message.content for message in sink.messages()} == {b".\r\n.\r\nQUIT\r\n"}
    assert len(sink.messages()) == len(session) + 1


@pytest.mark.parametrize("setup", [[], ["MAIL FROM:<a@client.example>"]])
@pytest.mark.parametrize(
    "chunk",
    [b"QUIT\r\n", b"RSET\r\nMAIL FROM:<evil@evil.example>\r\n", b"x" * 100000, b""],
    ids=["a command", "commands", "much", "nothing"],
)
@pytest.mark.parametrize("last", [b"", b" LAST"])
def test_a_refused_chunk_is_read_and_dropped(sink, setup, chunk, last):
    with greeted(sink) as wire:
        for command in setup:
            wire.expect(250, command)
        wire.expect_all([503], b"BDAT %d%b\r\n" % (len(chunk), last) + chunk)
        wire.in_sync()
        wire.expect(250, "RSET")
        wire.deliver()
    assert sink.only_message().sender == "a@client.example"


def test_a_refused_chunk_is_read_and_dropped_octet_by_octet(sink):
    with greeted(sink) as wire:
        command = b"BDAT 12 LAST\r\nQUIT\r\nQUIT\r\n"
        wire.send_pieces(command[at : at + 1] for at in range(len(command)))
        wire.expect(503)
        wire.in_sync()


def test_a_chunk_above_the_limit_is_read_and_dropped(start_sink):
    sink = start_sink(options=["--max-size", "65536"])
    most, more = b"a" * 65000, b"b" * 536
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([552], b"BDAT 72000 LAST\r\n" + b"NOOP\r\n" * 12000)
        wire.in_sync()
        wire.expect(503, "RCPT TO:<bob@mx.example>")
        wire.expect(250, "RSET")
        wire.envelope()
        wire.expect_all([250, 552], b"BDAT 65000\r\n" + most + b"BDAT 537 LAST\r\n" + more + b"x")
        wire.expect(250, "RSET")
        wire.envelope()
        wire.expect_all([250, 250], b"BDAT 65000\r\n" + most + b"BDAT 536 LAST\r\n" + more)
    assert sink.only_message().content == most + more


def test_nothing_follows_the_last_chunk(sink):
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([250, 503], b"BDAT 2 LAST\r\nhiBDAT 2 LAST\r\nho")
        wire.in_sync()
    assert sink.only_message().content == b"hi"


def test_data_and_bdat_do_not_mix(sink):
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([250], b"BDAT 2\r\nhi")
        wire.expect(503, "DATA")
        wire.expect(250, "RSET")
        wire.expect(250, "MAIL FROM:<a@client.example> BODY=BINARYMIME")
        wire.expect(250, "RCPT TO:<bob@mx.example>")
        wire.expect(503, "DATA")
        wire.expect(250, "RSET")
        wire.deliver()
    assert len(sink.messages()) == 1


def test_rset_drops_the_chunks_so_far(sink):
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([250, 250, 503], b"BDAT 4\r\nevilRSET\r\nBDAT 4 LAST\r\nevil")
        wire.envelope()
        wire.expect_all([250], b"BDAT 4 LAST\r\ngood")
    assert sink.only_message().content == b"good"


@pytest.mark.parametrize(
    "code, size",
    [(552, b"18446744073709551616"), (501, b"184467440737095516150"), (501, b"000000000000000000006"),
     (501, b"-1"), (501, b""), (501, b"ten"), (501, b"0x10"), (501, b"1e3"), (501, b"+6"), (501, b"6 LAST x"), (501, b"6 FIRST")],
)
def test_a_chunk_of_unknown_length_ends_the_connection(sink, code, size):
    # The end of the chunk is unknown, and so is the begin of the next command.
    with greeted(sink) as wire:
        wire.envelope()
        wire.send(b"BDAT " + size + b" LAST\r\nNOOP\r\n")
        wire.expect(code)
        wire.expect_closed()
    assert sink.stored_files() == []


@pytest.mark.parametrize(
    "line", [b"\tBDAT 6 LAST", b" BDAT 6 LAST", b"BDAT\t6 LAST", b"B\0DAT 6 LAST", b"BDATX 6", b"BDAT " + b"0" * 9000 + b"6",
             b" " * 600 + b"BDAT 6 LAST", b"BDAT 6" + b" " * 600]
)
def test_a_line_that_resembles_bdat_ends_the_connection(sink, line):
    with greeted(sink) as wire:
        wire.envelope()
        wire.send(line + b"\r\nNOOP\r\n")
        wire.expect(501)
        wire.expect_closed()
    assert sink.stored_files() == []


def test_lmtp_answers_the_last_chunk_for_each_recipient(lmtp_sink):
    with greeted(lmtp_sink, "LHLO") as wire:
        wire.envelope(recipients=("bob@mx.example", "carol@mx.example", "bob@mx.example"))
        wire.expect_all([250], b"BDAT 2\r\nhi")
        wire.expect_all([250, 250, 250], b"BDAT 1 LAST\r\n!")
        wire.in_sync()
    stored = lmtp_sink.only_message()
    assert (stored.content, stored.recipients) == (b"hi!", ["bob@mx.example", "carol@mx.example", "bob@mx.example"])


@pytest.mark.parametrize("name", SAMPLES)
def test_data_and_bdat_store_the_same(sink, name):
    content = SAMPLES[name]
    with greeted(sink) as wire:
        wire.envelope()
        wire.expect_all([250], b"BDAT %d LAST\r\n" % len(content) + content)
        wire.deliver(content)
    assert [message.content for message in sink.messages()] == [content, content]
