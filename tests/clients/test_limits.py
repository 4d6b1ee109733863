"""The limits of the sink over a raw socket: each has its reply code, and everything within it works."""

import pytest

from wire import Wire, stuffed


def greeted(sink):
    wire = Wire(sink.port)
    return wire, wire.ehlo()


# RFC 5321 4.5.3.1.7: every server accepts messages of 64 KiB, so this is the smallest limit.
LIMIT = 65536


@pytest.fixture
def small_sink(start_sink):
    return start_sink(options=["--max-size", str(LIMIT)])


def message_of(octets):
    line = b"x" * 48 + b"\r\n"
    return (line * (octets // 50 + 1))[: octets - 2] + b"\r\n"


def test_the_size_limit_is_announced(small_sink, sink):
    with Wire(small_sink.port) as wire:
        assert wire.ehlo()["SIZE"] == [b"%d" % LIMIT]
    with Wire(sink.port) as wire:
        # RFC 1870 4: both no number and 0 mean that there is no fixed limit.
        assert wire.ehlo()["SIZE"] in ([], [b"0"])


def test_a_declared_size_above_the_limit_gets_552(small_sink):
    with Wire(small_sink.port) as wire:
        wire.ehlo()
        assert wire.expect(552, f"MAIL FROM:<a@client.example> SIZE={LIMIT + 1}").enhanced == "5.3.4"
        wire.expect(503, "RCPT TO:<bob@mx.example>")
        wire.expect(250, f"MAIL FROM:<a@client.example> SIZE={LIMIT}")
        wire.expect(250, "RSET")
        wire.deliver()


@pytest.mark.parametrize("octets", [LIMIT + 1, LIMIT + 2, LIMIT + 3, 2 * LIMIT, 3_000_000])
def test_a_message_above_the_limit_gets_552_after_its_end(small_sink, octets):
    with Wire(small_sink.port) as wire:
        wire.ehlo()
        wire.data()
        content = message_of(octets)
        assert len(content) == octets
        wire.send(content + b".\r\n")
        assert wire.expect(552).enhanced == "5.3.4"
        wire.in_sync()
        wire.deliver()
    assert small_sink.only_message().content == b"Subject: control\r\n\r\nstill works\r\n"


def test_a_message_at_the_limit_is_stored(small_sink):
    # The limit is that of the message, without the doubled dots (RFC 1870 5).
    content = b".\r\n" * (LIMIT // 3 - 1) + b"..\r\n"
    assert len(content) == LIMIT
    with Wire(small_sink.port) as wire:
        wire.ehlo()
        wire.data()
        wire.expect_all([250], stuffed(content) + b".\r\n")
        wire.data()
        wire.expect_all([552], stuffed(content) + b"..\r\n.\r\n")
    assert small_sink.only_message().content == content


@pytest.mark.parametrize("octets", [5_000, 100_000, 1_000_000])
@pytest.mark.parametrize("line", [b"NOOP ", b"MAIL FROM:<", b"", b"\0"])
def test_an_overlong_line_gets_one_500_and_its_rest_is_not_a_command(sink, octets, line):
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.send(line + b"x" * octets)
        wire.send(b"QUIT" + b"y" * 100 + b"QUIT\r\n")
        wire.expect(500)
        wire.in_sync()
        wire.deliver()
    assert len(sink.messages()) == 1


def test_an_overlong_line_that_arrives_in_pieces(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        for _ in range(300):
            wire.send(b"x" * 99)
        wire.send(b"\r")
        wire.send(b"\n")
        wire.expect(500)
        wire.in_sync()


def test_an_endless_line_ends_the_connection(sink):
    # The skipped octets are limited, by default to 16 MiB: an endless line must not keep a session busy for ever.
    with Wire(sink.port) as wire:
        wire.ehlo()
        try:
            for _ in range(40):
                wire.send(b"x" * (1 << 20))
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            assert wire.reply().code == 421
        except ConnectionResetError:
            pass
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver()
    assert len(sink.messages()) == 1


def test_too_many_errors_end_the_connection(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        for _ in range(19):
            wire.expect(500, "WHAT")
        wire.in_sync()
        wire.send(b"WHAT\r\nWHAT\r\nNOOP\r\n")
        codes = [wire.reply().code]
        while codes[-1] != 421:
            codes.append(wire.reply().code)
        assert codes in ([500, 421], [421])
        wire.expect_closed()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver()


def test_too_many_commands_without_a_message_end_the_connection(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.send(b"NOOP\r\n" * 1100)
        codes = []
        while not codes or codes[-1] != 421:
            codes.append(wire.reply().code)
        assert 900 <= codes.count(250) <= 1000 and set(codes[:-1]) == {250}
        wire.expect_closed()


def test_a_thousand_recipients_are_accepted_and_the_next_gets_452(sink):
    recipients = [f"r{number}@mx.example" for number in range(1000)]
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.expect(250, "MAIL FROM:<a@client.example>")
        wire.expect_all([250] * 1000, b"".join(b"RCPT TO:<%b>\r\n" % name.encode() for name in recipients))
        assert wire.expect(452, "RCPT TO:<onemore@mx.example>").enhanced == "4.5.3"
        wire.expect(354, "DATA")
        wire.expect_all([250], b"x\r\n.\r\n")
        wire.in_sync()
    assert sink.only_message().recipients == recipients


def test_the_longest_path_is_accepted(sink):
    # RFC 5321 4.5.3.1: local part 64, path 256 octets with its brackets.
    address = "l" * 64 + "@" + ".".join(["d" * 61, "d" * 61, "d" * 61, "exa"])
    assert len(address) + 2 == 256
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver(sender=address, recipients=(address,))
    stored = sink.only_message()
    assert (stored.sender, stored.recipients) == (address, [address])


def test_a_content_line_of_any_length_is_stored(sink):
    content = b"y" * 3_000_000 + b"\r\n"
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver(content)
    assert sink.only_message().content == content
